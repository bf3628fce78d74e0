"""Every kind of call that the product makes is answered as moto answers it, refusals included."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.aws import OPEN_INDEX, TABLE

from .comparing import Pair, Refused

KEY = {"pk": {"S": "PORTAL#1"}, "sk": {"S": "INVOICE#1"}}
LEASED = {
    **KEY,
    "leaseOwner": {"S": "me"},
    "leaseUntil": {"S": "2026-01-02"},
    "version": {"N": "3"},
}
CLAIM = {
    "UpdateExpression": "SET leaseOwner = :owner, leaseUntil = :until",
    "ConditionExpression": "attribute_not_exists(leaseUntil) OR leaseUntil < :now"
    " OR leaseOwner = :owner",
    "ReturnValues": "ALL_NEW",
}


def claim(owner: str, now: str) -> dict[str, Any]:
    values = {":owner": {"S": owner}, ":until": {"S": "2026-01-09"}, ":now": {"S": now}}
    return {"Key": KEY, **CLAIM, "ExpressionAttributeValues": values}


def put(sort: str, **attributes: Any) -> dict[str, Any]:
    return {"Item": {"pk": {"S": "PORTAL#1"}, "sk": {"S": sort}, **attributes}}


def in_table(**request: Any) -> dict[str, Any]:
    return {"TableName": TABLE, **request}


def test_leases(pair: Pair) -> None:
    pair.same("update_item", **claim("me", "2026-01-01"))
    assert isinstance(pair.same("update_item", **claim("you", "2026-01-01")), Refused)
    pair.same("update_item", **claim("you", "2026-01-10"))
    released = {
        "UpdateExpression": "REMOVE leaseOwner, leaseUntil",
        "ConditionExpression": "leaseOwner = :owner",
    }
    for owner in ("me", "you"):
        values = {":owner": {"S": owner}}
        pair.same("update_item", Key=KEY, **released, ExpressionAttributeValues=values)
    pair.check_items()


def test_reads(pair: Pair) -> None:
    pair.same("put_item", Item=LEASED)
    pair.same("get_item", Key=KEY, ConsistentRead=True)
    pair.same("get_item", Key={**KEY, "sk": {"S": "other"}})
    pair.same("get_item", Key={"pk": {"S": "x"}})
    pair.same(
        "get_item",
        Key=KEY,
        ProjectionExpression="#v, leaseOwner",
        ExpressionAttributeNames={"#v": "version"},
    )
    missing = {"pk": {"S": "x"}, "sk": {"S": "y"}}
    request = {TABLE: {"Keys": [KEY, missing], "ConsistentRead": True}}
    assert len(pair.same("batch_get_item", RequestItems=request)["Responses"][TABLE]) == 1
    pair.same("batch_get_item", RequestItems={TABLE: {"Keys": [KEY, KEY]}})
    keys = [{"pk": {"S": "x"}, "sk": {"S": str(number)}} for number in range(101)]
    pair.same("batch_get_item", RequestItems={TABLE: {"Keys": keys}})


def test_batches_of_writes(pair: Pair) -> None:
    puts = [{"PutRequest": put(str(number))} for number in range(3)]
    pair.same("batch_write_item", RequestItems={TABLE: puts})
    delete = {"DeleteRequest": {"Key": {"pk": {"S": "PORTAL#1"}, "sk": {"S": "1"}}}}
    pair.same("batch_write_item", RequestItems={TABLE: [delete]})
    pair.same("batch_write_item", RequestItems={TABLE: [delete, delete]})
    pair.same("batch_write_item", RequestItems={TABLE: puts * 9})
    pair.check_items()


def test_counters(pair: Pair) -> None:
    for delta in ("2", "-1", "-1"):
        pair.same(
            "update_item",
            Key=KEY,
            UpdateExpression="ADD #n0 :n0, #n1 :n1 SET example = :example",
            ExpressionAttributeNames={"#n0": "failing", "#n1": "code#unexpected"},
            ExpressionAttributeValues={
                ":n0": {"N": delta},
                ":n1": {"N": delta},
                ":example": {"M": {"invoiceId": {"S": delta}}},
            },
        )
    pair.same(
        "delete_item",
        Key=KEY,
        ConditionExpression="failing = :none AND example.invoiceId = :shown",
        ExpressionAttributeValues={":none": {"N": "0"}, ":shown": {"S": "-1"}},
    )
    pair.check_items()


def test_settings_within_a_map(pair: Pair) -> None:
    change: dict[str, Any] = {
        "Key": KEY,
        "UpdateExpression": "SET #data.#name = :value",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeNames": {"#data": "data", "#name": "state"},
        "ExpressionAttributeValues": {":value": {"S": "connected"}},
    }
    pair.same("update_item", **change)
    pair.same("put_item", Item={**KEY, "data": {"M": {}}})
    pair.same("update_item", **change, ReturnValues="ALL_NEW")
    pair.check_items()


@pytest.mark.parametrize("version", ["3", "4"])
def test_transactions(pair: Pair, version: str) -> None:
    pair.same("put_item", Item=LEASED)
    members = [
        {"Put": in_table(**put("ATTEMPT"))},
        {
            "Put": in_table(
                Item={**KEY, "version": {"N": "4"}},
                ConditionExpression="leaseOwner = :owner"
                " AND (version = :version OR attribute_not_exists(version))",
                ExpressionAttributeValues={":owner": {"S": "me"}, ":version": {"N": version}},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        },
        {"Delete": in_table(Key={**KEY, "sk": {"S": "WAIT"}})},
        {
            "Update": in_table(
                Key={**KEY, "sk": {"S": "COUNTS"}},
                UpdateExpression="ADD failing :delta",
                ExpressionAttributeValues={":delta": {"N": "1"}},
            )
        },
        {
            "ConditionCheck": in_table(
                Key={**KEY, "sk": {"S": "NOTHING"}}, ConditionExpression="attribute_not_exists(pk)"
            )
        },
    ]
    answer = pair.same("transact_write_items", TransactItems=members)
    assert isinstance(answer, Refused) == (version == "4")
    pair.check_items()
    gets = [{"Get": in_table(Key=KEY)}, {"Get": in_table(Key={**KEY, "sk": {"S": "none"}})}]
    pair.same("transact_get_items", TransactItems=gets)


def test_two_writes_of_an_item_in_a_transaction(pair: Pair) -> None:
    member = {"Put": in_table(**put("1"))}
    assert isinstance(pair.same("transact_write_items", TransactItems=[member] * 2), Refused)
    members = [{"Put": in_table(**put(str(number)))} for number in range(101)]
    assert isinstance(pair.same("transact_write_items", TransactItems=members), Refused)
    pair.check_items()


def test_queries(pair: Pair) -> None:
    for number in range(6):
        entry = {"openPortal": {"S": "FAILING#1"}, "openSince": {"S": f"2026-01-0{number + 1}"}}
        pair.same("put_item", **put(f"INVOICE#{number}", **entry, code={"S": str(number % 2)}))
    pair.same("put_item", **put("JOB#1"))
    query: dict[str, Any] = {
        "IndexName": OPEN_INDEX,
        "KeyConditionExpression": "openPortal = :partition AND openSince < :below",
        "FilterExpression": "code = :code",
        "ExpressionAttributeValues": {
            ":partition": {"S": "FAILING#1"},
            ":below": {"S": "2026-01-06"},
            ":code": {"S": "1"},
        },
        "ScanIndexForward": False,
    }
    first = pair.same("query", **query, Limit=3)
    assert (first["Count"], first["ScannedCount"]) == (1, 3)
    pair.same("query", **query, ExclusiveStartKey=first["LastEvaluatedKey"])
    pair.same("query", **query, Select="COUNT")


def test_paginators(pair: Pair) -> None:
    for number in range(5):
        pair.same("put_item", **put(str(number)))
    for each in (pair.moto, pair.memory):
        pages = each.client("dynamodb").get_paginator("scan")
        sizes = [
            page["Count"]
            for page in pages.paginate(TableName=TABLE, PaginationConfig={"PageSize": 2})
        ]
        assert sizes[:2] == [2, 2]
        assert sum(sizes) == 5


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("put_item", {"Item": {"pk": {"S": "x"}}}),
        ("put_item", {"Item": {**KEY, "sk": {"N": "1"}}}),
        ("put_item", {"Item": {**KEY, "sk": {"S": ""}}}),
        ("put_item", {"Item": {**KEY, "sk": {"S": "x" * 1025}}}),
        ("put_item", {"Item": {**KEY, "pk": {"S": "x" * 2049}}}),
        ("put_item", {"Item": {**KEY, "a": {"S": "x" * 410_000}}}),
        ("put_item", {"Item": {**KEY, "a": {"SS": []}}}),
        ("put_item", {"Item": KEY, "ConditionExpression": "data = :v"}),
        ("put_item", {"Item": KEY, "ExpressionAttributeValues": {}}),
        ("put_item", {"Item": KEY, "ExpressionAttributeNames": {"#n": "x"}}),
        ("put_item", {"Item": KEY, "ReturnValues": "ALL_NEW"}),
        ("update_item", {"Key": KEY, "UpdateExpression": "SET a = :missing"}),
        ("update_item", {"Key": KEY, "UpdateExpression": "SET a = b"}),
        ("update_item", {"Key": KEY, "UpdateExpression": "SET a"}),
        ("update_item", {"Key": KEY, "UpdateExpression": "REMOVE data"}),
        ("update_item", {"Key": KEY, "UpdateExpression": "REMOVE pk"}),
        ("query", {"KeyConditionExpression": "sk = :v",
                   "ExpressionAttributeValues": {":v": {"S": "x"}}}),
        ("query", {"KeyConditionExpression": "pk < :v",
                   "ExpressionAttributeValues": {":v": {"S": "x"}}}),
        ("put_item", {"TableName": "none", "Item": KEY}),
        ("put_item", {"Item": KEY, "Unknown": 1}),
        ("put_item", {"Item": {"pk": "x"}}),
        ("get_item", {"Key": {**KEY, "a": {"S": "x"}}}),
        ("describe_table", {"TableName": "none"}),
    ],
)  # fmt: skip
def test_refusals(pair: Pair, method: str, request_: dict[str, Any]) -> None:
    assert isinstance(pair.same(method, **request_), Refused)
    pair.check_items()


def test_the_table_describes_itself_alike(pair: Pair) -> None:
    names = ("TableName", "KeySchema", "TableStatus", "BillingModeSummary")
    shown = [
        {name: each.client("dynamodb").describe_table(TableName=TABLE)["Table"][name]
         for name in names}
        for each in (pair.moto, pair.memory)
    ]  # fmt: skip
    assert shown[0] == shown[1]
    pair.same("describe_time_to_live")
