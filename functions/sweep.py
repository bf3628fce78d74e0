"""Run the five-minute sweep. The event of the schedule says nothing that it needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from invoice_sync.runtime import clock, cold_start, metrics
from invoice_sync.runtime.logger import logger
from invoice_sync.sweep.run import Sweep
from invoice_sync.wiring import sweep as wiring


def build(clock: Callable[[], datetime]) -> Sweep:
    return wiring.build(clock, logger)


@lru_cache(maxsize=1)
def collaborators() -> Sweep:
    return build(clock.now)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    try:
        collaborators().run()
    finally:
        metrics.flush()
    return {}


cold_start.end(collaborators)
