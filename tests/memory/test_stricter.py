"""Where moto takes more than DynamoDB does, the double refuses, as AWS documents it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from infra.local.aws import OPEN_INDEX, TABLE, LocalAws
from infra.local.memory.services import Memory
from infra.local.system import APP_SECRET

from .comparing import Refused, outcome

KEY = {"pk": {"S": "p"}, "sk": {"S": "s"}}
INVALID = "ValidationException"


@pytest.fixture
def memory(aws_in_memory: LocalAws) -> LocalAws:
    aws_in_memory.reset()
    return aws_in_memory


def say(memory: LocalAws, method: str, **request: Any) -> Any:
    if not method.startswith(("batch", "transact")):
        request = {"TableName": TABLE, **request}
    return outcome(memory.client("dynamodb"), method, **request)


def put(memory: LocalAws, **attributes: Any) -> Any:
    return say(memory, "put_item", Item={**KEY, **attributes})


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        # Guide "Secondary indexes": an index key has the type of its definition.
        ({"openPortal": {"S": "x"}, "openSince": {"N": "1"}}, "Type mismatch for Index Key"),
        # Guide "Constraints": no empty text as a key of an index.
        ({"openPortal": {"S": "x"}, "openSince": {"S": ""}}, "empty string value"),
        # Guide "Supported data types": sets have no duplicates; numbers have at most 38 digits
        # and a magnitude up to 9.99E+125.
        ({"a": {"SS": ["x", "x"]}}, "contains duplicates"),
        ({"a": {"NS": ["1", "1.0"]}}, "contains duplicates"),
        ({"a": {"N": "1" * 39}}, "38 significant digits"),
        ({"a": {"N": "1e126"}}, "Number overflow"),
        ({"a": {"N": "1e-131"}}, "Number underflow"),
        ({"a": {"N": "NaN"}}, "cannot be converted to a numeric value"),
        ({"a": {"N": ""}}, "cannot be converted to a numeric value"),
        ({"a": {"NULL": False}}, "must have the value of true"),
        # Guide "DynamoDB item sizes": 400 KB with the names of the attributes, in UTF-8.
        ({"x" * 1000: {"S": "é" * (200 * 1024)}}, "maximum allowed size"),
    ],
)
def test_values(memory: LocalAws, attributes: dict[str, Any], words: str) -> None:
    refused = put(memory, **attributes)
    assert isinstance(refused, Refused)
    assert refused.code == INVALID
    assert words in refused.message
    assert memory.items() == []


def test_texts_have_whole_characters_only(memory: LocalAws) -> None:
    for value in ({"S": "\ud83d"}, {"M": {"\ud83d": {"S": "x"}}}, {"L": [{"S": "x\udc00"}]}):
        assert put(memory, a=value).code == "SerializationException"


@pytest.mark.parametrize("sk", ["", "\ud83d", "t"])
def test_a_page_starts_within_the_query(memory: LocalAws, sk: str) -> None:
    """Reference "Query": the key where an earlier one stopped."""
    values = {":pk": {"S": "p"}, ":sk": {"S": "s"}}
    refused = say(
        memory,
        "query",
        KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues=values,
        ExclusiveStartKey={"pk": {"S": "p"}, "sk": {"S": sk}},
    )
    assert isinstance(refused, Refused)
    assert refused.code in (INVALID, "SerializationException")


def test_maps_within_maps_are_at_most_32_deep(memory: LocalAws) -> None:
    value: dict[str, Any] = {"S": "x"}
    for _ in range(32):
        value = {"M": {"a": value}}
    assert put(memory, a=value) == {}
    assert "Nesting Levels" in put(memory, a={"M": {"a": value}}).message


def test_numbers_come_back_as_numbers_not_as_texts(memory: LocalAws) -> None:
    for text in ("1.50", "-0", "1E+3", "00012", "1e-130", "9.99e125"):
        put(memory, a={"N": text})
        ((_, kept),) = memory.items()[0]["a"].items()
        assert Decimal(kept) == Decimal(text)
        assert "E" not in kept


@pytest.mark.parametrize(
    ("condition", "given", "words"),
    [
        ("", {}, "The expression can not be empty"),
        ("a = :v AND", {":v": {"S": "x"}}, "Syntax error"),
        ("a == :v", {":v": {"S": "x"}}, "Syntax error"),
        ("a = :v", {}, "attribute value: :v"),
        ("#n = :v", {":v": {"S": "x"}}, "attribute name: #n"),
        ("status = :v", {":v": {"S": "x"}}, "reserved keyword: status"),
        ("b.Data = :v", {":v": {"S": "x"}}, "reserved keyword: Data"),
        ("a = :v", {":v": {"S": "x"}, ":w": {"S": "x"}}, "unused in expressions: keys: {:w}"),
        ("a = a", {}, "must be distinct"),
        ("((a = :v))", {":v": {"S": "x"}}, "redundant parentheses"),
        ("exists(a)", {}, "Invalid function name; function: exists"),
        ("attribute_exists(:v)", {":v": {"S": "x"}}, "requires a document path"),
        ("attribute_exists(a, b)", {}, "Incorrect number of operands"),
        ("begins_with(a, :v)", {":v": {"N": "1"}}, "operand type: NUMBER"),
        ("a < :v", {":v": {"BOOL": True}}, "operand type: BOOLEAN"),
        ("a BETWEEN :v AND :w", {":v": {"S": "x"}, ":w": {"N": "1"}}, "same data type"),
        ("a BETWEEN :v AND :w", {":v": {"S": "y"}, ":w": {"S": "x"}}, "upper bound to be greater"),
        ("attribute_type(a, :v)", {":v": {"S": "TEXT"}}, "Invalid attribute type name"),
        ("a = :v OR " * 500 + "a = :v", {":v": {"S": "x"}}, "maximum allowed size"),
        ("size(a)", {}, "Syntax error"),
    ],
)
def test_conditions(memory: LocalAws, condition: str, given: dict[str, Any], words: str) -> None:
    """Guide "Condition and filter expressions" and "Reserved words"."""
    values = {"ExpressionAttributeValues": given} if given else {}
    refused = say(memory, "put_item", Item=KEY, ConditionExpression=condition, **values)
    assert isinstance(refused, Refused)
    assert (refused.code, words in refused.message) == (INVALID, True), refused


@pytest.mark.parametrize(
    ("update", "words"),
    [
        ("SET a = :v SET b = :v", "can only be used once"),
        ("SET a = :v, a = :v", "Two document paths overlap"),
        ("SET a = :v REMOVE a.b", "Two document paths overlap"),
        ("SET a.b = :v REMOVE a[0]", "Two document paths conflict"),
        ("SET pk = :v", "part of the key"),
        ("ADD a :v", "typeSet: ALLOWED_FOR_ADD_OPERAND"),
        ("DELETE a :v", "typeSet: ALLOWED_FOR_DELETE_OPERAND"),
        ("SET a = a + :v", "operand type: STRING"),
        ("SET a = list_append(a, :v)", "operand type: STRING"),
        ("SET a = size(:v)", "Invalid function name; function: size"),
        ("SET text.a = :v", "reserved keyword: text"),
        ("SET words.a = :v", "document path provided in the update expression is invalid"),
        ("SET words[0] = :v", "document path provided in the update expression is invalid"),
        ("SET absent.a = :v", "document path provided in the update expression is invalid"),
        ("SET a = :v + absent", "operand type: STRING"),
        ("SET a = if_not_exists(absent, absent2), b = :v", "does not exist in the item"),
    ],
)
def test_updates(memory: LocalAws, update: str, words: str) -> None:
    """Guide "Update expressions"."""
    put(memory, words={"S": "x"})
    values = {":v": {"S": "x"}}
    refused = say(
        memory, "update_item", Key=KEY, UpdateExpression=update, ExpressionAttributeValues=values
    )
    assert isinstance(refused, Refused)
    assert (refused.code, words in refused.message) == (INVALID, True), refused
    assert memory.items() == [{**KEY, "words": {"S": "x"}}]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"KeyConditionExpression": "pk = :v OR sk = :v"}, "Invalid operator"),
        ({"KeyConditionExpression": "pk = :v AND pk = :v"}, "one condition per key"),
        ({"KeyConditionExpression": "pk = :v AND a = :v"}, "missed key schema element: sk"),
        ({"KeyConditionExpression": "pk = :v", "IndexName": "none"}, "specified index: none"),
        (
            {"KeyConditionExpression": "openPortal = :v", "IndexName": OPEN_INDEX,
             "ConsistentRead": True},
            "Consistent reads are not supported",
        ),
        (
            {"KeyConditionExpression": "pk = :v", "FilterExpression": "sk = :v"},
            "non-primary key attributes",
        ),
        ({"KeyConditionExpression": "pk = :v", "ExclusiveStartKey": {"pk": {"S": "x"}}},
         "starting key is invalid"),
        (
            {"KeyConditionExpression": "pk = :v",
             "ExclusiveStartKey": {"pk": {"S": "y"}, "sk": {"S": "x"}}},
            "outside query boundaries",
        ),
        ({"KeyConditionExpression": "pk = :v", "Select": "SOME"}, "enum value set"),
    ],
)  # fmt: skip
def test_queries(memory: LocalAws, request_: dict[str, Any], words: str) -> None:
    """API reference, Query."""
    values = {":v": {"S": "x"}}
    refused = say(memory, "query", **request_, ExpressionAttributeValues=values)
    assert isinstance(refused, Refused)
    assert (refused.code, words in refused.message) == (INVALID, True), refused


def test_a_full_page_has_a_key_to_go_on_from_even_if_nothing_follows(memory: LocalAws) -> None:
    """Guide "Paginating table query results": that there is a key does not mean more rows."""
    put(memory)
    query = {
        "KeyConditionExpression": "pk = :v",
        "ExpressionAttributeValues": {":v": {"S": "p"}},
    }
    page = say(memory, "query", **query, Limit=1)
    assert page["LastEvaluatedKey"] == KEY
    rest = say(memory, "query", **query, ExclusiveStartKey=KEY)
    assert (rest["Items"], "LastEvaluatedKey" in rest) == ([], False)


def test_a_page_ends_at_one_megabyte_before_the_filter(memory: LocalAws) -> None:
    for number in range(4):
        item = {"pk": {"S": "p"}, "sk": {"S": str(number)}, "a": {"S": "x" * 390_000}}
        say(memory, "put_item", Item=item)
    page = say(
        memory,
        "query",
        KeyConditionExpression="pk = :v",
        FilterExpression="a = :v",
        ExpressionAttributeValues={":v": {"S": "p"}},
        ReturnConsumedCapacity="TOTAL",
    )
    assert (page["Count"], page["ScannedCount"]) == (0, 2)
    assert page["LastEvaluatedKey"]["sk"] == {"S": "1"}
    assert page["ConsumedCapacity"]["CapacityUnits"] == 95.5


def test_a_transaction_with_a_token_happens_once_within_ten_minutes() -> None:
    """API reference, TransactWriteItems, ClientRequestToken."""
    now = [1_800_000_000.0]
    with LocalAws(APP_SECRET, Memory(lambda: now[0])) as aws:
        client = aws.client("dynamodb")

        def add(amount: str) -> Any:
            update = {
                "TableName": TABLE,
                "Key": KEY,
                "UpdateExpression": "ADD a :n",
                "ExpressionAttributeValues": {":n": {"N": amount}},
            }
            items = [{"Update": update}]
            return outcome(
                client, "transact_write_items", TransactItems=items, ClientRequestToken="t"
            )

        assert add("1") == add("1") == {}
        assert aws.items()[0]["a"] == {"N": "1"}
        assert add("2").code == "IdempotentParameterMismatchException"
        now[0] += 601
        add("1")
        assert aws.items()[0]["a"] == {"N": "2"}


def test_a_transaction_tells_the_reason_of_each_member(memory: LocalAws) -> None:
    put(memory, words={"S": "x"})
    update = {"TableName": TABLE, "UpdateExpression": "SET words.a = words"}
    other = {**KEY, "sk": {"S": "other"}}
    members = [
        {"Put": {"TableName": TABLE, "Item": other}},
        {"Update": {**update, "Key": KEY}},
    ]
    refused = say(memory, "transact_write_items", TransactItems=members)
    assert refused.exception == "TransactionCanceledException"
    assert refused.reasons == ("None", "ValidationError")
    assert len(memory.items()) == 1


def test_what_the_double_does_not_know_is_loud(memory: LocalAws) -> None:
    with pytest.raises(NotImplementedError):
        say(memory, "put_item", Item=KEY, Expected={"a": {"Exists": False}})
    with pytest.raises(NotImplementedError):
        say(memory, "update_continuous_backups",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})  # fmt: skip
    with pytest.raises(NotImplementedError):
        memory.client("s3")


def test_answers_are_copies(memory: LocalAws) -> None:
    item: dict[str, Any] = {**KEY, "a": {"M": {"b": {"L": [{"S": "x"}]}}}}
    client = memory.client("dynamodb")
    client.put_item(TableName=TABLE, Item=item)
    item["a"]["M"]["b"]["L"].append({"S": "mine"})
    answer = client.get_item(TableName=TABLE, Key=KEY)["Item"]
    answer["a"]["M"]["b"]["L"].clear()
    assert memory.items()[0]["a"] == {"M": {"b": {"L": [{"S": "x"}]}}}
