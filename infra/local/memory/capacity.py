"""Consumed capacity (developer guide "DynamoDB read and write operations").

Half a unit for 4 KB read, a whole one for a consistent read, one for 1 KB written; twice as many
within a transaction. An index is written when its entry changes: two writes when its key does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from infra.local.memory.table import Index, Stored, Table

_READ, _WRITTEN = 4096, 1024


class Consumed:
    """Counts the units of one request."""

    def __init__(self, request: Mapping[str, Any], *, transaction: bool = False) -> None:
        self._asked = request.get("ReturnConsumedCapacity", "NONE")
        self._factor = 2 if transaction else 1
        # By table and index; the index "" is the table itself.
        self._units: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))

    def read(self, table: Table, size: int, *, consistent: bool, index: str = "") -> None:
        units = max(1, -(-size // _READ)) * self._factor
        whole = consistent or self._factor == 2
        self._units[table.name][index] += units if whole else units / 2

    def written(self, table: Table, before: Stored | None, after: Stored | None) -> None:
        if self._asked == "NONE":
            return
        sizes = [each.size if each else 0 for each in (before, after)]
        self._units[table.name][""] += max(1, -(-max(sizes) // _WRITTEN)) * self._factor
        for index in table.indexes.values():
            writes = _index_writes(index, before, after)
            if writes:
                units = writes * max(1, -(-max(sizes) // _WRITTEN)) * self._factor
                self._units[table.name][index.name] += units

    def answer(self, *, listed: bool = False) -> dict[str, Any]:
        """Return the part of the answer that was asked for. `listed`: as a list of tables."""
        if self._asked == "NONE":
            return {}
        every = [self._of_table(name, units) for name, units in self._units.items()]
        return {"ConsumedCapacity": every if listed else every[0]}

    def _of_table(self, name: str, units: Mapping[str, float]) -> dict[str, Any]:
        whole: dict[str, Any] = {"TableName": name, "CapacityUnits": float(sum(units.values()))}
        if self._asked == "INDEXES":
            whole["Table"] = {"CapacityUnits": float(units.get("", 0))}
            indexes = {
                index: {"CapacityUnits": float(number)} for index, number in units.items() if index
            }
            if indexes:
                whole["GlobalSecondaryIndexes"] = indexes
        return whole


def _index_writes(index: Index, before: Stored | None, after: Stored | None) -> int:
    old = index.schema.key_of(before.item) if before and index.holds(before.item) else None
    new = index.schema.key_of(after.item) if after and index.holds(after.item) else None
    if old and new and old == new:
        assert before
        assert after
        return int(before.item != after.item)
    return (old is not None) + (new is not None)
