"""The local system has the table, queues, routes and variables of the deployed one."""

from __future__ import annotations

import os
from typing import Any

import pytest

from infra.local.aws import APP_SECRET as APP_SECRET_NAME
from infra.local.aws import DEAD_LETTER_QUEUE, QUEUE, TABLE, LocalAws
from infra.local.queue_poller import QueuePoller
from infra.local.system import APP_SECRET, ROUTES, LocalSystem
from invoice_sync.credentials.app_secret import APP_SECRET_KEYS

from .test_stack import of_type, queues, the_one

# The deployed functions use the public addresses, which environment.py knows.
ONLY_LOCAL = {
    "HUBSPOT_AUTHORIZE_URL",
    "HUBSPOT_BASE_URL",
    "HUBSPOT_TOKEN_URL",
    "QUICKBOOKS_AUTHORIZE_URL",
    "QUICKBOOKS_REVOKE_URL",
    "QUICKBOOKS_TOKEN_URL",
}
# What an owner chooses; the local system leaves them at their defaults.
ONLY_DEPLOYED = {"DEFAULT_SETTINGS"}


@pytest.fixture
def local(aws: LocalAws) -> LocalAws:
    aws.reset()
    return aws


def test_table(local: LocalAws, template: dict[str, Any]) -> None:
    deployed = the_one(template, "AWS::DynamoDB::GlobalTable")
    client = local.client("dynamodb")
    here = client.describe_table(TableName=TABLE)["Table"]

    def by_name(attributes: list[dict[str, str]]) -> dict[str, str]:
        return {one["AttributeName"]: one["AttributeType"] for one in attributes}

    assert here["KeySchema"] == deployed["KeySchema"]
    assert by_name(here["AttributeDefinitions"]) == by_name(deployed["AttributeDefinitions"])
    indexes = [
        {name: one[name] for name in ("IndexName", "KeySchema", "Projection")}
        for one in here["GlobalSecondaryIndexes"]
    ]
    assert indexes == deployed["GlobalSecondaryIndexes"]
    assert here["BillingModeSummary"]["BillingMode"] == deployed["BillingMode"]
    lifetime = client.describe_time_to_live(TableName=TABLE)["TimeToLiveDescription"]
    assert lifetime["AttributeName"] == deployed["TimeToLiveSpecification"]["AttributeName"]
    assert deployed["TimeToLiveSpecification"]["Enabled"]


def test_queues(local: LocalAws, template: dict[str, Any]) -> None:
    sqs = local.client("sqs")

    def attributes(name: str) -> dict[str, str]:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        found: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])[
            "Attributes"
        ]
        return found

    deployed = queues(template)
    hints, dead = attributes(QUEUE), attributes(DEAD_LETTER_QUEUE)
    assert int(hints["VisibilityTimeout"]) == deployed["hints"]["VisibilityTimeout"]
    assert int(hints["MessageRetentionPeriod"]) == deployed["hints"]["MessageRetentionPeriod"]
    assert int(dead["MessageRetentionPeriod"]) == deployed["dead"]["MessageRetentionPeriod"]
    redrive = deployed["hints"]["RedrivePolicy"]
    assert f'"maxReceiveCount": {redrive["maxReceiveCount"]}' in hints["RedrivePolicy"]
    assert dead["QueueArn"] in hints["RedrivePolicy"]


def test_the_poller_batches_as_lambda_does(local: LocalAws, template: dict[str, Any]) -> None:
    mapping = the_one(template, "AWS::Lambda::EventSourceMapping")
    poller = QueuePoller(local.client("sqs"), "url", lambda *_: None)
    assert poller.batch_size == mapping["BatchSize"]


def test_routes(template: dict[str, Any]) -> None:
    functions = {
        name: one["Handler"].removesuffix(".handler")
        for name, one in of_type(template, "AWS::Lambda::Function").items()
    }
    aliases = {
        name: functions[one["FunctionName"]["Ref"]]
        for name, one in of_type(template, "AWS::Lambda::Alias").items()
    }
    integrations = {
        name: aliases[one["IntegrationUri"]["Ref"]]
        for name, one in of_type(template, "AWS::ApiGatewayV2::Integration").items()
    }
    deployed = {
        one["RouteKey"]: integrations[one["Target"]["Fn::Join"][1][1]["Ref"]]
        for one in of_type(template, "AWS::ApiGatewayV2::Route").values()
    }
    here = {f"{one.method} {one.path}": one.function for one in ROUTES}
    assert here == deployed
    assert {
        one["PayloadFormatVersion"]
        for one in of_type(template, "AWS::ApiGatewayV2::Integration").values()
    } == {"2.0"}


def test_environment_variables(local: LocalAws, template: dict[str, Any]) -> None:
    with LocalSystem(local):
        own = {name for name in os.environ if name.startswith(("HUBSPOT_", "QUICKBOOKS_"))} | {
            name for name in local.environment if not name.startswith("AWS_")
        }
    for one in of_type(template, "AWS::Lambda::Function").values():
        deployed = set(one["Environment"]["Variables"])
        if one["Handler"] == "preflight.handler":
            deployed.remove("VERSIONS")  # nothing is deployed here step by step
        assert own - ONLY_LOCAL == deployed - ONLY_DEPLOYED
        assert not any(name.startswith("AWS_") for name in deployed)


def test_secrets(local: LocalAws, template: dict[str, Any]) -> None:
    assert set(APP_SECRET) == set(APP_SECRET_KEYS)
    names = [one["Name"] for one in local.client("secretsmanager").list_secrets()["SecretList"]]
    assert names == [APP_SECRET_NAME]
