"""The queue refuses once: what a person was told that it begins is sent by the next sweep."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from infra.local.aws import LocalAws
from infra.local.memory.client import Operation, Run
from infra.local.memory.errors import ServiceError
from infra.local.quickbooks import sales_line

from . import backfilling
from .acting import run_sweep
from .browser import check_page, owner
from .conftest import REALM_ID, Flow
from .deciding import click, failing
from .test_settings import change, strange_invoice


@pytest.fixture
def aws(aws_in_memory: LocalAws) -> LocalAws:
    return aws_in_memory


@pytest.fixture
def swept(flow: Flow) -> Flow:
    """A flow whose sweep has begun its hourly look at all that fails."""
    run_sweep(flow)
    flow.work()
    return flow


@pytest.fixture(params=["refused", "partly"])
def how(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def refusing(flow: Flow, how: str) -> Iterator[None]:
    def refuse(operation: Operation, run: Run) -> dict[str, Any]:
        if operation.name != "SendMessageBatch":
            return run(operation.parameters)
        if how == "refused":
            raise ServiceError("RequestThrottled", "busy")
        entries = operation.parameters["Entries"]
        failed = [
            {"Id": each["Id"], "SenderFault": False, "Code": "InternalError"} for each in entries
        ]
        return {"Successful": [], "Failed": failed}

    session: Any = flow.own.aws.services.session
    before, session.hook = session.hook, refuse
    try:
        yield
    finally:
        session.hook = before


def five_minutes_later(flow: Flow) -> None:
    flow.work()
    run_sweep(flow, timedelta(minutes=5))
    flow.work()
    assert [each for each in flow.table() if each["sk"]["S"].startswith("UNSENT#")] == []


def test_a_setting_is_changed(swept: Flow, how: str) -> None:
    invoice_id = strange_invoice(swept)
    swept.work()
    with refusing(swept, how):
        assert change(swept, fallbackItemId=swept.item_id)["retries"] == 1
    five_minutes_later(swept)
    assert swept.status(invoice_id)["status"] == "synced"


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_a_retry(swept: Flow, how: str, many: bool) -> None:
    invoice_id = strange_invoice(swept)
    swept.work()
    swept.settings(fallback_item_id=swept.item_id)
    path = "/v1/failures/retry" if many else f"/v1/invoices/{invoice_id}/retry"
    with refusing(swept, how):
        assert swept.post(path)["queued"] == 1
    five_minutes_later(swept)
    assert swept.status(invoice_id)["status"] == "synced"


def test_a_decision(swept: Flow, how: str) -> None:
    swept.realm.add_invoice(swept.customer_id, [sales_line(swept.item_id, "80.00")], "INV-7")
    invoice_id = failing(swept, "duplicate_document_number", number="INV-7")
    with refusing(swept, how):
        click(swept, invoice_id, "next_free_number")
    five_minutes_later(swept)
    assert swept.status(invoice_id)["quickbooks"]["number"] == "INV-7-1"


def test_a_backfill(swept: Flow, how: str) -> None:
    invoice_id = backfilling.add_old(swept)
    backfilling.install(swept)
    with refusing(swept, how):
        assert backfilling.post(swept).status == 200
    five_minutes_later(swept)
    backfilling.until(swept, "planned")
    with refusing(swept, how):
        assert backfilling.post(swept, run=True).status == 200
    five_minutes_later(swept)
    backfilling.until(swept, "done")
    assert swept.status(invoice_id)["status"] == "synced"


def test_a_new_connection(swept: Flow, how: str) -> None:
    invoice_id = swept.invoice()
    swept.quickbooks.tokens.revoke_realm(REALM_ID)
    swept.work()
    swept.clock.advance(2)
    assert swept.failure_code(invoice_id) == "reconnect_required"
    with owner(swept) as browser:
        swept.hubspot.consent("24680")
        swept.quickbooks.consent(REALM_ID)
        with refusing(swept, how):
            check_page(browser.go(), 200, "Connected")
    five_minutes_later(swept)
    assert swept.status(invoice_id)["status"] == "synced"
