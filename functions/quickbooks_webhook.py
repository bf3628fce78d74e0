"""POST /webhooks/quickbooks: verify the signature, put hints on the queue, answer."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from aws_lambda_powertools import Logger

from invoice_sync import hints, webhooks, wiring
from invoice_sync.quickbooks import events, signature

logger = Logger()


@lru_cache(maxsize=1)
def collaborators() -> wiring.Webhook:
    return wiring.webhook()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Intuit waits three seconds for its 200, and holds later events back until it comes."""
    parts = collaborators()
    now = datetime.now(UTC)

    def read() -> list[hints.Hint]:
        body = signature.verify(parts.app_secret.get(now).quickbooks_verifier_token, event)
        return events.from_webhook(body, now)

    return webhooks.answer(read, parts.queue, logger, accepted=200)
