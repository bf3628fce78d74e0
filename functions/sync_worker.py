"""The queue's worker: a batch of hints in, the messages that must come again out."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from invoice_sync import errors, hints
from invoice_sync.clients import Clients
from invoice_sync.credentials.tokens import Connections
from invoice_sync.jobs.backfill import Backfill
from invoice_sync.jobs.retry import Retries
from invoice_sync.jobs.runner import JobRunner, Steps
from invoice_sync.reconciliation.read import Reports
from invoice_sync.runtime import aws, environment, metrics
from invoice_sync.store.store import Store
from invoice_sync.sync.worker import Worker

logger = Logger()


def build(clock: Callable[[], datetime]) -> tuple[Worker, JobRunner, hints.Queue]:
    env = environment.read()

    def new_id() -> str:
        return uuid.uuid4().hex

    calls = ThreadPoolExecutor(max_workers=20)
    store = Store(aws.client("dynamodb"), env.table_name, calls)
    secrets = aws.client("secretsmanager")
    connections = Connections(store, secrets, env, clock, new_id)
    queue = hints.Queue(aws.client("sqs"), env.queue_url)
    clients = Clients(env, connections, calls)
    sync = Worker(
        store, connections, queue, clients, clock, new_id, logger, env.quickbooks_base_url
    )
    backfill = Backfill(store, queue, clients, sync, clock, new_id, logger)
    reports = Reports(store, queue, clients, clock, logger)
    retries = Retries(store, queue, clock)
    steps = Steps(backfill=backfill.step, report=reports.step, retry=retries.step)
    jobs = JobRunner(store, connections, queue, steps, clock, new_id, logger)
    return sync, jobs, queue


@lru_cache(maxsize=1)
def collaborators() -> tuple[Worker, JobRunner, hints.Queue]:
    return build(partial(datetime.now, UTC))


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Partial batch response. Each failed message comes again later than the time before."""
    try:
        return {"batchItemFailures": [{"itemIdentifier": one} for one in _failed(event["Records"])]}
    finally:
        metrics.flush()


def _failed(records: list[dict[str, Any]]) -> list[str]:
    sync, jobs, queue = collaborators()
    readable: dict[str, hints.Hint] = {}
    failed = []
    for record in records:
        try:
            readable[record["messageId"]] = hints.from_message(record["body"])
        except errors.HintError:
            # Not ours: soon in the dead-letter queue, for a person to look at.
            logger.error("a message is not a hint", extra={"messageId": record["messageId"]})
            _postpone(queue, record, 0)
            failed.append(record["messageId"])
    due = [hint for hint in readable.values() if hint.object_type in hints.JOBS]
    again = sync.run([hint for hint in readable.values() if hint not in due])
    again |= jobs.run(due)
    for record in records:
        hint = readable.get(record["messageId"])
        if hint in again:
            tries = int(record["attributes"]["ApproximateReceiveCount"])
            wait = max(again[hint], 4 * 2 ** min(tries - 1, 7))
            _postpone(queue, record, round(wait * random.uniform(1, 1.2)))  # noqa: S311
            failed.append(record["messageId"])
    return failed


def _postpone(queue: hints.Queue, record: dict[str, Any], seconds: int) -> None:
    """Only a wish: a message that is not postponed comes again when its visibility timeout ends,
    and must not take the rest of its batch with it."""
    try:
        queue.postpone(record["receiptHandle"], seconds)
    except (BotoCoreError, ClientError) as error:
        logger.warning("a message was not postponed", extra={"why": type(error).__name__})
