"""Hints: messages that say that something may be out of step. Only this module knows their form.

A hint is never data, because the worker reads both systems as they are now. So a hint may come
twice, late, or in another order. No pydantic here: the webhook functions must start quickly.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, get_args

from invoice_sync.errors import HintError, QueueRefusedError
from invoice_sync.runtime.chunks import chunks

# The HubSpot records that an invoice is made of and paid by, by HubSpot's plural names.
HubSpotType = Literal[
    "invoices",
    "line_items",
    "contacts",
    "companies",
    "discounts",
    "fees",
    "taxes",
    "commerce_payments",
]
# The QuickBooks records that invoices depend on.
QuickBooksType = Literal[
    "quickbooks_invoices",
    "quickbooks_customers",
    "quickbooks_items",
    "quickbooks_other_names",
    "quickbooks_payments",
    "quickbooks_credits",
    "quickbooks_preferences",
]
# A job, whose next step is due.
JobType = Literal["reports", "backfills", "retries", "deletions"]
ObjectType = Literal[HubSpotType, QuickBooksType, JobType]
# What made us look. `status`: only the properties in HubSpot are to be written again.
Trigger = Literal[
    "webhook", "retry", "sweep", "backfill", "report", "resolve", "status", "deletion"
]

QUICKBOOKS_INVOICES: Final = "quickbooks_invoices"
QUICKBOOKS_CUSTOMERS: Final = "quickbooks_customers"
QUICKBOOKS_ITEMS: Final = "quickbooks_items"
# Vendors and employees: they share their names with customers.
QUICKBOOKS_OTHER_NAMES: Final = "quickbooks_other_names"
QUICKBOOKS_PAYMENTS: Final = "quickbooks_payments"
QUICKBOOKS_CREDITS: Final = "quickbooks_credits"
QUICKBOOKS_PREFERENCES: Final = "quickbooks_preferences"
# The kind of a job by the type of its hints.
JOBS: Mapping[ObjectType, str] = {
    "reports": "report",
    "backfills": "backfill",
    "retries": "retry",
    "deletions": "deletion",
}

_OBJECT_TYPES = get_args(ObjectType)
_QUICKBOOKS_TYPES = get_args(QuickBooksType)
_TRIGGERS = get_args(Trigger)
_ENTRIES_PER_BATCH = 10
# Digits of an id: a part of our keys, which DynamoDB limits. Characters of an event's name.
_LONGEST_ID, _LONGEST_NAME = 20, 100


@dataclass(frozen=True)
class Hint:
    """One reason to look at an invoice, at a record that invoices depend on, or at a job."""

    # Empty for an event of QuickBooks, which names only the realm.
    portal_id: str
    object_id: str
    trigger: Trigger
    # When the change happened, by the sender's clock.
    occurred_at: datetime
    # When we first heard of it. A hint that becomes another one, or is sent again, keeps both
    # times.
    received_at: datetime
    object_type: ObjectType = "invoices"
    # If not empty, QuickBooks must be read too.
    realm_id: str = ""
    # The sender's name of the event, for people. It decides nothing.
    event: str = ""
    # The record was deleted: it cannot be read, and this is never an echo of our own write.
    deleted: bool = False
    # The record's version tells that somebody else changed it: this is no echo of our own write.
    foreign: bool = False
    # `occurred_at` is HubSpot's own time of a change of this very record: a look that read it with
    # this modification time, or a later one, has seen the change.
    versioned: bool = False
    # The record that this one was merged into, where the event names it.
    merged_into: str = ""
    # One of many that a job asked for: its calls give way to those that somebody waits for.
    bulk: bool = False

    @property
    def from_quickbooks(self) -> bool:
        """Whether a QuickBooks record changed. The hint then names a realm and no portal."""
        return self.object_type in _QUICKBOOKS_TYPES

    @property
    def weight(self) -> int:
        """How much it makes the worker do, compared with other hints of the same invoice: a
        backfill brings an old invoice in; a retry reads anew what others take from memory."""
        if self.trigger in ("retry", "backfill"):
            return 3 if self.trigger == "backfill" else 2
        return 1 if self.realm_id else 0


def digits(value: Any, name: str) -> str:
    """Return an id, given as a number or a text, as text.

    Raises HintError, which holds `name` and never the value.
    """
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not text.isascii() or not text.isdigit() or len(text) > _LONGEST_ID:
        raise HintError(f"an event has no {name}")
    return text


def is_name(value: Any) -> bool:
    """Tell whether it can be a sender's name of an event."""
    is_text = isinstance(value, str) and value.isascii() and value.isprintable()
    return is_text and len(value) <= _LONGEST_NAME


def parsed(body: bytes | str) -> Any:
    """Return what a JSON text holds. Raises HintError."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HintError("the body is not JSON") from error


def to_message(hint: Hint) -> str:
    """Return the body of the hint's queue message."""
    return json.dumps(
        {
            "portalId": hint.portal_id,
            "objectType": hint.object_type,
            "objectId": hint.object_id,
            "trigger": hint.trigger,
            "occurredAt": hint.occurred_at.isoformat(),
            "receivedAt": hint.received_at.isoformat(),
            **({"realmId": hint.realm_id} if hint.realm_id else {}),
            **({"event": hint.event} if hint.event else {}),
            **({"deleted": True} if hint.deleted else {}),
            **({"foreign": True} if hint.foreign else {}),
            **({"versioned": True} if hint.versioned else {}),
            **({"mergedInto": hint.merged_into} if hint.merged_into else {}),
            **({"bulk": True} if hint.bulk else {}),
        }
    )


def from_message(body: str) -> Hint:
    """Read the body of a queue message.

    Raises HintError for a message that we did not write: it belongs in the dead-letter queue.
    """
    try:
        message = parsed(body)
        object_type, trigger = message["objectType"], message["trigger"]
        occurred_at = datetime.fromisoformat(message["occurredAt"])
        received_at = datetime.fromisoformat(message["receivedAt"])
        event, realm_id = message.get("event", ""), message.get("realmId", "")
        merged_into = message.get("mergedInto", "")
        if (
            object_type not in _OBJECT_TYPES
            or occurred_at.tzinfo is None
            or received_at.tzinfo is None
            or not is_name(event)
            or not isinstance(message["trigger"], str)
        ):
            raise ValueError("not a hint")
        from_quickbooks = object_type in _QUICKBOOKS_TYPES
        return Hint(
            portal_id="" if from_quickbooks else digits(message["portalId"], "portalId"),
            object_id=digits(message["objectId"], "objectId"),
            # One that only a newer version knows: a look is never wrong.
            trigger=trigger if trigger in _TRIGGERS else "sweep",
            occurred_at=occurred_at.astimezone(UTC),
            received_at=received_at.astimezone(UTC),
            object_type=object_type,
            realm_id=digits(realm_id, "realmId") if from_quickbooks or realm_id else "",
            event=event,
            deleted=message.get("deleted") is True,
            foreign=message.get("foreign") is True,
            versioned=message.get("versioned") is True,
            merged_into=digits(merged_into, "mergedInto") if merged_into else "",
            bulk=message.get("bulk") is True,
        )
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise HintError("a queue message is not a hint") from error


class Queue:
    """The standard queue of hints.

    The portal is the message group, so that none starves another (AWS guide "Amazon SQS fair
    queues"); where the portal is not known yet, the realm is.
    """

    def __init__(self, sqs: Any, queue_url: str) -> None:
        self._sqs, self._url = sqs, queue_url

    def send(self, hints: Iterable[Hint], delay_seconds: int = 0) -> int:
        """Send all hints, at most 900 seconds later, and return how many they were.

        Raises QueueRefusedError when the queue took only some; sending those again is harmless.
        """
        pending = list(hints)
        for batch in chunks(pending, _ENTRIES_PER_BATCH):
            answer = self._sqs.send_message_batch(
                QueueUrl=self._url,
                Entries=[
                    {
                        "Id": str(number),
                        "MessageBody": to_message(hint),
                        "MessageGroupId": hint.portal_id or hint.realm_id,
                        "DelaySeconds": delay_seconds,
                    }
                    for number, hint in enumerate(batch)
                ],
            )
            if answer.get("Failed"):
                raise QueueRefusedError(f"the queue refused {len(answer['Failed'])} hints")
        return len(pending)

    def postpone(self, receipt_handle: str, seconds: int) -> None:
        """Make a received message visible again in so many seconds (at most 43,200)."""
        self._sqs.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )
