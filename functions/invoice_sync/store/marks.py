"""Marks: how far the sweep has come, when it last came by, and when the portal was last active."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from invoice_sync.store import keys
from invoice_sync.store.table import Table, update

_CURSOR = "cursor"
# The last sweep of the connection in which nothing went wrong.
SWEPT = "swept"
# The last sweep that came by, whatever it met. Nothing else in the table is written so regularly:
# an old one tells that the table was restored.
VISITED = "visited"
# When something happened to the portal's invoices last; at most ten minutes too early.
ACTIVE = "active"
_ACTIVE_AGAIN_AFTER = timedelta(minutes=10)
# Up to when QuickBooks' changes have been found; each of HubSpot's types has a mark of its own.
QUICKBOOKS = "quickbooks"


class MarkStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, portal_id: str) -> dict[str, datetime]:
        """Return the times up to which the sweep has looked, by the name of the mark."""
        item = self._table.get(keys.marks(portal_id)) or {}
        marks = {name: value for name, value in item.items() if name not in ("pk", "sk", _CURSOR)}
        return {name: at for name, value in marks.items() if (at := _moment(value))}

    def advance(self, portal_id: str, name: str, at: datetime) -> None:
        """Set a mark, but never back: two sweeps may run at once."""
        self._table.write_if(
            update(
                keys.marks(portal_id),
                "SET #name = :value",
                {":value": at.isoformat()},
                condition="attribute_not_exists(#name) OR #name < :value",
                names={"#name": name},
            )
        )

    def note_active(self, portal_id: str, marks: Mapping[str, datetime], now: datetime) -> None:
        """Note that something happens to the portal's invoices. `marks`: as they are stored. A busy
        portal costs one write in ten minutes."""
        if ACTIVE not in marks or now - marks[ACTIVE] >= _ACTIVE_AGAIN_AFTER:
            self.advance(portal_id, ACTIVE, now)

    def cursor(self, portal_id: str) -> str:
        """Return the cursor of the failing invoices that a sweep goes on with; empty: begin
        anew."""
        return str((self._table.get(keys.marks(portal_id)) or {}).get(_CURSOR, ""))

    def set_cursor(self, portal_id: str, cursor: str) -> None:
        key, names = keys.marks(portal_id), {"#name": _CURSOR}
        self._table.write(update(key, "SET #name = :value", {":value": cursor}, names=names))


def _moment(value: Any) -> datetime | None:
    """Return the time of a mark; None for what a newer version keeps beside the marks."""
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def hubspot_mark(object_type: str) -> str:
    return f"hubspot {object_type}"
