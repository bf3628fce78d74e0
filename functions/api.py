"""/v1: what the card in HubSpot asks for, for the signed portal only."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from invoice_sync.api import front
from invoice_sync.api.collaborators import Collaborators, using
from invoice_sync.runtime import cold_start, entry
from invoice_sync.runtime.logger import logger
from invoice_sync.wiring import api as wiring


@lru_cache(maxsize=1)
def collaborators() -> Collaborators:
    return wiring.build(logger)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with using(collaborators()):
        return entry.answered(event, lambda event: front.answer(event, context))


cold_start.end(collaborators)
