"""Which message brings an invoice in trouble back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from invoice_sync.hints import Hint, Trigger
from invoice_sync.model.record import NextLook
from invoice_sync.sync.batch import OUT_OF_TIME, Observation, Result, Synced, Task, Trouble, Waiting
from invoice_sync.sync.next_look import Sending, Then, after_look
from invoice_sync.sync.trouble import LASTING, SECONDS_WHILE_LASTING
from tests.unit import make

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DOWN = Trouble("QuickBooks", seconds=7)
SOON = NOW + timedelta(minutes=5)


def hint(trigger: Trigger = "sweep", realm_id: str = "") -> Hint:
    return Hint("24680", "512", trigger, NOW, NOW, realm_id=realm_id)


def after(
    trouble: Trouble = DOWN,
    of: Hint | None = None,
    lasted: timedelta = LASTING,
    *,
    joined: bool = False,
    **before: Any,
) -> Then:
    record = make.record(**before)
    task = Task(of or hint(), record, record, has_joined=joined)
    result = Result(Observation(task), Waiting(record, trouble))
    now_pending = record.model_copy(update={"pending_since": NOW - lasted})
    return after_look(result, now_pending, NOW)


def test_trouble_that_may_pass_brings_the_same_message_back() -> None:
    assert after(lasted=LASTING / 2) == Then(again={hint(): 7})


def test_lasting_trouble_replaces_it_and_notes_when_the_other_comes() -> None:
    at = NOW + timedelta(seconds=SECONDS_WHILE_LASTING)
    sending = Sending(hint("retry"), SECONDS_WHILE_LASTING)
    assert after(of=hint("retry")) == Then(
        sendings=[sending], next_look=NextLook(at=at, weight=2, reads=True)
    )


@pytest.mark.parametrize(
    ("under_way", "of", "is_covered"),
    [
        (NextLook(at=SOON), hint(), True),
        (NextLook(at=SOON, weight=2, reads=True), hint("webhook", "913"), True),
        # It asks for more than the one that is under way.
        (NextLook(at=SOON), hint("retry"), False),
        (NextLook(at=SOON, weight=3), hint("webhook", "913"), False),
        (NextLook(at=SOON, weight=2, reads=True), hint("backfill"), False),
        # It is the one that was under way, perhaps a little early.
        (NextLook(at=NOW), hint(), False),
        (NextLook(at=NOW + timedelta(seconds=30)), hint(), False),
    ],
)
def test_a_message_that_is_under_way_makes_others_needless(
    under_way: NextLook, of: Hint, is_covered: bool
) -> None:
    then = after(of=of, next_look=under_way)
    assert (then == Then(next_look=under_way)) is is_covered
    assert then.again == {}


def test_one_that_had_no_turn_is_sent_again_at_once() -> None:
    assert after(OUT_OF_TIME) == Then(sendings=[Sending(hint(), 0)])


def test_one_that_joined_gets_a_message_unless_it_was_in_trouble_before() -> None:
    soon = LASTING / 2
    assert after(lasted=soon, joined=True) == Then(sendings=[Sending(hint(), 7)])
    assert after(lasted=soon, joined=True, pending_since=NOW) == Then()


def test_without_trouble_nothing_follows() -> None:
    record = make.record(next_look=NextLook(at=SOON))
    result = Result(Observation(Task(hint(), record, record)), Synced(record, "in step"))
    assert after_look(result, record, NOW) == Then()
