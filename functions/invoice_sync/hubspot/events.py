"""Hints: that something may be out of step. This module alone knows the queue's messages.

A hint is never data: the worker reads both systems as they are now. So it does not matter when
one comes twice, late, or in another order. No pydantic here: the webhook function must start
quickly.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from invoice_sync.errors import HintError
from invoice_sync.hints import INVOICE_TYPE_ID, OBJECT_TYPES, Hint, digits

# How the names of the properties begin that we show the status in (`hubspot/properties.py`).
OWN_PROPERTIES = "qbo_"


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
    portal_id = digits(event.get("portalId"), "portalId")
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
            portal_id,
            digits(object_id, "objectId"),
            "webhook",
            occurred_at,
            now,
            OBJECT_TYPES[type_id],
            event=kind,
        )

    if kind.endswith(".associationChange"):
        ends = [
            (event.get("fromObjectTypeId"), event.get("fromObjectId")),
            (event.get("toObjectTypeId"), event.get("toObjectId")),
        ]
        # The invoice itself when it is one end: the other end's other invoices did not change.
        ends.sort(key=lambda end: end[0] != INVOICE_TYPE_ID)
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
