"""The double's queue against moto's, and where AWS is stricter than both."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.aws import MAX_RECEIVE_COUNT, LocalAws
from infra.local.memory.services import Memory
from infra.local.system import APP_SECRET

from .comparing import Pair, Refused, outcome

ALL = {"MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"]}
# What is another one in each service.
_RANDOM = ("MessageId", "ReceiptHandle", "SenderId", "SentTimestamp")
_TIMES = ("ApproximateFirstReceiveTimestamp", "SenderId", "SentTimestamp")


def say(aws: LocalAws, method: str, **request: Any) -> Any:
    url = aws.environment["QUEUE_URL"]
    return outcome(aws.client("sqs"), method, **{"QueueUrl": url, **request})


def comparable(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {
            name: comparable(value)
            for name, value in answer.items()
            if name not in (*_RANDOM, *_TIMES) and value != []
        }
    return [comparable(element) for element in answer] if isinstance(answer, list) else answer


def same(pair: Pair, method: str, **request: Any) -> tuple[Any, Any]:
    moto, memory = (say(each, method, **request) for each in (pair.moto, pair.memory))
    if isinstance(moto, Refused) and isinstance(memory, Refused):
        assert memory.kind == moto.kind
    else:
        assert comparable(memory) == comparable(moto)
    return moto, memory


def entries(*bodies: str, **more: Any) -> list[dict[str, Any]]:
    return [
        {"Id": str(number), "MessageBody": body, "MessageGroupId": "24680", **more}
        for number, body in enumerate(bodies)
    ]


def test_messages_go_in_and_come_out(pair: Pair) -> None:
    attributes = {"kind": {"DataType": "String", "StringValue": "x"}}
    same(pair, "send_message", MessageBody="a", MessageAttributes=attributes)
    same(pair, "send_message_batch", Entries=entries("b", "c", DelaySeconds=0))
    same(pair, "send_message", MessageBody="later", DelaySeconds=900)
    numbers = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    received = same(pair, "receive_message", MaxNumberOfMessages=10, **ALL)
    assert len(received[1]["Messages"]) == 3
    same(pair, "receive_message", MaxNumberOfMessages=10)
    delayed = "ApproximateNumberOfMessagesDelayed"
    same(pair, "get_queue_attributes", AttributeNames=[*numbers, delayed])
    for aws, answer in zip((pair.moto, pair.memory), received, strict=True):
        first, second, third = (message["ReceiptHandle"] for message in answer["Messages"])
        assert say(aws, "delete_message", ReceiptHandle=first) == {}
        again = {"ReceiptHandle": second, "VisibilityTimeout": 0}
        assert say(aws, "change_message_visibility", **again) == {}
        deleted = say(aws, "delete_message_batch", Entries=[{"Id": "0", "ReceiptHandle": third}])
        assert deleted["Successful"] == [{"Id": "0"}]
    same(pair, "receive_message", MaxNumberOfMessages=10, **ALL)
    same(pair, "get_queue_attributes", AttributeNames=[*numbers, delayed])


def test_who_receives_it_too_often_finds_it_in_the_dead_letter_queue(pair: Pair) -> None:
    same(pair, "send_message", MessageBody="poison")
    for _ in range(MAX_RECEIVE_COUNT + 1):
        received = same(pair, "receive_message", **ALL)
        for each in (pair.moto, pair.memory):
            each.end_waits()
    assert received[1] == {}
    for each in (pair.moto, pair.memory):
        dead = say(each, "receive_message", QueueUrl=each.dead_letter_url)
        assert [message["Body"] for message in dead["Messages"]] == ["poison"]


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("send_message_batch", {"Entries": entries(*"abcdefghijk")}),
        ("send_message_batch", {"Entries": []}),
        ("send_message_batch", {"Entries": entries("a") * 2}),
        ("receive_message", {"MaxNumberOfMessages": 11}),
        ("delete_message", {"ReceiptHandle": "none of ours"}),
        ("change_message_visibility", {"ReceiptHandle": "none", "VisibilityTimeout": 1}),
        ("send_message", {"QueueUrl": "http://x/1/none", "MessageBody": "a"}),
        ("get_queue_attributes", {"AttributeNames": ["Nothing"]}),
        ("send_message", {"MessageBody": "a", "Unknown": 1}),
    ],
)
def test_refusals(pair: Pair, method: str, request_: dict[str, Any]) -> None:
    _, memory = same(pair, method, **request_)
    assert isinstance(memory, Refused)


@pytest.mark.parametrize(
    "request_",
    [
        {"MessageBody": "x" * (1024 * 1024 + 1)},
        {"MessageBody": "a\x00"},
        {"MessageBody": "a", "DelaySeconds": 901},
        {"MessageBody": "a", "MessageGroupId": "with space"},
    ],
)
def test_messages_that_are_not_taken(pair: Pair, request_: dict[str, Any]) -> None:
    """API reference, SendMessage: 1 MiB, 900 seconds, XML's characters, a group without blanks."""
    assert isinstance(say(pair.memory, "send_message", **request_), Refused)


def test_a_batch_is_one_mebibyte_in_all(pair: Pair) -> None:
    refused = say(pair.memory, "send_message_batch", Entries=entries(*["x" * 600_000] * 2))
    assert refused.exception == "BatchRequestTooLong"


def test_one_bad_entry_does_not_hold_up_the_others(pair: Pair) -> None:
    answer = say(pair.memory, "send_message_batch", Entries=entries("a", "b\x00"))
    assert [entry["Id"] for entry in answer["Successful"]] == ["0"]
    assert [entry["Id"] for entry in answer["Failed"]] == ["1"]


def test_only_the_newest_receipt_deletes(pair: Pair) -> None:
    """API reference, DeleteMessage: with an old receipt the message may stay."""
    say(pair.memory, "send_message", MessageBody="a")
    old = say(pair.memory, "receive_message")["Messages"][0]["ReceiptHandle"]
    pair.memory.end_waits()
    assert "Messages" in say(pair.memory, "receive_message")
    assert say(pair.memory, "delete_message", ReceiptHandle=old) == {}
    pair.memory.end_waits()
    assert "Messages" in say(pair.memory, "receive_message")


def test_the_clock_ends_waits_and_lives() -> None:
    now = [1_800_000_000.0]
    with LocalAws(APP_SECRET, Memory(lambda: now[0])) as aws:
        say(aws, "send_message", MessageBody="a", DelaySeconds=60)
        assert say(aws, "receive_message") == {}
        now[0] += 60
        assert "Messages" in say(aws, "receive_message", VisibilityTimeout=30)
        now[0] += 29
        assert say(aws, "receive_message") == {}
        now[0] += 1
        message = say(aws, "receive_message", **ALL)["Messages"][0]
        assert message["Attributes"]["ApproximateReceiveCount"] == "2"
        now[0] += 15 * 86400
        assert say(aws, "receive_message") == {}


def test_a_noisy_group_comes_last(pair: Pair) -> None:
    """Guide "Amazon SQS fair queues"."""
    for _ in range(5):
        say(pair.memory, "send_message_batch", Entries=entries(*"abcdefghij"))
    quiet = {"Id": "0", "MessageBody": "quiet", "MessageGroupId": "1"}
    say(pair.memory, "send_message_batch", Entries=[quiet])
    for _ in range(3):
        say(pair.memory, "receive_message", MaxNumberOfMessages=10)
    received = say(pair.memory, "receive_message", MaxNumberOfMessages=10)["Messages"]
    assert received[0]["Body"] == "quiet"


def test_queues_have_what_they_were_made_with(pair: Pair) -> None:
    names = ["VisibilityTimeout", "MessageRetentionPeriod", "DelaySeconds"]
    same(pair, "get_queue_attributes", AttributeNames=names)
    answer = say(pair.memory, "get_queue_attributes", AttributeNames=["All"])["Attributes"]
    assert json.loads(answer["RedrivePolicy"])["maxReceiveCount"] == MAX_RECEIVE_COUNT
