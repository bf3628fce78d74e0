"""The sweep: started every five minutes, whatever the event says."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from aws_lambda_powertools import Logger

from invoice_sync import aws, environment, metrics
from invoice_sync.connections import Connections
from invoice_sync.store import Store
from invoice_sync.sweep import sweep

logger = Logger()


@lru_cache(maxsize=1)
def collaborators() -> tuple[Store, Connections]:
    env = environment.read()
    store = Store(aws.client("dynamodb"), env.table_name, ThreadPoolExecutor(4))
    secrets = aws.client("secretsmanager")
    clock = partial(datetime.now, UTC)
    return store, Connections(store, secrets, env, clock, lambda: uuid.uuid4().hex)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    store, connections = collaborators()
    try:
        sweep(store, connections, datetime.now(UTC), logger)
    finally:
        metrics.flush()
    return {}
