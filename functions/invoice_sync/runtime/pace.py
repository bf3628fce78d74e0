"""The pace of calls: keeps this process below a service's published limits."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from invoice_sync.runtime.clock import monotonic, sleep


@dataclass(frozen=True)
class Limit:
    """At most so many calls in any window of so many seconds."""

    calls: int
    seconds: float


class Pace:
    """A context manager that holds a call back until it passes no limit.

    `concurrent`: how many calls may run at once. Safe for use from several threads.
    """

    def __init__(
        self,
        *limits: Limit,
        concurrent: int,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], None] = sleep,
    ) -> None:
        self._limits = limits
        self._calls: deque[float] = deque(maxlen=max(limit.calls for limit in limits))
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(concurrent)
        self._clock, self._sleep = clock, sleep

    def __enter__(self) -> None:
        self._slots.acquire()
        try:
            self._wait_for_turn()
        except BaseException:
            self._slots.release()
            raise

    def _wait_for_turn(self) -> None:
        with self._lock:
            now = self._clock()
            starts_at = max([now, *(self._free_at(limit) for limit in self._limits)])
            self._calls.append(starts_at)
        if starts_at > now:
            self._sleep(starts_at - now)

    def __exit__(self, *_: object) -> None:
        self._slots.release()

    def _free_at(self, limit: Limit) -> float:
        """Return when the call `limit.calls` ago leaves the window."""
        if len(self._calls) < limit.calls:
            return 0.0
        return self._calls[-limit.calls] + limit.seconds
