"""What people have put on the queue: a retry or a decision that no look has followed yet.

The mark has an item of its own: a worker that looked before the click replaces the whole record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

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
        """Return since when invoices wait for a look that a person asked for, by id. Invoices that
        do not wait are left out."""
        marks = self._table.batch_get([keys.queued(portal_id, each) for each in invoice_ids])
        asked = {
            keys.invoice_id_of_queued(item): at for item in marks if (at := asked_at(item, now))
        }
        if not asked:
            return {}
        records = {
            keys.ids_of_record(item)[1]: item
            for item in self._table.batch_get([keys.record(portal_id, each) for each in asked])
        }
        return {
            invoice_id: at
            for invoice_id, at in asked.items()
            if waiting_since(at, records.get(invoice_id))
        }


def asked_at(mark: Mapping[str, Any], now: datetime) -> datetime | None:
    """Return when somebody asked for a look, by the mark of that; None when it is too old."""
    return datetime.fromisoformat(mark["at"]) if int(mark["expiresAt"]) > epoch(now) else None


def waiting_since(asked: datetime, record: Mapping[str, Any] | None) -> datetime | None:
    """Return since when an invoice waits for the look that a person asked for; None when a look has
    followed, as the item of its record says."""
    looked_at = record.get(_LOOKED_AT) if record else None
    is_over = looked_at is not None and datetime.fromisoformat(looked_at) >= asked
    return None if is_over else asked


def looked(at: datetime | None) -> dict[str, str]:
    """Return the attributes in which a record notes when a look began."""
    return {_LOOKED_AT: at.isoformat()} if at else {}
