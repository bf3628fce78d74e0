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
from typing import Any, Literal, get_args

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
# What made us look. `status`: only the properties in HubSpot are to be written again.
Trigger = Literal["webhook", "retry", "sweep", "backfill", "report", "resolve", "status"]
_TRIGGERS = get_args(Trigger)


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
    # `invoices`, the type of a record that invoices depend on, or the type of a job.
    object_type: str = "invoices"
    # Not empty: QuickBooks is to be read too.
    realm_id: str = ""
    # The sender's name of the event, for people. It decides nothing.
    event: str = ""
    # The record was deleted: it cannot be read, and this is never an echo of our own write.
    deleted: bool = False


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
            "trigger": hint.trigger,
            "occurredAt": hint.occurred_at.isoformat(),
            "receivedAt": hint.received_at.isoformat(),
            **({"realmId": hint.realm_id} if hint.realm_id else {}),
            **({"event": hint.event} if hint.event else {}),
            **({"deleted": True} if hint.deleted else {}),
        }
    )


def from_message(body: str) -> Hint:
    """Raises HintError for a message that is not ours: it belongs in the dead-letter queue."""
    try:
        message = json.loads(body)
        object_type = message["objectType"]
        occurred_at = datetime.fromisoformat(message["occurredAt"])
        received_at = datetime.fromisoformat(message["receivedAt"])
        trigger, event = message["trigger"], message.get("event", "")
        foreign = object_type in QUICKBOOKS_TYPES.values()
        realm_id = message.get("realmId", "")
        if (
            not (foreign or object_type in (*OBJECT_TYPES.values(), *JOBS))
            or occurred_at.tzinfo is None
            or received_at.tzinfo is None
            or trigger not in _TRIGGERS
            or not isinstance(event, str)
        ):
            raise ValueError("not a hint")
        return Hint(
            portal_id="" if foreign else digits(message["portalId"], "portalId"),
            object_id=digits(message["objectId"], "objectId"),
            trigger=trigger,
            occurred_at=occurred_at.astimezone(UTC),
            received_at=received_at.astimezone(UTC),
            object_type=object_type,
            realm_id=digits(realm_id, "realmId") if foreign or realm_id else "",
            event=event,
            deleted=message.get("deleted") is True,
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
