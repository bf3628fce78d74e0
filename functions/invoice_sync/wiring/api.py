"""Builds the API function. What calls HubSpot and QuickBooks is loaded when first asked for: counts
and cards must not wait for the clients of both."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from invoice_sync.api.collaborators import Collaborators
from invoice_sync.credentials.app_secret import CachedAppSecret
from invoice_sync.runtime import aws, environment
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store
from invoice_sync.store.unsent import SureQueue

if TYPE_CHECKING:
    from invoice_sync.clients import Clients
    from invoice_sync.credentials.tokens import Tokens
    from invoice_sync.resolve.resolver import Resolver

_THREADS = 4


def build(log: Log) -> Collaborators:
    variables = environment.read()
    secrets_client = aws.client("secretsmanager")
    store = Store(aws.client("dynamodb"), variables.table_name, ThreadPoolExecutor(_THREADS))
    queue = SureQueue(aws.client("sqs"), variables.queue_url, store.unsent, log)

    def build_tokens() -> Tokens:
        from invoice_sync.wiring import resolver  # noqa: PLC0415

        return resolver.build_tokens(store, secrets_client)

    def build_clients(tokens: Tokens) -> Clients:
        from invoice_sync.wiring import resolver  # noqa: PLC0415

        return resolver.build_clients(store, tokens)

    def build_resolver(clients: Clients) -> Resolver:
        from invoice_sync.wiring import resolver  # noqa: PLC0415

        return resolver.build(store, queue, clients, log)

    return Collaborators(
        store=store,
        queue=queue,
        secret=CachedAppSecret(secrets_client, variables.app_secret_id),
        allowed_portal_ids=variables.allowed_portal_ids,
        quickbooks_base_url=variables.quickbooks_base_url,
        build_tokens=build_tokens,
        build_clients=build_clients,
        build_resolver=build_resolver,
    )
