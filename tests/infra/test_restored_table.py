"""The table is restored to a point in time as the runbook says, and the real functions go on with
the restored one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import api
import sweep
import sync_worker
from infra import configuration, deployment
from infra.local import aws_calls
from infra.local.aws import RESTORED_TABLE as RESTORED
from infra.local.aws import TABLE, LocalAws
from infra.local.system import LocalSystem
from tests.flows.conftest import PORTAL_ID, Flow

from .fake_account import ACCOUNT, FakeAccount
from .test_stack import the_one

# The memory of `infra.local.memory` restores nothing.
pytestmark = pytest.mark.moto

RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"
NAME = "invoice-sync-prod"


@pytest.fixture
def flow(aws: LocalAws) -> Iterator[Flow]:
    aws.reset()
    # As the stack sets it on its own table.
    aws.client("dynamodb").update_continuous_backups(
        TableName=TABLE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    with LocalSystem(aws) as own:
        yield Flow(own)


@pytest.fixture
def account(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAccount]:
    """Says what is deployed; DynamoDB is moto's, as for the functions."""
    server = FakeAccount()
    server.start()
    server.stacks[NAME] = ({}, {"TableName": TABLE})
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", flow.own.aws.services.url)
    for service in ("STS", "CLOUDFORMATION"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", server.url)
    yield server
    server.stop()


@pytest.fixture
def run(account: FakeAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(configuration.load, "__defaults__", (tmp_path,))

    def run(command: str, *rest: str, **options: str) -> int:
        values = {"account": ACCOUNT, "region": "us-east-1", "tableName": RESTORED, **options}
        lines = [f'{name} = "{value}"\n' for name, value in values.items() if value]
        text = "".join(lines) + f'portalIds = ["{PORTAL_ID}"]\n'
        (tmp_path / "prod.toml").write_text(text, encoding="utf-8")
        return deployment.main([command, "prod", *rest])

    return run


def restore(flow: Flow) -> None:
    """Run the command of the runbook. moto restores a table as it is now."""
    text = RUNBOOK.read_text(encoding="utf-8").replace("\\\n", " ")
    (command,) = re.findall(r"aws dynamodb restore-table-to-point-in-time (.+)", text)
    words = shlex.split(command)
    given = {
        "".join(map(str.capitalize, name.removeprefix("--").split("-"))): value
        for name, value in zip(words[::2], words[1::2], strict=True)
    }
    assert given["TargetTableName"] == RESTORED
    flow.own.aws.client("dynamodb").restore_table_to_point_in_time(
        **{**given, "SourceTableName": TABLE}
    )


def deploy(account: FakeAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do to the functions what a deployment with `tableName` does."""
    monkeypatch.setenv("TABLE_NAME", RESTORED)
    account.stacks[NAME][1].update(TableName=RESTORED, OwnTableName=TABLE)
    for function in (api, sweep, sync_worker):
        function.collaborators.cache_clear()
        with aws_calls.made_by(function.__name__):
            function.collaborators()
    sync_worker.collaborators()


def items(flow: Flow, table: str) -> list[Any]:
    pages = flow.own.aws.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return [item for page in pages for item in page["Items"]]


def test_the_functions_go_on_with_the_restored_table(
    flow: Flow, account: FakeAccount, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = flow.invoice()
    flow.work()
    failing = flow.invoice(lines=[{"name": "Nothing", "quantity": "1", "price": "5"}])
    flow.work()
    moment = flow.clock.now()
    restore(flow)
    forgotten = flow.invoice()
    flow.work()
    assert len(flow.realm.invoices) == 2
    assert run("deploy") == 0
    deploy(account, monkeypatch)
    left = items(flow, TABLE)
    assert run("restored", moment.isoformat()) == 0
    flow.clock.advance(timedelta(minutes=1).total_seconds())

    # What was known is known, what failed fails: the index is there too.
    assert flow.status(known)["status"] == "synced"
    assert flow.get("/v1/failures/count")["failing"] == 1
    (failure,) = flow.get("/v1/failures")["failures"]
    assert failure["invoiceId"] == failing
    # What was forgotten is found and not made again; what is new is made.
    flow.set_price(forgotten, "175")
    new = flow.invoice()
    flow.work()
    assert {flow.status(each)["status"] for each in (forgotten, new)} == {"synced"}
    assert len(flow.realm.invoices) == 3
    # The own table is left alone.
    assert items(flow, TABLE) == left


def test_what_a_restore_leaves_out_is_set(
    flow: Flow,
    account: FakeAccount,
    run: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    client = flow.own.aws.client("dynamodb")
    restore(flow)
    deploy(account, monkeypatch)
    assert run("restored", "2026-01-31T12:00:00Z") == 0
    assert f"{RESTORED}: is protected against deletion" in capsys.readouterr().out
    table = client.describe_table(TableName=RESTORED)["Table"]
    assert table["DeletionProtectionEnabled"]
    living = client.describe_time_to_live(TableName=RESTORED)["TimeToLiveDescription"]
    assert living == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expiresAt"}
    backups = client.describe_continuous_backups(TableName=RESTORED)
    described = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert described["PointInTimeRecoveryStatus"] == "ENABLED"
    tags = client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
    assert {"Key": "service", "Value": NAME} in tags
    # Again: nothing is refused.
    assert run("restored", "2026-01-31T12:00:00Z") == 0
    assert "protected" not in capsys.readouterr().out


def test_the_own_table_that_was_deleted_and_restored_is_completed_too(
    flow: Flow, account: FakeAccount, run: Any
) -> None:
    assert run("restored", "2026-01-31T12:00:00Z", tableName="") == 0
    table = flow.own.aws.client("dynamodb").describe_table(TableName=TABLE)["Table"]
    assert table["DeletionProtectionEnabled"]


def test_one_that_may_be_deleted_is_not_protected(
    flow: Flow, account: FakeAccount, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore(flow)
    deploy(account, monkeypatch)
    assert run("restored", "2026-01-31T12:00:00Z", removalPolicy="destroy") == 0
    table = flow.own.aws.client("dynamodb").describe_table(TableName=RESTORED)["Table"]
    assert not table["DeletionProtectionEnabled"]


def test_connections_are_told_only_in_the_table_that_is_used(
    flow: Flow, run: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    restore(flow)
    assert run("restored", "2026-01-31T12:00:00Z") == 1
    assert f"{NAME} still uses {TABLE}. Run make deploy first" in capsys.readouterr().err
    connection = flow.own.store.connections.get(PORTAL_ID)
    assert connection
    assert connection.gap is None


@pytest.mark.parametrize("command", ["deploy", "diff"])
def test_a_table_that_is_not_there(
    flow: Flow, run: Any, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command) == 1
    assert f"there is no table {RESTORED} in us-east-1. Restore it" in capsys.readouterr().err


def make(flow: Flow, sort_key: str, **more: Any) -> None:
    """Make a table as the app has it, but for its sort key."""
    as_it_is = flow.own.aws.client("dynamodb").describe_table(TableName=TABLE)["Table"]
    (index,) = as_it_is["GlobalSecondaryIndexes"]
    names = ("pk", sort_key, "openPortal", "openSince")
    flow.own.aws.client("dynamodb").create_table(
        TableName=RESTORED,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in names],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": sort_key, "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
        ],
        **more,
    )


def test_a_table_of_something_else(
    flow: Flow, run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    make(flow, "other")
    assert run("deploy") == 1
    assert "has other keys or indexes than this app's table" in capsys.readouterr().err


def test_the_table_of_another_deployment(
    flow: Flow, account: FakeAccount, run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has the tags of the template: CloudFormation sets none of its own on tables."""
    from .conftest import template_of

    account.stacks[NAME][1].update(TableName="the-own-one")
    client = flow.own.aws.client("dynamodb")
    arn = client.describe_table(TableName=TABLE)["Table"]["TableArn"]
    own = the_one(template_of(stackName="invoice-sync-dev"), "AWS::DynamoDB::GlobalTable")
    client.tag_resource(ResourceArn=arn, Tags=own["Replicas"][0]["Tags"])
    assert run("deploy", tableName=TABLE) == 1
    assert f"{TABLE} is the table of invoice-sync-dev" in capsys.readouterr().err


@pytest.mark.parametrize("used", [TABLE, "restored"])
def test_the_own_table_is_not_one_that_was_restored(
    flow: Flow, account: FakeAccount, run: Any, used: str, capsys: pytest.CaptureFixture[str]
) -> None:
    account.stacks[NAME][1].update(TableName=used)
    if used != TABLE:
        account.stacks[NAME][1].update(OwnTableName=TABLE)
    assert run("deploy", tableName=TABLE) == 1
    assert f"{TABLE} is the stack's own table: leave tableName out" in capsys.readouterr().err


def test_a_key_that_the_functions_may_not_use(
    flow: Flow, run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1f8a0b6c-3d5e-4a7b-9c2d-0e1f2a3b4c5d"
    make(flow, "sk", SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key})
    assert run("deploy") == 1
    assert f"is encrypted with {key}, which the functions may use only" in capsys.readouterr().err
    assert run("deploy", kmsKeyArn=key) == 0
