"""POST /webhooks/hubspot: verify the signature, put hints on the queue, answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from invoice_sync import webhooks
from invoice_sync.hints import Hint
from invoice_sync.hubspot import events, signature
from invoice_sync.runtime import clock, cold_start, entry
from invoice_sync.runtime.logger import logger
from invoice_sync.wiring import webhook


@lru_cache(maxsize=1)
def collaborators() -> webhooks.WebhookParts:
    return webhook.build()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return entry.answered(event, _answer)


def _answer(event: Mapping[str, Any]) -> dict[str, Any]:
    now, tools = clock.now(), collaborators()

    def read() -> list[Hint]:
        secret = tools.app_secret.get(now).hubspot_client_secret
        hints = events.from_webhook(signature.verify(secret, event, now), now)
        return [hint for hint in hints if hint.portal_id in tools.allowed_portal_ids]

    return webhooks.answer(read, tools.queue, logger, accepted=202)


cold_start.end(collaborators)
