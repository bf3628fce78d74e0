"""Connections that do not work: try their tokens again, because a service may refuse good ones by
mistake, and end the connections that are over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from invoice_sync.credentials.disconnect import disconnect, revoked
from invoice_sync.credentials.tokens import Tokens
from invoice_sync.errors import QueueRefusedError, ReconnectRequiredError, SecretError, ServiceError
from invoice_sync.hints import Queue
from invoice_sync.jobs import deletion, retry
from invoice_sync.jobs.requests import resend_lost
from invoice_sync.model.connection import Connection
from invoice_sync.runtime.log import Log
from invoice_sync.runtime.parallel import together
from invoice_sync.store.store import Store

_TRIED = "tokens tried"
_AGAIN_AFTER = timedelta(hours=1)
# HubSpot announces no uninstall. The grant is dead, as after a mistake of HubSpot's, but it stays
# dead.
_UNINSTALLED_AFTER = timedelta(days=7)
# Nobody who has not connected again by then will come back, and personal data must have an end.
_KEPT = timedelta(days=365)
_UNINSTALLED = "HubSpot has refused this app's access for a week: it counts as uninstalled."


class Healing:
    def __init__(self, store: Store, tokens: Tokens, queue: Queue, log: Log) -> None:
        self._store, self._tokens, self._queue, self._log = store, tokens, queue, log

    def try_again(self, connections: Iterable[Connection], now: datetime) -> list[Connection]:
        """Return all connections as they are now. Each that does not work is cared for once an
        hour: it is used again if its tokens work, or its end is carried out."""
        every = list(connections)
        ended = [each for each in every if each.state == "reconnect_required"]
        cared_for = together(*(partial(self._cared_for, each, now) for each in ended))
        as_they_are = {each.portal_id: each for each in cared_for}
        return [as_they_are.get(each.portal_id, each) for each in every]

    def _cared_for(self, connection: Connection, now: datetime) -> Connection:
        portal_id = connection.portal_id
        try:
            if connection.is_disconnected:
                if connection.disconnected_at and now - connection.disconnected_at > _KEPT:
                    deletion.begin(self._store, self._queue, portal_id, now)
                resend_lost(self._store, self._queue, portal_id, now)
                if not connection.token_secret_id:
                    return connection
            last = self._store.marks.get(portal_id).get(_TRIED)
            if last and now - last < _AGAIN_AFTER:
                return connection
            self._store.marks.advance(portal_id, _TRIED, now)
            if connection.is_disconnected:
                revoked(self._store, self._tokens, connection)
            else:
                self._try_tokens(connection, now)
            return self._store.connections.get(portal_id) or connection
        except (ServiceError, SecretError, QueueRefusedError, BotoCoreError, ClientError) as error:
            fields = {"portalId": portal_id, "error": type(error).__name__}
            self._log.info("a connection still does not work", extra=fields)
            return connection

    def _try_tokens(self, connection: Connection, now: datetime) -> None:
        portal_id = connection.portal_id
        try:
            works = self._tokens.try_again(connection)
        except ReconnectRequiredError:
            since = connection.broken_since
            if connection.broken != "hubspot" or not since or now - since < _UNINSTALLED_AFTER:
                raise
            disconnect(self._store, self._tokens, connection, who="", why=_UNINSTALLED, now=now)
            self._log.warning("a portal counts as uninstalled", extra={"portalId": portal_id})
            return
        if works:
            self._log.warning("a connection works again by itself", extra={"portalId": portal_id})
            retry.begin(self._store, self._queue, portal_id, code="reconnect_required", now=now)
