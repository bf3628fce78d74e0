"""Leases: one worker at a time for a record, or for work such as the refresh of a token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from invoice_sync.store import keys
from invoice_sync.store.items import Item
from invoice_sync.store.keys import Key
from invoice_sync.store.table import Table, update


class LeaseStore:
    """Leases of work that has no record, by a name within the portal."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def take(self, portal_id: str, name: str, owner: str, now: datetime, seconds: int) -> bool:
        """Lease a name for `seconds`. Return False when another owner has it."""
        return take(self._table, keys.lease(portal_id, name), owner, now, seconds) is not None

    def release(self, portal_id: str, name: str, owner: str) -> None:
        release(self._table, keys.lease(portal_id, name), owner)


def take(table: Table, key: Key, owner: str, now: datetime, seconds: int) -> Item | None:
    """Lease an item, making it if there is none. Return all of it, or None when another owner's
    lease still runs."""
    return table.update_if(
        update(
            key,
            "SET leaseOwner = :owner, leaseUntil = :until",
            {
                ":owner": owner,
                ":now": now.isoformat(),
                ":until": (now + timedelta(seconds=seconds)).isoformat(),
            },
            condition="attribute_not_exists(leaseUntil) OR leaseUntil < :now"
            " OR leaseOwner = :owner",
        )
    )


def release(
    table: Table,
    key: Key,
    owner: str,
    note: Mapping[str, Any] | None = None,
    forget: Sequence[str] = (),
) -> None:
    """Give a lease back, and with it note some attributes and forget others. Nothing happens if the
    lease ran out and another worker has it now."""
    note = note or {}
    gone = ", ".join(["leaseOwner", "leaseUntil", *(name for name in forget if name not in note)])
    noted = ", ".join(f"{name} = :{name}" for name in note)
    table.write_if(
        update(
            key,
            f"REMOVE {gone}" + (f" SET {noted}" if noted else ""),
            {":owner": owner, **{f":{name}": value for name, value in note.items()}},
            condition="leaseOwner = :owner",
        )
    )
