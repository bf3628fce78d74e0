"""Run the five-minute sweep. The event of the schedule says nothing that it needs."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from aws_lambda_powertools import Logger

from invoice_sync import hints
from invoice_sync.clients import Clients
from invoice_sync.credentials.tokens import Connections
from invoice_sync.runtime import aws, environment, metrics
from invoice_sync.store.store import Store
from invoice_sync.sweep.run import Sweep

logger = Logger()


def build(clock: Callable[[], datetime]) -> Sweep:
    env = environment.read()
    calls = ThreadPoolExecutor(8)
    store = Store(aws.client("dynamodb"), env.table_name, calls)
    secrets = aws.client("secretsmanager")
    connections = Connections(store, secrets, env, clock, lambda: uuid.uuid4().hex)
    queue = hints.Queue(aws.client("sqs"), env.queue_url)
    return Sweep(store, connections, queue, Clients(env, connections, calls), clock, logger)


@lru_cache(maxsize=1)
def collaborators() -> Sweep:
    return build(partial(datetime.now, UTC))


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    try:
        collaborators().run()
    finally:
        metrics.flush()
    return {}
