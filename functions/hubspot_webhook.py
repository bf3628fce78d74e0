"""POST /webhooks/hubspot: verify the signature, put hints on the queue, answer."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from invoice_sync import aws, environment, hints
from invoice_sync.hubspot import signature
from invoice_sync.secrets import CachedAppSecret

logger = Logger()


@lru_cache(maxsize=1)
def collaborators() -> tuple[CachedAppSecret, hints.Queue]:
    env = environment.read()
    secret = CachedAppSecret(aws.client("secretsmanager"), env.app_secret_id)
    return secret, hints.Queue(aws.client("sqs"), env.queue_url)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """202 when the hints are on the queue; 401, 400 and 503 make HubSpot send again."""
    secret, queue = collaborators()
    now = datetime.now(UTC)
    try:
        body = signature.verify(secret.get(now).hubspot_client_secret, event, now)
        found = hints.from_webhook(body, now)
        queue.send(found)
    except signature.SignatureError as error:
        logger.warning("webhook refused", extra={"why": str(error)})
        return {"statusCode": 401}
    except hints.HintError as error:
        logger.warning("webhook not understood", extra={"why": str(error)})
        return {"statusCode": 400}
    except (hints.QueueRefusedError, BotoCoreError, ClientError) as error:
        logger.error("webhook not queued", extra={"why": type(error).__name__})
        return {"statusCode": 503}
    logger.info("webhook accepted", extra={"hints": len(found)})
    return {"statusCode": 202}
