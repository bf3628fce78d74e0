"""Hints: that something may be out of step. This module alone knows the queue's messages.

A hint is never data: the worker reads both systems as they are now. So it does not matter when
one comes twice, late, or in another order. No pydantic here: the webhook function must start
quickly.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from invoice_sync.errors import HintError
from invoice_sync.hints import QUICKBOOKS_TYPES, Hint, digits
from invoice_sync.quickbooks.times import moment

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


def from_webhook(body: bytes, now: datetime) -> list[Hint]:
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
            object_id=digits(object_id, "entity id"),
            trigger="webhook",
            event=f"quickbooks.{kind}.{done}",
            deleted=done == "deleted",
            # A time that cannot be read decides nothing.
            occurred_at=moment(time) or now,
            received_at=now,
            object_type=QUICKBOOKS_TYPES[kind],
            realm_id=digits(realm_id, "realm id"),
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
