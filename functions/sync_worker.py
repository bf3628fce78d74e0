"""The queue's worker: a batch of hints in, the messages that must come again out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from aws_lambda_powertools import Logger

from invoice_sync import messages
from invoice_sync.runtime import clock, metrics
from invoice_sync.wiring import queue_worker
from invoice_sync.wiring.queue_worker import QueueWorker

logger = Logger()


def build(clock: Callable[[], datetime]) -> QueueWorker:
    return queue_worker.build(clock, logger)


@lru_cache(maxsize=1)
def collaborators() -> QueueWorker:
    return build(clock.now)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Partial batch response. Each failed message comes again later than the time before."""
    parts = collaborators()
    try:
        again = messages.work_off(
            event["Records"],
            sync=parts.worker.run,
            jobs=parts.jobs.run,
            queue=parts.queue,
            log=logger,
        )
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}
    finally:
        metrics.flush()
