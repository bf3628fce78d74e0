"""Items as plain values, and as DynamoDB writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from invoice_sync.model.base import Model

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


def epoch(moment: datetime) -> int:
    """Return whole seconds since 1970, as DynamoDB's time to live wants them."""
    return int(moment.timestamp())
