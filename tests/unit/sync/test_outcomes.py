"""The record as each outcome leaves it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from invoice_sync.hints import Hint
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    ClosedPeriod,
    CustomerNotFound,
    ItemNotFound,
    ServiceDateRequired,
)
from invoice_sync.model.record import Choices, Record
from invoice_sync.sync.batch import (
    Failed,
    Observation,
    Outcome,
    Result,
    Skipped,
    Synced,
    Task,
    Trouble,
    Waiting,
)
from invoice_sync.sync.outcomes import next_record, trouble_of
from tests.unit import make

NOW = datetime(2026, 2, 3, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(days=1)
DOWN = Trouble("QuickBooks")
NO_ITEM = Failure(detail=ItemNotFound(name="Consulting"))
FAILING = {
    "version": 3,
    "status": "failing",
    "failure": NO_ITEM,
    "failing_since": EARLIER,
    "waits": ("ITEM#name#consulting",),
    "cause": "item_not_found.1",
}


def after(outcome: Outcome) -> Record:
    task = Task(Hint("24680", "512", "webhook", NOW, NOW), outcome.record, outcome.record)
    return next_record(Result(Observation(task, make.invoice()), outcome), NOW)


def test_every_outcome_is_a_new_version_of_what_hubspot_says() -> None:
    record = after(Skipped(make.record(version=3), "why"))
    assert (record.version, record.number, record.updated_at) == (4, "INV-1", NOW)
    assert (record.status, record.reason) == ("skipped", "why")


class TestSynced:
    def test_nothing_of_a_failure_is_left(self) -> None:
        choices = Choices(number="INV-1-2", overwrite="seen", create_anyway=True)
        record = after(Synced(make.record(**FAILING, choices=choices), "updated"))
        assert (record.status, record.failure, record.failing_since) == ("synced", None, None)
        assert (record.waits, record.cause, record.synced_at) == ((), "", NOW)
        # What holds until the invoice is in step is over.
        assert record.choices == Choices(number="INV-1-2")

    def test_a_payment_that_is_refused_fails(self) -> None:
        refused = Failure(detail=ClosedPeriod())
        record = after(Synced(make.record(), "created", payment_trouble=refused))
        assert (record.status, record.failure, record.synced_at) == ("failing", refused, NOW)
        assert record.failing_since == NOW

    def test_a_payment_that_waits_ends_what_the_invoice_failed_for(self) -> None:
        record = after(Synced(make.record(**FAILING), "updated", payment_trouble=DOWN))
        assert (record.status, record.failure, record.failing_since) == ("pending", None, None)
        assert record.pending_since == NOW

    def test_but_not_what_the_payment_failed_for(self) -> None:
        known = {**FAILING, "failure": make.failure("payment_not_recorded")}
        record = after(Synced(make.record(**known), "in step", payment_trouble=DOWN))
        assert (record.status, record.failure) == ("failing", known["failure"])


class TestFailed:
    def test_since_when_it_fails_does_not_move(self) -> None:
        first = after(Failed(make.record(), NO_ITEM))
        assert (first.failing_since, first.waits) == (NOW, ("ITEM#name#consulting",))
        again = after(Failed(make.record(**FAILING), NO_ITEM))
        assert again.failing_since == EARLIER

    def test_the_failure_gets_what_a_person_needs_to_decide(self) -> None:
        nobody = Failure(detail=CustomerNotFound(variant="no_match"))
        record = after(Failed(make.record(), nobody))
        assert record.failure
        assert record.failure.detail == CustomerNotFound(variant="no_match", contact_id="301")
        day = NOW.date()
        invoice = make.invoice(lines=(make.line(billing_start=day),))
        undated = Failed(make.record(), Failure(detail=ServiceDateRequired()))
        task = Task(Hint("24680", "512", "webhook", NOW, NOW), make.record(), make.record())
        record = next_record(Result(Observation(task, invoice), undated), NOW)
        assert record.failure
        assert record.failure.detail == ServiceDateRequired(billing_start=day)


class TestWaiting:
    @pytest.mark.parametrize(
        ("minutes", "status"), [(0, "pending"), (14, "pending"), (15, "failing")]
    )
    def test_it_counts_as_a_failure_once_it_has_lasted(self, minutes: int, status: str) -> None:
        since = NOW - timedelta(minutes=minutes)
        record = after(Waiting(make.record(pending_since=since), DOWN))
        assert (record.status, record.pending_since) == (status, since)
        assert (record.failing_since == since) is (status == "failing")
        shown = record.failure.code if record.failure else ""
        assert shown == ("quickbooks_unavailable" if status == "failing" else "")

    def test_it_does_not_hide_why_the_invoice_fails(self) -> None:
        long_ago = EARLIER
        record = after(Waiting(make.record(**FAILING, pending_since=long_ago), DOWN))
        assert (record.status, record.failure) == ("failing", NO_ITEM)


def test_what_is_to_be_tried_again() -> None:
    synced: Any = Synced(make.record(), "in step")
    assert trouble_of(Waiting(make.record(), DOWN)) == DOWN
    assert trouble_of(replace(synced, payment_trouble=DOWN)) == DOWN
    assert trouble_of(replace(synced, payment_trouble=NO_ITEM)) is None
    assert trouble_of(synced) is None
    assert trouble_of(Failed(make.record(), NO_ITEM)) is None
