"""Hints: that something may be out of step. This module alone knows the queue's messages.

A hint is never data: the worker reads both systems as they are now. So it does not matter when
one comes twice, late, or in another order. No pydantic here: the webhook function must start
quickly.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from invoice_sync.errors import HintError, QueueRefusedError

INVOICE_TYPE_ID, _LINE_ITEM, _CONTACT, _COMPANY = "0-53", "0-8", "0-1", "0-2"
_DISCOUNT, _FEE, _TAX, _PAYMENT = "0-84", "0-85", "0-86", "0-101"
# HubSpot's object type ids (guide "Understanding the CRM APIs") of what an invoice is made of, and
# paid by.
OBJECT_TYPES = {
    INVOICE_TYPE_ID: "invoices",
    _LINE_ITEM: "line_items",
    _CONTACT: "contacts",
    _COMPANY: "companies",
    _DISCOUNT: "discounts",
    _FEE: "fees",
    _TAX: "taxes",
    _PAYMENT: "commerce_payments",
}
QUICKBOOKS_INVOICES = "quickbooks_invoices"
# The next step of a job; its kind by the object type of the hint.
JOBS = {"reports": "report", "backfills": "backfill", "retries": "retry"}
QUICKBOOKS_CUSTOMERS, QUICKBOOKS_ITEMS = "quickbooks_customers", "quickbooks_items"
QUICKBOOKS_OTHER_NAMES = "quickbooks_other_names"
QUICKBOOKS_PAYMENTS = "quickbooks_payments"
QUICKBOOKS_CREDITS = "quickbooks_credits"
QUICKBOOKS_PREFERENCES = "quickbooks_preferences"
# Intuit's names of entities in its events -> ours.
QUICKBOOKS_TYPES = {
    "invoice": QUICKBOOKS_INVOICES,
    "customer": QUICKBOOKS_CUSTOMERS,
    "vendor": QUICKBOOKS_OTHER_NAMES,
    "employee": QUICKBOOKS_OTHER_NAMES,
    "item": QUICKBOOKS_ITEMS,
    "payment": QUICKBOOKS_PAYMENTS,
    "creditmemo": QUICKBOOKS_CREDITS,
    "preferences": QUICKBOOKS_PREFERENCES,
}
# How the cause of such an event ends.
DELETED = ".deleted"


@dataclass(frozen=True)
class Hint:
    """`object_type` is `invoices`, or the type of a record whose invoices are to be woken, or that
    of a job whose next step is due.

    An event of QuickBooks names a realm and no portal: `object_type` is then one of
    `QUICKBOOKS_TYPES` and `portal_id` empty. With a `realm_id`, QuickBooks is to be read too.
    `occurred_at` is the sender's time of the change, `received_at` ours of the first hint: a hint
    that becomes another one, or is sent again, keeps both.
    """

    portal_id: str
    object_id: str
    cause: str
    occurred_at: datetime
    received_at: datetime
    object_type: str = "invoices"
    realm_id: str = ""


def digits(value: Any, name: str) -> str:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not text.isascii() or not text.isdigit():
        raise HintError(f"an event has no {name}")
    return text


def to_message(hint: Hint) -> str:
    return json.dumps(
        {
            "portalId": hint.portal_id,
            "objectType": hint.object_type,
            "objectId": hint.object_id,
            "cause": hint.cause,
            "occurredAt": hint.occurred_at.isoformat(),
            "receivedAt": hint.received_at.isoformat(),
            **({"realmId": hint.realm_id} if hint.realm_id else {}),
        }
    )


def from_message(body: str) -> Hint:
    """Raises HintError for a message that is not ours: it belongs in the dead-letter queue."""
    try:
        message = json.loads(body)
        object_type = message["objectType"]
        occurred_at = datetime.fromisoformat(message["occurredAt"])
        received_at = datetime.fromisoformat(message["receivedAt"])
        cause = message["cause"]
        foreign = object_type in QUICKBOOKS_TYPES.values()
        realm_id = message.get("realmId", "")
        if (
            not (foreign or object_type in (*OBJECT_TYPES.values(), *JOBS))
            or occurred_at.tzinfo is None
            or received_at.tzinfo is None
            or not isinstance(cause, str)
        ):
            raise ValueError("not a hint")
        return Hint(
            portal_id="" if foreign else digits(message["portalId"], "portalId"),
            object_id=digits(message["objectId"], "objectId"),
            cause=cause,
            occurred_at=occurred_at.astimezone(UTC),
            received_at=received_at.astimezone(UTC),
            object_type=object_type,
            realm_id=digits(realm_id, "realmId") if foreign or realm_id else "",
        )
    except (ValueError, KeyError, TypeError) as error:
        raise HintError("a queue message is not a hint") from error


class Queue:
    """The hint queue: standard, with the portal as message group so that none starves another; the
    realm where the portal is not known yet."""

    def __init__(self, sqs: Any, queue_url: str) -> None:
        self._sqs, self._url = sqs, queue_url

    def send(self, hints: Iterable[Hint], delay_seconds: int = 0) -> int:
        """Send all; returns how many. `delay_seconds` at most 900.

        Raises QueueRefusedError when the queue took only some; sending those again is harmless.
        """
        pending = list(hints)
        for start in range(0, len(pending), 10):
            chunk = pending[start : start + 10]
            answer = self._sqs.send_message_batch(
                QueueUrl=self._url,
                Entries=[
                    {
                        "Id": str(number),
                        "MessageBody": to_message(hint),
                        "MessageGroupId": hint.portal_id or hint.realm_id,
                        "DelaySeconds": delay_seconds,
                    }
                    for number, hint in enumerate(chunk)
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
