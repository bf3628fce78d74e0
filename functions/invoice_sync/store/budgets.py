"""Budgets: how often a portal may have something done within a minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from invoice_sync.store import keys
from invoice_sync.store.items import epoch
from invoice_sync.store.table import Table, update

# DynamoDB deletes late anyway.
_KEPT = timedelta(hours=1)


class BudgetStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def take(self, portal_id: str, name: str, now: datetime, most: int) -> bool:
        """Count one use within this minute. Return False when there have been `most` already."""
        return self._table.write_if(
            update(
                keys.budget(portal_id, name, now),
                "SET expiresAt = :expires ADD used :one",
                {":expires": epoch(now + _KEPT), ":one": 1, ":most": most},
                condition="attribute_not_exists(used) OR used < :most",
            )
        )
