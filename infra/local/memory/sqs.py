"""SQS: standard queues with message groups ("fair queues") and dead-letter queues.

Source: API reference and developer guide of Amazon SQS, "Amazon SQS message quotas", "Amazon SQS
fair queues".
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.local.memory import messages
from infra.local.memory.errors import ServiceError
from infra.local.memory.messages import Message, check_message, invalid_value, size_of

Request = Mapping[str, Any]
Answer = dict[str, Any]

_ACCOUNT = "123456789012"
_ADDRESS = f"https://sqs.us-east-1.amazonaws.com/{_ACCOUNT}/"
_ARN = f"arn:aws:sqs:us-east-1:{_ACCOUNT}:"
_MOST_ENTRIES = 10
_LONGEST_WAIT = 43200
_MOST_IN_FLIGHT = 120_000
# A group is a noisy neighbour with so many messages in flight, and so large a part of all.
_NOISY_MESSAGES, _NOISY_PART = 30, 0.1
_DEFAULTS = {
    "VisibilityTimeout": "30",
    "MaximumMessageSize": str(messages.LARGEST),
    "MessageRetentionPeriod": "345600",
    "DelaySeconds": "0",
    "ReceiveMessageWaitTimeSeconds": "0",
}
_SETTABLE = {*_DEFAULTS, "RedrivePolicy"}
_QUEUE = {"QueueUrl"}
# The parameters that are understood, by operation.
_UNDERSTOOD = {
    "CreateQueue": {"QueueName", "Attributes"},
    "GetQueueUrl": {"QueueName"},
    "GetQueueAttributes": {*_QUEUE, "AttributeNames"},
    "SetQueueAttributes": {*_QUEUE, "Attributes"},
    "PurgeQueue": _QUEUE,
    "SendMessage": {*_QUEUE, "MessageBody", "DelaySeconds", "MessageGroupId", "MessageAttributes"},
    "SendMessageBatch": {*_QUEUE, "Entries"},
    "ReceiveMessage": {
        *_QUEUE,
        "MaxNumberOfMessages",
        "VisibilityTimeout",
        "WaitTimeSeconds",
        "MessageSystemAttributeNames",
        "AttributeNames",
        "MessageAttributeNames",
    },
    "DeleteMessage": {*_QUEUE, "ReceiptHandle"},
    "DeleteMessageBatch": {*_QUEUE, "Entries"},
    "ChangeMessageVisibility": {*_QUEUE, "ReceiptHandle", "VisibilityTimeout"},
    "ChangeMessageVisibilityBatch": {*_QUEUE, "Entries"},
}
_ENTRY_ID = re.compile(r"[\w-]{1,80}", re.ASCII)


@dataclass
class Queue:
    name: str
    created: float
    attributes: dict[str, str] = field(default_factory=dict)
    # By id, in the order in which they came.
    messages: dict[str, Message] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return _ARN + self.name

    def seconds(self, attribute: str) -> int:
        return int(self.attributes[attribute])


class Sqs:
    """All queues of an account. `clock` returns epoch seconds; nothing here ever waits."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.queues: dict[str, Queue] = {}
        self._clock = clock
        self._lock = threading.RLock()
        self._operations: dict[str, Callable[[Request], Answer]] = {
            "CreateQueue": self._create,
            "GetQueueUrl": lambda request: {"QueueUrl": _ADDRESS + self._named(request).name},
            "GetQueueAttributes": self._attributes,
            "SetQueueAttributes": self._set_attributes,
            "PurgeQueue": self._purge,
            "SendMessage": lambda request: self._send(self._queue(request), request),
            "SendMessageBatch": self._send_batch,
            "ReceiveMessage": self._receive,
            "DeleteMessage": lambda request: self._delete(self._queue(request), request),
            "DeleteMessageBatch": lambda request: self._batch(request, self._delete),
            "ChangeMessageVisibility": lambda request: self._hide(self._queue(request), request),
            "ChangeMessageVisibilityBatch": lambda request: self._batch(request, self._hide),
        }

    def run(self, operation: str, parameters: Request) -> Answer:
        """Carry an operation out. Raises ServiceError."""
        if operation not in self._operations:
            raise NotImplementedError(f"the double's SQS has no {operation}")
        if unknown := sorted(parameters.keys() - _UNDERSTOOD[operation]):
            raise NotImplementedError(f"{operation} with {', '.join(unknown)}")
        with self._lock:
            return self._operations[operation](parameters)

    def end_waits(self, name: str) -> None:
        """Make every hidden or delayed message of a queue visible, as if its wait had passed."""
        with self._lock:
            for message in self.queues[name].messages.values():
                message.hidden_until = 0.0

    # -- queues

    def _create(self, request: Request) -> Answer:
        name, attributes = request["QueueName"], request.get("Attributes", {})
        if name.endswith(".fifo"):
            raise NotImplementedError("a FIFO queue")
        if not re.fullmatch(r"[\w-]{1,80}", name, re.ASCII):
            raise invalid_value(
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in"
                " length"
            )
        wanted = {**_DEFAULTS, **self._checked(attributes)}
        queue = self.queues.setdefault(name, Queue(name, self._clock(), wanted))
        if any(queue.attributes.get(each) != value for each, value in attributes.items()):
            raise ServiceError(
                "QueueAlreadyExists",
                "A queue already exists with the same name and a different value for attribute"
                " VisibilityTimeout",
            )
        return {"QueueUrl": _ADDRESS + name}

    def _checked(self, attributes: Mapping[str, str]) -> Mapping[str, str]:
        if unknown := sorted(attributes.keys() - _SETTABLE):
            raise NotImplementedError(f"a queue's {', '.join(unknown)}")
        if "RedrivePolicy" in attributes:
            policy = json.loads(attributes["RedrivePolicy"])
            if policy["deadLetterTargetArn"].removeprefix(_ARN) not in self.queues:
                raise invalid_value(
                    f"Value {attributes['RedrivePolicy']} for parameter RedrivePolicy is invalid."
                    " Reason: Dead letter target does not exist."
                )
        return attributes

    def _named(self, request: Request) -> Queue:
        """Return the queue with the name or the address in a request."""
        name = request.get("QueueName") or request["QueueUrl"].removeprefix(_ADDRESS)
        if name not in self.queues:
            raise ServiceError(
                "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."
            )
        return self.queues[name]

    def _queue(self, request: Request) -> Queue:
        """Return the queue in a request, without the messages whose time is over."""
        queue = self._named(request)
        oldest = self._clock() - queue.seconds("MessageRetentionPeriod")
        for message in [each for each in queue.messages.values() if each.sent < oldest]:
            del queue.messages[message.id]
        return queue

    def _attributes(self, request: Request) -> Answer:
        queue, now = self._queue(request), self._clock()
        hidden = [message for message in queue.messages.values() if message.hidden_until > now]
        delayed = sum(not message.receipts for message in hidden)
        every = {
            **queue.attributes,
            "QueueArn": queue.arn,
            "CreatedTimestamp": str(int(queue.created)),
            "ApproximateNumberOfMessages": str(len(queue.messages) - len(hidden)),
            "ApproximateNumberOfMessagesNotVisible": str(len(hidden) - delayed),
            "ApproximateNumberOfMessagesDelayed": str(delayed),
        }
        asked = request.get("AttributeNames", ())
        if unknown := sorted(set(asked) - every.keys() - {"All", "RedrivePolicy"}):
            raise ServiceError("InvalidAttributeName", f"Unknown Attribute {unknown[0]}.")
        shown = {name: value for name, value in every.items() if "All" in asked or name in asked}
        return {"Attributes": shown} if shown else {}

    def _set_attributes(self, request: Request) -> Answer:
        queue = self._queue(request)
        queue.attributes |= self._checked(request["Attributes"])
        return {}

    def _purge(self, request: Request) -> Answer:
        self._queue(request).messages.clear()
        return {}

    # -- sending

    def _send(self, queue: Queue, request: Request) -> Answer:
        check_message(request, queue.seconds("MaximumMessageSize"))
        now = self._clock()
        delay = request.get("DelaySeconds", queue.seconds("DelaySeconds"))
        message = Message(
            id=str(uuid.uuid4()),
            body=request["MessageBody"],
            group=request.get("MessageGroupId", ""),
            attributes=request.get("MessageAttributes", {}),
            sent=now,
            hidden_until=now + delay if delay else 0.0,
        )
        queue.messages[message.id] = message
        return {"MessageId": message.id, **message.digests()}

    def _send_batch(self, request: Request) -> Answer:
        if sum(map(size_of, request["Entries"])) > messages.LARGEST:
            raise ServiceError(
                "AWS.SimpleQueueService.BatchRequestTooLong",
                "Batch requests cannot be longer than"
                f" {messages.LARGEST} bytes. You have sent"
                f" {sum(map(size_of, request['Entries']))} bytes.",
            )
        return self._batch(request, self._send)

    def _batch(self, request: Request, work: Callable[[Queue, Request], Answer]) -> Answer:
        """Do something with each entry; one that is refused does not hold the others up."""
        queue = self._queue(request)
        successful, failed = [], []
        for entry in _checked_entries(request["Entries"]):
            try:
                successful.append({"Id": entry["Id"], **work(queue, entry)})
            except ServiceError as error:
                failed.append(
                    {
                        "Id": entry["Id"],
                        "SenderFault": True,
                        "Code": error.code,
                        "Message": error.message,
                    }
                )
        answer: Answer = {"Successful": successful} if successful else {}
        return {**answer, **({"Failed": failed} if failed else {})}

    # -- receiving

    def _receive(self, request: Request) -> Answer:
        queue, now = self._queue(request), self._clock()
        most = request.get("MaxNumberOfMessages", 1)
        if not 1 <= most <= _MOST_ENTRIES:
            raise _out_of_range("MaxNumberOfMessages", most, "Must be between 1 and 10.")
        if not 0 <= request.get("WaitTimeSeconds", 0) <= 20:
            wait = request["WaitTimeSeconds"]
            raise _out_of_range("WaitTimeSeconds", wait, "Must be >= 0 and <= 20, if provided.")
        timeout = request.get("VisibilityTimeout", queue.seconds("VisibilityTimeout"))
        received = []
        for message in self._next(queue, now):
            if self._is_dead(queue, message):
                continue
            message.receive(now, timeout)
            received.append(message.shown(request))
            if len(received) == most:
                break
        return {"Messages": received} if received else {}

    def _next(self, queue: Queue, now: float) -> Iterable[Message]:
        """Return the visible messages, those of noisy groups last."""
        visible, in_flight = [], Counter[str]()
        for message in queue.messages.values():
            if message.hidden_until <= now:
                visible.append(message)
            elif message.receipts:
                in_flight[message.group or message.id] += 1
        if in_flight.total() >= _MOST_IN_FLIGHT:
            raise ServiceError(
                "OverLimit", "Too many messages in flight: a queue has at most 120,000"
            )
        least = max(_NOISY_MESSAGES, _NOISY_PART * in_flight.total())
        noisy = {group for group, number in in_flight.items() if number >= least}
        return sorted(visible, key=lambda message: message.group in noisy) if noisy else visible

    def _is_dead(self, queue: Queue, message: Message) -> bool:
        """Move a message that was received often enough, and return whether it was."""
        if "RedrivePolicy" not in queue.attributes:
            return False
        policy = json.loads(queue.attributes["RedrivePolicy"])
        if message.receipts < int(policy["maxReceiveCount"]):
            return False
        del queue.messages[message.id]
        target = self.queues[policy["deadLetterTargetArn"].removeprefix(_ARN)]
        message.die(queue.arn)
        target.messages[message.id] = message
        return True

    def _delete(self, queue: Queue, request: Request) -> Answer:
        message = _by_receipt(queue, request["ReceiptHandle"])
        # A receipt that is not the newest one deletes nothing, and says nothing.
        if message and message.receipt == request["ReceiptHandle"]:
            del queue.messages[message.id]
        return {}

    def _hide(self, queue: Queue, request: Request) -> Answer:
        seconds = request["VisibilityTimeout"]
        if not 0 <= seconds <= _LONGEST_WAIT:
            raise _out_of_range("VisibilityTimeout", seconds, "Must be between 0 and 43200.")
        message, now = _by_receipt(queue, request["ReceiptHandle"]), self._clock()
        if message is None:
            raise invalid_value(
                f"Value {request['ReceiptHandle']} for parameter ReceiptHandle is invalid. Reason:"
                " Message does not exist or is not available for visibility timeout change."
            )
        if message.hidden_until <= now or message.receipt != request["ReceiptHandle"]:
            raise ServiceError(
                "AWS.SimpleQueueService.MessageNotInflight",
                "The specified message isn't in flight.",
            )
        message.hidden_until = now + seconds if seconds else 0.0
        return {}


def _by_receipt(queue: Queue, receipt: str) -> Message | None:
    """Return the message of a receipt; None when it is gone. Raises ServiceError."""
    message_id, _, number = receipt.partition("#")
    if not number.isdigit():
        raise ServiceError(
            "ReceiptHandleIsInvalid", f'The input receipt handle "{receipt}" is not a valid receipt'
            " handle."
        )  # fmt: skip
    return queue.messages.get(message_id)


def _checked_entries(entries: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    if not entries:
        raise ServiceError(
            "AWS.SimpleQueueService.EmptyBatchRequest",
            "There should be at least one entry in the request.",
        )
    if len(entries) > _MOST_ENTRIES:
        raise ServiceError(
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {_MOST_ENTRIES}. You have sent"
            f" {len(entries)}.",
        )
    ids = Counter(entry["Id"] for entry in entries)
    for entry_id, times in ids.items():
        if times > 1:
            raise ServiceError(
                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", f"Id {entry_id} repeated."
            )
        if not _ENTRY_ID.fullmatch(entry_id):
            raise ServiceError(
                "AWS.SimpleQueueService.InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and"
                " underscores. It can be at most 80 letters long.",
            )
    return entries


def _out_of_range(name: str, value: int, reason: str) -> ServiceError:
    return invalid_value(f"Value {value} for parameter {name} is invalid. Reason: {reason}")
