"""Writes of single items: what a request would change, before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from infra.local.memory import updates
from infra.local.memory.conditions import Expressions, Scope, holds, look_up, projected
from infra.local.memory.errors import ServiceError, invalid, invalid_parameter
from infra.local.memory.table import Key, Stored, Table
from infra.local.memory.tree import Condition
from infra.local.memory.updates import Update
from infra.local.memory.values import Item, check_size, checked_item, copy_item, number_text

_TOO_LARGE = "Item size has exceeded the maximum allowed size"
_TOO_LARGE_UPDATE = "Item size to update has exceeded the maximum allowed size"


class ConditionFailedError(ServiceError):
    """The condition of a write does not hold."""

    def __init__(self, item: Item | None) -> None:
        fields = {"Item": copy_item(item)} if item is not None else {}
        super().__init__(
            "ConditionalCheckFailedException", "The conditional request failed", **fields
        )


@dataclass(frozen=True)
class Write:
    """A checked request that was not carried out yet."""

    table: Table
    key: Key
    condition: tuple[Condition, Scope] | None
    # What is put, or how it is changed; None: it is deleted or only checked.
    change: Stored | Update | None
    only_checked: bool
    return_old_on_failure: bool

    def outcome(self) -> tuple[Stored | None, Stored | None]:
        """Return the item before and after. Raises ServiceError."""
        before = self.table.items.get(self.key)
        item = before.item if before else {}
        if self.condition and not holds(*self.condition, item):
            shown = before.item if before and self.return_old_on_failure else None
            raise ConditionFailedError(shown)
        if self.only_checked:
            return before, before
        if isinstance(self.change, Update):
            return before, self._updated(self.change, before)
        return before, self.change

    def _updated(self, update: Update, before: Stored | None) -> Stored:
        names = self.table.schema.names
        item = before.item if before else {}
        after = update.apply(item)
        if not before:
            after = {**self._key_attributes(names), **after}
        self.table.check_index_keys(after)
        return Stored(after, check_size(after, _TOO_LARGE_UPDATE))

    def _key_attributes(self, names: tuple[str, ...]) -> Item:
        types = self.table.schema.types
        return {
            name: {types[name]: number_text(value) if isinstance(value, Decimal) else value}
            for name, value in zip(names, self.key, strict=True)
        }


def read(kind: str, table: Table, request: Mapping[str, Any]) -> Write:
    """Read and check a Put, an Update, a Delete or a ConditionCheck. Raises ServiceError."""
    expressions = Expressions(request)
    change: Stored | Update | None = None
    if kind == "Put":
        item = checked_item(request["Item"])
        key = table.key_of(item)
        table.check_index_keys(item)
        change = Stored(item, check_size(item, _TOO_LARGE))
    else:
        key = table.key(request["Key"])
    if kind == "Update" and "UpdateExpression" in request:
        change = updates.read(request["UpdateExpression"], expressions)
        _check_keys_stay(change, table)
    condition = None
    if "ConditionExpression" in request:
        condition = expressions.condition(request["ConditionExpression"], "ConditionExpression")
    expressions.end()
    if kind == "Update" and change is None:
        change = Update((), Scope({}, {}, "UpdateExpression"), [])
    failure = request.get("ReturnValuesOnConditionCheckFailure", "NONE")
    return Write(table, key, condition, change, kind == "ConditionCheck", failure == "ALL_OLD")


def _check_keys_stay(update: Update, table: Table) -> None:
    for path in update.paths:
        if path[0] in table.schema.names:
            raise invalid_parameter(
                f"Cannot update attribute {path[0]}. This attribute is part of the key"
            )


def returned(
    write: Write, asked: str, before: Stored | None, after: Stored | None
) -> dict[str, Any]:
    """Return the attributes that ReturnValues asks for."""
    old, new = (each.item if each else {} for each in (before, after))
    if asked == "NONE":
        item: Item = {}
    elif asked == "ALL_OLD":
        item = copy_item(old)
    elif asked == "ALL_NEW":
        item = copy_item(new)
    else:
        assert isinstance(write.change, Update)
        source = old if asked == "UPDATED_OLD" else new
        paths = [path for path in write.change.paths if look_up(source, path) is not None]
        item = projected(source, paths)
    return {"Attributes": item} if item else {}


def check_return_values(request: Mapping[str, Any], operation: str) -> str:
    asked: str = request.get("ReturnValues", "NONE")
    if asked not in ("NONE", "ALL_OLD") and operation != "UpdateItem":
        raise invalid("Return values set to invalid value")
    return asked
