"""What both API clients share: one TLS context, timeouts, the retry rule, the pace of calls."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    calls: int
    seconds: float


class Pace:
    """Holds calls back so that no published limit is passed by this process."""

    def __init__(
        self,
        *limits: Limit,
        concurrent: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits = limits
        self._calls: deque[float] = deque(maxlen=max(limit.calls for limit in limits))
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(concurrent)
        self._clock, self._sleep = clock, sleep

    def __enter__(self) -> None:
        self._slots.acquire()
        try:
            with self._lock:
                now = self._clock()
                at = max([now, *(self._free_at(limit) for limit in self._limits)])
                self._calls.append(at)
            if at > now:
                self._sleep(at - now)
        except BaseException:
            self._slots.release()
            raise

    def __exit__(self, *_: object) -> None:
        self._slots.release()

    def _free_at(self, limit: Limit) -> float:
        """When the call `limit.calls` ago leaves the window."""
        if len(self._calls) < limit.calls:
            return 0.0
        return self._calls[-limit.calls] + limit.seconds
