"""The sweep publishes gauges and keeps idle connections alive; the worker counts its work."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import sweep
from infra.local.lambda_context import LambdaContext
from invoice_sync.credentials.tokens import Tokens
from invoice_sync.errors import ReconnectRequiredError, SecretError, UnavailableError
from invoice_sync.model.connection import Connection
from invoice_sync.runtime import metrics
from invoice_sync.runtime.logger import logger
from invoice_sync.sweep.gauges import measure

from .acting import KilledError, at_noon, end_connection, killed
from .conftest import PORTAL_ID, Flow

EVENT = json.loads((Path(__file__).parents[2] / "events/schedule.json").read_text(encoding="utf-8"))
Printed = pytest.CaptureFixture[str]


class Printing:
    """A log that writes to the output of the moment."""

    def info(self, message: str, *, extra: dict[str, float]) -> None:
        sys.stdout.write(json.dumps({"message": message, **extra}) + "\n")


@pytest.fixture(autouse=True)
def _numbers_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "logger", Printing())


def measured(printed: Printed) -> dict[str, list[float]]:
    """Return all values that were measured since the last time, by name: metrics, and numbers that
    are in the log only."""
    values: dict[str, list[float]] = {}
    for line in printed.readouterr().out.splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        if entry.get("message") == "numbers":
            for name in metrics._LOGGED & entry.keys():
                values.setdefault(name, []).append(entry[name])
        for group in entry.get("_aws", {}).get("CloudWatchMetrics", []):
            assert (group["Namespace"], group["Dimensions"]) == ("InvoiceSync", [["service"]])
            for metric in group["Metrics"]:
                values.setdefault(metric["Name"], []).extend(entry[metric["Name"]])
    return values


def swept(printed: Printed) -> dict[str, list[float]]:
    printed.readouterr()
    assert sweep.handler(EVENT, LambdaContext("sweep")) == {}
    return measured(printed)


def set_expiry(flow: Flow, ends: datetime) -> None:
    secrets, name = flow.own.aws.client("secretsmanager"), f"invoice-sync/connections/{PORTAL_ID}"
    value = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
    value["quickbooks"]["refreshExpiresAt"] = ends.isoformat()
    secrets.put_secret_value(SecretId=name, SecretString=json.dumps(value))


class TestGauges:
    def test_they_are_zero_while_nothing_fails(self, flow: Flow, capsys: Printed) -> None:
        values = swept(capsys)
        values.pop("DaysToReconnect", None)
        # The sweep has just been there.
        assert values.pop("SweepLag")[0] < 60
        # The change log of QuickBooks.
        assert values.pop("MeteredReads") == [1]
        assert values == {"FailingInvoices": [0], "OldestFailureAge": [0]}

    def test_they_are_those_of_all_portals_together(self, flow: Flow, capsys: Printed) -> None:
        before = flow.clock.now()
        for _ in range(2):
            flow.invoice(contact_id=None)
        flow.work()
        assert flow.get("/v1/failures/count")["failing"] == 2
        flow.own.hubspot.add_portal("24681")
        flow.own.quickbooks.add_realm("9130357849536437")
        flow.own.connect("24681", "9130357849536437")
        values = swept(capsys)
        assert values["FailingInvoices"] == [2]
        elapsed = flow.clock.now() - before
        assert 0 < values["OldestFailureAge"][0] < elapsed.total_seconds()

    def test_the_days_until_a_person_must_connect_again(self, flow: Flow, capsys: Printed) -> None:
        set_expiry(flow, flow.clock.now() + timedelta(days=50))
        assert 49.9 < swept(capsys)["DaysToReconnect"][0] <= 50

    def test_a_token_that_nobody_has_used_for_long_is_renewed(
        self, flow: Flow, capsys: Printed
    ) -> None:
        set_expiry(flow, flow.clock.now() + timedelta(days=5))
        assert swept(capsys)["DaysToReconnect"][0] > 90

    def test_they_are_zero_while_nobody_is_connected(self, capsys: Printed, flow: Flow) -> None:
        capsys.readouterr()
        keep_alive(flow, FakeTokens(), [])
        assert measured(capsys) == {"FailingInvoices": [0], "OldestFailureAge": [0]}


class FakeTokens:
    """Tokens of several portals, some of which make trouble."""

    def __init__(self, trouble: dict[str, Exception] | None = None) -> None:
        self.trouble, self.kept, self.ended = trouble or {}, list[str](), list[str]()

    def keep_alive(self, connection: Connection) -> datetime | None:
        if connection.portal_id in self.trouble:
            raise self.trouble[connection.portal_id]
        self.kept.append(connection.portal_id)
        return None

    def refresh_expires_at(self, connection: Connection) -> datetime | None:
        if isinstance(self.trouble.get(connection.portal_id), SecretError):
            raise self.trouble[connection.portal_id]
        return None

    def require_reconnect(self, connection: Connection, _: str) -> None:
        self.ended.append(connection.portal_id)


def keep_alive(flow: Flow, tokens: FakeTokens, connections: list[Connection]) -> list[Connection]:
    store, now = flow.own.store, flow.clock.now()
    alive = measure(store, tokens, connections, now, logger)  # type: ignore[arg-type]
    metrics.flush()
    return alive


class TestTrouble:
    def test_with_one_connection_does_not_stop_the_others(
        self, flow: Flow, capsys: Printed
    ) -> None:
        for number in range(1, 5):
            portal_id, realm_id = f"{24680 + number}", f"{int(1e15) + number}"
            flow.own.hubspot.add_portal(portal_id)
            flow.own.quickbooks.add_realm(realm_id)
            flow.own.connect(portal_id, realm_id)
        end_connection(flow, "24684")
        tokens = FakeTokens(
            {
                "24680": SecretError("no such secret"),
                "24681": UnavailableError("QuickBooks", "503"),
                "24682": ReconnectRequiredError("QuickBooks"),
            }
        )
        capsys.readouterr()
        alive = keep_alive(flow, tokens, flow.own.store.connections.all())
        values = measured(capsys)
        assert {connection.portal_id for connection in alive} == {"24680", "24681", "24683"}
        assert (tokens.kept, tokens.ended) == (["24683"], ["24682"])
        # Two of them have ended.
        assert values["DaysToReconnect"] == [0]

    def test_a_dead_token_is_found_before_it_is_needed(self, flow: Flow, capsys: Printed) -> None:
        set_expiry(flow, flow.clock.now() + timedelta(days=5))
        secrets = flow.own.aws.client("secretsmanager")
        name = f"invoice-sync/connections/{PORTAL_ID}"
        value = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
        value["quickbooks"]["refreshToken"] = "dead"
        secrets.put_secret_value(SecretId=name, SecretString=json.dumps(value))
        values = swept(capsys)
        assert (values["ReconnectRequired"], values["DaysToReconnect"]) == ([1], [0])
        connection = flow.own.store.connections.get(PORTAL_ID)
        assert connection
        assert connection.state == "reconnect_required"
        # Each loss is counted once, and goes on to be seen in the days that are left.
        values = swept(capsys)
        assert "ReconnectRequired" not in values
        assert values["DaysToReconnect"] == [0]

    def test_in_the_sweep_itself_still_publishes_what_was_measured(
        self, flow: Flow, capsys: Printed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Tokens, "keep_alive", killed)
        capsys.readouterr()
        with pytest.raises(KilledError):
            sweep.handler(EVENT, LambdaContext("sweep"))
        assert measured(capsys)["FailingInvoices"] == [0]

    def test_two_sweeps_at_once_renew_a_token_once(self, flow: Flow, capsys: Printed) -> None:
        set_expiry(flow, flow.clock.now() + timedelta(days=5))
        before = flow.quickbooks.calls["POST /oauth2/v1/tokens/bearer"]
        with ThreadPoolExecutor(2) as both:
            results = [both.submit(sweep.handler, EVENT, LambdaContext("sweep")) for _ in range(2)]
        assert [result.result() for result in results] == [{}, {}]
        assert flow.quickbooks.calls["POST /oauth2/v1/tokens/bearer"] == before + 1


class TestWorker:
    def test_syncs_failures_and_reads_are_counted(self, flow: Flow, capsys: Printed) -> None:
        def after(act: Callable[[], object]) -> dict[str, list[float]]:
            capsys.readouterr()
            act()
            flow.work()
            return measured(capsys)

        ids: list[str] = []
        before = flow.clock.now()
        created = after(lambda: ids.append(flow.invoice()))
        assert created["InvoicesSynced"] == [1]
        # The service's clock has whole milliseconds.
        elapsed = flow.clock.now() - before + timedelta(milliseconds=1)
        assert 0 < created["SyncLatency"][0] <= elapsed / timedelta(milliseconds=1)
        assert sum(created["MeteredReads"]) == flow.quickbooks.metered_reads(flow.realm.realm_id)
        failing = after(lambda: ids.append(flow.invoice(contact_id=None)))
        assert failing["InvoicesFailed"] == [1]
        assert "InvoicesUnexpected" not in failing
        again = after(lambda: flow.post(f"/v1/invoices/{ids[1]}/retry"))
        assert "InvoicesFailed" not in again
        changed = after(lambda: flow.queue.send([flow.hint(ids[0])]))
        assert "InvoicesSynced" not in changed
        flow.set_price(ids[0], "175")
        flow.hubspot.webhooks.discard()
        clicked = after(lambda: flow.post(f"/v1/invoices/{ids[0]}/retry"))
        assert clicked["InvoicesSynced"] == [1]
        assert "SyncLatency" not in clicked

    def test_an_unexpected_failure_is_counted_apart(
        self, flow: Flow, capsys: Printed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("invoice_sync.sync.decide.decide", lambda *_: 1 / 0)
        flow.invoice()
        capsys.readouterr()
        flow.work()
        values = measured(capsys)
        assert (values["InvoicesFailed"], values["InvoicesUnexpected"]) == ([1], [1])


def test_the_sweep_begins_the_nights_report_once(flow: Flow) -> None:
    at_noon(flow)
    for _ in range(2):
        assert sweep.handler(EVENT, LambdaContext("sweep")) == {}
    (job,) = flow.own.store.jobs.all(PORTAL_ID)
    assert (job.kind, job.state) == ("report", "planning")
