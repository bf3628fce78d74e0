"""The API clients of a connection, and the paces that each portal and realm keeps."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock

from invoice_sync.credentials.tokens import Tokens
from invoice_sync.hubspot import client as hubspot_client
from invoice_sync.hubspot.client import HubSpot
from invoice_sync.model.connection import Connection
from invoice_sync.quickbooks import client as quickbooks_client
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.runtime.environment import Environment
from invoice_sync.runtime.pace import Pace, Rate, Timetable

# Calls of one client that run side by side: QuickBooks takes ten at a time for a company.
_CALLS_AT_ONCE = 10


class Clients:
    """Makes API clients. Each has its own count of calls and its own threads, so that one portal's
    calls, waiting for their pace, do not hold up another's. All clients of a connection share its
    paces, which live as long as the process.

    `timetables(portal_id, rate)`: what a pace shares with those of other processes. `bulk`: nobody
    waits for the work of these clients, so their calls give way to others.
    """

    def __init__(
        self,
        environment: Environment,
        tokens: Tokens,
        timetables: Callable[[str, str], Timetable],
    ) -> None:
        self._environment, self._tokens = environment, tokens
        self._timetables = timetables
        # Each with its twin that gives way.
        self._paces: dict[tuple[str, str], tuple[Pace, Pace]] = {}
        self._lock = Lock()

    def hubspot(self, connection: Connection, *, bulk: bool = False) -> HubSpot:
        return HubSpot(
            self._environment.hubspot_base_url,
            partial(self._tokens.access_token, connection, "hubspot"),
            self._pace(connection, hubspot_client.RATE, bulk),
            self._pace(connection, hubspot_client.SEARCH_RATE, bulk),
            # Its threads begin with its first calls, and end with the client.
            ThreadPoolExecutor(_CALLS_AT_ONCE),
        )

    def quickbooks(self, connection: Connection, *, bulk: bool = False) -> QuickBooks:
        return QuickBooks(
            self._environment.quickbooks_base_url,
            connection.realm_id,
            partial(self._tokens.access_token, connection, "quickbooks"),
            self._pace(connection, quickbooks_client.RATE, bulk),
            self._pace(connection, quickbooks_client.BATCH_RATE, bulk),
            ThreadPoolExecutor(_CALLS_AT_ONCE),
        )

    def _pace(self, connection: Connection, rate: Rate, bulk: bool) -> Pace:
        key = connection.portal_id, rate.name
        with self._lock:
            if key not in self._paces:
                pace = Pace(rate, self._timetables(*key))
                self._paces[key] = pace, pace.giving_way()
            return self._paces[key][bulk]
