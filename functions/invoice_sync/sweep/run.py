"""What no webhook tells: what was missed, how things stand over all, and tokens that nobody has
used for long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from invoice_sync.clients import Clients
from invoice_sync.credentials.tokens import Connections
from invoice_sync.errors import (
    FaultError,
    HubSpotRefusedError,
    QueueRefusedError,
    ReconnectRequiredError,
    SecretError,
    UnavailableError,
)
from invoice_sync.hints import Queue
from invoice_sync.model.connection import Connection
from invoice_sync.reconciliation import read
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store
from invoice_sync.sweep import missed
from invoice_sync.sweep.gauges import log_trouble, measure
from invoice_sync.sync.fan_out import FanOut

# Below the time that a run has: what is left waits for the next one.
_BEGIN_NO_MORE_AFTER = timedelta(seconds=150)


class Sweep:
    def __init__(
        self,
        store: Store,
        connections: Connections,
        queue: Queue,
        clients: Clients,
        clock: Callable[[], datetime],
        log: Log,
    ) -> None:
        self._store, self._connections, self._queue = store, connections, queue
        self._clients, self._clock, self._log = clients, clock, log
        self._fan_out = FanOut(store, connections, queue, clock)

    def run(self) -> None:
        """Measure, keep every connection alive, and put what was missed on the queue. Two at once
        do no harm: tokens are refreshed under a lease, and a hint too many is harmless."""
        started = self._clock()
        every = self._store.connections()
        alive = measure(self._store, self._connections, every, started, self._log)
        # Whoever waits longest comes first: with many portals not every run reaches all.
        marks = {one.portal_id: self._store.marks(one.portal_id) for one in alive}
        alive.sort(key=lambda one: min(marks[one.portal_id].values(), default=started))
        for connection in alive:
            now = self._clock()
            if now - started > _BEGIN_NO_MORE_AFTER:
                self._log.warning("the sweep goes on with the next run", extra={})
                return
            self._catch_up(connection, now)

    def _catch_up(self, connection: Connection, now: datetime) -> None:
        """Trouble with one connection, or with one side of it, must not keep the rest waiting."""
        hubspot = self._clients.hubspot(connection)
        quickbooks = self._clients.quickbooks(connection)
        tools = missed.Tools(self._store, self._queue, self._fan_out, self._log)
        for part in (
            partial(missed.lost, connection, tools, now),
            partial(missed.in_quickbooks, connection, quickbooks, tools, now),
            partial(missed.in_hubspot, connection, hubspot, tools, now),
            partial(read.nightly, self._store, self._queue, connection, now, self._log),
        ):
            try:
                part()
            except ReconnectRequiredError:
                self._connections.require_reconnect(connection)
                return
            except (
                UnavailableError,
                HubSpotRefusedError,
                FaultError,
                SecretError,
                QueueRefusedError,
                BotoCoreError,
                ClientError,
            ) as error:
                log_trouble(connection, error, self._log)
