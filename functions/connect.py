"""GET /connect/...: OAuth with HubSpot, then with QuickBooks, in the owner's browser."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from aws_lambda_powertools import Logger

from invoice_sync import hints
from invoice_sync.clients import Clients
from invoice_sync.connect.flow import Connecting
from invoice_sync.credentials.app_secret import CachedAppSecret
from invoice_sync.credentials.tokens import Connections
from invoice_sync.runtime import aws, environment
from invoice_sync.store.store import Store

logger = Logger()


@lru_cache(maxsize=1)
def collaborators() -> Connecting:
    env = environment.read()
    clock = partial(datetime.now, UTC)
    secrets = aws.client("secretsmanager")
    store = Store(aws.client("dynamodb"), env.table_name, ThreadPoolExecutor(4))
    connections = Connections(store, secrets, env, clock, lambda: uuid.uuid4().hex)
    queue = hints.Queue(aws.client("sqs"), env.queue_url)
    app_secret = CachedAppSecret(secrets, env.app_secret_id)
    clients = Clients(env, connections, ThreadPoolExecutor(4))
    return Connecting(env, app_secret, store, connections, queue, clients, clock, logger)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return collaborators().answer(event)
