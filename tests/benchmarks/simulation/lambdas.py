"""Lambda and its pollers, as `infra/sync.py` sets them up."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from infra.local import aws_calls
from infra.local.aws import QUEUE
from infra.local.memory.sqs import Sqs
from tests.benchmarks.simulation import green
from tests.benchmarks.simulation.scheduler import Process, here, sleep
from tests.benchmarks.simulation.services import Network

# The stack's: messages, and seconds of waiting for them and of the worker's work.
BATCH, WINDOW, TIMEOUT = 100, 1.0, 90.0
_LONGEST_POLL = 20.0


@dataclass(frozen=True)
class Context:
    """What a function learns of its invocation, in virtual time."""

    function_name: str
    ends: float
    aws_request_id: str = "simulated"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:simulated"

    def get_remaining_time_in_millis(self) -> int:
        return max(0, round((self.ends - here().scheduler.seconds()) * 1000))


class Instances:
    """The instances of one function. Each has its own collaborators."""

    def __init__(self, function: Any) -> None:
        self._function, self._name = function, function.__name__

    def start(self) -> Process:
        process = Process(self._name)
        with within(process), aws_calls.made_by(self._name):
            self._function.collaborators()
        return process

    def invoke(self, process: Process, event: dict[str, Any], seconds: float) -> Any:
        """Return the function's answer, or None when it raised or was ended by its time limit:
        then the process is dead."""
        scheduler, done = here().scheduler, green.Event()
        context = Context(self._name, scheduler.seconds() + seconds)
        answers: list[Any] = []

        def run() -> None:
            try:
                answers.append(self._function.handler(event, context))
            except Exception:
                traceback.print_exc()
            done.set()

        scheduler.spawn(process, run)
        if not done.wait(seconds):
            process.is_dead = True
        return answers[0] if answers else None


@contextmanager
def within(process: Process) -> Iterator[None]:
    """Let this task run as one of a process."""
    task = here()
    before, task.process = task.process, process
    try:
        yield
    finally:
        task.process = before


class Arrivals:
    """The messages that can be received, and waiting for them."""

    def __init__(self, sqs: Sqs, clock: Callable[[], float]) -> None:
        self._sqs, self._clock = sqs, clock
        self.changed = green.Condition(green.Lock())

    def note(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def wait(self, most: float) -> None:
        """Wait for a change of the queue, or for the next message to become visible."""
        now = self._clock()
        messages = self._sqs.queues[QUEUE].messages.values()
        hidden = [each.hidden_until for each in messages if each.hidden_until > now]
        with self.changed:
            # SQS's clock has microseconds: a moment later the message is there.
            self.changed.wait(min(most, min(hidden, default=now + most) - now + 1e-5))

    def total(self) -> int:
        return len(self._sqs.queues[QUEUE].messages)


class Poller:
    """One poller of the worker's queue, with one instance at a time."""

    def __init__(
        self, sqs: Any, url: str, arrivals: Arrivals, network: Network, worker: Instances
    ) -> None:
        self._sqs, self._url, self._arrivals = sqs, url, arrivals
        self._network, self.worker = network, worker
        self.batches = self.killed = 0
        self.busy = 0.0

    def run(self) -> None:
        instance = self.worker.start()
        while True:
            self.work_off(instance, self._collect())
            if instance.is_dead:
                self.killed += 1
                instance = self.worker.start()

    def work_off(self, instance: Process, messages: Sequence[dict[str, Any]]) -> None:
        """Invoke the worker, and delete what it does not want to see again."""
        started = here().scheduler.seconds()
        sleep(self._network.latency("invoke"))
        records = [_record(each) for each in messages]
        answer = self.worker.invoke(instance, {"Records": records}, TIMEOUT)
        self.busy += here().scheduler.seconds() - started
        self.batches += 1
        if answer is not None:
            self._delete(messages, answer)

    def _collect(self) -> list[dict[str, Any]]:
        messages = self.receive(BATCH)
        while not messages:
            self._arrivals.wait(_LONGEST_POLL)
            messages = self.receive(BATCH)
        seconds = here().scheduler.seconds
        ends = seconds() + WINDOW
        while len(messages) < BATCH and seconds() < ends:
            more = self.receive(BATCH - len(messages))
            messages += more
            if not more:
                self._arrivals.wait(ends - seconds())
        return messages

    def receive(self, most: int) -> list[dict[str, Any]]:
        """Return at most ten messages, which nobody else sees for a while."""
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=min(10, most),
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        if messages:
            sleep(self._network.latency("poll"))
        return messages

    def _delete(self, messages: Sequence[dict[str, Any]], answer: dict[str, Any]) -> None:
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        done = [each for each in messages if each["MessageId"] not in failed]
        for start in range(0, len(done), 10):
            entries = [
                {"Id": str(number), "ReceiptHandle": each["ReceiptHandle"]}
                for number, each in enumerate(done[start : start + 10])
            ]
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)


def _record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": message.get("MessageAttributes", {}),
        "eventSource": "aws:sqs",
    }
