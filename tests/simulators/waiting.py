"""Waiting for what another thread does, without a guess at how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 60.0


def wait_until(holds: Callable[[], bool]) -> None:
    """Return soon after it holds. The patience only ends a test that would hang."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)
