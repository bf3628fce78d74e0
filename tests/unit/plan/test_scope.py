"""Which invoices are ours to sync: the rule alone, on more inputs than people would try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from invoice_sync.model.connection import Connection
from invoice_sync.model.failure import Failure
from invoice_sync.model.hubspot import InvoiceSummary, StatusChange
from invoice_sync.model.record import Choices, Intent, Record, Skip
from invoice_sync.plan.scope import needs_history, obstacle
from tests.unit import make

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE, AFTER = START - timedelta(milliseconds=1), START + timedelta(days=9)
INTENT = Intent(
    request_id="r", fingerprint="f", number="1", first_sent_at=BEFORE, last_sent_at=BEFORE
)
WRITTEN: list[dict[str, Any]] = [
    {"quickbooks_id": "146"},
    {"intent": INTENT},
    {"former_ids": ("146",)},
]


def connection(**settings: Any) -> Connection:
    return make.connection(**settings).model_copy(update={"started_at": START})


def history(*changes: tuple[str, datetime]) -> tuple[StatusChange, ...]:
    return tuple(StatusChange(status=status, at=at) for status, at in changes)


def word(invoice: Any, record: Record | None = None, **settings: Any) -> str:
    """Return the kind of a skip, "fail", or "sync"."""
    result = obstacle(invoice, record or make.record(), connection(**settings))
    if isinstance(result, Failure):
        return "fail"
    return result.kind if result else "sync"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (history(("draft", BEFORE), ("open", BEFORE)), "before_start"),
        (history(("draft", BEFORE), ("open", START)), "sync"),
        (history(("draft", BEFORE), ("open", AFTER)), "sync"),
        (history(("draft", BEFORE), ("paid", BEFORE)), "before_start"),
        # It was made as an open one.
        (history(("open", BEFORE)), "before_start"),
        (history(("open", BEFORE), ("draft", AFTER), ("open", AFTER)), "before_start"),
        (history(("", BEFORE), ("open", AFTER)), "sync"),
        (history(("open", AFTER)), "fail"),
        (history(("paid", AFTER), ("open", AFTER)), "fail"),
        (history(("draft", BEFORE)), "fail"),
        ((), "fail"),
    ],
)
def test_when_it_first_became_open_decides(
    changes: tuple[StatusChange, ...], expected: str
) -> None:
    invoice = make.invoice(created_at=BEFORE, status_history=changes)
    assert word(invoice) == expected
    summary = InvoiceSummary(id="512", status="open", created_at=BEFORE, status_history=changes)
    assert word(summary) == expected


@pytest.mark.parametrize("created", [START, AFTER])
def test_an_invoice_that_was_made_since_needs_no_history(created: datetime) -> None:
    invoice = make.invoice(created_at=created)
    assert word(invoice) == "sync"
    assert not needs_history(invoice, make.record(), connection())


@pytest.mark.parametrize("created", [BEFORE, None])
def test_else_it_needs_it(created: datetime | None) -> None:
    assert needs_history(make.invoice(created_at=created), make.record(), connection())


@pytest.mark.parametrize("state", WRITTEN)
def test_what_we_wrote_is_ours(state: dict[str, Any]) -> None:
    record = make.record(**state)
    for changes in ({"created_at": BEFORE}, {"billable": False}, {"source": "data_sync"}):
        invoice = make.invoice(**changes)
        assert word(invoice, record) == "sync"
        assert not needs_history(invoice, record, connection())


@pytest.mark.parametrize("status", ["draft", "voided", "outstanding", ""])
def test_what_is_not_due_needs_no_history(status: str) -> None:
    invoice = make.invoice(status=status, created_at=BEFORE)
    assert word(invoice) == "not_due"
    assert not needs_history(invoice, make.record(), connection())


def test_a_person_has_the_last_word() -> None:
    invoice = make.invoice(created_at=BEFORE)
    brought_in = make.record(choices=Choices(brought_in=True))
    assert word(invoice, brought_in) == "sync"
    stopped = make.record(choices=Choices(brought_in=True, stopped=True))
    assert word(invoice, stopped) == "left_out"
    # But a copy of another system's invoice is never brought in.
    for changes in ({"billable": False}, {"source": "data_sync"}, {"source": "erp"}):
        assert word(make.invoice(**changes), brought_in) == "left_out"


def test_what_was_found_to_be_old_stays_old() -> None:
    known = make.record(status="skipped", skip_kind="before_start")
    invoice = make.invoice(created_at=BEFORE)
    assert word(invoice, known) == "before_start"
    assert not needs_history(invoice, known, connection())
    other = make.record(status="skipped", skip_kind="not_due")
    assert needs_history(invoice, other, connection())


@pytest.mark.parametrize(
    ("source", "sources", "expected"),
    [
        ("", ["hubspot"], "sync"),
        ("hubspot", ["HubSpot "], "sync"),
        ("crm", ["hubspot", "CRM"], "sync"),
        ("crm", ["hubspot"], "left_out"),
        ("hubspot", [], "left_out"),
        ("data_sync", ["data_sync"], "left_out"),
    ],
)
def test_sources_are_compared_in_any_case(source: str, sources: list[str], expected: str) -> None:
    assert word(make.invoice(source=source, created_at=AFTER), sources=sources) == expected


def test_every_skip_says_why() -> None:
    kinds = product(("draft", "open", "voided", "x"), (True, False), ("", "data_sync", "erp"))
    for status, billable, source in kinds:
        invoice = make.invoice(
            status=status,
            billable=billable,
            source=source,
            created_at=BEFORE,
            status_history=history(("open", BEFORE)),
        )
        result = obstacle(invoice, make.record(), connection())
        assert isinstance(result, Skip)
        assert result.reason
