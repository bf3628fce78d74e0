"""Timetables that several processes book from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from invoice_sync.store.timetables import TimetableStore

from .acting import PORTAL, Conflicting, make_store

NOW = 1_795_618_800.0


@pytest.fixture
def process(database: Any) -> Callable[[], TimetableStore]:
    """Return what makes the timetable of one more process."""
    return lambda: make_store(database).timetable(PORTAL, "quickbooks")


def test_bookings_of_all_processes_follow_each_other(
    process: Callable[[], TimetableStore],
) -> None:
    one, other = process(), process()
    begins = [
        one.book(NOW, NOW + 20, 0.5),
        other.book(NOW, NOW + 20, 0.5),
        other.book(NOW, NOW + 20, 2.0),
        one.book(NOW, NOW + 20, 0.5),
    ]
    assert begins == [(NOW, True), (NOW + 0.5, True), (NOW + 1, True), (NOW + 3, True)]


def test_time_that_nobody_booked_is_gone(process: Callable[[], TimetableStore]) -> None:
    one, other = process(), process()
    one.book(NOW, NOW, 0.5)
    assert other.book(NOW + 100, NOW + 120, 0.5) == (NOW + 100, True)
    assert one.book(NOW + 100, NOW + 120, 0.5) == (NOW + 100.5, True)


def test_nothing_is_booked_after_the_latest_time(process: Callable[[], TimetableStore]) -> None:
    one, other = process(), process()
    one.book(NOW, NOW, 30)
    assert other.book(NOW, NOW + 20, 0.5) == (NOW + 30, False)
    assert one.book(NOW + 10, NOW + 30, 0.5) == (NOW + 30, True)


def test_a_closed_timetable_is_closed_for_all(process: Callable[[], TimetableStore]) -> None:
    one, other = process(), process()
    other.book(NOW, NOW, 0.5)
    one.close(NOW + 60)
    one.close(NOW + 10)  # takes nothing back
    assert other.book(NOW, NOW + 20, 0.5) == (NOW + 60, False)
    assert one.book(NOW + 59, NOW + 79, 0.5) == (NOW + 60, True)


def test_a_timetable_whose_item_was_deleted_begins_anew(
    process: Callable[[], TimetableStore], database: Any
) -> None:
    one = process()
    one.book(NOW, NOW, 30)
    store = make_store(database)
    store.erasure.erase(PORTAL, "1", 100)
    assert one.book(NOW + 40, NOW + 60, 0.5) == (NOW + 40, True)


def test_a_block_costs_one_request_and_a_second_one_at_most(database: Any) -> None:
    class Counting(Conflicting):
        requests = 0

        def update_item(self, **request: Any) -> Any:
            self.requests += 1
            return self._real.update_item(**request)

    counting = Counting(database, refusals=0)
    one, other = (make_store(counting).timetable(PORTAL, "hubspot") for _ in range(2))
    for number in range(10):
        one.book(NOW + number, NOW + number, 0.5)
    assert counting.requests == 10
    other.book(NOW + 9, NOW + 20, 0.5)
    assert counting.requests <= 12
