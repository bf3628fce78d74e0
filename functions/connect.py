"""GET /connect/...: OAuth with HubSpot, then with QuickBooks, in the owner's browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from invoice_sync.connect.flow import ConnectFlow
from invoice_sync.runtime import clock, cold_start, entry
from invoice_sync.runtime.logger import logger
from invoice_sync.wiring import connect as wiring


def build(clock: Callable[[], datetime]) -> ConnectFlow:
    return wiring.build(clock, logger)


@lru_cache(maxsize=1)
def collaborators() -> ConnectFlow:
    return build(clock.now)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return entry.answered(event, collaborators().answer)


cold_start.end(collaborators)
