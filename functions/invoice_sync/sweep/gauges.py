"""Publish the gauges of all connections, and keep their tokens alive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from invoice_sync.credentials.tokens import Tokens
from invoice_sync.errors import (
    ReconnectRequiredError,
    SecretError,
    ServiceError,
    UnavailableError,
)
from invoice_sync.model.connection import Connection, LastTrouble
from invoice_sync.runtime import metrics
from invoice_sync.runtime.log import Log, described
from invoice_sync.runtime.parallel import together
from invoice_sync.store.counters import Counts
from invoice_sync.store.store import Store
from invoice_sync.sync.boundary import may_pass


def measure(
    store: Store,
    tokens: Tokens,
    connections: Sequence[Connection],
    now: datetime,
    log: Log,
) -> list[Connection]:
    """Publish the gauges, keep every connection alive, and return the connections that are
    alive."""
    _measure_failures(store, connections, now, log)
    found: list[tuple[bool, datetime | None]] = together(
        *(partial(_look_after, store, tokens, each, now, log) for each in connections)
    )
    alive = [each for each, (lives, _) in zip(connections, found, strict=True) if lives]
    expiries = [expires for _, expires in found if expires]
    if len(alive) < len(connections):
        expiries.append(now)
    if expiries:
        metrics.gauge(metrics.DAYS_TO_RECONNECT, (min(expiries) - now) / timedelta(days=1))
    return alive


def _look_after(
    store: Store, tokens: Tokens, connection: Connection, now: datetime, log: Log
) -> tuple[bool, datetime | None]:
    """Return whether a connection can be used, and when a person has to renew it at the latest;
    None if that is not known."""
    try:
        return True, _keep_alive(store, tokens, connection, now, log)
    except ReconnectRequiredError:
        # Only this line says which portal it is: metrics and alarms name none.
        log.warning("a person must connect again", extra={"portalId": connection.portal_id})
        return False, None
    except Exception as error:
        # The rest of the sweep may go well all the same.
        note_trouble(store, connection, error, now, log)
        return True, None


def _measure_failures(
    store: Store, connections: Sequence[Connection], now: datetime, log: Log
) -> None:
    every: list[Counts | None] = together(
        *(partial(_counters, store, each, now, log) for each in connections)
    )
    counts = [each for each in every if each]
    oldest = [each.oldest_failed_at for each in counts if each.oldest_failed_at]
    age = (now - min(oldest)).total_seconds() if oldest else 0.0
    metrics.count(metrics.FAILING_INVOICES, sum(each.failing for each in counts))
    metrics.gauge(metrics.OLDEST_FAILURE_AGE, max(age, 0.0))


def _counters(store: Store, connection: Connection, now: datetime, log: Log) -> Counts | None:
    try:
        return store.counters.get(connection.portal_id)
    except Exception as error:
        note_trouble(store, connection, error, now, log)
        return None


def _keep_alive(
    store: Store, tokens: Tokens, connection: Connection, now: datetime, log: Log
) -> datetime | None:
    """Use the tokens if they have been idle for long.

    Return when a person has to connect again at the latest, None if that is not known. Raises
    ReconnectRequiredError when that is now; trouble that may pass is only logged.
    """
    if connection.state == "reconnect_required":
        raise ReconnectRequiredError("HubSpot or QuickBooks")
    try:
        return tokens.keep_alive(connection)
    except ReconnectRequiredError as error:
        tokens.require_reconnect(connection, error.service)
        note_trouble(store, connection, error, now, log)
        raise
    except (SecretError, UnavailableError, BotoCoreError, ClientError) as error:
        note_trouble(store, connection, error, now, log)
    try:
        return tokens.refresh_expires_at(connection)
    except (SecretError, ReconnectRequiredError, BotoCoreError, ClientError) as error:
        note_trouble(store, connection, error, now, log)
        return None


def note_trouble(
    store: Store, connection: Connection, error: Exception, now: datetime, log: Log
) -> None:
    """Log what went wrong with a connection, and keep it for the people who look at it. Never
    raises."""
    fields = {"portalId": connection.portal_id, **described(error)}
    if may_pass(error):
        log.warning("a connection could not be cared for", extra=fields)
    else:
        log.error("an error of our own", extra=fields)
        metrics.count(metrics.OWN_ERRORS)
    try:
        store.connections.set_trouble(
            connection.portal_id, LastTrouble(at=now, words=_words(error))
        )
    except Exception as also:
        fields = {"portalId": connection.portal_id, **described(also)}
        log.warning("the trouble of a connection could not be kept", extra=fields)


def _words(error: Exception) -> str:
    match error:
        case ReconnectRequiredError():
            return f"{error.service} no longer accepts this app's access. Connect it again."
        case UnavailableError() if error.access_refused:
            return f"{error.service} refuses this app's access. If this stays, connect it again."
        case UnavailableError():
            return f"{error.service} did not answer. This app tries again every five minutes."
        case ServiceError():
            return f"{error.service} refused what this app asked for while it looked for changes."
        case SecretError():
            return "The stored access could not be read. If this stays, connect again."
    return "Something in this app's own AWS account did not work. Its log has the details."
