"""A table with its indexes: items in the order of their keys."""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.memory.errors import ServiceError, invalid, invalid_parameter
from infra.local.memory.values import Item, Scalar, Value, checked, kind, scalar

_LONGEST_KEYS = {"HASH": 2048, "RANGE": 1024}
_LONGEST_SHOWN = {
    "HASH": "Size of hashkey has exceeded the maximum size limit of2048 bytes",
    "RANGE": "Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
}
# The primary key of an item: its partition key and its sort key, () without one.
Key = tuple[Scalar, ...]
# The place of an item within a partition: its sort key there, and its primary key.
Place = tuple[Scalar | str, Key]


@dataclass(frozen=True)
class Schema:
    """The names of the key attributes, and of the type of each."""

    partition: str
    sort: str
    types: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.partition, self.sort) if self.sort else (self.partition,)

    def key_of(self, item: Mapping[str, Value]) -> Key:
        """Return the key of an item that has it."""
        return tuple(_scalar(item[name]) for name in self.names)


def _scalar(value: Value) -> Scalar:
    found = scalar(value)
    assert found is not None
    return found


@dataclass(frozen=True)
class Stored:
    item: Item
    size: int


class Index:
    """The table in the order of its keys, or a global secondary index."""

    def __init__(self, name: str, schema: Schema, projection: Mapping[str, Any]) -> None:
        self.name, self.schema, self.projection = name, schema, projection
        self._partitions: dict[Scalar, list[Place]] = {}

    def holds(self, item: Mapping[str, Value]) -> bool:
        return all(name in item for name in self.schema.names)

    def add(self, key: Key, item: Item) -> None:
        if self.holds(item):
            partition, place = self.place(key, item)
            bisect.insort(self._partitions.setdefault(partition, []), place)

    def remove(self, key: Key, item: Item) -> None:
        if self.holds(item):
            partition, place = self.place(key, item)
            places = self._partitions[partition]
            del places[bisect.bisect_left(places, place)]

    def place(self, key: Key, item: Mapping[str, Value]) -> tuple[Scalar, Place]:
        first, *rest = self.schema.key_of(item)
        return first, (rest[0] if rest else "", key)

    def partition(self, value: Scalar) -> list[Place]:
        """Return the places of a partition in their order."""
        return self._partitions.get(value, [])

    def partitions(self) -> Iterator[tuple[Scalar, list[Place]]]:
        """Yield all partitions in an order that nobody can rely on, and that stays the same."""
        yield from sorted(self._partitions.items(), key=lambda each: scattered(each[0]))


def scattered(value: Scalar) -> bytes:
    return hashlib.md5(str(value).encode(), usedforsecurity=False).digest()


class Table:
    def __init__(self, name: str, schema: Schema, description: dict[str, Any]) -> None:
        self.name, self.schema, self.description = name, schema, description
        self.primary = Index("", schema, {"ProjectionType": "ALL"})
        self.indexes: dict[str, Index] = {}
        self.items: dict[Key, Stored] = {}
        self.time_to_live: dict[str, Any] = {"TimeToLiveStatus": "DISABLED"}

    def index(self, name: str) -> Index:
        if not name:
            return self.primary
        if name not in self.indexes:
            raise invalid(f"The table does not have the specified index: {name}")
        return self.indexes[name]

    def put(self, key: Key, new: Stored | None) -> None:
        """Replace an item, or delete it when there is no new one."""
        old = self.items.pop(key, None)
        for index in (self.primary, *self.indexes.values()):
            if old:
                index.remove(key, old.item)
            if new:
                index.add(key, new.item)
        if new:
            self.items[key] = new

    # -- checks

    def key(self, given: Mapping[str, Any]) -> Key:
        """Read a Key parameter. Raises ServiceError."""
        if set(given) != set(self.schema.names):
            raise invalid("The provided key element does not match the schema")
        values = {name: checked(value) for name, value in given.items()}
        for name, value in values.items():
            if kind(value) != self.schema.types[name]:
                raise invalid("The provided key element does not match the schema")
        self._check_lengths(values)
        return self.schema.key_of(values)

    def key_of(self, item: Item) -> Key:
        """Return the key within an item. Raises ServiceError."""
        for name in self.schema.names:
            if name not in item:
                raise invalid_parameter(f"Missing the key {name} in the item")
            expected, actual = self.schema.types[name], kind(item[name])
            if actual != expected:
                raise invalid_parameter(
                    f"Type mismatch for key {name} expected: {expected} actual: {actual}"
                )
        self._check_lengths(item)
        return self.schema.key_of(item)

    def _check_lengths(self, item: Mapping[str, Value]) -> None:
        for name, type_ in zip(self.schema.names, ("HASH", "RANGE"), strict=False):
            length = _length(item[name])
            if length == 0:
                raise invalid(
                    "One or more parameter values are not valid. The AttributeValue for a key"
                    " attribute cannot contain an empty"
                    f" {'string' if kind(item[name]) == 'S' else 'binary'} value. Key: {name}"
                )
            if length > _LONGEST_KEYS[type_]:
                raise invalid_parameter(_LONGEST_SHOWN[type_])

    def check_index_keys(self, item: Item) -> None:
        """Check the keys of the indexes in an item. Raises ServiceError."""
        for index in self.indexes.values():
            for name, type_ in zip(index.schema.names, ("HASH", "RANGE"), strict=False):
                if name not in item:
                    continue
                expected, actual = index.schema.types[name], kind(item[name])
                if actual != expected:
                    raise invalid_parameter(
                        f"Type mismatch for Index Key {name} Expected: {expected} Actual:"
                        f" {actual} IndexName: {index.name}"
                    )
                length = _length(item[name])
                if length == 0:
                    raise invalid(
                        "One or more parameter values are not valid. A value specified for a"
                        " secondary index key is not supported. The AttributeValue for a key"
                        " attribute cannot contain an empty string value. IndexName:"
                        f" {index.name}, IndexKey: {name}"
                    )
                if length > _LONGEST_KEYS[type_]:
                    raise invalid_parameter(_LONGEST_SHOWN[type_])


def _length(value: Value) -> int:
    """Return the bytes of a key attribute; a number always has some."""
    ((type_, content),) = value.items()
    if isinstance(content, str):
        return len(content.encode()) if type_ == "S" else 1
    return len(content) if isinstance(content, bytes) else 1


def no_table(name: str) -> ServiceError:
    return ServiceError(
        "ResourceNotFoundException", f"Requested resource not found: Table: {name} not found"
    )
