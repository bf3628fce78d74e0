"""The local poller treats a batch as Lambda's event source mapping does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.sqs import models as sqs_models

from infra.local.aws import MAX_RECEIVE_COUNT, LocalAws
from infra.local.queue_poller import QueuePoller

pytestmark = pytest.mark.moto

NOON = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp())


class Queue:
    def __init__(self, aws: LocalAws) -> None:
        self.aws, self.sqs = aws, aws.client("sqs")
        self.url = aws.environment["QUEUE_URL"]
        self.batches: list[list[str]] = []

    def send(self, *bodies: str, delay: int = 0) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body, DelaySeconds=delay)

    def poller(self, answer: Callable[[list[dict[str, Any]]], Any], **options: Any) -> QueuePoller:
        def handler(event: dict[str, Any], context: Any) -> Any:
            assert context.get_remaining_time_in_millis() > 0
            self.batches.append(sorted(one["body"] for one in event["Records"]))
            return answer(event["Records"])

        return QueuePoller(self.sqs, self.url, handler, batching_window=0.01, **options)

    def again(self, poller: QueuePoller) -> None:
        self.aws.end_waits()
        poller.poll_once()


@pytest.fixture
def queue(aws: LocalAws) -> Queue:
    aws.reset()
    return Queue(aws)


def fails(*bodies: str) -> Callable[[list[dict[str, Any]]], Any]:
    return lambda records: {
        "batchItemFailures": [
            {"itemIdentifier": one["messageId"]} for one in records if one["body"] in bodies
        ]
    }


def test_what_succeeded_is_gone_what_failed_comes_again(queue: Queue) -> None:
    queue.send("a", "b", "c")
    poller = queue.poller(fails("b"))
    poller.poll_once()
    assert poller.poll_once() == 0  # not before its visibility timeout
    queue.again(poller)
    assert queue.batches == [["a", "b", "c"], ["b"]]


def test_what_failed_comes_again_when_its_visibility_timeout_is_over(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"VisibilityTimeout": "60"})
    poller = queue.poller(fails("a"))

    def poll_at(second: float) -> int:
        monkeypatch.setattr(sqs_models, "unix_time_millis", lambda: (NOON + second) * 1000)
        return poller.poll_once()

    monkeypatch.setattr(sqs_models, "unix_time_millis", lambda: NOON * 1000)
    queue.send("a")
    assert [poll_at(second) for second in (1, 2, 60.9, 61.1)] == [1, 0, 0, 1]
    assert queue.batches == [["a"], ["a"]]


def broken(records: list[dict[str, Any]]) -> Any:
    raise RuntimeError("on purpose")


@pytest.mark.parametrize(
    "answer",
    [
        broken,
        lambda records: {"batchItemFailures": [{"itemIdentifier": "somebody else's"}]},
        lambda records: {"batchItemFailures": [{"itemIdentifier": None}]},
        lambda records: {"batchItemFailures": [{"messageId": records[0]["messageId"]}]},
        lambda records: {"batchItemFailures": records[0]["messageId"]},
        lambda records: "done",
    ],
    ids=["exception", "unknown id", "null id", "wrong key", "no list", "no object"],
)
def test_an_answer_that_makes_no_sense_fails_the_whole_batch(
    queue: Queue, answer: Callable[[list[dict[str, Any]]], Any]
) -> None:
    queue.send("a", "b")
    poller = queue.poller(answer)
    poller.poll_once()
    queue.again(poller)
    assert queue.batches == [["a", "b"], ["a", "b"]]


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": None}])
def test_an_empty_answer_says_that_all_is_done(queue: Queue, answer: Any) -> None:
    queue.send("a", "b")
    poller = queue.poller(lambda records: answer)
    poller.poll_once()
    queue.again(poller)
    assert (queue.batches, poller.depth()) == ([["a", "b"]], (0, 0, 0))


def test_records_look_like_those_of_lambda(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqs_models, "unix_time_millis", lambda: NOON * 1000)
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="a", MessageGroupId="24680")
    records: list[dict[str, Any]] = []

    def keep(found: list[dict[str, Any]]) -> Any:
        records.extend(found)
        return fails("a")(found)

    poller = queue.poller(keep)
    poller.poll_once()
    queue.again(poller)
    first, second = records
    assert first["eventSource"] == "aws:sqs"
    assert first["eventSourceARN"].endswith(queue.url.rsplit("/", 1)[-1])
    assert first["md5OfBody"] == "0cc175b9c0f1b6a831c399e269772661"
    assert first["attributes"]["MessageGroupId"] == "24680"
    assert first["attributes"]["SentTimestamp"] == str(NOON * 1000)
    counts = [one["attributes"]["ApproximateReceiveCount"] for one in records]
    assert (counts, first["messageId"]) == (["1", "2"], second["messageId"])
    assert (poller.batches, poller.messages, poller.failures) == (2, 2, 2)


def test_batches_have_a_size(queue: Queue) -> None:
    queue.send(*(str(number) for number in range(25)))
    poller = queue.poller(fails(), batch_size=20)
    assert [poller.poll_once(), poller.poll_once()] == [20, 5]


def test_after_so_many_receives_the_dead_letter_queue_has_it(queue: Queue) -> None:
    queue.send("poison")
    poller = queue.poller(fails("poison"))
    for _ in range(MAX_RECEIVE_COUNT + 2):
        queue.again(poller)
    assert len(queue.batches) == MAX_RECEIVE_COUNT
    dead = queue.sqs.receive_message(QueueUrl=queue.aws.dead_letter_url)["Messages"]
    assert [one["Body"] for one in dead] == ["poison"]


def test_a_delay_is_honoured(queue: Queue) -> None:
    queue.send("later", delay=900)
    poller = queue.poller(fails())
    assert poller.poll_once() == 0
    assert poller.depth() == (0, 0, 1)
    queue.again(poller)
    assert queue.batches == [["later"]]


def test_it_runs_by_itself_until_it_is_stopped(queue: Queue) -> None:
    poller = queue.poller(fails()).start()
    queue.send("a", "b")
    assert poller.wait_until_idle(10)
    poller.stop()
    queue.send("c")
    assert sorted(body for batch in queue.batches for body in batch) == ["a", "b"]
