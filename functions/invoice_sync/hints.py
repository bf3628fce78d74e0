"""Hints: that something may be out of step. This module alone knows the queue's messages.

A hint is never data: the worker reads both systems as they are now. So it does not matter when
one comes twice, late, or in another order. No pydantic here: the webhook function must start
quickly.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .quickbooks.times import moment

_INVOICE, _LINE_ITEM, _CONTACT, _COMPANY = "0-53", "0-8", "0-1", "0-2"
_DISCOUNT, _FEE, _TAX, _PAYMENT = "0-84", "0-85", "0-86", "0-101"
# HubSpot's object type ids (guide "Understanding the CRM APIs") of what an invoice is made of, and
# paid by.
OBJECT_TYPES = {
    _INVOICE: "invoices",
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
# Intuit's names of operations in both forms of its events -> ours. An e-mail changes nothing.
_OPERATIONS = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "void": "voided",
    "merge": "merged",
    "created": "created",
    "updated": "updated",
    "deleted": "deleted",
    "voided": "voided",
    "merged": "merged",
}
# How the names of the properties begin that we show the status in (`hubspot/properties.py`).
OWN_PROPERTIES = "qbo_"
# How the cause of such an event ends.
DELETED = ".deleted"


class HintError(Exception):
    """A webhook body or queue message that cannot be read. The text never holds its content."""


class QueueRefusedError(Exception):
    """The queue did not take every hint; whoever sent them must send them again."""


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


def from_webhook(body: bytes, now: datetime) -> list[Hint]:
    """Unique hints from a HubSpot webhook body (a JSON array of up to 100 events).

    Events of object types that no invoice is made of are passed over. Raises HintError when
    the body is not such an array: HubSpot then sends it again, and the log shows why.
    """
    try:
        events = json.loads(body)
    except ValueError as error:
        raise HintError("the body is not JSON") from error
    if not isinstance(events, list):
        raise HintError("the body is not an array of events")
    hints: dict[tuple[str, str, str], Hint] = {}
    for event in events:
        for hint in _from_event(event, now):
            hints.setdefault((hint.portal_id, hint.object_type, hint.object_id), hint)
    return list(hints.values())


def _from_event(event: Any, now: datetime) -> list[Hint]:
    if not isinstance(event, dict):
        raise HintError("an event is not an object")
    # HubSpot's older guide names this member eventType.
    kind = event.get("subscriptionType") or event.get("eventType")
    if not isinstance(kind, str):
        raise HintError("an event has no subscriptionType")
    portal_id = _id(event.get("portalId"), "portalId")
    if str(event.get("propertyName")).startswith(OWN_PROPERTIES):
        return []  # we wrote it ourselves
    occurred = event.get("occurredAt")
    if not isinstance(occurred, int | float) or isinstance(occurred, bool):
        raise HintError("an event has no occurredAt")
    try:
        occurred_at = datetime.fromtimestamp(occurred / 1000, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise HintError("an event's occurredAt is out of range") from error

    def hint(type_id: Any, object_id: Any) -> Hint:
        return Hint(
            portal_id, _id(object_id, "objectId"), kind, occurred_at, now, OBJECT_TYPES[type_id]
        )

    if kind.endswith(".associationChange"):
        ends = [
            (event.get("fromObjectTypeId"), event.get("fromObjectId")),
            (event.get("toObjectTypeId"), event.get("toObjectId")),
        ]
        # The invoice itself when it is one end: the other end's other invoices did not change.
        ends.sort(key=lambda end: end[0] != _INVOICE)
        known = [end for end in ends if end[0] in OBJECT_TYPES][:1]
        return [hint(*end) for end in known]
    if kind.endswith(".merge"):
        merged = [event.get("primaryObjectId") or event.get("objectId"), event.get("newObjectId")]
        type_id = event.get("objectTypeId")
        if type_id not in OBJECT_TYPES:
            return []
        return [hint(type_id, one) for one in merged if one is not None]
    type_id = event.get("objectTypeId")
    return [hint(type_id, event.get("objectId"))] if type_id in OBJECT_TYPES else []


def from_quickbooks(body: bytes, now: datetime) -> list[Hint]:
    """Unique hints from an Intuit webhook body, in either form: an array of CloudEvents, or an
    object with eventNotifications.

    Events of what no invoice depends on are passed over. Raises HintError for another body.
    """
    try:
        whole = json.loads(body)
    except ValueError as error:
        raise HintError("the body is not JSON") from error
    if isinstance(whole, list):
        events = _cloud_events(whole)
    elif isinstance(whole, dict) and isinstance(whole.get("eventNotifications"), list):
        events = _notifications(whole["eventNotifications"])
    else:
        raise HintError("the body has neither form of Intuit's events")
    hints: dict[tuple[str, str, str], Hint] = {}
    for kind, operation, realm_id, object_id, time in events:
        done = _OPERATIONS.get(operation)
        if kind not in QUICKBOOKS_TYPES or done is None:
            continue
        hint = Hint(
            portal_id="",
            object_id=_id(object_id, "entity id"),
            cause=f"quickbooks.{kind}.{done}",
            # A time that cannot be read decides nothing.
            occurred_at=moment(time) or now,
            received_at=now,
            object_type=QUICKBOOKS_TYPES[kind],
            realm_id=_id(realm_id, "realm id"),
        )
        key = (hint.realm_id, hint.object_type, hint.object_id)
        # The newest: an earlier one may be the echo of our own write.
        if key not in hints or hints[key].occurred_at < hint.occurred_at:
            hints[key] = hint
    return list(hints.values())


def _cloud_events(events: list[Any]) -> Iterator[tuple[str, str, Any, Any, Any]]:
    """(entity, operation, realm, id, time) of each."""
    for event in events:
        if not isinstance(event, dict):
            raise HintError("an event is not an object")
        # qbo.invoice.created.v1
        parts = str(event.get("type")).lower().split(".")
        if len(parts) >= 3 and parts[0] == "qbo":
            realm_id, object_id = event.get("intuitaccountid"), event.get("intuitentityid")
            yield parts[1], parts[2], realm_id, object_id, event.get("time")


def _notifications(notifications: list[Any]) -> Iterator[tuple[str, str, Any, Any, Any]]:
    for one in notifications:
        try:
            for entity in one["dataChangeEvent"]["entities"]:
                kind, operation = str(entity["name"]).lower(), str(entity["operation"]).lower()
                time = entity.get("lastUpdated")
                yield kind, operation, one["realmId"], entity["id"], time
                if entity.get("deletedId"):  # of the two that were merged
                    yield kind, operation, one["realmId"], entity["deletedId"], time
        except (KeyError, TypeError, AttributeError) as error:
            raise HintError("an event notification cannot be read") from error


def _id(value: Any, name: str) -> str:
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
            portal_id="" if foreign else _id(message["portalId"], "portalId"),
            object_id=_id(message["objectId"], "objectId"),
            cause=cause,
            occurred_at=occurred_at.astimezone(UTC),
            received_at=received_at.astimezone(UTC),
            object_type=object_type,
            realm_id=_id(realm_id, "realmId") if foreign or realm_id else "",
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
