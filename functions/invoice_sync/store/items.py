"""Items as plain values, and as DynamoDB writes them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic import ValidationError

from invoice_sync.model.base import Model

_T = TypeVar("_T")
_Path = tuple[int | str, ...]
_Model = TypeVar("_Model", bound=Model)

# Attributes by name. Numbers are Decimal.
Item = dict[str, Any]
# The same with DynamoDB's types: {"name": {"S": "text"}}.
EncodedItem = dict[str, Any]

_serializer, _deserializer = TypeSerializer(), TypeDeserializer()


def encode(values: Mapping[str, Any]) -> EncodedItem:
    return {name: _serializer.serialize(value) for name, value in values.items()}


def decode(item: Mapping[str, Any]) -> Item:
    return {name: _deserializer.deserialize(value) for name, value in item.items()}


def as_map(model: Model) -> dict[str, Any]:
    """Return a model as maps and texts, without defaults: DynamoDB has no dates, and Decimals
    travel exactly as text."""
    data: dict[str, Any] = model.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return data


def from_map(model: type[_Model], data: Any, unknown: Mapping[str, str] | None = None) -> _Model:
    """Return a stored model. A word that a newer version stored and this one does not know is left
    out, as if nothing had been stored. `unknown`: what to read in its place, by the names of
    fields.

    Raises ValidationError for what no version of ours has stored.
    """
    return readable(model.model_validate, data, unknown or {})


def readable(validate: Callable[[Any], _T], data: Any, unknown: Mapping[str, str]) -> _T:
    """Return what `validate` makes of stored data, with the same care as `from_map`."""
    changed = set[_Path]()
    while True:
        try:
            return validate(data)
        except ValidationError as error:
            paths = {
                each["loc"]
                for each in error.errors()
                if each["type"] == "literal_error"
                or (each["type"] == "missing" and each["loc"] in changed)
            }
            if not paths:
                raise
        data = copy.deepcopy(data)
        # From the end: what is left out of a list moves what follows.
        for path in sorted(paths, key=str, reverse=True):
            instead = "" if path in changed else unknown.get(str(path[-1]), "")
            changed.add(_without(data, path, instead))


def _without(data: Any, path: _Path, instead: str) -> _Path:
    """Leave out the value at a path, or its holder if it is no longer there, and return the path of
    what was left out. With `instead`, put that in its place."""
    *before, last = path
    holder: Any = data
    for step in before:
        # In a union, the path also has the name of the model.
        holder = holder[step] if isinstance(step, int) or step in holder else holder
    if instead:
        holder[last] = instead
    elif isinstance(last, int) or last in holder:
        del holder[last]
    elif before:
        return _without(data, tuple(before), "")
    return path


def epoch(moment: datetime) -> int:
    """Return whole seconds since 1970, as DynamoDB's time to live wants them."""
    return int(moment.timestamp())
