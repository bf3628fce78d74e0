"""What no webhook tells: how things stand over all, and tokens that nobody has used for long."""

from __future__ import annotations

from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from . import metrics
from .connections import Connections
from .http import ReconnectRequiredError, UnavailableError
from .look import Log
from .model import Connection
from .secrets import SecretError
from .store import Store


def sweep(store: Store, connections: Connections, now: datetime, log: Log) -> None:
    """Measure and keep every connection alive. Two at once do no harm: each only reads, and a
    token is refreshed under a lease."""
    every = list(store.connections())
    counts = [store.counts(one.portal_id) for one in every]
    since = [one.oldest_failed_at for one in counts if one.oldest_failed_at]
    metrics.gauge(metrics.FAILING_INVOICES, sum(one.failing for one in counts))
    oldest = (now - min(since)).total_seconds() if since else 0.0
    metrics.gauge(metrics.OLDEST_FAILURE_AGE, max(oldest, 0.0))
    alive = [one for one in every if _kept_alive(connections, one, log)]
    metrics.count(metrics.RECONNECT_REQUIRED, len(every) - len(alive))
    expiries = [_expiry(connections, one, log) for one in alive]
    known = [one for one in expiries if one is not None]
    if known:
        metrics.gauge(metrics.DAYS_TO_RECONNECT, (min(known) - now) / timedelta(days=1))


def _kept_alive(connections: Connections, connection: Connection, log: Log) -> bool:
    """False when a person has to connect again; trouble that may pass is none of that."""
    if connection.state == "reconnect_required":
        return False
    try:
        connections.keep_alive(connection)
    except ReconnectRequiredError:
        connections.require_reconnect(connection)
        return False
    except (SecretError, UnavailableError, BotoCoreError, ClientError) as error:
        _trouble(connection, error, log)
    return True


def _expiry(connections: Connections, connection: Connection, log: Log) -> datetime | None:
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
