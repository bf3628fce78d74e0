"""Timetables: from when on a service may be called, so that all processes share one pace."""

from __future__ import annotations

import math

from invoice_sync.store import keys
from invoice_sync.store.table import Table, Write, update

# Seconds. A timetable from which nobody books is of no use.
_KEPT = 86_400


class TimetableStore:
    """One timetable of a portal: an item with `freeAt`, in milliseconds since 1970, which only
    grows. A booking is one conditional update; a second one follows when another process has
    booked meanwhile.

    The clocks of two machines may differ. Calls of the machine that is ahead begin too early by
    that much, beside the last calls that the other machine has booked.
    """

    def __init__(self, table: Table, portal_id: str, rate: str) -> None:
        self._table, self._key = table, keys.timetable(portal_id, rate)
        # As last seen.
        self._free_at = 0

    def book(self, earliest: float, latest: float, seconds: float) -> tuple[float, bool]:
        """See `runtime.pace.Timetable`. Raises botocore's errors."""
        first, last, length = (
            _milliseconds(earliest),
            _milliseconds(latest),
            math.ceil(seconds * 1000),
        )
        while self._free_at <= last:
            write = self._booking(first, last, length)
            item, is_booked = self._table.update_or_see(write)
            self._free_at = int(item.get("freeAt", 0))
            if is_booked:
                return (self._free_at - length) / 1000, True
        return self._free_at / 1000, False

    def _booking(self, first: int, last: int, length: int) -> Write:
        if self._free_at < first:
            return update(
                self._key,
                "SET freeAt = :end, expiresAt = :expires",
                {":end": first + length, ":first": first, **_expiry(last)},
                condition="attribute_not_exists(freeAt) OR freeAt < :first",
            )
        return update(
            self._key,
            "SET freeAt = freeAt + :length, expiresAt = :expires",
            {":length": length, ":first": first, ":last": last, **_expiry(last)},
            condition="freeAt BETWEEN :first AND :last",
        )

    def close(self, until: float) -> None:
        """See `runtime.pace.Timetable`. Raises botocore's errors."""
        end = _milliseconds(until)
        item, _ = self._table.update_or_see(
            update(
                self._key,
                "SET freeAt = :end, expiresAt = :expires",
                {":end": end, **_expiry(end)},
                condition="attribute_not_exists(freeAt) OR freeAt < :end",
            )
        )
        self._free_at = int(item["freeAt"])


def _expiry(used_at: int) -> dict[str, int]:
    return {":expires": used_at // 1000 + _KEPT}


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
