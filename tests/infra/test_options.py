"""What an owner may choose beyond the usual, as the template has it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from .conftest import make_stack, template_of
from .test_configuration import BOUNDARY, CERTIFICATE, KEY
from .test_stack import FUNCTIONS, function, of_type, queues, the_one

PLACE = {"account": "123456789012", "region": "eu-west-1"}
DOMAIN = {"domainName": "invoices.example.com", "certificateArn": CERTIFICATE}
BUDGET = {"monthlyBudget": 20, "alarmEmail": "ops@example.com"}
ALL: dict[str, Any] = {
    **PLACE,
    **DOMAIN,
    **BUDGET,
    "financeEmail": "books@example.com",
    "kmsKeyArn": KEY,
    "permissionsBoundaryArn": BOUNDARY,
    "tags": {"costCentre": "books"},
    "tableName": "restored",
    "reservedConcurrency": True,
}
COMBINATIONS: list[dict[str, Any]] = [
    ALL,
    {**ALL, "removalPolicy": "destroy", "dashboards": False},
    {"kmsKeyArn": KEY, "tableName": "restored"},
    {"permissionsBoundaryArn": BOUNDARY, **DOMAIN},
]


@pytest.mark.parametrize("options", COMBINATIONS, ids=lambda each: ",".join(each)[:60])
def test_no_combination_is_found_fault_with(options: dict[str, Any], tmp_path: Path) -> None:
    from cdk_nag import AwsSolutionsChecks
    from cfnlint import lint

    stack = make_stack(tmp_path, **options)
    report = AwsSolutionsChecks(stack.node.root).validate_scope(stack)
    assert [one.rule_name for one in report.violations or ()] == []
    findings = lint(json.dumps(template_of(**options)), regions=["eu-west-1", "us-east-1"])
    assert [str(f) for f in findings if f.rule.id != "W3005" and f.rule.id[0] != "I"] == []


# -- a name of one's own


def test_every_address_has_the_owners_name_and_dns_is_told_where_it_leads() -> None:
    template = template_of(**DOMAIN)
    outputs = {name: one["Value"] for name, one in template["Outputs"].items()}
    addresses = {name: one for name, one in outputs.items() if name.endswith(("Url", "Uri"))}
    of_others = {"DeadLetterQueueUrl", "BusinessDashboardUrl", "TechnicalDashboardUrl"}
    own = {name: one for name, one in addresses.items() if name not in of_others}
    assert len(own) == 9
    assert own["HubSpotWebhookUrl"] == "https://invoices.example.com/webhooks/hubspot"
    assert own["StageUrl"] == "https://invoices.example.com"
    assert all(one.startswith("https://invoices.example.com") for one in own.values())
    (name,) = of_type(template, "AWS::ApiGatewayV2::DomainName")
    assert outputs["DomainTarget"] == {"Fn::GetAtt": [name, "RegionalDomainName"]}


def test_the_name_leads_to_the_api_over_tls_with_the_owners_certificate() -> None:
    template = template_of(**DOMAIN)
    name = the_one(template, "AWS::ApiGatewayV2::DomainName")
    assert name["DomainNameConfigurations"] == [
        {"CertificateArn": CERTIFICATE, "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}
    ]
    mapping = the_one(template, "AWS::ApiGatewayV2::ApiMapping")
    (api,) = of_type(template, "AWS::ApiGatewayV2::Api")
    assert (mapping["ApiId"], mapping["Stage"]) == ({"Ref": api}, "$default")
    # What is registered at HubSpot and Intuit must go on working until somebody changes it there.
    assert "DisableExecuteApiEndpoint" not in the_one(template, "AWS::ApiGatewayV2::Api")


# -- a key of one's own


def keys_in(template: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the type of each resource that can have a key, and its key."""
    for one in template["Resources"].values():
        kind, properties = one["Type"], one.get("Properties", {})
        if kind == "AWS::DynamoDB::GlobalTable":
            for replica in properties["Replicas"]:
                yield kind, replica.get("SSESpecification", {}).get("KMSMasterKeyId")
        elif kind in ("AWS::SQS::Queue", "AWS::SNS::Topic"):
            yield kind, properties.get("KmsMasterKeyId")
        elif kind in ("AWS::Logs::LogGroup", "AWS::SecretsManager::Secret"):
            yield kind, properties.get("KmsKeyId")


def test_all_that_is_kept_is_encrypted_with_the_owners_key() -> None:
    template = template_of(kmsKeyArn=KEY)
    keys = list(keys_in(template))
    assert len(keys) == 14  # a table, a secret, two queues, two topics, eight log groups
    assert {key for _, key in keys} == {KEY}
    table = the_one(template, "AWS::DynamoDB::GlobalTable")
    assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    assert not any(queue["SqsManagedSseEnabled"] for queue in queues(template).values())
    for name in FUNCTIONS:
        assert function(template, name)["Environment"]["Variables"]["KMS_KEY_ARN"] == KEY


def test_no_other_kind_of_resource_could_hold_data_unnoticed() -> None:
    """Whoever adds a kind decides whether it needs the key."""
    with_keys = {kind for kind, _ in keys_in(template_of(kmsKeyArn=KEY))}
    kinds = {one["Type"] for one in template_of(**ALL)["Resources"].values()}
    assert kinds - with_keys <= {
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::ApiMapping",
        "AWS::ApiGatewayV2::DomainName",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::Stage",
        "AWS::Budgets::Budget",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::CodeDeploy::Application",
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Lambda::Alias",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Version",
        "AWS::Logs::QueryDefinition",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::Scheduler::Schedule",
    }


def rights_to_the_key(template: dict[str, Any], name: str) -> set[tuple[str, str]]:
    """Return the service and the action of each right of a function to the key."""
    role = function(template, name)["Role"]["Fn::GetAtt"][0]
    rights = set()
    for policy in of_type(template, "AWS::IAM::Policy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            if {"Ref": role} in policy["Roles"] and statement["Resource"] == KEY:
                ((condition, via),) = statement["Condition"].items()
                assert (condition, list(via)) == ("StringEquals", ["kms:ViaService"])
                first, region, last = via["kms:ViaService"]["Fn::Join"][1]
                assert (region, last) == ({"Ref": "AWS::Region"}, ".amazonaws.com")
                actions = statement["Action"]
                for action in [actions] if isinstance(actions, str) else actions:
                    rights.add((first, action))
    return rights


def test_functions_use_the_key_only_through_the_services_that_they_call() -> None:
    template = template_of(kmsKeyArn=KEY)
    decrypt, generate = "kms:Decrypt", "kms:GenerateDataKey"
    webhook = {("secretsmanager.", decrypt), ("sqs.", decrypt), ("sqs.", generate)}
    other = {*webhook, ("secretsmanager.", generate), ("dynamodb.", decrypt)}
    keeping = FUNCTIONS - {"preflight"}
    assert {name: rights_to_the_key(template, name) for name in keeping} == {
        name: webhook if name.endswith("_webhook") else other for name in keeping
    }
    assert rights_to_the_key(template, "preflight") == set()


def test_the_key_policy_in_the_docs_lets_in_whom_the_stack_needs() -> None:
    text = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text(encoding="utf-8")
    statements = {
        one["Sid"]: one
        for each in re.findall(r"(?m)^    \{\n(?:    .*\n)+?    \},?$", text)
        if "kms:" in each
        for one in json.loads(f"[{each.rstrip(',')}]")
    }
    logs, alarms = statements["LogsOfInvoiceSync"], statements["AlarmsOfThisAccount"]
    assert logs["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    (arns,) = logs["Condition"]["ArnLike"].values()
    template = template_of(stackName="invoice-sync-prod", kmsKeyArn=KEY)
    groups = [one["LogGroupName"] for one in of_type(template, "AWS::Logs::LogGroup").values()]
    for group in groups:
        arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{group}"
        assert any(fnmatchcase(arn, each) for each in arns), group
    topics = of_type(template, "AWS::SNS::TopicPolicy").values()
    publishers = {
        statement["Principal"]["Service"]
        for one in topics
        for statement in one["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    }
    assert publishers == {alarms["Principal"]["Service"]}


def test_without_a_key_nothing_names_one(template: dict[str, Any]) -> None:
    assert {key for _, key in keys_in(template)} == {None}
    text = json.dumps(template).lower()
    assert "kms" not in text
    assert "ssespecification" not in text


# -- boundary, tags, budget


def test_every_role_has_the_boundary(template: dict[str, Any]) -> None:
    roles = of_type(template_of(permissionsBoundaryArn=BOUNDARY), "AWS::IAM::Role")
    assert len(roles) >= 7
    assert {one.get("PermissionsBoundary") for one in roles.values()} == {BOUNDARY}
    usual = of_type(template, "AWS::IAM::Role").values()
    assert not [one for one in usual if "PermissionsBoundary" in one]


def test_the_owners_tags_stand_beside_ours(tmp_path: Path) -> None:
    from invoice_sync.version import VERSION

    stack = make_stack(tmp_path, stackName="books", tags={"costCentre": "books"})
    assert stack.tags.tag_values() == {
        "costCentre": "books",
        "service": "books",
        "version": VERSION,
    }


def test_the_operators_are_told_before_and_when_a_month_costs_too_much() -> None:
    template = template_of(stackName="books", **BUDGET)
    made = the_one(template, "AWS::Budgets::Budget")
    budget = made["Budget"]
    assert budget["BudgetLimit"] == {"Amount": 20, "Unit": "USD"}
    assert (budget["TimeUnit"], budget["BudgetType"]) == ("MONTHLY", "COST")
    # Of this deployment: the tag that the stack puts on everything.
    assert budget["CostFilters"] == {"TagKeyValue": ["user:service$books"]}
    told = [
        (one["Notification"]["NotificationType"], one["Notification"]["Threshold"])
        for one in made["NotificationsWithSubscribers"]
    ]
    assert told == [("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)]
    for one in made["NotificationsWithSubscribers"]:
        assert one["Notification"]["ThresholdType"] == "PERCENTAGE"
        assert one["Notification"]["ComparisonOperator"] == "GREATER_THAN"
        assert one["Subscribers"] == [{"SubscriptionType": "EMAIL", "Address": "ops@example.com"}]


# -- a restored table


def test_a_restored_table_takes_the_place_of_the_own_one_for_all_functions() -> None:
    template = template_of(tableName="restored")
    for name in FUNCTIONS:
        assert function(template, name)["Environment"]["Variables"]["TABLE_NAME"] == "restored"
    assert template["Outputs"]["TableName"]["Value"] == "restored"


def test_functions_have_no_right_left_to_the_own_table() -> None:
    template = template_of(tableName="restored")
    (own,) = of_type(template, "AWS::DynamoDB::GlobalTable")
    policies = json.dumps(list(of_type(template, "AWS::IAM::Policy").values()))
    assert own not in policies
    named = {
        json.dumps(statement["Resource"]).partition(":table/")[2].rstrip('"]}')
        for policy in of_type(template, "AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if "dynamodb:" in json.dumps(statement["Action"])
    }
    assert named == {"restored", "restored/index/open"}


@pytest.mark.parametrize("removal", ["retain", "destroy"])
def test_the_own_table_stays_as_it_is(removal: str, template: dict[str, Any]) -> None:
    """A deployment that uses another one deletes nothing, and the way back is open."""

    def table(of: Mapping[str, Any]) -> Any:
        kind = "AWS::DynamoDB::GlobalTable"
        return {name: one for name, one in of["Resources"].items() if one["Type"] == kind}

    before = template_of(removalPolicy=removal)
    after = template_of(removalPolicy=removal, tableName="restored")
    assert table(after) == table(before)
    (name,) = table(after)
    assert after["Outputs"]["OwnTableName"]["Value"] == {"Ref": name}
    assert "OwnTableName" not in template["Outputs"]
