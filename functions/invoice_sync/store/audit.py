"""The audit: what people did, newest first. Entries are never changed. They are kept for ten years,
as books are."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from invoice_sync.model.audit import AuditEntry
from invoice_sync.runtime import cursors
from invoice_sync.store import keys
from invoice_sync.store.items import as_map, encode, epoch, from_map
from invoice_sync.store.keys import Key
from invoice_sync.store.table import Query, Table, Write, put

# Entries name people, so they end some day: no country asks for books older than ten years.
ACTS_KEPT = timedelta(days=3653)


@dataclass(frozen=True)
class AuditPage:
    entries: list[AuditEntry]
    # Where the next page starts; empty: there is none.
    cursor: str


class AuditStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, portal_id: str, entry: AuditEntry) -> None:
        self._table.write(audit_write(portal_id, entry))

    def page(self, portal_id: str, *, cursor: str = "", limit: int = 50) -> AuditPage:
        """Return at most `limit` entries, the newest first.

        Raises CursorError when the cursor is not one of this list.
        """
        start = cursors.decode(cursor, lambda value: _start(portal_id, value)) if cursor else None
        query = Query(
            keys.all_audit(portal_id),
            newest_first=True,
            consistent=True,
            limit=limit,
            start=encode(start) if start else None,
        )
        page = self._table.query(query)
        rows = [*page.rows()]
        entries = [from_map(AuditEntry, row["data"], {"action": "decision"}) for row in rows]
        after = cursors.encode({"after": rows[-1]["sk"]}) if page.following else ""
        return AuditPage(entries, after)


def audit_write(portal_id: str, entry: AuditEntry) -> Write:
    """Return the write that adds an entry, for the transaction that stores what was done."""
    key = keys.audit_entry(portal_id, entry.at, uuid.uuid4().hex[:12])
    return put(key, {"data": as_map(entry), "expiresAt": epoch(entry.at + ACTS_KEPT)})


def _start(portal_id: str, position: dict[str, str]) -> Key:
    return keys.audit_entry_at(portal_id, position["after"])
