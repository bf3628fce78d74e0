"""Builds the parts of the API that call HubSpot and QuickBooks, on top of those that it has."""

from __future__ import annotations

from typing import Any

from invoice_sync.clients import Clients
from invoice_sync.credentials.tokens import Tokens
from invoice_sync.hints import Queue
from invoice_sync.preview.dry_run import DryRun
from invoice_sync.resolve.resolver import Resolver
from invoice_sync.runtime import environment
from invoice_sync.runtime.clock import now
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store
from invoice_sync.sync.batch import Batches
from invoice_sync.wiring.outside import new_id


def build_tokens(store: Store, secrets_client: Any) -> Tokens:
    return Tokens(store, secrets_client, environment.read(), now, new_id)


def build_clients(store: Store, tokens: Tokens) -> Clients:
    return Clients(environment.read(), tokens, store.timetable)


def build(store: Store, queue: Queue, clients: Clients, log: Log) -> Resolver:
    dry_run = DryRun(store, Batches(store, clients, now, log))
    return Resolver(store, queue, clients, dry_run, now)
