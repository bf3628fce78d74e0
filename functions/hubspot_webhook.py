"""POST /webhooks/hubspot: verify the signature, put hints on the queue, answer."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from aws_lambda_powertools import Logger

from invoice_sync import hints, webhooks
from invoice_sync.credentials.app_secret import CachedAppSecret
from invoice_sync.hubspot import events, signature
from invoice_sync.runtime import aws, environment

logger = Logger()


@lru_cache(maxsize=1)
def collaborators() -> tuple[CachedAppSecret, hints.Queue]:
    env = environment.read()
    secret = CachedAppSecret(aws.client("secretsmanager"), env.app_secret_id)
    return secret, hints.Queue(aws.client("sqs"), env.queue_url)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    secret, queue = collaborators()
    now = datetime.now(UTC)

    def read() -> list[hints.Hint]:
        body = signature.verify(secret.get(now).hubspot_client_secret, event, now)
        return events.from_webhook(body, now)

    return webhooks.answer(read, queue, logger, accepted=202)
