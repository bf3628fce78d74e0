"""The time, and waiting for it to pass.

Everything that waits or asks for the time by itself does so here, so that a test can drive the time
instead of waiting for it: it replaces this module's `time`.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the time as an aware UTC datetime."""
    return datetime.fromtimestamp(time.time(), UTC)


def monotonic() -> float:
    """Return seconds that only grow, for measuring how long something takes."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    time.sleep(seconds)
