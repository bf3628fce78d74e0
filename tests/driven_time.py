"""Time that tests drive: whoever waits moves the services' clock on, and no real time passes.

A wait ends once every call that is under way has been answered. Without that the clock would jump
while calls are on their way, and more of them would fall into one second than were sent in it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

import pytest

from infra.local.wire import Clock
from invoice_sync import clients
from invoice_sync.credentials.tokens import Tokens
from invoice_sync.model.connection import Service
from invoice_sync.runtime import clock as product_clock
from invoice_sync.runtime.pace import Pace

_PATIENCE_SECONDS = 60


class DrivenTime:
    """Takes the place of the module `time` in the product's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._calls_under_way = 0
        self._wake_times: list[float] = []
        self._is_over = False
        # How many of `_calls_under_way` are of this thread: a batch keeps to two paces.
        self._thread = threading.local()

    def time(self) -> float:
        return self._clock.now().timestamp()

    def monotonic(self) -> float:
        return self._clock.now().timestamp()

    def sleep(self, seconds: float) -> None:
        own = getattr(self._thread, "calls", 0)
        wakes_at = self.time() + seconds
        with self._changed:
            self._calls_under_way -= own
            self._wake_times.append(wakes_at)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._is_over or self._may_wake(wakes_at))
            self._wake_times.remove(wakes_at)
            self._calls_under_way += own
            self._clock.advance(max(0.0, wakes_at - self.time()))
            self._changed.notify_all()

    @contextmanager
    def blocked(self) -> Iterator[None]:
        """What this thread has under way does not run: it waits for another call to end."""
        own = getattr(self._thread, "calls", 0)
        with self._changed:
            self._calls_under_way -= own
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._calls_under_way += own

    @contextmanager
    def set_aside(self) -> Iterator[None]:
        """Let others wait although calls are under way: these are answered only after that."""
        with self._changed:
            waiting, self._calls_under_way = self._calls_under_way, 0
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._calls_under_way += waiting

    def end(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _may_wake(self, wakes_at: float) -> bool:
        return self._calls_under_way <= 0 and wakes_at <= min(self._wake_times)

    def call_begins(self) -> None:
        with self._changed:
            self._thread.calls = getattr(self._thread, "calls", 0) + 1
            self._calls_under_way += 1

    def call_ends(self) -> None:
        with self._changed:
            self._thread.calls -= 1
            self._calls_under_way -= 1
            self._changed.notify_all()


@contextmanager
def driving(clock: Clock) -> Iterator[DrivenTime]:
    """Let the product's time and waits go by the services' clock."""
    time = DrivenTime(clock)
    wait_for_turn, leave, lease = Pace._wait_for_turn, Pace.__exit__, Tokens.lease
    take_slot = Pace._take_slot

    def take(pace: Pace) -> None:
        # A batch keeps to two paces: it has begun in one when it waits for a slot of the other.
        with time.blocked():
            take_slot(pace)

    def begin(pace: Pace) -> None:
        time.call_begins()
        try:
            wait_for_turn(pace)
        except BaseException:
            time.call_ends()
            raise

    def end(pace: Pace, *error: object) -> None:
        leave(pace, *error)
        time.call_ends()

    @contextmanager
    def held(tokens: Tokens, portal_id: str, service: Service) -> Iterator[None]:
        # A refresh keeps no pace, but others wait for its end, not for a time.
        time.call_begins()
        try:
            with lease(tokens, portal_id, service):
                yield
        finally:
            time.call_ends()

    with pytest.MonkeyPatch.context() as patch:
        replacements: tuple[tuple[Any, str, Any], ...] = (
            (product_clock, "time", time),
            (Pace, "_take_slot", take),
            (Pace, "_wait_for_turn", begin),
            (Pace, "__exit__", end),
            (Tokens, "lease", held),
        )
        for owner, name, replacement in replacements:
            patch.setattr(owner, name, replacement)
        with _ended_calls(time):
            yield time


@contextmanager
def _ended_calls(time: DrivenTime) -> Iterator[None]:
    """At the end, wait for the calls to the services that are still under way: those that nobody
    asks about any more, because another one failed. In the time of the next test they would hold it
    up for ever."""
    pools = list[Executor]()
    make_pool = vars(clients)["ThreadPoolExecutor"]

    def pool(*args: Any) -> Executor:
        pools.append(make_pool(*args))
        return pools[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clients, "ThreadPoolExecutor", pool)
        try:
            yield
        finally:
            time.end()
            for each in pools:
                _end(each)


def _end(pool: Executor) -> None:
    pool.shutdown(wait=False, cancel_futures=True)
    for thread in getattr(pool, "_threads", ()):
        thread.join(_PATIENCE_SECONDS)
        assert not thread.is_alive(), "a call to a service never ends"
