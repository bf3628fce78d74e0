"""Intuit's webhook events -> hints. No pydantic here: the webhook function must start quickly.

Sources: Intuit's page "Webhooks" (the older form, `eventNotifications`) and blog of 2025-11-12
"Upcoming change to webhooks payload structure" (CloudEvents).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from invoice_sync.errors import HintError
from invoice_sync.hints import Hint, QuickBooksType, digits, parsed
from invoice_sync.quickbooks.times import moment

# The entities that invoices depend on, by Intuit's names in lower case.
OBJECT_TYPES: Mapping[str, QuickBooksType] = {
    "invoice": "quickbooks_invoices",
    "customer": "quickbooks_customers",
    "vendor": "quickbooks_other_names",
    "employee": "quickbooks_other_names",
    "item": "quickbooks_items",
    "payment": "quickbooks_payments",
    "creditmemo": "quickbooks_credits",
    "preferences": "quickbooks_preferences",
}
# Intuit's names of operations, in both forms of its events. Those left out change nothing: an
# e-mail was sent.
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


@dataclass(frozen=True)
class _Event:
    """An event in either form, unchecked. Entity and operation are in lower case."""

    entity: str
    operation: str
    realm_id: Any
    object_id: Any
    time: Any
    merged_into: Any = None


def from_webhook(body: bytes, now: datetime) -> list[Hint]:
    """Return unique hints from the body of an Intuit webhook.

    The body is an array of CloudEvents, or an object with `eventNotifications`; HintError is raised
    for any other. Events about entities that no invoice depends on give no hint.
    """
    whole = parsed(body)
    if isinstance(whole, list):
        events = _cloud_events(whole)
    elif isinstance(whole, dict) and isinstance(whole.get("eventNotifications"), list):
        events = _notifications(whole["eventNotifications"])
    else:
        raise HintError("the body has neither form of Intuit's events")
    hints: dict[tuple[str, str, str, str], Hint] = {}
    for event in events:
        hint = _hint(event, now)
        if hint is None:
            continue
        key = (hint.realm_id, hint.object_type, hint.object_id, hint.merged_into)
        # The newest: an earlier one may be the echo of our own write.
        if key not in hints or hints[key].occurred_at < hint.occurred_at:
            hints[key] = hint
    return list(hints.values())


def _hint(event: _Event, now: datetime) -> Hint | None:
    operation = _OPERATIONS.get(event.operation)
    if event.entity not in OBJECT_TYPES or operation is None:
        return None
    return Hint(
        portal_id="",
        object_id=digits(event.object_id, "entity id"),
        trigger="webhook",
        event=f"quickbooks.{event.entity}.{operation}",
        deleted=operation == "deleted",
        merged_into=digits(event.merged_into, "entity id") if event.merged_into else "",
        # A time that cannot be read decides nothing.
        occurred_at=moment(event.time) or now,
        received_at=now,
        object_type=OBJECT_TYPES[event.entity],
        realm_id=digits(event.realm_id, "realm id"),
    )


def _cloud_events(events: list[Any]) -> Iterator[_Event]:
    for event in events:
        if not isinstance(event, dict):
            raise HintError("an event is not an object")
        # Such as qbo.invoice.created.v1.
        source, *names = _lower(event.get("type")).split(".")
        if source == "qbo" and len(names) >= 2:
            data, entity_id = event.get("data"), event.get("intuitentityid")
            # A merge names the entity that is gone, too (page "Understanding the data object").
            gone_id = data.get("deletedid") if isinstance(data, dict) else None
            gone = [(gone_id, entity_id)] if gone_id else []
            for object_id, merged_into in ((entity_id, None), *gone):
                yield _Event(
                    entity=names[0],
                    operation=names[1],
                    realm_id=event.get("intuitaccountid"),
                    object_id=object_id,
                    time=event.get("time"),
                    merged_into=merged_into,
                )


def _notifications(notifications: list[Any]) -> Iterator[_Event]:
    for notification in notifications:
        try:
            for change in notification["dataChangeEvent"]["entities"]:
                # A merge names the entity that is gone, too.
                gone = [(change["deletedId"], change["id"])] if change.get("deletedId") else []
                for object_id, merged_into in ((change["id"], None), *gone):
                    yield _Event(
                        entity=_lower(change["name"]),
                        operation=_lower(change["operation"]),
                        realm_id=notification["realmId"],
                        object_id=object_id,
                        time=change.get("lastUpdated"),
                        merged_into=merged_into,
                    )
        except (KeyError, TypeError, AttributeError) as error:
            raise HintError("an event notification cannot be read") from error


def _lower(name: Any) -> str:
    return name.lower() if isinstance(name, str) else ""
