"""Which versions of HubSpot's records the last good look at an invoice has read.

They stand beside the record, and only the write that stores what came of the look sets them: a look
that failed or was interrupted has seen nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from invoice_sync.store import keys
from invoice_sync.store.table import Table

# The modification times that HubSpot gave, in epoch milliseconds, by type and id of the record.
Versions = Mapping[str, Mapping[str, int]]
# An attribute of records.
SEEN = "seen"


class SeenStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def get_many(self, portal_id: str, invoice_ids: Iterable[str]) -> dict[str, Versions]:
        """Return what the last look at each invoice has read, by invoice id, without those whose
        last look was not a good one."""
        items = self._table.batch_get(
            [keys.record(portal_id, each) for each in dict.fromkeys(invoice_ids)]
        )
        return {
            keys.ids_of_record(item)[1]: {
                object_type: {record_id: int(version) for record_id, version in by_id.items()}
                for object_type, by_id in item[SEEN].items()
            }
            for item in items
            if SEEN in item
        }


def seen(versions: Versions | None) -> dict[str, Any]:
    """Return the attributes in which a record notes versions. None: earlier ones no longer
    count."""
    return {SEEN: {name: dict(by_id) for name, by_id in versions.items()}} if versions else {}
