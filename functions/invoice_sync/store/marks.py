"""Marks: how far the sweep has come, and when one was last carried out whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from invoice_sync.store import keys
from invoice_sync.store.table import Table, update

_CURSOR = "cursor"
# The last sweep of the connection in which nothing went wrong.
SWEPT = "swept"
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
