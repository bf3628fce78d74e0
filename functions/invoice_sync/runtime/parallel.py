"""Load what a look needs: HubSpot's records whole, QuickBooks' only as far as not known."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

# Not the clients' own: a task that waits for tasks of its own pool can wait for ever.
_executor = ThreadPoolExecutor(max_workers=10)


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run side by side. All have ended before an error of one is raised: none may go on
    behind the back of a look that has been recorded."""
    running = [_executor.submit(call) for call in calls]
    wait(running)
    return [one.result() for one in running]
