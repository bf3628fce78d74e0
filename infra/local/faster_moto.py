"""Leaves out work of moto that grows with what is stored already, and changes no answer.

A table of a thousand invoices or a queue of a thousand hints would take minutes otherwise.
"""

from __future__ import annotations

import copy
import functools
import time
from collections.abc import Iterator
from typing import Any

from moto.core import responses
from moto.core.serialize import BaseJSONSerializer
from moto.core.utils import method_names_from_class
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.sqs import models as sqs_models

_transact_unprotected = DynamoDBBackend.transact_write_items
_serialize_structure: Any = BaseJSONSerializer._serialize_type_structure


def install() -> None:
    """Replace moto's slow methods in this process."""
    replacements: tuple[tuple[Any, str, Any], ...] = (
        # For every message received moto counts all messages of the queue, only to see whether it
        # is older than some days.
        (sqs_models.SQSBackend, "is_message_valid_based_on_retention_period", lambda *_: True),
        # For every message sent it counts them three times, and asks a slow clock about each.
        (sqs_models, "unix_time_millis", lambda: time.time() * 1000),
        # For every request it inspects the members of a class, which stay the same.
        (responses, "method_names_from_class", functools.cache(method_names_from_class)),
        # For every transaction it copies the whole table, to be able to undo it.
        (Table, "__deepcopy__", lambda table, _: table),
        (DynamoDBBackend, "transact_write_items", _transact),
        # In every attribute value it looks for each of ten types, and then answers the same value.
        (BaseJSONSerializer, "_serialize_type_structure", _serialize),
    )
    for owner, name, replacement in replacements:
        setattr(owner, name, replacement)


def _transact(backend: Any, transact_items: list[dict[str, Any]]) -> None:
    """Write all or nothing: restore the items of a transaction that fails."""
    before = [
        (table, hash_key, range_key, copy.deepcopy(table.get_item(hash_key, range_key)))
        for table, hash_key, range_key in _keys(backend, transact_items)
    ]
    try:
        _transact_unprotected(backend, transact_items)
    except Exception:
        for table, hash_key, range_key, item in before:
            if item is None:
                table.items.get(hash_key, {}).pop(range_key, None)
            else:
                table.items[hash_key][range_key] = item
        raise


def _keys(backend: Any, transact_items: list[dict[str, Any]]) -> Iterator[tuple[Any, Any, Any]]:
    for member in transact_items:
        for operation in member.values():
            table = backend.get_table(operation["TableName"])
            key = operation.get("Key") or operation["Item"]
            yield table, DynamoType(key[table.hash_key_attr]), DynamoType(key[table.range_key_attr])


def _serialize(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
    if shape.name == "AttributeValue":
        serialized[key] = value
    else:
        _serialize_structure(serializer, serialized, value, shape, key)
