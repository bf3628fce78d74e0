"""Calls of all processes are held back so that no limit is passed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.wire import Clock
from invoice_sync.errors import UnavailableError
from invoice_sync.hubspot import client as hubspot
from invoice_sync.quickbooks import client as quickbooks
from invoice_sync.runtime import clock as product_clock
from invoice_sync.runtime.pace import Pace, Rate
from tests.driven_time import DrivenTime

_EPSILON = 1e-6


class Timetable:
    """A timetable that processes on one machine share."""

    def __init__(self) -> None:
        self.free_at, self.bookings = 0.0, 0
        self._lock = threading.Lock()

    def book(self, earliest: float, latest: float, seconds: float) -> tuple[float, bool]:
        with self._lock:
            begins = max(self.free_at, earliest)
            if begins > latest:
                return begins, False
            self.bookings += 1
            self.free_at = begins + seconds
            return begins, True

    def close(self, until: float) -> None:
        with self._lock:
            self.free_at = max(self.free_at, until)


class World:
    """Processes that call one service. Only waits, and calls, take time."""

    def __init__(self, time: DrivenTime) -> None:
        self.time, self.timetable = time, Timetable()
        self.began = time.time()
        self._lock = threading.Lock()
        self.under_way = self.most_under_way = 0

    def pace(self, rate: Rate) -> Pace:
        """Return the pace of one more process."""
        return Pace(rate, self.timetable)

    def call(self, pace: Pace, seconds: float) -> float:
        """Make a call that takes so long, and return when it began."""
        with pace:
            started = self.now
            with self._lock:
                self.under_way += 1
                self.most_under_way = max(self.most_under_way, self.under_way)
            if seconds:
                self.time.sleep(seconds)
            with self._lock:
                self.under_way -= 1
        return started

    @property
    def now(self) -> float:
        """Return the seconds since the world began."""
        return self.time.time() - self.began

    def together(self, *work: Callable[[], None]) -> None:
        """Do all of it side by side, each in a thread of its own."""
        ready = threading.Barrier(len(work))

        def run(one: Callable[[], None]) -> None:
            # It is at work from here on, also between its calls: until then no time passes.
            self.time.call_begins()
            ready.wait()
            try:
                one()
            finally:
                self.time.call_ends()

        threads = [threading.Thread(target=run, args=(one,)) for one in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def backlog(self, rate: Rate, paces: Sequence[Pace], calls: int, seconds: float) -> list[float]:
        """Let processes work off calls, as many side by side as each may. Return when they began,
        in order."""
        left, starts = iter(range(calls)), list[float]()

        def work(pace: Pace) -> None:
            while True:
                with self._lock:
                    if next(left, None) is None:
                        return
                started = self.call(pace, seconds)
                with self._lock:
                    starts.append(started)

        self.together(*(partial(work, pace) for pace in paces for _ in range(rate.concurrent)))
        return sorted(starts)


def most_within(starts: Sequence[float], seconds: float) -> int:
    """Return how many of the calls fell into the worst window of so many seconds."""
    return max(
        sum(first <= start < first + seconds - _EPSILON for start in starts[number:])
        for number, first in enumerate(starts)
    )


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    clock = Clock().stand_still(at=datetime(2026, 11, 25, 15, tzinfo=UTC))
    time = DrivenTime(clock)
    monkeypatch.setattr(product_clock, "time", time)
    return World(time)


@pytest.mark.parametrize("processes", [1, 2, 4])
def test_a_backlog_is_worked_off_at_quickbooks_own_pace(world: World, processes: int) -> None:
    calls = 1000
    paces = [world.pace(quickbooks.RATE) for _ in range(processes)]
    starts = world.backlog(quickbooks.RATE, paces, calls, 0.35)
    assert len(starts) == calls
    assert most_within(starts, 1) <= 10
    assert most_within(starts, 60) <= 500
    assert world.most_under_way <= 10
    assert starts[-1] <= 1.1 * calls / 500 * 60


def test_slow_answers_do_not_pile_up(world: World) -> None:
    paces = [world.pace(quickbooks.RATE) for _ in range(4)]
    world.backlog(
        quickbooks.RATE, paces, 40, 2
    )  # the processes learn it: sixteen at once are possible
    world.most_under_way = 0
    world.backlog(quickbooks.RATE, paces, 200, 2)
    assert 6 <= world.most_under_way <= 10


def test_batches_keep_their_own_limit(world: World) -> None:
    paces = [world.pace(quickbooks.BATCH_RATE) for _ in range(2)]
    starts = world.backlog(quickbooks.BATCH_RATE, paces, 120, 0.1)
    assert most_within(starts, 60) <= 40
    assert starts[4] == 0  # a few go at once


@pytest.mark.parametrize(("calls", "seconds"), [(100, 10), (110, 10), (190, 10)])
def test_hubspots_burst_is_used_and_not_passed(world: World, calls: int, seconds: int) -> None:
    paces = [world.pace(hubspot.RATE) for _ in range(3)]
    for pace in paces:
        pace.keep_within(calls, seconds)
    starts = world.backlog(hubspot.RATE, paces, 400, 0.12)
    assert 0.85 * calls < most_within(starts, seconds) <= calls
    # A look's first calls wait for nothing.
    assert starts[9] == 0


def test_searches_stay_below_five_a_second(world: World) -> None:
    paces = [world.pace(hubspot.SEARCH_RATE) for _ in range(3)]
    starts = world.backlog(hubspot.SEARCH_RATE, paces, 60, 0.1)
    assert most_within(starts, 1) <= 5
    assert starts[-1] <= 60 / 5 * 1.5


def test_a_quiet_portal_costs_one_write_for_the_calls_of_a_look(world: World) -> None:
    pace = world.pace(hubspot.RATE)
    for _ in range(10):
        world.call(pace, 0)
    assert (world.timetable.bookings, world.now) == (1, 0)


def test_after_too_many_all_processes_pause(world: World) -> None:
    one, other = world.pace(quickbooks.RATE), world.pace(quickbooks.RATE)
    world.call(one, 0)
    one.too_many(0)
    for pace in (one, other):
        with pytest.raises(UnavailableError) as caught:
            world.call(pace, 0)
        error = caught.value
        assert (error.rate_limited, error.outcome_unknown) == (True, False)
        assert error.retry_after == pytest.approx(60, abs=1)
    world.time.sleep(61)
    for pace in (one, other):
        world.call(pace, 0)


def test_the_service_may_want_a_longer_pause(world: World) -> None:
    pace = world.pace(quickbooks.RATE)
    pace.too_many(300)
    with pytest.raises(UnavailableError) as caught:
        world.call(pace, 0)
    assert caught.value.retry_after == pytest.approx(300, abs=1)


def test_a_short_pause_is_waited_for(world: World) -> None:
    pace = world.pace(hubspot.RATE)
    world.call(pace, 0)
    pace.too_many(0)
    assert world.call(pace, 0) == pytest.approx(10, abs=0.1)


def test_who_waits_for_a_turn_notices_the_pause(world: World) -> None:
    pace, refused = world.pace(quickbooks.RATE), list[float]()

    def call() -> None:
        try:
            started = world.call(pace, 0.05)
        except UnavailableError as error:
            refused.append(error.retry_after)
        else:
            assert started == 0
            pace.too_many(0)

    world.together(*[call] * quickbooks.RATE.concurrent)
    assert len(refused) == quickbooks.RATE.concurrent - 1


def live_and_bulk(world: World, live: Pace, bulk: Pace, seconds: float) -> tuple[int, int]:
    """Let two processes call for so long without a break, one of which gives way. Return how many
    calls each could make."""
    made = {live: 0, bulk: 0}

    def work(pace: Pace) -> None:
        while world.now < seconds:
            world.call(pace, 0.35)
            made[pace] += 1

    size = quickbooks.RATE.concurrent
    world.together(*(partial(work, pace) for pace in made for _ in range(size)))
    return made[live], made[bulk]


def test_live_work_goes_before_bulk_work(world: World) -> None:
    live = world.pace(quickbooks.RATE)
    bulk = world.pace(quickbooks.RATE).giving_way()
    calls, bulk_calls = live_and_bulk(world, live, bulk, 60)
    assert calls > 6.5 * 60
    # Each of its calls waits ten seconds at most.
    assert bulk_calls >= 60 / 11 * quickbooks.RATE.concurrent


def test_bulk_work_alone_uses_the_whole_pace(world: World) -> None:
    paces = [world.pace(quickbooks.RATE).giving_way() for _ in range(2)]
    starts = world.backlog(quickbooks.RATE, paces, 500, 0.35)
    assert starts[-1] <= 1.1 * 60


def test_bulk_work_leaves_half_of_a_burst(world: World) -> None:
    bulk, live = world.pace(hubspot.RATE).giving_way(), world.pace(hubspot.RATE)
    world.backlog(hubspot.RATE, [bulk], 100, 0.1)
    before = world.now
    for _ in range(10):
        assert world.call(live, 0) == before


def test_a_table_in_trouble_is_no_bug(world: World) -> None:
    class Busy(Timetable):
        def book(self, earliest: float, latest: float, seconds: float) -> tuple[float, bool]:
            answer: Any = {"Error": {"Code": "ThrottlingException", "Message": "busy"}}
            raise ClientError(answer, "UpdateItem")

        def close(self, until: float) -> None:
            self.book(0, 0, 0)

    world.timetable = Busy()
    pace = world.pace(quickbooks.RATE)
    with pytest.raises(UnavailableError) as caught:
        world.call(pace, 0)
    assert (caught.value.service, caught.value.outcome_unknown) == ("QuickBooks", False)
    pace.too_many(0)
    # Its place is free again.
    world.timetable = Timetable()
    for _ in range(quickbooks.RATE.concurrent + 1):
        with pytest.raises(UnavailableError):
            world.call(pace, 0)
