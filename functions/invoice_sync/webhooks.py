"""How both webhook functions answer. Only the signature and the form of the events differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from invoice_sync.credentials.app_secret import CachedAppSecret
from invoice_sync.errors import HintError, QueueRefusedError, SecretError, SignatureError
from invoice_sync.hints import Hint, Queue
from invoice_sync.runtime import metrics


@dataclass(frozen=True)
class WebhookParts:
    """The parts that a webhook function works with."""

    app_secret: CachedAppSecret
    queue: Queue
    allowed_portal_ids: frozenset[str]


def answer(
    read: Callable[[], list[Hint]], queue: Queue, logger: Logger, *, accepted: int
) -> dict[str, Any]:
    """Put the hints that `read` returns on the queue and answer the sender.

    The status is `accepted` once all hints are on the queue. It is 401 for a request that is not
    signed, 400 for a body that cannot be read and 503 for trouble of our own; all three make the
    sender try again.
    """
    try:
        hints = read()
        queue.send(hints)
    except SignatureError as error:
        metrics.count(metrics.SIGNATURE_REFUSED)
        logger.warning("webhook refused", extra={"why": str(error)})
        return {"statusCode": 401}
    except HintError as error:
        logger.warning("webhook not understood", extra={"why": str(error)})
        return {"statusCode": 400}
    except (QueueRefusedError, SecretError, BotoCoreError, ClientError) as error:
        logger.error("webhook not queued", extra={"why": type(error).__name__})
        return {"statusCode": 503}
    logger.info("webhook accepted", extra={"hints": len(hints)})
    return {"statusCode": accepted}
