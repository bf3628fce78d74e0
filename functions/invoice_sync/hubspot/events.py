"""HubSpot's webhook events -> hints. No pydantic here: the webhook function must start quickly.

Sources: guide "Webhooks" and page "Create generic webhook subscriptions"; object type ids: guide
"Understanding the CRM APIs".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from invoice_sync.errors import HintError
from invoice_sync.hints import Hint, HubSpotType, digits, parsed

INVOICE_TYPE_ID, CONTACT_TYPE_ID = "0-53", "0-1"
# The object types that an invoice is made of, and paid by, by HubSpot's ids.
OBJECT_TYPES: Mapping[Any, HubSpotType] = {
    INVOICE_TYPE_ID: "invoices",
    "0-8": "line_items",
    CONTACT_TYPE_ID: "contacts",
    "0-2": "companies",
    "0-84": "discounts",
    "0-85": "fees",
    "0-86": "taxes",
    "0-101": "commerce_payments",
}
# Such as object.propertyChange. It is kept with the attempt that it led to.
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
# Changes that move the modification time of their own record. Others do not: only a look tells of a
# new association, or of a deleted, restored or merged record.
_MOVES_ITS_RECORD = (".creation", ".propertyChange")
# Prefix of the HubSpot properties that hold the sync status (hubspot/property_definitions.py).
OWN_PROPERTIES = "qbo_"


def from_webhook(body: bytes, now: datetime) -> list[Hint]:
    """Return unique hints from the body of a HubSpot webhook, a JSON array of up to 100 events.

    Events about object types that no invoice depends on give no hint. Raises HintError when the
    body is not such an array: HubSpot then sends it again, and the log shows why.
    """
    events = parsed(body)
    if not isinstance(events, list):
        raise HintError("the body is not an array of events")
    hints: dict[tuple[str, str, str], Hint] = {}
    for event in events:
        for hint in _from_event(event, now):
            key = hint.portal_id, hint.object_type, hint.object_id
            hints[key] = _both(hints[key], hint) if key in hints else hint
    return list(hints.values())


def _both(first: Hint, other: Hint) -> Hint:
    """Return the first of two hints of one record, so that it tells of both changes."""
    latest = max(first.occurred_at, other.occurred_at)
    return replace(first, occurred_at=latest, versioned=first.versioned and other.versioned)


def _from_event(event: Any, now: datetime) -> list[Hint]:
    if not isinstance(event, dict):
        raise HintError("an event is not an object")
    # HubSpot's older guide names this member eventType.
    name = event.get("subscriptionType") or event.get("eventType")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise HintError("an event has no subscriptionType")
    portal_id = digits(event.get("portalId"), "portalId")
    changed = event.get("propertyName")
    if isinstance(changed, str) and changed.startswith(OWN_PROPERTIES):
        return []  # we wrote it ourselves
    occurred_at = _occurred_at(event)
    return [
        Hint(
            portal_id=portal_id,
            object_id=digits(object_id, "objectId"),
            trigger="webhook",
            occurred_at=occurred_at,
            received_at=now,
            object_type=OBJECT_TYPES[type_id],
            event=name,
            versioned=name.endswith(_MOVES_ITS_RECORD),
        )
        for type_id, object_id in _changed_records(name, event)
    ]


def _changed_records(name: str, event: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """Return the type id and the id of each record that the event makes us look at."""
    if name.endswith(".associationChange"):
        ends = [
            (_type_id(event, "fromObjectTypeId"), event.get("fromObjectId")),
            (_type_id(event, "toObjectTypeId"), event.get("toObjectId")),
        ]
        # The invoice itself when it is one end: the other end's other invoices did not change.
        ends.sort(key=lambda end: end[0] != INVOICE_TYPE_ID)
        return [end for end in ends if end[0] in OBJECT_TYPES][:1]
    type_id = _type_id(event, "objectTypeId")
    if type_id not in OBJECT_TYPES:
        return []
    if name.endswith(".merge"):
        winner = event.get("primaryObjectId") or event.get("objectId")
        ids = [winner, event.get("newObjectId")]
        return [(type_id, object_id) for object_id in ids if object_id is not None]
    return [(type_id, event.get("objectId"))]


def _type_id(event: Mapping[str, Any], name: str) -> Any:
    """Return the id of an object type, whatever else it may be. Raises HintError for what cannot be
    one."""
    type_id = event.get(name)
    if isinstance(type_id, list | dict):
        raise HintError(f"an event's {name} is not an id")
    return type_id


def _occurred_at(event: Mapping[str, Any]) -> datetime:
    """Read the time of an event, in epoch milliseconds. Raises HintError."""
    occurred = event.get("occurredAt")
    if not isinstance(occurred, int | float) or isinstance(occurred, bool):
        raise HintError("an event has no occurredAt")
    try:
        return datetime.fromtimestamp(occurred / 1000, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise HintError("an event's occurredAt is out of range") from error
