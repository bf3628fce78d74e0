"""What no webhook tells: what was missed, how things stand over all, and tokens that nobody has
used for long."""

from __future__ import annotations

from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from invoice_sync.credentials.tokens import Connections
from invoice_sync.errors import ReconnectRequiredError, SecretError, UnavailableError
from invoice_sync.model.connection import Connection
from invoice_sync.runtime import metrics
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store


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
        log_trouble(connection, error, log)
    try:
        return connections.refresh_expires_at(connection)
    except (SecretError, ReconnectRequiredError, BotoCoreError, ClientError) as error:
        log_trouble(connection, error, log)
        return None


def log_trouble(connection: Connection, error: Exception, log: Log) -> None:
    # The kind only: an error's text may tell more than a log should hold.
    log.warning(
        "a connection could not be cared for",
        extra={"portalId": connection.portal_id, "error": type(error).__name__},
    )
