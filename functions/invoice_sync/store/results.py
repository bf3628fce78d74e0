"""Results of jobs, in numbered parts that each fit into an item."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from invoice_sync.store import keys
from invoice_sync.store.items import encode, epoch
from invoice_sync.store.jobs import JOBS_KEPT
from invoice_sync.store.table import Query, Table, delete, put

# More than a result ever has under one name.
_MOST_PARTS = 1000


class ResultStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def replace(self, portal_id: str, name: str, parts: Sequence[Any], now: datetime) -> None:
        """Store the parts of a result, each below DynamoDB's 400 KB, in place of those that were
        stored under the name. They are kept as long as jobs are."""
        expires = epoch(now + JOBS_KEPT)
        stored = self.parts(portal_id, name, limit=_MOST_PARTS)
        puts = {
            key["sk"]: put(key, {"data": part, "expiresAt": expires})
            for number, part in enumerate(parts)
            for key in [keys.result_part(portal_id, name, number)]
        }
        deletes = [
            delete(keys.result_part_at(portal_id, position))
            for position, _ in stored
            if position not in puts
        ]
        # One at a time: a batch may have 16 MB, but a slow one must not run into a time limit.
        self._table.batch_write([*deletes, *puts.values()], size=1)

    def parts(
        self, portal_id: str, name: str, after: str = "", limit: int = 20
    ) -> list[tuple[str, Any]]:
        """Return parts under a name, in order, each with its position; at most `limit` beyond the
        position `after`."""
        start = encode(keys.result_part_at(portal_id, after)) if after else None
        query = Query(keys.result_parts(portal_id, name), consistent=True, start=start)
        pages = self._table.pages(query, most=limit)
        return [(row["sk"], row["data"]) for page in pages for row in page.rows()]
