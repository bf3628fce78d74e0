"""Running calls side by side, so that what does not depend on each other shares the wait."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

# Calls of `together` that run at a time.
AT_ONCE = 10


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at the same time, ten of them at most, and return their results in order.

    All calls have ended before the error of one of them is raised: none may still be running when
    the caller has recorded how its work ended.

    Each use has threads of its own. In a pool that all share, a call that uses this function again
    could wait for a thread for ever, and a portal that keeps a slow pace would hold up the others.
    """
    if len(calls) <= 1:
        return [call() for call in calls]
    with ThreadPoolExecutor(min(len(calls), AT_ONCE)) as pool:
        running = [pool.submit(call) for call in calls]
    return [future.result() for future in running]
