"""The queue's worker: a batch of hints in, the messages that must come again out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from invoice_sync import messages
from invoice_sync.runtime import clock, cold_start, metrics
from invoice_sync.runtime.logger import logger
from invoice_sync.wiring import queue_worker
from invoice_sync.wiring.queue_worker import QueueWorker

# The part of its time in which the worker begins something new. What it then has begun must end
# within the rest: a call takes up to twenty seconds, and what came of it is still to be stored.
_BEGINS_IN = 0.5


def build(clock: Callable[[], datetime]) -> QueueWorker:
    return queue_worker.build(clock, logger)


@lru_cache(maxsize=1)
def collaborators() -> QueueWorker:
    return build(clock.now)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Partial batch response. Each failed message comes again later than the time before."""
    parts = collaborators()
    left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    try:
        again = messages.work_off(
            event["Records"],
            sync=parts.worker.run,
            # Loaded with the first job.
            jobs=lambda hints, until: parts.jobs.run(hints, until),  # noqa: PLW0108
            queue=parts.queue,
            log=logger,
            until=parts.clock() + left * _BEGINS_IN,
        )
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}
    finally:
        metrics.flush()


cold_start.end(collaborators)
