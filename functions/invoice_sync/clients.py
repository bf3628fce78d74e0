"""The API clients of a connection."""

from __future__ import annotations

from concurrent.futures import Executor
from functools import partial

from invoice_sync.credentials.tokens import Connections
from invoice_sync.hubspot import client as hubspot_client
from invoice_sync.hubspot.client import HubSpot
from invoice_sync.model.connection import Connection
from invoice_sync.quickbooks import client
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.runtime.environment import Environment
from invoice_sync.runtime.pace import Pace


class Clients:
    """API clients, one pair a connection for the life of the process, so that the pace of calls
    is kept from batch to batch."""

    def __init__(
        self, environment: Environment, connections: Connections, executor: Executor
    ) -> None:
        self._environment, self._connections, self._executor = environment, connections, executor
        self._paces: dict[str, tuple[Pace, Pace, Pace, Pace]] = {}

    def __call__(self, connection: Connection) -> tuple[HubSpot, QuickBooks]:
        paces = self._paces.setdefault(
            connection.portal_id,
            (
                hubspot_client.pace(),
                hubspot_client.search_pace(),
                client.pace(),
                client.batch_pace(),
            ),
        )
        token = self._connections.access_token
        return (
            HubSpot(
                self._environment.hubspot_base_url,
                partial(token, connection, "hubspot"),
                paces[0],
                paces[1],
                self._executor,
            ),
            QuickBooks(
                self._environment.quickbooks_base_url,
                connection.realm_id,
                partial(token, connection, "quickbooks"),
                paces[2],
                paces[3],
                self._executor,
            ),
        )
