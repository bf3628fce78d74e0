"""Since when connections sync: a time that some stored connections lack."""

from __future__ import annotations

from datetime import datetime

from invoice_sync.model.connection import Connection
from invoice_sync.store.connections import ConnectionStore
from invoice_sync.store.marks import MarkStore

# The mark of a connection's first sweep, which earlier versions kept.
_FIRST_SWEEP = "begun"


class StartStore:
    def __init__(self, connections: ConnectionStore, marks: MarkStore) -> None:
        self._connections, self._marks = connections, marks

    def with_start(self, connection: Connection, now: datetime) -> Connection:
        """Return the connection with its start. A connection that an earlier version stored without
        one began with its first sweep; if it had no sweep, it begins now, and that is stored."""
        if connection.started_at is not None:
            return connection
        portal_id = connection.portal_id
        start = self._marks.get(portal_id).get(_FIRST_SWEEP, now)
        start = self._connections.set_start(portal_id, start.replace(microsecond=0))
        return connection.model_copy(update={"started_at": start})
