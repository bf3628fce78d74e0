"""make setup ends with what is left to do, and marks what it sees to be done."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import boto3
import pytest

from infra import configuration, deployment
from invoice_sync.store.connections import ConnectionStore
from invoice_sync.store.table import Table
from tests.unit import make

from .account import BASE, STACK, USUAL, Account, Ask


def marks(out: str) -> dict[str, str]:
    """Return the mark of each step that is listed."""
    found = re.findall(r"(?m)^  \[(.)\] ([^:\n]+)", out)
    return {step: mark for mark, step in found}


def test_the_addresses_to_copy(
    account: Account, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    account.put(USUAL)
    assert ask("", "", "", "", "") == 0
    out = capsys.readouterr().out
    _, _, left = out.partition("What is left")
    addresses = [text for text in account.outputs.values() if text.startswith("https://")]
    assert [text for text in addresses if text not in left] == []
    assert "make extension ENV=example" in left
    assert "make smoke ENV=example" in left
    assert marks(left)["check the whole"] == " "
    # The developer's own keys look like those of production.
    assert "Whether Intuit's keys are those of production" in out
    assert f"{STACK}: signatures are refused" in " ".join(out.split())


def test_the_name_of_an_own_domain_must_be_entered_in_dns(
    account: Account,
    ask: Ask,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    own = replace(configuration.load("example"), domain_name="invoices.example.com")
    monkeypatch.setattr(deployment, "load", lambda environment: own)
    account.outputs["DomainTarget"] = "d-abc.execute-api.us-east-1.amazonaws.com"
    account.put(USUAL)
    assert ask("", "", "", "", "") == 0
    line = f"invoices.example.com  CNAME  {account.outputs['DomainTarget']}"
    assert line in capsys.readouterr().out


@pytest.mark.parametrize(
    ("subscriptions", "mark"),
    [(["PendingConfirmation"], " "), (["arn:aws:sns:us-east-1:1:t:1"], "x"), (None, "?")],
)
def test_whether_the_alarms_reach_somebody(
    account: Account,
    ask: Ask,
    subscriptions: list[str] | None,
    mark: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if subscriptions is None:
        account.denied["ListSubscriptionsByTopic"] = "not authorized"
    else:
        for topic in ("TechnicalTopicArn", "BusinessTopicArn"):
            account.subscribed[account.outputs[topic]] = subscriptions
    account.put(USUAL)
    assert ask("", "", "", "", "") == 0
    assert marks(capsys.readouterr().out)["alarms"] == mark


@pytest.mark.parametrize("state", ["connected", "reconnect_required", None])
def test_whether_somebody_has_connected(
    account: Account,
    ask: Ask,
    state: str | None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    account.make_table()
    if state:
        connection = make.connection().model_copy(update={"state": state})
        database = boto3.Session(region_name="us-east-1").client("dynamodb")
        ConnectionStore(Table(database, "the-table", time.sleep)).put(connection)
    account.put(USUAL)
    assert ask("", "", "", "", "") == 0
    out = capsys.readouterr().out
    mark = marks(out)["connect a HubSpot account with a QuickBooks company, in a browser"]
    assert mark == ("x" if state == "connected" else " ")
    assert (f"{BASE}/connect/hubspot\n  [ ] check" in out) == (state != "connected")
