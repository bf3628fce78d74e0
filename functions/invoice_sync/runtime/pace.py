"""The pace of calls: all processes share one timetable, so together they stay below a service's
published limits.

A timetable has one turn each `Rate.every` seconds. A process books a few turns at a time and may
take each until it is `Rate.burst` turns old. So, however many processes there are, in any `seconds`
at most `burst + seconds / every + 1` calls begin.
"""

from __future__ import annotations

import threading
from collections import deque
from copy import copy
from dataclasses import dataclass, replace
from math import inf
from typing import Protocol, Self

from invoice_sync.errors import UnavailableError
from invoice_sync.runtime import aws, clock

# Seconds. A caller that would wait longer for a turn gives its work back instead.
_LONGEST_WAIT = 20.0
# Seconds after which a call that gives way takes a turn like any other, so that it does not starve.
_GIVES_WAY = 10.0
_SHORTEST_WAIT = 0.01
# The weight of the latest call in the mean duration of calls; and the seconds that a longer call
# counts as, so that a few batches do not slow the other calls down.
_NEWEST, _LONGEST_CALL = 0.2, 3.0


@dataclass(frozen=True)
class Rate:
    """How often one portal, or one realm, may call a service."""

    # The name of the timetable.
    name: str
    # The name that people know the service by; errors carry it.
    service: str
    # Seconds from one turn to the next.
    every: float
    # How many turns that nobody took may be taken at once.
    burst: float
    # How many turns are booked at a time. The more, the fewer writes, and the more turns are lost
    # when a process stops calling.
    block: int
    # How many calls of this process may run at once.
    concurrent: int
    # Seconds without calls after the service said that there were too many.
    pause: float
    # How many calls of all processes may run at once.
    at_once: float = inf

    @property
    def age(self) -> float:
        """Return how many seconds old a turn may be."""
        return self.burst * self.every

    def within(self, calls: int, seconds: float) -> Rate:
        """Return the rate that keeps below `calls` in any `seconds`, a quarter of them at once."""
        return replace(self, every=1.5 * seconds / calls, burst=calls / 4)


class Timetable(Protocol):
    """Says from when on the turns are free. All times are in seconds since 1970."""

    def book(self, earliest: float, latest: float, seconds: float) -> tuple[float, bool]:
        """Book so many seconds, as soon as they are free, but none before `earliest`.

        Returns when they begin, and whether they are booked: not if that is after `latest`.
        """
        ...

    def close(self, until: float) -> None:
        """Leave nothing free before this time."""
        ...


class _Shared:
    """What a pace shares with its twin that gives way."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.lock = threading.Lock()
        self.slots = threading.BoundedSemaphore(rate.concurrent)
        # The turns that are booked and not taken.
        self.turns: deque[float] = deque()
        # From when on nothing is booked, as last seen.
        self.free_at = 0.0
        # How often the service has said that there were too many calls.
        self.closings = 0
        # The mean of the seconds that a call takes.
        self.takes = 0.0

    @property
    def every(self) -> float:
        """Return the seconds from turn to turn. While answers are slow they are more: otherwise too
        many calls would run at once."""
        return max(self.rate.every, self.takes / self.rate.at_once)


class Pace:
    """A context manager that holds a call back until its turn. Safe for use from several threads.

    Entering raises UnavailableError when the turn would be too far away.
    """

    def __init__(self, rate: Rate, timetable: Timetable) -> None:
        self._timetable = timetable
        self._shared = _Shared(rate)
        self._gives_way = False
        self._began = threading.local()

    def giving_way(self) -> Self:
        """Return a twin for work that nobody waits for. It takes a turn only where half of a burst
        is left to others, or after ten seconds."""
        twin = copy(self)
        twin._gives_way = True
        return twin

    def keep_within(self, calls: int, seconds: float) -> None:
        """Keep to this limit from now on: the service has said that it is the one."""
        with self._shared.lock:
            self._shared.rate = self._shared.rate.within(calls, seconds)

    def too_many(self, seconds: float) -> None:
        """Stop the calls of all processes: the service had too many, and wants a pause of so many
        seconds (0: it does not say)."""
        shared = self._shared
        with shared.lock:
            shared.turns.clear()
            shared.closings += 1
        try:
            self._timetable.close(_now() + max(seconds, shared.rate.pause))
        except Exception as error:
            # Not closed now: the next call that is one too many closes it.
            if not aws.may_pass(error):
                raise

    def __enter__(self) -> None:
        self._take_slot()
        try:
            self._wait_for_turn()
        except BaseException:
            self._shared.slots.release()
            raise
        self._began.at = clock.monotonic()

    def __exit__(self, *_: object) -> None:
        took, shared = clock.monotonic() - self._began.at, self._shared
        with shared.lock:
            shared.takes += (min(took, _LONGEST_CALL) - shared.takes) * _NEWEST
        shared.slots.release()

    def _take_slot(self) -> None:
        """Wait until few enough calls of this process run."""
        self._shared.slots.acquire()

    def _wait_for_turn(self) -> None:
        shared, patient_until = self._shared, _now() + _GIVES_WAY if self._gives_way else 0.0
        while True:
            with shared.lock:
                now, closings = _now(), shared.closings
                leaves = shared.rate.age / 2
                is_patient = now < patient_until
                turn = self._turn(now, now - leaves if is_patient else now + _LONGEST_WAIT)
                until = min(shared.free_at + leaves, patient_until) if turn is None else turn
            if turn is None:
                clock.sleep(max(until - now, _SHORTEST_WAIT))
                continue
            if until > now:
                clock.sleep(until - now)
            if closings == shared.closings:
                return

    def _turn(self, now: float, latest: float) -> float | None:
        """Take a turn; None when no more begins by `latest`."""
        turns = self._shared.turns
        while turns and turns[0] < now - self._shared.rate.age:
            turns.popleft()
        if not turns and not self._book(now, latest):
            return None
        return turns.popleft()

    def _book(self, now: float, latest: float) -> bool:
        shared = self._shared
        rate, every = shared.rate, shared.every
        turns = 1 if self._gives_way or every > rate.every else rate.block
        try:
            begins, is_booked = self._timetable.book(now - rate.age, latest, every * turns)
        except Exception as error:
            if not aws.may_pass(error):
                raise
            raise UnavailableError(rate.service, "its timetable cannot be read") from error
        if is_booked:
            shared.turns.extend(begins + number * every for number in range(turns))
            begins += every * turns
        elif begins > now + _LONGEST_WAIT:
            wait = begins - now
            raise UnavailableError(rate.service, "paced", retry_after=wait, rate_limited=True)
        shared.free_at = begins
        return is_booked


def _now() -> float:
    return clock.now().timestamp()
