"""The local AWS has what the functions are promised."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from infra.local import aws as names
from infra.local.aws import LocalAws

pytestmark = pytest.mark.moto


@pytest.fixture
def fresh(aws: LocalAws) -> LocalAws:
    aws.reset()
    return aws


def put(database: Any, sort: str, **texts: str) -> None:
    item = {name: {"S": text} for name, text in {"pk": "PORTAL#1", "sk": sort, **texts}.items()}
    database.put_item(TableName=names.TABLE, Item=item)


def test_a_client_that_knows_only_the_environment_gets_here(
    fresh: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in fresh.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    secret = boto3.client("secretsmanager").get_secret_value(
        SecretId=fresh.environment["APP_SECRET_ID"]
    )
    assert "hubspotClientSecret" in json.loads(secret["SecretString"])
    assert fresh.environment["QUEUE_URL"].startswith(fresh.environment["AWS_ENDPOINT_URL"])


def test_the_index_holds_what_is_failing_and_nothing_else(fresh: LocalAws) -> None:
    database = fresh.client("dynamodb")
    put(database, "INVOICE#1")
    put(database, "INVOICE#2", openPortal="1", openSince="2026-01-02")
    put(database, "INVOICE#3", openPortal="1", openSince="2026-01-03")
    put(database, "INVOICE#4", openPortal="2", openSince="2026-01-04")
    found = database.query(
        TableName=fresh.environment["TABLE_NAME"],
        IndexName=names.OPEN_INDEX,
        KeyConditionExpression="openPortal = :portal",
        ExpressionAttributeValues={":portal": {"S": "1"}},
        ScanIndexForward=False,
    )
    assert [one["sk"]["S"] for one in found["Items"]] == ["INVOICE#3", "INVOICE#2"]


def test_the_table_lets_history_expire(fresh: LocalAws) -> None:
    found = fresh.client("dynamodb").describe_time_to_live(TableName=names.TABLE)
    assert found["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "expiresAt",
    }


def test_reset_empties_everything(fresh: LocalAws) -> None:
    database, sqs = fresh.client("dynamodb"), fresh.client("sqs")
    put(database, "INVOICE#1")
    sqs.send_message(QueueUrl=fresh.environment["QUEUE_URL"], MessageBody="a")
    fresh.put_secret("invoice-sync/connections/1", {})
    before = fresh.environment

    fresh.reset()

    assert fresh.environment == before
    assert database.scan(TableName=names.TABLE)["Items"] == []
    assert "Messages" not in sqs.receive_message(QueueUrl=fresh.environment["QUEUE_URL"])
    secrets = fresh.client("secretsmanager").list_secrets()["SecretList"]
    assert [one["Name"] for one in secrets] == [names.APP_SECRET]
