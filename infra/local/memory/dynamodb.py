"""DynamoDB's operations on tables and items, as its API reference describes them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from infra.local.memory import queries, writes
from infra.local.memory.capacity import Consumed
from infra.local.memory.conditions import Expressions, projected
from infra.local.memory.errors import ServiceError, invalid
from infra.local.memory.table import Index, Schema, Table, no_table
from infra.local.memory.transactions import Transactions
from infra.local.memory.values import Item, copy_item

Request = Mapping[str, Any]
Answer = dict[str, Any]

_MOST_KEYS, _MOST_WRITES = 100, 25
_LARGEST_BATCH = 16 * 1024 * 1024
_PLACEHOLDERS = {"ExpressionAttributeNames", "ExpressionAttributeValues"}
_WRITE = {
    "TableName",
    "ConditionExpression",
    "ReturnValues",
    "ReturnValuesOnConditionCheckFailure",
    "ReturnConsumedCapacity",
    *_PLACEHOLDERS,
}
_READ = {"TableName", "ConsistentRead", "ReturnConsumedCapacity", "ProjectionExpression"}
_PAGE = {"IndexName", "FilterExpression", "Limit", "Select", "ExclusiveStartKey", *_PLACEHOLDERS}
# The parameters that are understood, by operation. Those of before expressions are not.
_UNDERSTOOD = {
    "PutItem": {*_WRITE, "Item"},
    "UpdateItem": {*_WRITE, "Key", "UpdateExpression"},
    "DeleteItem": {*_WRITE, "Key"},
    "GetItem": {*_READ, "Key", "ExpressionAttributeNames"},
    "Query": {*_READ, *_PAGE, "KeyConditionExpression", "ScanIndexForward"},
    "Scan": {*_READ, *_PAGE},
    "BatchGetItem": {"RequestItems", "ReturnConsumedCapacity"},
    "BatchWriteItem": {"RequestItems", "ReturnConsumedCapacity"},
    "TransactWriteItems": {"TransactItems", "ReturnConsumedCapacity", "ClientRequestToken"},
    "TransactGetItems": {"TransactItems", "ReturnConsumedCapacity"},
    "CreateTable": {
        "TableName",
        "AttributeDefinitions",
        "KeySchema",
        "BillingMode",
        "GlobalSecondaryIndexes",
    },
    "DescribeTable": {"TableName"},
    "UpdateTimeToLive": {"TableName", "TimeToLiveSpecification"},
    "DescribeTimeToLive": {"TableName"},
}


class DynamoDb:
    """All tables of an account. Every operation is one atomic step."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.tables: dict[str, Table] = {}
        self._lock = threading.RLock()
        self._clock = clock
        self._transactions = Transactions(self._table, clock)
        self._operations: dict[str, Callable[[Request], Answer]] = {
            "PutItem": lambda request: self._write("PutItem", request),
            "UpdateItem": lambda request: self._write("UpdateItem", request),
            "DeleteItem": lambda request: self._write("DeleteItem", request),
            "GetItem": self._get,
            "Query": lambda request: queries.query(self._table(request["TableName"]), request),
            "Scan": lambda request: queries.scan(self._table(request["TableName"]), request),
            "BatchGetItem": self._batch_get,
            "BatchWriteItem": self._batch_write,
            "TransactWriteItems": self._transactions.write,
            "TransactGetItems": self._transactions.get,
            "CreateTable": self._create,
            "DescribeTable": self._describe,
            "UpdateTimeToLive": self._set_time_to_live,
            "DescribeTimeToLive": self._describe_time_to_live,
        }

    def run(self, operation: str, parameters: Request) -> Answer:
        """Carry an operation out. Raises ServiceError."""
        if operation not in self._operations:
            raise NotImplementedError(f"the double's DynamoDB has no {operation}")
        if unknown := sorted(parameters.keys() - _UNDERSTOOD[operation]):
            raise NotImplementedError(f"{operation} with {', '.join(unknown)}")
        with self._lock:
            return self._operations[operation](parameters)

    def items(self, table: str) -> list[Item]:
        """Return all items of a table."""
        with self._lock:
            return [copy_item(stored.item) for stored in self.tables[table].items.values()]

    def _table(self, name: str) -> Table:
        if name not in self.tables:
            raise ServiceError("ResourceNotFoundException", "Requested resource not found")
        return self.tables[name]

    # -- items

    def _write(self, operation: str, request: Request) -> Answer:
        asked = writes.check_return_values(request, operation)
        table = self._table(request["TableName"])
        write = writes.read(operation.removesuffix("Item"), table, request)
        before, after = write.outcome()
        table.put(write.key, after)
        consumed = Consumed(request)
        consumed.written(table, before, after)
        return {**writes.returned(write, asked, before, after), **consumed.answer()}

    def _get(self, request: Request) -> Answer:
        consumed = Consumed(request)
        table = self._table(request["TableName"])
        items = _found(table, [request["Key"]], request, consumed)
        return {**({"Item": items[0]} if items else {}), **consumed.answer()}

    def _batch_get(self, request: Request) -> Answer:
        consumed = Consumed(request)
        asked = request["RequestItems"]
        if not 1 <= sum(len(each["Keys"]) for each in asked.values()) <= _MOST_KEYS:
            raise invalid("Too many items requested for the BatchGetItem call")
        responses = {}
        for name, part in asked.items():
            table = self._table(name)
            keys = [table.key(key) for key in part["Keys"]]
            if len(set(keys)) < len(keys):
                raise invalid("Provided list of item keys contains duplicates")
            responses[name] = _found(table, part["Keys"], part, consumed)
        return {"Responses": responses, "UnprocessedKeys": {}, **consumed.answer(listed=True)}

    def _batch_write(self, request: Request) -> Answer:
        consumed = Consumed(request)
        asked = request["RequestItems"]
        if not 1 <= sum(map(len, asked.values())) <= _MOST_WRITES:
            raise invalid("Too many items requested for the BatchWriteItem call")
        pending = []
        for name, requests in asked.items():
            table = self._table(name)
            pending += [_batched(table, each) for each in requests]
        if len({(write.table.name, write.key) for write in pending}) < len(pending):
            raise invalid("Provided list of item keys contains duplicates")
        outcomes = [write.outcome() for write in pending]
        if sum(after.size for _, after in outcomes if after) > _LARGEST_BATCH:
            raise invalid("The batch is larger than 16 MB")
        for write, (before, after) in zip(pending, outcomes, strict=True):
            consumed.written(write.table, before, after)
            write.table.put(write.key, after)
        return {"UnprocessedItems": {}, **consumed.answer(listed=True)}

    # -- tables

    def _create(self, request: Request) -> Answer:
        name = request["TableName"]
        if name in self.tables:
            raise ServiceError("ResourceInUseException", f"Table already exists: {name}")
        if request.get("BillingMode") != "PAY_PER_REQUEST":
            raise NotImplementedError("a table that is not paid by the request")
        types = {
            each["AttributeName"]: each["AttributeType"] for each in request["AttributeDefinitions"]
        }
        indexes = [
            Index(each["IndexName"], _schema(each["KeySchema"], types), each["Projection"])
            for each in request.get("GlobalSecondaryIndexes", ())
        ]
        used = {name for index in indexes for name in index.schema.names}
        schema = _schema(request["KeySchema"], types)
        if used | set(schema.names) != types.keys():
            raise invalid(
                "One or more parameter values were invalid: Number of attributes in KeySchema does"
                " not exactly match number of attributes defined in AttributeDefinitions"
            )
        table = Table(name, schema, self._description(request))
        table.indexes = {index.name: index for index in indexes}
        self.tables[name] = table
        return {"TableDescription": table.description}

    def _description(self, request: Request) -> dict[str, Any]:
        arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/{request['TableName']}"
        described = {
            "TableName": request["TableName"],
            "TableArn": arn,
            "TableStatus": "ACTIVE",
            "AttributeDefinitions": request["AttributeDefinitions"],
            "KeySchema": request["KeySchema"],
            "BillingModeSummary": {"BillingMode": request["BillingMode"]},
        }
        if "GlobalSecondaryIndexes" in request:
            described["GlobalSecondaryIndexes"] = [
                {**index, "IndexStatus": "ACTIVE", "IndexArn": f"{arn}/index/{index['IndexName']}"}
                for index in request["GlobalSecondaryIndexes"]
            ]
        return described

    def _describe(self, request: Request) -> Answer:
        table = self.tables.get(request["TableName"])
        if table is None:
            raise no_table(request["TableName"])
        return {"Table": {**table.description, "ItemCount": len(table.items)}}

    def _set_time_to_live(self, request: Request) -> Answer:
        wanted = request["TimeToLiveSpecification"]
        self._table(request["TableName"]).time_to_live = {
            "TimeToLiveStatus": "ENABLED" if wanted["Enabled"] else "DISABLED",
            "AttributeName": wanted["AttributeName"],
        }
        return {"TimeToLiveSpecification": wanted}

    def _describe_time_to_live(self, request: Request) -> Answer:
        return {"TimeToLiveDescription": self._table(request["TableName"]).time_to_live}


def _schema(keys: Sequence[Mapping[str, str]], types: Mapping[str, str]) -> Schema:
    by_type = {each["KeyType"]: each["AttributeName"] for each in keys}
    if len(by_type) != len(keys):
        raise NotImplementedError("keys of several attributes")
    names = by_type["HASH"], by_type.get("RANGE", "")
    return Schema(*names, {name: types[name] for name in names if name})


def _found(
    table: Table, keys: Sequence[Mapping[str, Any]], request: Request, consumed: Consumed
) -> list[Item]:
    """Return copies of the items that exist. Raises ServiceError."""
    expressions = Expressions(request)
    paths = None
    if "ProjectionExpression" in request:
        paths = expressions.projection(request["ProjectionExpression"])
    expressions.end()
    items = []
    for given in keys:
        stored = table.items.get(table.key(given))
        consistent = bool(request.get("ConsistentRead"))
        consumed.read(table, stored.size if stored else 0, consistent=consistent)
        if stored:
            item = stored.item
            items.append(projected(item, paths) if paths is not None else copy_item(item))
    return items


def _batched(table: Table, request: Mapping[str, Any]) -> writes.Write:
    if len(request) != 1:
        raise invalid("Supplied AttributeValue has more than one datatypes set")
    ((kind, content),) = request.items()
    return writes.read(kind.removesuffix("Request"), table, content)
