"""Running calls side by side, so that reads that do not depend on each other share the wait."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import lru_cache
from typing import Any


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at the same time and return their results in order.

    All calls have ended before the error of one of them is raised: none may still be running when
    the caller has recorded how its work ended.
    """
    running = [_executor().submit(call) for call in calls]
    wait(running)
    return [future.result() for future in running]


@lru_cache(maxsize=1)
def _executor() -> ThreadPoolExecutor:
    """Return a pool apart from the clients': a task that waits for its own pool can deadlock."""
    return ThreadPoolExecutor(max_workers=10)
