"""Faults: a hook stands in place of each operation of the double."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local import aws_calls
from infra.local.aws import TABLE, LocalAws
from infra.local.memory.client import Hook, Operation, Parameters, Run
from infra.local.memory.errors import ServiceError
from infra.local.memory.transactions import cancelled

KEY = {"pk": {"S": "p"}, "sk": {"S": "s"}}
ADD = {
    "TableName": TABLE,
    "Key": KEY,
    "UpdateExpression": "ADD a :one",
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}


@pytest.fixture
def memory(aws_in_memory: LocalAws) -> LocalAws:
    aws_in_memory.reset()
    return aws_in_memory


def hook_into(memory: LocalAws, hook: Hook) -> None:
    session: Any = memory.services.session
    session.hook = hook


def test_a_throttled_call_has_no_effect_and_is_refused(memory: LocalAws) -> None:
    def throttle(operation: Operation, run: Run) -> dict[str, Any]:
        raise ServiceError("ProvisionedThroughputExceededException", f"no {operation.name}")

    client = memory.client("dynamodb")
    hook_into(memory, throttle)
    with pytest.raises(client.exceptions.ProvisionedThroughputExceededException) as caught:
        client.put_item(TableName=TABLE, Item=KEY)
    assert caught.value.response["Error"]["Message"] == "no PutItem"
    assert memory.items() == []


def test_a_transaction_conflict(memory: LocalAws) -> None:
    def conflict(operation: Operation, run: Run) -> dict[str, Any]:
        raise cancelled([{"Code": "None"}, {"Code": "TransactionConflict"}])

    client = memory.client("dynamodb")
    hook_into(memory, conflict)
    members = [{"Put": {"TableName": TABLE, "Item": KEY}}]
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        client.transact_write_items(TransactItems=members)
    reasons = [reason["Code"] for reason in caught.value.response["CancellationReasons"]]
    assert reasons == ["None", "TransactionConflict"]


def test_a_call_with_an_effect_and_a_lost_answer(memory: LocalAws) -> None:
    def lose(operation: Operation, run: Run) -> dict[str, Any]:
        run(operation.parameters)
        raise ConnectionError("lost")

    hook_into(memory, lose)
    with pytest.raises(ConnectionError):
        memory.client("dynamodb").update_item(**ADD)
    assert memory.items()[0]["a"] == {"N": "1"}


def test_keys_that_are_not_processed(memory: LocalAws) -> None:
    def half(operation: Operation, run: Run) -> dict[str, Any]:
        requests: Parameters = operation.parameters["RequestItems"]
        part = {TABLE: requests[TABLE][:1]}
        return {**run({"RequestItems": part}), "UnprocessedItems": {TABLE: requests[TABLE][1:]}}

    hook_into(memory, half)
    puts = [{"PutRequest": {"Item": {**KEY, "sk": {"S": name}}}} for name in "ab"]
    answer = memory.client("dynamodb").batch_write_item(RequestItems={TABLE: puts})
    assert answer["UnprocessedItems"] == {TABLE: puts[1:]}
    assert [item["sk"]["S"] for item in memory.items()] == ["a"]


def test_a_hook_ends_with_a_reset(memory: LocalAws) -> None:
    hook_into(memory, lambda operation, run: 1 / 0)  # type: ignore[return-value,arg-type]
    memory.reset()
    assert memory.items() == []


def test_calls_of_functions_are_counted(memory: LocalAws) -> None:
    aws_calls.listen()
    with aws_calls.made_by("somebody"):
        client = memory.client("dynamodb")
    client.get_item(TableName=TABLE, Key=KEY)
    memory.client("dynamodb").delete_item(TableName=TABLE, Key=KEY)
    counted = [call for call in aws_calls.CALLS if call.function == "somebody"]
    for call in counted:
        del aws_calls.CALLS[call]
    assert counted == [("somebody", "dynamodb:GetItem", "table")]


def test_updates_from_many_threads_are_all_counted(memory: LocalAws) -> None:
    client = memory.client("dynamodb")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.update_item(**ADD), range(400)))
    assert memory.items()[0]["a"] == {"N": "400"}


def test_one_of_many_creates(memory: LocalAws) -> None:
    client = memory.client("dynamodb")

    def create(_: int) -> bool:
        try:
            client.put_item(
                TableName=TABLE, Item=KEY, ConditionExpression="attribute_not_exists(pk)"
            )
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(create, range(50))) == 1
