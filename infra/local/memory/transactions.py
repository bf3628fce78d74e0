"""Transactions: all or nothing.

Source: developer guide "Amazon DynamoDB Transactions: How it works" and the API reference of
TransactWriteItems.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from infra.local.memory import writes
from infra.local.memory.capacity import Consumed
from infra.local.memory.conditions import Expressions, projected
from infra.local.memory.errors import ServiceError, invalid
from infra.local.memory.table import Key, Stored, Table
from infra.local.memory.values import copy_item
from infra.local.memory.writes import ConditionFailedError, Write

_MOST_ITEMS, _LARGEST = 100, 4 * 1024 * 1024
_TOKEN_SECONDS = 600
_LONGEST_TOKEN = 36
_KINDS = ("ConditionCheck", "Put", "Delete", "Update")

FindTable = Callable[[str], Table]


class Transactions:
    def __init__(self, find_table: FindTable, clock: Callable[[], float]) -> None:
        self._table, self._clock = find_table, clock
        # By token: the request that came with it, and when.
        self._done: dict[str, tuple[str, float]] = {}

    def write(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Raises ServiceError."""
        members = request["TransactItems"]
        token = request.get("ClientRequestToken", "")
        written = [self._read(member) for member in _checked_count(members)]
        _check_distinct([(write.table, write.key) for write in written])
        consumed = Consumed(request, transaction=True)
        if token and self._is_done(token, members):
            return consumed_of_repetition(written, request)
        outcomes = _outcomes(written)
        if sum(new.size for _, new in outcomes if new) > _LARGEST:
            raise invalid("Collection size of items in a transaction exceeds 4 MB")
        for write, (before, after) in zip(written, outcomes, strict=True):
            consumed.written(write.table, before, after)
            if not write.only_checked:
                write.table.put(write.key, after)
        if token:
            self._done[token] = _text(members), self._clock()
        return consumed.answer(listed=True)

    def _read(self, member: Mapping[str, Any]) -> Write:
        if len(member) != 1:
            raise invalid("TransactItems can only contain one of Check, Put, Update or Delete")
        ((kind, request),) = member.items()
        if kind not in _KINDS:
            raise NotImplementedError(kind)
        return writes.read(kind, self._table(request["TableName"]), request)

    def _is_done(self, token: str, members: Sequence[Any]) -> bool:
        """Whether a token came with the same request within ten minutes."""
        if len(token) > _LONGEST_TOKEN:
            raise invalid(
                f"1 validation error detected: Value '{token}' at 'clientRequestToken' failed to"
                " satisfy constraint: Member must have length less than or equal to 36"
            )
        text, at = self._done.get(token, ("", 0.0))
        if not text or self._clock() - at > _TOKEN_SECONDS:
            return False
        if text != _text(members):
            raise ServiceError(
                "IdempotentParameterMismatchException",
                "Rejecting a request with a client request token that was used for another request",
            )
        return True

    def get(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Raises ServiceError."""
        consumed = Consumed(request, transaction=True)
        read: list[tuple[Table, Key]] = []
        responses: list[dict[str, Any]] = []
        for member in _checked_count(request["TransactItems"]):
            get = member["Get"]
            expressions = Expressions(get)
            paths = None
            if "ProjectionExpression" in get:
                paths = expressions.projection(get["ProjectionExpression"])
            expressions.end()
            table = self._table(get["TableName"])
            key = table.key(get["Key"])
            read.append((table, key))
            stored = table.items.get(key)
            consumed.read(table, stored.size if stored else 0, consistent=True)
            if stored:
                item = stored.item
                shown = projected(item, paths) if paths is not None else copy_item(item)
                responses.append({"Item": shown})
            else:
                responses.append({})
        _check_distinct(read)
        return {"Responses": responses, **consumed.answer(listed=True)}


def consumed_of_repetition(written: Sequence[Write], request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to a request that was carried out before: it reads the items."""
    consumed = Consumed(request, transaction=True)
    for write in written:
        stored = write.table.items.get(write.key)
        consumed.read(write.table, stored.size if stored else 0, consistent=True)
    return consumed.answer(listed=True)


def _outcomes(written: Sequence[Write]) -> list[tuple[Stored | None, Stored | None]]:
    """Return each item before and after. Raises ServiceError when one write fails."""
    outcomes = []
    reasons: list[dict[str, Any]] = []
    for write in written:
        try:
            outcomes.append(write.outcome())
            reasons.append({"Code": "None"})
        except ConditionFailedError as error:
            reasons.append(
                {"Code": "ConditionalCheckFailed", "Message": error.message, **error.fields}
            )
        except ServiceError as error:
            reasons.append({"Code": "ValidationError", "Message": error.message})
    if len(outcomes) < len(written):
        raise cancelled(reasons)
    return outcomes


def cancelled(reasons: list[dict[str, Any]]) -> ServiceError:
    """Return the error of a transaction by the reasons of its members, in their order."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    return ServiceError(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        CancellationReasons=reasons,
    )


def _checked_count(members: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    if not 1 <= len(members) <= _MOST_ITEMS:
        raise invalid(
            "1 validation error detected: Value '[...]' at 'transactItems' failed to satisfy"
            " constraint: Member must have length less than or equal to 100"
        )
    return members


def _check_distinct(keys: Sequence[tuple[Table, Key]]) -> None:
    if len({(table.name, key) for table, key in keys}) < len(keys):
        raise invalid("Transaction request cannot include multiple operations on one item")


def _text(members: Sequence[Any]) -> str:
    return json.dumps(members, sort_keys=True, default=repr)
