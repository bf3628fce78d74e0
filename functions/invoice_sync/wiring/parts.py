"""What the functions that call HubSpot and QuickBooks have in common."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from invoice_sync.clients import Clients
from invoice_sync.credentials.tokens import Tokens
from invoice_sync.hints import Queue
from invoice_sync.runtime import aws, environment
from invoice_sync.runtime.environment import Environment
from invoice_sync.store.store import Store
from invoice_sync.wiring.outside import new_id


@dataclass(frozen=True)
class Parts:
    environment: Environment
    secrets_client: Any
    clock: Callable[[], datetime]
    store: Store
    tokens: Tokens
    sqs: Any
    queue: Queue
    clients: Clients


def build(clock: Callable[[], datetime], *, threads: int) -> Parts:
    """`threads`: how many requests to DynamoDB run side by side."""
    variables = environment.read()
    store = Store(aws.client("dynamodb"), variables.table_name, ThreadPoolExecutor(threads))
    secrets_client = aws.client("secretsmanager")
    tokens = Tokens(store, secrets_client, variables, clock, new_id)
    sqs = aws.client("sqs")
    queue = Queue(sqs, variables.queue_url)
    clients = Clients(variables, tokens, store.timetable)
    return Parts(variables, secrets_client, clock, store, tokens, sqs, queue, clients)
