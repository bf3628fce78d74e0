"""The comparison of calls with policies notices missing, idle and unreadable rights."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.aws_calls import Call, UnknownCallError, maker, rights
from tests.infra import policies

READ = Call("api", "dynamodb:GetItem", "table")
TABLE = {"Fn::GetAtt": ["Table1", "Arn"]}
CONNECTIONS = {
    "Fn::Join": [
        "",
        [
            "arn:",
            {"Ref": "AWS::Partition"},
            ":secretsmanager:",
            {"Ref": "AWS::Region"},
            ":",
            {"Ref": "AWS::AccountId"},
            ":secret:invoice-sync/connections/*",
        ],
    ]
}


def template(*statements: dict[str, Any], **role: Any) -> dict[str, Any]:
    """Return a template of one function, api, with a policy of these statements."""
    dead = {"Fn::GetAtt": ["Dead1", "Arn"]}
    return {
        "Resources": {
            "Table1": {"Type": "AWS::DynamoDB::GlobalTable"},
            "Queue1": {
                "Type": "AWS::SQS::Queue",
                "Properties": {"RedrivePolicy": {"deadLetterTargetArn": dead}},
            },
            "Dead1": {"Type": "AWS::SQS::Queue"},
            "Secret1": {"Type": "AWS::SecretsManager::Secret"},
            "Log1": {"Type": "AWS::Logs::LogGroup"},
            "Log2": {"Type": "AWS::Logs::LogGroup"},
            "Role1": {"Type": "AWS::IAM::Role", "Properties": role},
            "Policy1": {
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "Roles": [{"Ref": "Role1"}],
                    "PolicyDocument": {"Statement": list(statements)},
                },
            },
            "Function1": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Handler": "api.handler",
                    "Role": {"Fn::GetAtt": ["Role1", "Arn"]},
                    "LoggingConfig": {"LogGroup": {"Ref": "Log1"}},
                },
            },
        }
    }


def allow(action: str | list[str], resource: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def test_what_is_called_and_allowed_is_neither_missing_nor_idle() -> None:
    allowed = policies.allowed(template(allow("dynamodb:GetItem", TABLE)))
    assert policies.missing([READ], allowed) == []
    assert policies.idle([READ], allowed) == []


def test_a_missing_right_is_found() -> None:
    allowed = policies.allowed(template(allow("dynamodb:Query", TABLE)))
    assert policies.missing([READ], allowed) == [READ]


def test_the_right_of_another_function_does_not_count() -> None:
    allowed = policies.allowed(template(allow("dynamodb:GetItem", TABLE)))
    other = Call("connect", "dynamodb:GetItem", "table")
    assert policies.missing([other], allowed) == [other]


def test_an_idle_right_is_found() -> None:
    allowed = policies.allowed(template(allow(["dynamodb:GetItem", "dynamodb:Scan"], TABLE)))
    assert policies.idle([READ], allowed) == [Call("api", "dynamodb:Scan", "table")]


def test_a_right_to_the_table_is_none_to_its_index() -> None:
    index = {"Fn::Join": ["", [TABLE, "/index/failing"]]}
    allowed = policies.allowed(template(allow("dynamodb:Query", [TABLE, index])))
    assert {one.resource for one in allowed} == {"table", "table/index/failing"}


@pytest.mark.parametrize("action", ["*", "dynamodb:*", "dynamodb:Get*"])
def test_a_wildcard_action_is_found(action: str) -> None:
    with pytest.raises(policies.PolicyError, match="wildcard"):
        policies.allowed(template(allow(["dynamodb:GetItem", action], TABLE)))


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        "arn:aws:dynamodb:us-east-1:123456789012:table/invoice-sync",
        {"Ref": "Unknown"},
        {"Fn::Sub": "${Table1.Arn}/index/*"},
        {"Fn::Join": ["", [TABLE, "/index/*"]]},
        {"Fn::Join": ["", [TABLE, "*"]]},
        {"Fn::Join": ["", ["arn:aws:secretsmanager:::secret:", "*"]]},
    ],
)
def test_a_resource_that_is_not_understood_is_found(resource: Any) -> None:
    with pytest.raises(policies.PolicyError, match="unknown form"):
        policies.allowed(template(allow("dynamodb:GetItem", resource)))


@pytest.mark.parametrize(
    "more",
    [{"Effect": "Deny"}, {"Condition": {}}, {"NotAction": "s3:GetObject"}, {"NotResource": "x"}],
)
def test_a_statement_that_is_not_understood_is_found(more: dict[str, Any]) -> None:
    with pytest.raises(policies.PolicyError, match="unknown form"):
        policies.allowed(template({**allow("dynamodb:GetItem", TABLE), **more}))


def test_a_managed_policy_is_found() -> None:
    with pytest.raises(policies.PolicyError, match="managed"):
        policies.allowed(template(ManagedPolicyArns=["arn:aws:iam::aws:policy/Anything"]))


def test_two_functions_with_one_role_are_found() -> None:
    shared = template()
    shared["Resources"]["Function2"] = shared["Resources"]["Function1"]
    with pytest.raises(policies.PolicyError, match="share"):
        policies.allowed(shared)


def test_policies_within_the_role_count() -> None:
    document = {"PolicyDocument": {"Statement": [allow("dynamodb:GetItem", TABLE)]}}
    assert policies.allowed(template(Policies=[document])) == {READ}


def test_every_resource_has_its_name() -> None:
    allowed = policies.allowed(
        template(
            allow("sqs:SendMessage", {"Fn::GetAtt": ["Queue1", "Arn"]}),
            allow("sqs:ReceiveMessage", {"Fn::GetAtt": ["Dead1", "Arn"]}),
            allow("secretsmanager:GetSecretValue", {"Ref": "Secret1"}),
            allow("secretsmanager:PutSecretValue", CONNECTIONS),
        )
    )
    assert {(one.action, one.resource) for one in allowed} == {
        ("sqs:SendMessage", "queue"),
        ("sqs:ReceiveMessage", "dead-letter-queue"),
        ("secretsmanager:GetSecretValue", "secret:app"),
        ("secretsmanager:PutSecretValue", "secret:connections"),
    }


def test_only_its_own_log_is_left_out() -> None:
    own = policies.allowed(template(allow(["logs:PutLogEvents"], {"Fn::GetAtt": ["Log1", "Arn"]})))
    assert policies.idle([], own) == []
    with pytest.raises(policies.PolicyError, match="unknown form"):
        policies.allowed(template(allow("logs:PutLogEvents", {"Fn::GetAtt": ["Log2", "Arn"]})))


def test_a_call_becomes_the_rights_that_it_needs() -> None:
    members = [
        {"Put": {"TableName": "invoice-sync"}},
        {"ConditionCheck": {"TableName": "invoice-sync"}},
    ]
    assert rights("dynamodb", "TransactWriteItems", {"TransactItems": members}) == [
        ("dynamodb:PutItem", "table"),
        ("dynamodb:ConditionCheckItem", "table"),
    ]
    query = {"TableName": "invoice-sync", "IndexName": "failing"}
    assert rights("dynamodb", "Query", query) == [("dynamodb:Query", "table/index/failing")]
    batch = {"QueueUrl": "http://localhost/123456789012/invoice-sync-hints"}
    assert rights("sqs", "SendMessageBatch", batch) == [("sqs:SendMessage", "queue")]
    new = {"Name": "invoice-sync/connections/1", "Tags": [{"Key": "a", "Value": "b"}]}
    assert rights("secretsmanager", "CreateSecret", new) == [
        ("secretsmanager:CreateSecret", "secret:connections"),
        ("secretsmanager:TagResource", "secret:connections"),
    ]


@pytest.mark.parametrize(
    ("service", "operation", "body"),
    [
        ("dynamodb", "Scan", {"TableName": "invoice-sync"}),
        ("dynamodb", "GetItem", {"TableName": "another"}),
        ("sqs", "PurgeQueue", {"QueueUrl": "http://localhost/1/invoice-sync-hints"}),
        ("secretsmanager", "GetSecretValue", {"SecretId": "somebody/else"}),
        ("s3", "GetObject", {}),
    ],
)
def test_a_call_of_unknown_rights_is_refused(
    service: str, operation: str, body: dict[str, Any]
) -> None:
    with pytest.raises(UnknownCallError):
        rights(service, operation, body)


def test_a_client_says_whose_it_is() -> None:
    assert maker("Boto3/1.44 md/x cfg/retry-mode#standard app/sync_worker Botocore/1.44") == (
        "sync_worker"
    )
    assert maker("Boto3/1.44 md/x cfg/retry-mode#standard Botocore/1.44") == ""
