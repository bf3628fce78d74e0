"""Requests to DynamoDB. Every request of the package is made here, and takes plain values."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from botocore.exceptions import ClientError

from invoice_sync.runtime.chunks import chunks
from invoice_sync.store.items import EncodedItem, Item, decode, encode
from invoice_sync.store.keys import Key, KeyRange

_KEYS_PER_BATCH_GET = 100
WRITES_PER_BATCH = 25
_CONFLICT_RETRIES = 8


@dataclass(frozen=True)
class Query:
    """A query as DynamoDB reads it, in the order of the sort keys."""

    keys: KeyRange
    # A filter expression: the rows that are read and do not match are not returned.
    matching: str = ""
    # The values in `matching`, by ":name".
    values: Mapping[str, Any] = field(default_factory=dict)
    newest_first: bool = False
    consistent: bool = False
    # How many rows one request reads, before the filter; 0: as many as DynamoDB gives.
    limit: int = 0
    # Where to go on; None: at the beginning.
    start: EncodedItem | None = None


@dataclass(frozen=True)
class QueryPage:
    """The answer to one query request."""

    items: list[EncodedItem]
    # Where the next page starts; None: this was the last one.
    following: EncodedItem | None

    def rows(self) -> Iterator[Item]:
        return map(decode, self.items)


@dataclass(frozen=True)
class Write:
    """A write that `Table` makes alone or as part of a transaction or a batch."""

    action: Literal["Put", "Update", "Delete"]
    request: dict[str, Any]


def put(
    key: Key,
    attributes: Mapping[str, Any],
    condition: str = "",
    values: Mapping[str, Any] | None = None,
    names: Mapping[str, str] | None = None,
) -> Write:
    item = encode({**key, **attributes})
    return Write("Put", {"Item": item, **_expressions(condition, values, names)})


def update(
    key: Key,
    expression: str,
    values: Mapping[str, Any] | None = None,
    condition: str = "",
    names: Mapping[str, str] | None = None,
) -> Write:
    request = {"Key": encode(key), "UpdateExpression": expression}
    return Write("Update", {**request, **_expressions(condition, values, names)})


def delete(
    key: Key,
    condition: str = "",
    values: Mapping[str, Any] | None = None,
    names: Mapping[str, str] | None = None,
) -> Write:
    return Write("Delete", {"Key": encode(key), **_expressions(condition, values, names)})


def _expressions(
    condition: str, values: Mapping[str, Any] | None, names: Mapping[str, str] | None
) -> dict[str, Any]:
    # DynamoDB refuses empty ones.
    every = {
        "ConditionExpression": condition,
        "ExpressionAttributeNames": dict(names or {}),
        "ExpressionAttributeValues": encode(values or {}),
    }
    return {name: value for name, value in every.items() if value}


class Table:
    """The table. Methods raise botocore's ClientError for everything that they do not name."""

    def __init__(self, dynamodb: Any, name: str, sleep: Callable[[float], None]) -> None:
        self._db, self._name, self._sleep = dynamodb, name, sleep

    # -- reads

    def get(self, key: Key) -> Item | None:
        """Return an item as it is now, or None when there is none."""
        answer = self._db.get_item(TableName=self._name, Key=encode(key), ConsistentRead=True)
        return decode(answer["Item"]) if "Item" in answer else None

    def batch_get(self, keys: Sequence[Key]) -> Iterator[Item]:
        """Yield the items that exist, as they are now and in any order."""
        for batch in chunks(map(encode, keys), _KEYS_PER_BATCH_GET):
            pending, delay = batch, 0.02
            while pending:
                answer = self._db.batch_get_item(
                    RequestItems={self._name: {"Keys": pending, "ConsistentRead": True}}
                )
                yield from map(decode, answer["Responses"].get(self._name, []))
                pending = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
                if pending:
                    self._sleep(delay)
                    delay = min(delay * 2, 1.0)

    def query(self, query: Query) -> QueryPage:
        """Make one request."""
        answer = self._db.query(TableName=self._name, **_query_request(query))
        return QueryPage(answer["Items"], answer.get("LastEvaluatedKey"))

    def pages(self, query: Query, most: int = 0) -> Iterator[QueryPage]:
        """Yield page after page, each requested when it is asked for. With `most`, stop once so
        many items came; the last page then tells by `following` whether there are more."""
        left = most
        while True:
            page = self.query(replace(query, limit=left) if most else query)
            yield page
            left -= len(page.items)
            if page.following is None or (most and left <= 0):
                return
            query = replace(query, start=page.following)

    def rows(self, query: Query) -> Iterator[Item]:
        """Yield all items of a query, however many pages it takes."""
        for page in self.pages(query):
            yield from page.rows()

    # -- writes

    def write(self, write: Write) -> None:
        """Make one write. A condition that does not hold is an error."""
        self._call(write)

    def write_if(self, write: Write) -> bool:
        """Make one write. Return False when its condition does not hold."""
        return self._call_if(write) is not None

    def update_if(self, write: Write) -> Item | None:
        """Make one update. Return the whole item with it, or None when its condition does not
        hold."""
        answer = self._call_if(write, ReturnValues="ALL_NEW")
        return decode(answer["Attributes"]) if answer is not None else None

    def update_or_see(self, write: Write) -> tuple[Item, bool]:
        """Make one update. Return the attributes that it changed, and True; or the whole item as it
        was, and False, when its condition does not hold."""
        seen = {"ReturnValues": "UPDATED_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        try:
            return decode(self._call(write, **seen)["Attributes"]), True
        except ClientError as error:
            if _code(error) != "ConditionalCheckFailedException":
                raise
            response: Mapping[str, Any] = error.response
            return decode(response.get("Item", {})), False

    def try_write(self, write: Write) -> None:
        """Write what is only for show: leave it when the condition does not hold, or when another
        worker's transaction is at the same item."""
        try:
            self._call(write)
        except ClientError as error:
            if _code(error) not in (
                "ConditionalCheckFailedException",
                "TransactionConflictException",
            ):
                raise

    def batch_write(self, writes: Sequence[Write], size: int = WRITES_PER_BATCH) -> None:
        """Make puts and deletes without conditions, `size` a request and at most 25. They are no
        transaction: others may see a part of them."""
        requests = [{f"{write.action}Request": write.request} for write in writes]
        for batch in chunks(requests, size):
            pending = batch
            while pending:
                answer = self._db.batch_write_item(RequestItems={self._name: pending})
                pending = answer.get("UnprocessedItems", {}).get(self._name, [])
                if pending:
                    self._sleep(0.05)

    def transact(self, writes: Sequence[Write]) -> bool:
        """Make all writes or none, at most 100. Return False when a condition does not hold.

        Raises ClientError also when other transactions were at the same items at each try.
        """
        actions = [{write.action: {"TableName": self._name, **write.request}} for write in writes]
        for attempt in range(_CONFLICT_RETRIES):
            try:
                self._db.transact_write_items(TransactItems=actions)
                return True
            except ClientError as error:
                if _code(error) != "TransactionCanceledException":
                    raise
                if "ConditionalCheckFailed" in _reasons(error):
                    return False
                if attempt + 1 == _CONFLICT_RETRIES or not is_conflict(error):
                    raise
            # Workers of one portal share one counter: conflicts are normal, not rare.
            self._sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311
        return False

    def _call(self, write: Write, **more: Any) -> dict[str, Any]:
        method = getattr(self._db, f"{write.action.lower()}_item")
        answer: dict[str, Any] = method(TableName=self._name, **write.request, **more)
        return answer

    def _call_if(self, write: Write, **more: Any) -> dict[str, Any] | None:
        try:
            return self._call(write, **more)
        except ClientError as error:
            if _code(error) != "ConditionalCheckFailedException":
                raise
            return None


def _query_request(query: Query) -> dict[str, Any]:
    keys = query.keys
    partition, sort = ("openPortal", "openSince") if keys.index else ("pk", "sk")
    condition = f"{partition} = :partition"
    values: dict[str, Any] = {":partition": keys.partition, **query.values}
    if keys.prefix:
        condition += f" AND begins_with({sort}, :prefix)"
        values[":prefix"] = keys.prefix
    if keys.below:
        condition += f" AND {sort} < :below"
        values[":below"] = keys.below
    options = {
        "IndexName": keys.index,
        "FilterExpression": query.matching,
        "ConsistentRead": query.consistent,
        "Limit": query.limit,
        "ExclusiveStartKey": query.start,
    }
    return {
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": encode(values),
        "ScanIndexForward": not query.newest_first,
        **{name: value for name, value in options.items() if value},
    }


def is_conflict(error: ClientError) -> bool:
    """Tell whether a transaction was cancelled because others were at the same items."""
    return bool(_reasons(error) & {"TransactionConflict", "ThrottlingError"})


def _reasons(error: ClientError) -> set[str]:
    return {str(reason.get("Code")) for reason in error.response.get("CancellationReasons", [])}


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
