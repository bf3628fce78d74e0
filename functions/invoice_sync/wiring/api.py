"""Builds the API function. What calls HubSpot and QuickBooks is loaded when first asked for: counts
and cards must not wait for the clients of both."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from invoice_sync.credentials.app_secret import CachedAppSecret
from invoice_sync.hints import Queue
from invoice_sync.runtime import aws, environment
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store

if TYPE_CHECKING:
    from invoice_sync.resolve.resolver import Resolver

_THREADS = 4


@dataclass(frozen=True)
class Api:
    store: Store
    queue: Queue
    secret: CachedAppSecret
    secrets_client: Any
    quickbooks_base_url: str
    log: Log

    @cached_property
    def resolver(self) -> Resolver:
        from invoice_sync.wiring import resolver  # noqa: PLC0415

        return resolver.build(self.store, self.queue, self.secrets_client, self.log)


def build(log: Log) -> Api:
    variables = environment.read()
    secrets_client = aws.client("secretsmanager")
    return Api(
        store=Store(aws.client("dynamodb"), variables.table_name, ThreadPoolExecutor(_THREADS)),
        queue=Queue(aws.client("sqs"), variables.queue_url),
        secret=CachedAppSecret(secrets_client, variables.app_secret_id),
        secrets_client=secrets_client,
        quickbooks_base_url=variables.quickbooks_base_url,
        log=log,
    )
