"""Messages of SQS: what is allowed in one, and how it is shown to who receives it."""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.memory.errors import ServiceError

# Of a message, and of a batch of them (developer guide "Amazon SQS message quotas").
LARGEST = 1024 * 1024
_LONGEST_DELAY = 900
_ALLOWED = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
_GROUP = re.compile(r"[\w!\"#$%&'()*+,\-./:;<=>?@\[\\\]^`{|}~]{1,128}", re.ASCII)
_SENDER = "AIDAIT2UOQQY3AUEKVGXU"


@dataclass
class Message:
    id: str
    body: str
    group: str
    attributes: Mapping[str, Mapping[str, Any]]
    # Epoch seconds; 0.0 is long ago.
    sent: float
    hidden_until: float
    first_received: float = 0.0
    # How often it was received.
    receipts: int = 0
    # The newest receipt handle.
    receipt: str = ""
    dead_from: str = ""

    def receive(self, now: float, timeout: int) -> None:
        self.receipts += 1
        self.receipt = f"{self.id}#{self.receipts}"
        self.first_received = self.first_received or now
        self.hidden_until = now + timeout if timeout else 0.0

    def die(self, queue_arn: str) -> None:
        """Arrive in a dead-letter queue, with the time at which it was first sent."""
        self.dead_from, self.hidden_until = queue_arn, 0.0

    def digests(self) -> dict[str, str]:
        digests = {"MD5OfMessageBody": _md5(self.body.encode())}
        if self.attributes:
            digests["MD5OfMessageAttributes"] = attributes_digest(self.attributes)
        return digests

    def shown(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the message with the attributes that a request asks for."""
        shown: dict[str, Any] = {
            "MessageId": self.id,
            "ReceiptHandle": self.receipt,
            "MD5OfBody": _md5(self.body.encode()),
            "Body": self.body,
        }
        asked = {
            *request.get("MessageSystemAttributeNames", ()),
            *request.get("AttributeNames", ()),
        }
        system = self._system_attributes()
        chosen = {name: value for name, value in system.items() if asked & {name, "All"}}
        if chosen:
            shown["Attributes"] = chosen
        names = set(request.get("MessageAttributeNames", ()))
        if any(name.endswith("*") for name in names - {".*"}):
            raise NotImplementedError("a prefix of message attributes")
        own = {
            name: dict(value)
            for name, value in self.attributes.items()
            if names & {name, "All", ".*"}
        }
        if own:
            shown["MD5OfMessageAttributes"] = attributes_digest(own)
            shown["MessageAttributes"] = own
        return shown

    def _system_attributes(self) -> dict[str, str]:
        return {
            "SenderId": _SENDER,
            "SentTimestamp": str(int(self.sent * 1000)),
            "ApproximateReceiveCount": str(self.receipts),
            "ApproximateFirstReceiveTimestamp": str(int(self.first_received * 1000)),
            **({"MessageGroupId": self.group} if self.group else {}),
            **({"DeadLetterQueueSourceArn": self.dead_from} if self.dead_from else {}),
        }


def check_message(request: Mapping[str, Any], largest: int) -> None:
    """Raises ServiceError for a message that the queue does not take."""
    if not request["MessageBody"]:
        raise ServiceError(
            "MissingParameter", "The request must contain the parameter MessageBody."
        )
    if not _ALLOWED.fullmatch(request["MessageBody"]):
        raise ServiceError(
            "InvalidMessageContents", "Invalid characters were found in the message body."
        )
    if size_of(request) > largest:
        raise invalid_value(
            "One or more parameters are invalid. Reason: Message must be shorter than"
            f" {largest} bytes."
        )
    delay = request.get("DelaySeconds", 0)
    if not 0 <= delay <= _LONGEST_DELAY:
        raise invalid_value(
            f"Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be"
            f" >= 0 and <= {_LONGEST_DELAY}."
        )
    group = request.get("MessageGroupId")
    if group is not None and not _GROUP.fullmatch(group):
        raise invalid_value(
            f"Value {group} for parameter MessageGroupId is invalid. Reason: MessageGroupId can"
            " only include alphanumeric and punctuation characters. 1 to 128 in length."
        )
    for name, attribute in request.get("MessageAttributes", {}).items():
        if attribute["DataType"].partition(".")[0] not in ("String", "Number", "Binary"):
            raise invalid_value(
                f"The type of message (user) attribute '{name}' is invalid. You must use only the"
                " following supported type prefixes: Binary, Number, String."
            )


def invalid_value(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", message)


def size_of(request: Mapping[str, Any]) -> int:
    """Return the bytes of a body and its attributes."""
    size = len(request["MessageBody"].encode(errors="surrogatepass"))
    for name, attribute in request.get("MessageAttributes", {}).items():
        size += len(name.encode()) + len(attribute["DataType"].encode()) + len(_content(attribute))
    return size


def _content(attribute: Mapping[str, Any]) -> bytes:
    if "BinaryValue" in attribute:
        return bytes(attribute["BinaryValue"])
    return str(attribute.get("StringValue", "")).encode()


def attributes_digest(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the digest of attributes (developer guide "Calculating the MD5 message digest for
    message attributes")."""
    text = b""
    for name in sorted(attributes):
        attribute = attributes[name]
        kind = b"\x02" if "BinaryValue" in attribute else b"\x01"
        for part in (name.encode(), attribute["DataType"].encode()):
            text += struct.pack("!I", len(part)) + part
        content = _content(attribute)
        text += kind + struct.pack("!I", len(content)) + content
    return _md5(text)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
