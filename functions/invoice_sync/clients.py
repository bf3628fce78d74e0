"""The API clients of a connection, and the pace that each connection keeps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Lock

from invoice_sync.credentials.tokens import Tokens
from invoice_sync.hubspot import client as hubspot_client
from invoice_sync.hubspot.client import HubSpot
from invoice_sync.model.connection import Connection
from invoice_sync.quickbooks import client as quickbooks_client
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.runtime.environment import Environment
from invoice_sync.runtime.pace import Pace


@dataclass(frozen=True)
class _Paces:
    """The paces of one connection, one for each limit that a service publishes."""

    hubspot: Pace = field(default_factory=hubspot_client.pace)
    hubspot_search: Pace = field(default_factory=hubspot_client.search_pace)
    quickbooks: Pace = field(default_factory=quickbooks_client.pace)
    quickbooks_batch: Pace = field(default_factory=quickbooks_client.batch_pace)


# Calls of one client that run side by side: QuickBooks takes ten of a company at a time.
_CALLS_AT_ONCE = 10


class Clients:
    """Makes API clients. Each has its own count of calls, and threads of its own: calls of one
    portal that wait for its pace hold up no other. All of a connection share its pace, which lives
    as long as the process."""

    def __init__(self, environment: Environment, tokens: Tokens) -> None:
        self._environment, self._tokens = environment, tokens
        self._paces: dict[str, _Paces] = {}
        self._lock = Lock()

    def hubspot(self, connection: Connection) -> HubSpot:
        paces = self._paces_of(connection)
        return HubSpot(
            self._environment.hubspot_base_url,
            partial(self._tokens.access_token, connection, "hubspot"),
            paces.hubspot,
            paces.hubspot_search,
            # Its threads begin with its first calls, and end with the client.
            ThreadPoolExecutor(_CALLS_AT_ONCE),
        )

    def quickbooks(self, connection: Connection) -> QuickBooks:
        paces = self._paces_of(connection)
        return QuickBooks(
            self._environment.quickbooks_base_url,
            connection.realm_id,
            partial(self._tokens.access_token, connection, "quickbooks"),
            paces.quickbooks,
            paces.quickbooks_batch,
            ThreadPoolExecutor(_CALLS_AT_ONCE),
        )

    def _paces_of(self, connection: Connection) -> _Paces:
        with self._lock:
            if connection.portal_id not in self._paces:
                self._paces[connection.portal_id] = _Paces()
            return self._paces[connection.portal_id]
