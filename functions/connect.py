"""GET /connect/...: OAuth with HubSpot, then with QuickBooks, in the owner's browser."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from aws_lambda_powertools import Logger

from invoice_sync.clients import Clients
from invoice_sync.connect.flow import ConnectFlow
from invoice_sync.credentials.app_secret import CachedAppSecret
from invoice_sync.credentials.tokens import Tokens
from invoice_sync.hints import Queue
from invoice_sync.runtime import aws, environment
from invoice_sync.store.store import Store

logger = Logger()


def build(clock: Callable[[], datetime]) -> ConnectFlow:
    env = environment.read()
    secrets = aws.client("secretsmanager")
    calls = ThreadPoolExecutor(4)
    store = Store(aws.client("dynamodb"), env.table_name, calls)
    tokens = Tokens(store, secrets, env, clock, lambda: uuid.uuid4().hex)
    queue = Queue(aws.client("sqs"), env.queue_url)
    app_secret = CachedAppSecret(secrets, env.app_secret_id)
    clients = Clients(env, tokens, calls)
    return ConnectFlow(env, app_secret, store, tokens, queue, clients, clock, logger)


@lru_cache(maxsize=1)
def collaborators() -> ConnectFlow:
    return build(partial(datetime.now, UTC))


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return collaborators().answer(event)
