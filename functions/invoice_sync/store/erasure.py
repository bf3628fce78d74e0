"""The end of all that is kept for a portal."""

from __future__ import annotations

from collections.abc import Iterator

from invoice_sync.store import keys
from invoice_sync.store.keys import Key
from invoice_sync.store.table import Query, Table, delete


class ErasureStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def erase(self, portal_id: str, realm_id: str, most: int) -> int:
        """Delete up to `most` items of a portal and its realm; return how many. What a connection
        and a deletion need to end stays: see `keys.is_kept_by_erasure`."""
        found = [key for key, _ in zip(self._keys(portal_id, realm_id), range(most), strict=False)]
        self._table.batch_write([delete(key) for key in found])
        return len(found)

    def _keys(self, portal_id: str, realm_id: str) -> Iterator[Key]:
        for owned in keys.all_of(portal_id, realm_id):
            for item in self._table.rows(Query(owned, consistent=True)):
                key = {"pk": str(item["pk"]), "sk": str(item["sk"])}
                if not keys.is_kept_by_erasure(key):
                    yield key
