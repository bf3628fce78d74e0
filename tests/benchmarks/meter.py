"""Counts what AWS would bill of the functions' calls, by its published rules of metering.

DynamoDB: a write costs a unit for every started KB of the larger of the item before and after, in
a transaction two; the same again in each index that the item is in. A read costs a unit for every
started 4 KB, half of one when it need not be consistent. SQS: a request for every started 64 KB.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import boto3

from infra.local.aws_calls import maker

Usage = dict[str, Decimal]
_INDEX_KEYS = ("openPortal", "openSince")
_HALF = Decimal("0.5")
_SQS_CALLS = {"SendMessage", "SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibility"}


def value_size(value: Mapping[str, Any]) -> int:
    """Of one attribute value, in bytes."""
    ((kind, inner),) = value.items()
    if kind == "S":
        return len(inner.encode())
    if kind == "N":
        return (len(inner.strip("-")) + 1) // 2 + 1
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "M":
        return 3 + sum(len(name.encode()) + value_size(one) + 1 for name, one in inner.items())
    if kind == "L":
        return 3 + sum(value_size(one) + 1 for one in inner)
    raise ValueError(f"no size of the type {kind} is known")


def item_size(item: Mapping[str, Any]) -> int:
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def started(size: int, unit: int) -> int:
    """Units of this size that are begun; at least one."""
    return max(1, -(-size // unit))


def write_units(before: Mapping[str, Any], after: Mapping[str, Any], transaction: bool) -> int:
    """Empty: there is no such item."""
    units = started(max(item_size(before), item_size(after)), 1024)
    old, new = ([one.get(name) for name in _INDEX_KEYS] for one in (before, after))
    if before != after:
        if all(old) and (old != new or not all(new)):
            units += started(item_size(before), 1024)
        if all(new):
            units += started(item_size(after), 1024)
    return 2 * units if transaction else units


class Meter:
    """Listens to the clients that are made after it, and counts the calls of functions."""

    def __init__(self, dynamodb: Any) -> None:
        # A client of the bench, not of a function: what it reads is not metered.
        self._dynamodb = dynamodb
        self._lock = threading.Lock()  # the worker calls from many threads
        self.used: Usage = {}
        while (session := boto3.DEFAULT_SESSION) is None:
            boto3.setup_default_session()
        session.events.register("before-call", self._before, unique_id="cost-before")
        session.events.register("after-call", self._after, unique_id="cost-after")

    def add(self, name: str, number: Decimal | int) -> None:
        with self._lock:
            self.used[name] = self.used.get(name, Decimal(0)) + number

    def _before(self, model: Any, params: Mapping[str, Any], context: Any, **_: Any) -> None:
        if not maker(params["headers"]["User-Agent"]):
            return
        body = json.loads(params["body"])
        context["body"] = body
        if model.service_model.endpoint_prefix == "dynamodb":
            context["before"] = [self._item(*one) for one in _written(model.name, body)]

    def _after(self, model: Any, parsed: Mapping[str, Any], context: Any, **_: Any) -> None:
        body = context.pop("body", None)
        if body is None:
            return
        service = model.service_model.endpoint_prefix
        if service == "secretsmanager":
            self.add("secret calls", 1)
        elif service == "sqs":
            self.add("sqs", _sqs_requests(model.name, body, parsed))
        else:
            transaction = model.name.startswith("Transact")
            for (table, key), before in zip(
                _written(model.name, body), context.pop("before"), strict=True
            ):
                after = self._item(table, key)
                self.add("writes", write_units(before, after, transaction))
            self.add("reads", _read_units(model.name, body, parsed))

    def _item(self, table: str, key: Mapping[str, Any]) -> Mapping[str, Any]:
        return _item_of(self._dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True))


def _written(operation: str, body: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Table and key of each item that a call writes, or checks in a transaction."""
    if operation in ("PutItem", "UpdateItem", "DeleteItem"):
        yield body["TableName"], _key(body.get("Key") or body["Item"])
    elif operation == "TransactWriteItems":
        for member in body["TransactItems"]:
            ((_, one),) = member.items()
            yield one["TableName"], _key(one.get("Key") or one["Item"])
    elif operation == "BatchWriteItem":
        for table, requests in body["RequestItems"].items():
            for request in requests:
                ((_, one),) = request.items()
                yield table, _key(one.get("Key") or one["Item"])


def _key(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"pk": item["pk"], "sk": item["sk"]}


def _read_units(
    operation: str, body: Mapping[str, Any], parsed: Mapping[str, Any]
) -> Decimal | int:
    if operation == "GetItem":
        units = started(item_size(_item_of(parsed)), 4096)
        return units if body.get("ConsistentRead") else units * _HALF
    if operation == "BatchGetItem":
        asked = sum(len(one["Keys"]) for one in body["RequestItems"].values())
        found = [item for items in parsed["Responses"].values() for item in items]
        # A key without an item costs as much as a small item.
        missing = asked - len(found)
        return missing + sum(started(item_size(item), 4096) for item in found)
    if operation == "Query":
        return started(sum(item_size(item) for item in parsed["Items"]), 4096) * _HALF
    return 0


def _item_of(parsed: Mapping[str, Any]) -> Mapping[str, Any]:
    item: Mapping[str, Any] = parsed.get("Item", {})
    return item


def _sqs_requests(operation: str, body: Mapping[str, Any], parsed: Mapping[str, Any]) -> int:
    if operation == "ReceiveMessage":
        # Empty ones are this machine's short polling; Lambda's long polling is counted apart.
        found = parsed.get("Messages", [])
        return started(sum(len(one["Body"]) for one in found), 65536) if found else 0
    if operation in _SQS_CALLS:
        return started(len(json.dumps(body)), 65536)
    return 0  # the bench asks for the queue's length
