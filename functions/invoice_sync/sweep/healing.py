"""Try the tokens of connections that were given up: a service may refuse good ones by mistake."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from invoice_sync.credentials.tokens import Tokens
from invoice_sync.errors import QueueRefusedError, SecretError, ServiceError
from invoice_sync.hints import Queue
from invoice_sync.jobs import retry
from invoice_sync.model.connection import Connection
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store

_TRIED = "tokens tried"
_AGAIN_AFTER = timedelta(hours=1)


class Healing:
    def __init__(self, store: Store, tokens: Tokens, queue: Queue, log: Log) -> None:
        self._store, self._tokens, self._queue, self._log = store, tokens, queue, log

    def try_again(self, connections: Iterable[Connection], now: datetime) -> list[Connection]:
        """Return all connections, those in use again that were given up and whose tokens work. Each
        is tried once an hour."""
        return [
            self._tried(connection, now) if connection.state == "reconnect_required" else connection
            for connection in connections
        ]

    def _tried(self, connection: Connection, now: datetime) -> Connection:
        portal_id = connection.portal_id
        try:
            last = self._store.marks.get(portal_id).get(_TRIED)
            if last and now - last < _AGAIN_AFTER:
                return connection
            self._store.marks.advance(portal_id, _TRIED, now)
            if self._tokens.try_again(connection):
                fields = {"portalId": portal_id}
                self._log.warning("a connection works again by itself", extra=fields)
                retry.begin(self._store, self._queue, portal_id, code="reconnect_required", now=now)
            return self._store.connections.get(portal_id) or connection
        except (ServiceError, SecretError, QueueRefusedError, BotoCoreError, ClientError) as error:
            fields = {"portalId": portal_id, "error": type(error).__name__}
            self._log.info("a connection still does not work", extra=fields)
            return connection
