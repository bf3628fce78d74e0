"""What people have put on the queue: a retry or a decision that no look has followed yet.

The mark has an item of its own: a worker that looked before the click replaces the whole record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from invoice_sync.store import keys
from invoice_sync.store.items import epoch
from invoice_sync.store.table import Table, put

# A message that was lost must not be waited for any longer.
_KEPT = timedelta(hours=1)
# An attribute of records.
_LOOKED_AT = "lookedAt"


class QueuedStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def mark(self, portal_id: str, invoice_ids: Iterable[str], at: datetime) -> None:
        """Note that people had invoices queued at that time."""
        item = {"at": at.isoformat(), "expiresAt": epoch(at + _KEPT)}
        ids = dict.fromkeys(invoice_ids)
        self._table.batch_write([put(keys.queued(portal_id, each), item) for each in ids])

    def waiting(
        self, portal_id: str, invoice_ids: Sequence[str], now: datetime
    ) -> dict[str, datetime]:
        """Return since when invoices wait for the look that somebody asked for, by id, of those
        that do."""
        marks = self._table.batch_get([keys.queued(portal_id, each) for each in invoice_ids])
        asked = {
            keys.invoice_id_of_queued(item): datetime.fromisoformat(item["at"])
            for item in marks
            if int(item["expiresAt"]) > epoch(now)
        }
        if not asked:
            return {}
        records = self._table.batch_get([keys.record(portal_id, each) for each in asked])
        looked_at = {
            keys.ids_of_record(item)[1]: datetime.fromisoformat(item[_LOOKED_AT])
            for item in records
            if _LOOKED_AT in item
        }
        return {
            invoice_id: at
            for invoice_id, at in asked.items()
            if invoice_id not in looked_at or looked_at[invoice_id] < at
        }


def looked(at: datetime | None) -> dict[str, str]:
    """Return what a record notes of a look that began then."""
    return {_LOOKED_AT: at.isoformat()} if at else {}
