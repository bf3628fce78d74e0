"""The list of invoices with money that is in no book. Each entry leads to a record, which says what
money it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from invoice_sync.model.record import Record
from invoice_sync.model.unrecorded import unrecorded
from invoice_sync.runtime import cursors
from invoice_sync.store import keys
from invoice_sync.store.changes import Change
from invoice_sync.store.connections import records_payments
from invoice_sync.store.items import encode
from invoice_sync.store.keys import Key
from invoice_sync.store.records import RecordStore
from invoice_sync.store.table import Query, Table, Write, delete, put


@dataclass(frozen=True)
class UnrecordedPage:
    # The records with such money, the newest first.
    records: list[Record]
    # Where the next page starts; empty: there is none.
    cursor: str


class UnrecordedStore:
    def __init__(self, table: Table, records: RecordStore) -> None:
        self._table, self._records = table, records

    def page(self, portal_id: str, *, cursor: str = "", limit: int = 50) -> UnrecordedPage:
        """Return at most `limit` records: none while the connection records no payments.

        Raises CursorError when the cursor is not one of this list.
        """
        start = cursors.decode(cursor, lambda text: _start(portal_id, text)) if cursor else None
        if not records_payments(self._table.get(keys.connection(portal_id))):
            return UnrecordedPage([], "")
        query = Query(
            keys.all_unrecorded(portal_id),
            newest_first=True,
            consistent=True,
            limit=limit,
            start=encode(start) if start else None,
        )
        page = self._table.query(query)
        rows = [*page.rows()]
        records = self._records.get_many(portal_id, [row["invoiceId"] for row in rows])
        return UnrecordedPage(
            [records[row["invoiceId"]] for row in rows if row["invoiceId"] in records],
            cursors.encode({"after": rows[-1]["sk"]}) if page.following else "",
        )


def _start(portal_id: str, position: dict[str, str]) -> Key:
    return keys.unrecorded_at(portal_id, position["after"])


def list_writes(change: Change) -> Iterator[Write]:
    """Yield the writes that keep the list in step with a record."""
    before, after = _entry(change.before), _entry(change.after)
    if before != after:
        if before:
            yield delete(before)
        if after:
            yield put(after, {"invoiceId": change.after.invoice_id})


def _entry(record: Record) -> Key | None:
    """Return the key of a record's entry in the list; None when it has no such money."""
    since = min((each.since for each in unrecorded(record)), default=None)
    return keys.unrecorded(record.portal_id, since, record.invoice_id) if since else None
