"""Play Lambda's event source mapping for SQS: poll, batch, invoke, delete what has succeeded.

A message that fails comes again after its visibility timeout; after too many receives SQS itself
moves it to the dead-letter queue.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any, Self

from infra.local.lambda_context import LambdaContext

Handler = Callable[[dict[str, Any], Any], dict[str, Any] | None]


class QueuePoller:
    """A poller with a thread of its own between `start` and `stop`."""

    def __init__(
        self,
        sqs: Any,
        queue_url: str,
        handler: Handler,
        *,
        batch_size: int = 100,
        batching_window: float = 0.2,
    ) -> None:
        self._sqs, self._url, self._handler = sqs, queue_url, handler
        self.batch_size, self.batching_window = batch_size, batching_window
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.batches = self.messages = self.failures = 0

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def wait_until_idle(self, timeout: float) -> bool:
        """Wait until the queue is empty and return True, or False after `timeout` seconds."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if sum(self.depth()) == 0:
                return True
            time.sleep(0.05)
        return False

    def depth(self) -> tuple[int, int, int]:
        """Return the numbers of messages that are waiting, in work or postponed, and delayed."""
        names = (
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        )
        answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=list(names))
        visible, in_flight, delayed = (int(answer["Attributes"][name]) for name in names)
        return visible, in_flight, delayed

    def poll_once(self) -> int:
        """Receive one batch, invoke the handler on it, and return the number of messages."""
        messages = self._receive()
        if messages:
            self._invoke(messages)
        return len(messages)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if not self.poll_once():
                    self._stopping.wait(0.02)
            except Exception:  # a poller that dies of one error hides all that follow
                if not self._stopping.is_set():
                    traceback.print_exc(file=sys.stderr)
                self._stopping.wait(0.5)

    def _receive(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        end = 0.0
        while len(messages) < self.batch_size and not self._stopping.is_set():
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(10, self.batch_size - len(messages)),
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
                WaitTimeSeconds=0,
            )
            more = answer.get("Messages", [])
            if more and not messages:
                end = time.monotonic() + self.batching_window
            messages += more
            if not more and time.monotonic() >= end:
                break
            if not more:
                time.sleep(0.02)
        return messages

    def _invoke(self, messages: Sequence[dict[str, Any]]) -> None:
        self.batches += 1
        self.messages += len(messages)
        failed = self._failed(messages)
        self.failures += len(failed)
        succeeded = [message for message in messages if message["MessageId"] not in failed]
        for start in range(0, len(succeeded), 10):
            self._sqs.delete_message_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(succeeded[start : start + 10])
                ],
            )

    def _failed(self, messages: Sequence[dict[str, Any]]) -> set[str]:
        """Return the ids to leave on the queue: all of them if the handler's answer makes no sense.

        No answer, an empty one and a null list do make sense to Lambda: all have succeeded.
        """
        every = {message["MessageId"] for message in messages}
        try:
            answer = self._handler(self._event(messages), LambdaContext("sync_worker", 90))
        except Exception:
            traceback.print_exc(file=sys.stderr)
            return every
        try:
            failed = {
                failure["itemIdentifier"]
                for failure in (answer or {}).get("batchItemFailures") or ()
            }
        except (AttributeError, KeyError, TypeError):
            return every
        return failed if failed <= every else every

    def _event(self, messages: Sequence[dict[str, Any]]) -> dict[str, Any]:
        queue = self._url.rsplit("/", 1)[-1]
        return {
            "Records": [
                {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": message["Attributes"],
                    "messageAttributes": message.get("MessageAttributes", {}),
                    "md5OfBody": message["MD5OfBody"],
                    "eventSource": "aws:sqs",
                    "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
                    "awsRegion": "us-east-1",
                }
                for message in messages
            ]
        }
