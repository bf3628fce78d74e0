"""How both webhook functions answer; only signature and form of the events differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from invoice_sync.errors import HintError, QueueRefusedError, SecretError, SignatureError
from invoice_sync.hints import Hint, Queue
from invoice_sync.runtime import metrics


def answer(
    read: Callable[[], list[Hint]], queue: Queue, logger: Logger, *, accepted: int
) -> dict[str, Any]:
    """`accepted` when the hints are on the queue; 401, 400 and 503 make the sender try again."""
    try:
        found = read()
        queue.send(found)
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
    finally:
        metrics.flush()
    logger.info("webhook accepted", extra={"hints": len(found)})
    return {"statusCode": accepted}
