"""What an error comes to, and how often trouble is tried again."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from invoice_sync.errors import (
    FaultError,
    HubSpotRefusedError,
    ReconnectRequiredError,
    ServiceError,
    UnavailableError,
)
from invoice_sync.hints import Hint, Queue
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import ItemNotFound, PossibleDuplicate
from invoice_sync.sync import trouble
from invoice_sync.sync.batch import Again, Batch, Blocked, Failed, Outcome, Synced, Task, Waiting
from tests.unit import make

NOW = datetime(2026, 2, 3, tzinfo=UTC)
HINT = Hint("24680", "512", "webhook", NOW, NOW)
TASK = Task(HINT, make.record(), make.record())
FINAL = FaultError("6000", "no", "The moon is in the wrong house.", "tid")
STALE = FaultError("5010", "Stale Object Error", "", "tid")
THROTTLED = FaultError("3001", "ThrottleExceeded", "", "tid")


class SentHints(Queue):
    def __init__(self) -> None:
        self.sent: list[tuple[Hint, int]] = []

    def send(self, hints: Any, delay_seconds: int = 0) -> int:
        self.sent += [(hint, delay_seconds) for hint in hints]
        return len(self.sent)


class TestTryingLater:
    def test_at_first_by_the_queue(self) -> None:
        queue, almost = SentHints(), NOW + timedelta(minutes=14, seconds=59)
        assert trouble.try_later(queue, HINT, 7, since=NOW, now=almost) == {HINT: 7}
        assert queue.sent == []

    def test_once_it_has_lasted_every_quarter_of_an_hour(self) -> None:
        queue, lasting = SentHints(), NOW + timedelta(minutes=15)
        assert trouble.try_later(queue, HINT, 7, since=NOW, now=lasting) == {}
        assert queue.sent == [(HINT, 900)]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ReconnectRequiredError("HubSpot"), "reconnect_required"),
        (HubSpotRefusedError("HubSpot answered 403", "MISSING_SCOPES"), "unexpected"),
        (FINAL, "unexpected"),
        (STALE, "modified_outside_hubspot"),
    ],
)
def test_an_error_that_needs_a_person(error: ServiceError, code: str) -> None:
    what = trouble.of_error(error)
    assert isinstance(what, Failure)
    assert what.code == code


@pytest.mark.parametrize(
    ("error", "code", "seconds"),
    [
        (UnavailableError("HubSpot", "502"), "hubspot_unavailable", 0),
        (UnavailableError("QuickBooks", "503", retry_after=9), "quickbooks_unavailable", 9),
        (UnavailableError("QuickBooks", "429", rate_limited=True), "rate_limited", 60),
        (UnavailableError("HubSpot", "429", rate_limited=True), "rate_limited", 10),
        (
            UnavailableError("HubSpot", "429", rate_limited=True, retry_after=30),
            "rate_limited",
            30,
        ),
        (THROTTLED, "rate_limited", 0),
    ],
)
def test_an_error_that_may_pass(error: ServiceError, code: str, seconds: float) -> None:
    what = trouble.of_error(error)
    assert not isinstance(what, Failure)
    assert (what.failure.code, what.seconds) == (code, seconds)


class TestContained:
    def outcome(self, error: Exception) -> Outcome | Again:
        class Logged:
            log = logging.getLogger("test")

        def call() -> Outcome:
            raise error

        return trouble.contained(cast(Batch, Logged()), TASK, call)

    def test_an_unknown_outcome_is_looked_up_at_once(self) -> None:
        lost = UnavailableError("QuickBooks", "no answer", outcome_unknown=True)
        assert self.outcome(lost) == Again(TASK)
        assert isinstance(self.outcome(UnavailableError("QuickBooks", "503")), Waiting)

    def test_a_refusal_is_judged(self) -> None:
        assert self.outcome(STALE) == Again(TASK)
        assert isinstance(self.outcome(THROTTLED), Waiting)
        assert isinstance(self.outcome(FINAL), Failed)

    def test_a_dead_connection_blocks(self) -> None:
        outcome = self.outcome(ReconnectRequiredError("QuickBooks"))
        assert isinstance(outcome, Blocked)
        assert trouble.has_lost_access(outcome)

    def test_an_error_of_our_own_is_told_without_its_text(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        outcome = self.outcome(ValueError("jane@private.example"))
        assert isinstance(outcome, Failed)
        assert outcome.failure.code == "unexpected"
        assert "ValueError at trouble.py:" in outcome.failure.message
        assert "private" not in outcome.failure.message + caplog.text


class TestBlocked:
    def test_what_refuses_all_does_not_hide_a_possible_duplicate(self) -> None:
        known = Failure(detail=PossibleDuplicate(clash_id="9"))
        record = make.record(status="failing", failure=known)
        blocked = trouble.reconnect_required(record, "HubSpot")
        assert blocked.failure == known
        assert trouble.has_lost_access(blocked)

    def test_any_other_failure_gives_way(self) -> None:
        record = make.record(status="failing", failure=Failure(detail=ItemNotFound()))
        assert trouble.reconnect_required(record, "HubSpot").failure.code == "reconnect_required"

    def test_payments_may_find_the_connection_dead(self) -> None:
        synced = Synced(make.record(), "in step")
        assert not trouble.has_lost_access(synced)
        assert trouble.has_lost_access(replace(synced, has_lost_access=True))
