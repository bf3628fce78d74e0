"""What no webhook tells: what was missed, how things stand over all, and tokens that nobody has
used for long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from . import changes, metrics, reporting
from .clients import Clients
from .connections import Connections
from .hints import Queue, QueueRefusedError
from .http import ReconnectRequiredError, UnavailableError
from .hubspot.client import RefusedError
from .look import Log
from .model import Connection
from .quickbooks.faults import FaultError
from .secrets import SecretError
from .store import Store
from .wake import Waker

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
        self._waker = Waker(store, connections, queue, clock)

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
        hubspot, quickbooks = self._clients(connection)
        tools = changes.Tools(self._store, self._queue, self._waker, self._log)
        for part in (
            partial(changes.lost, connection, tools, now),
            partial(changes.in_quickbooks, connection, quickbooks, tools, now),
            partial(changes.in_hubspot, connection, hubspot, tools, now),
            partial(reporting.nightly, self._store, self._queue, connection, now, self._log),
        ):
            try:
                part()
            except ReconnectRequiredError:
                self._connections.require_reconnect(connection)
                return
            except (
                UnavailableError,
                RefusedError,
                FaultError,
                SecretError,
                QueueRefusedError,
                BotoCoreError,
                ClientError,
            ) as error:
                _trouble(connection, error, self._log)


def measure(
    store: Store,
    connections: Connections,
    every: list[Connection],
    now: datetime,
    log: Log,
) -> list[Connection]:
    """Send the gauges and keep every connection alive. Returns those that are."""
    counts = [store.counts(one.portal_id) for one in every]
    since = [one.oldest_failed_at for one in counts if one.oldest_failed_at]
    metrics.gauge(metrics.FAILING_INVOICES, sum(one.failing for one in counts))
    oldest = (now - min(since)).total_seconds() if since else 0.0
    metrics.gauge(metrics.OLDEST_FAILURE_AGE, max(oldest, 0.0))
    expiries, alive = list[datetime](), list[Connection]()
    for one in every:
        try:
            expires = _cared_for(connections, one, log)
        except ReconnectRequiredError:
            # The only line that says whose: metrics and alarms name no portal.
            log.warning("a person must connect again", extra={"portalId": one.portal_id})
            continue
        alive.append(one)
        if expires:
            expiries.append(expires)
    metrics.count(metrics.RECONNECT_REQUIRED, len(every) - len(alive))
    if expiries:
        metrics.gauge(metrics.DAYS_TO_RECONNECT, (min(expiries) - now) / timedelta(days=1))
    return alive


def _cared_for(connections: Connections, connection: Connection, log: Log) -> datetime | None:
    """When a person has to connect again at the latest, if that is known.

    Raises ReconnectRequiredError when it is now; trouble that may pass is none of that.
    """
    if connection.state == "reconnect_required":
        raise ReconnectRequiredError("HubSpot or QuickBooks")
    try:
        return connections.keep_alive(connection)
    except ReconnectRequiredError:
        connections.require_reconnect(connection)
        raise
    except (SecretError, UnavailableError, BotoCoreError, ClientError) as error:
        _trouble(connection, error, log)
    try:
        return connections.refresh_expires_at(connection)
    except (SecretError, ReconnectRequiredError, BotoCoreError, ClientError) as error:
        _trouble(connection, error, log)
        return None


def _trouble(connection: Connection, error: Exception, log: Log) -> None:
    # The kind only: an error's text may tell more than a log should hold.
    log.warning(
        "a connection could not be cared for",
        extra={"portalId": connection.portal_id, "error": type(error).__name__},
    )
