"""What the routes work with, built once for each process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from invoice_sync import hints
from invoice_sync.credentials.app_secret import CachedAppSecret
from invoice_sync.runtime import aws, environment
from invoice_sync.store.store import Store

if TYPE_CHECKING:
    from invoice_sync.resolve.resolver import Resolver


@dataclass(frozen=True)
class Collaborators:
    """The table, the queue, the app's secret, and what decides about invoices."""

    store: Store
    queue: hints.Queue
    secret: CachedAppSecret
    secrets: Any
    quickbooks_base_url: str

    @cached_property
    def resolver(self) -> Resolver:
        """Imported when first asked for: counts and cards must not wait for both APIs' clients."""
        from invoice_sync.resolve import resolver  # noqa: PLC0415

        return resolver.build(self.store, self.queue, self.secrets, Logger())


@lru_cache(maxsize=1)
def collaborators() -> Collaborators:
    """Build them from the environment, or return those that are there."""
    env = environment.read()
    secrets = aws.client("secretsmanager")
    return Collaborators(
        store=Store(aws.client("dynamodb"), env.table_name, ThreadPoolExecutor(4)),
        queue=hints.Queue(aws.client("sqs"), env.queue_url),
        secret=CachedAppSecret(secrets, env.app_secret_id),
        secrets=secrets,
        quickbooks_base_url=env.quickbooks_base_url,
    )
