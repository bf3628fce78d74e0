"""What changed in both systems since the last sweep -> hints: so lost webhooks cost only time.

A mark says how far a sweep has come. It moves only when the hints are on the queue, and each sweep
begins a little before it: clocks differ, and what has just changed is not found at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from invoice_sync.errors import HubSpotRefusedError
from invoice_sync.hints import QUICKBOOKS_INVOICES, Hint, HubSpotType, ObjectType, Queue
from invoice_sync.hubspot.client import HubSpot
from invoice_sync.jobs import requests
from invoice_sync.model.connection import Connection
from invoice_sync.quickbooks.changes import changed_since
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.quickbooks.events import OBJECT_TYPES as QUICKBOOKS_TYPES
from invoice_sync.quickbooks.times import moment
from invoice_sync.reconciliation import read
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store
from invoice_sync.sync.fan_out import Waker

# Clock skew, and what HubSpot's search and QuickBooks' change log do not show at once.
_OVERLAP = timedelta(minutes=10)
# Contacts and companies are left out: other work changes thousands of them, and failing invoices
# are looked at again anyway.
TYPES: tuple[HubSpotType, ...] = (
    "invoices",
    "line_items",
    "discounts",
    "fees",
    "taxes",
    "commerce_payments",
)
_MODIFIED = "hs_lastmodifieddate"
# Not the preferences: whether the change log knows them is not documented, and one entity that it
# does not know would spoil the answer for all. They are read anew every hour.
_ENTITIES = {
    "Invoice": "invoice",
    "Payment": "payment",
    "CreditMemo": "creditmemo",
    "Customer": "customer",
    "Vendor": "vendor",
    "Employee": "employee",
    "Item": "item",
}
# A look ends in minutes, or writes why it waits: a record that has not moved for so long has lost
# its message.
_STUCK_AFTER = timedelta(minutes=20)
# Whatever failing invoices wait on and no event tells of: each is looked at once an hour, some at
# every sweep.
_FAILING_AGAIN_AFTER = timedelta(hours=1)
_AT_ONCE = 500


@dataclass(frozen=True)
class Tools:
    """What a sweep works with."""

    store: Store
    queue: Queue
    waker: Waker
    log: Log


def lost(connection: Connection, tools: Tools, now: datetime) -> None:
    """Records and jobs whose message was lost, and the next portion of the failing invoices."""
    portal_id, store = connection.portal_id, tools.store
    waiting = store.stuck(portal_id, now - _STUCK_AFTER, _AT_ONCE)
    tools.queue.send(Hint(portal_id, one.invoice_id, "sweep", now, now) for one in waiting)
    tools.queue.send(requests.lost_steps(store.jobs(portal_id), now))
    _failing(connection, tools, now)


def in_quickbooks(
    connection: Connection, quickbooks: QuickBooks, tools: Tools, now: datetime
) -> None:
    """What changed there since the mark.

    Raises UnavailableError, ReconnectRequiredError, FaultError; the mark then stays.
    """
    since = _since(tools.store.marks(connection.portal_id), "quickbooks", now)
    rows = changed_since(quickbooks, list(_ENTITIES), since, now)
    for entity, changed in rows.items():
        _tell(connection, entity, changed, tools, now)
    tools.store.set_mark(connection.portal_id, "quickbooks", now)


def in_hubspot(connection: Connection, hubspot: HubSpot, tools: Tools, now: datetime) -> None:
    """What changed there since the marks, one a type of record. After a long time there is much:
    a mark moves with every portion, so that a sweep that is stopped has not been for nothing.

    Raises UnavailableError, ReconnectRequiredError, and RefusedError for the invoices themselves.
    """
    portal_id = connection.portal_id
    marks = tools.store.marks(portal_id)
    if read.BEGUN not in marks:
        tools.store.set_mark(portal_id, read.BEGUN, now)
    for object_type in TYPES:
        mark = f"hubspot {object_type}"
        since = str(int(_since(marks, mark, now).timestamp() * 1000))
        wanted = {"propertyName": _MODIFIED, "operator": "GTE", "value": since}
        found = hubspot.search(object_type, [wanted], [_MODIFIED], sort=_MODIFIED)
        try:
            for portion in _portions(found):
                tools.queue.send(
                    Hint(portal_id, str(one["id"]), "sweep", now, now, object_type)
                    for one in portion
                )
                reached = moment(portion[-1]["properties"].get(_MODIFIED))
                if reached:
                    tools.store.set_mark(portal_id, mark, min(reached, now))
        except HubSpotRefusedError as error:
            if object_type == "invoices":
                raise
            # A scope is missing, as a rule: the others must not wait for it.
            tools.log.warning(
                "a type of records cannot be searched",
                extra={"portalId": portal_id, "type": object_type, "why": error.category},
            )
        tools.store.set_mark(portal_id, mark, now)


def _since(marks: Mapping[str, datetime], name: str, now: datetime) -> datetime:
    """A connection without a mark is new: webhooks have told of it since it was made."""
    return marks.get(name, now) - _OVERLAP


def _failing(connection: Connection, tools: Tools, now: datetime) -> None:
    """The next portion of the failing invoices; from the first again an hour after the last time
    that it began there."""
    portal_id, store = connection.portal_id, tools.store
    cursor = store.place(portal_id)
    if not cursor:
        last = store.marks(portal_id).get("failing")
        if last and now - last < _FAILING_AGAIN_AFTER:
            return
        store.set_mark(portal_id, "failing", now)
    page = store.failing(portal_id, cursor=cursor, limit=_AT_ONCE)
    tools.queue.send(Hint(portal_id, one.invoice_id, "sweep", now, now) for one in page.records)
    store.set_place(portal_id, page.cursor)


def _tell(
    connection: Connection, entity: str, rows: list[dict[str, Any]], tools: Tools, now: datetime
) -> None:
    object_type = QUICKBOOKS_TYPES[_ENTITIES[entity]]
    told = [_told(connection, entity, object_type, row, now) for row in rows]
    if not told:
        return
    there = [row for row in rows if row.get("status") != "Deleted"]
    tools.waker.told(connection, object_type, told, there)
    if object_type == QUICKBOOKS_INVOICES:
        # The worker finds out which of them are echoes of our own writes.
        ours = tools.store.linked(connection.realm_id, [hint.object_id for hint in told])
        tools.queue.send(hint for hint in told if hint.object_id in ours)


def _told(
    connection: Connection,
    entity: str,
    object_type: ObjectType,
    row: Mapping[str, Any],
    now: datetime,
) -> Hint:
    """The event that Intuit should have sent."""
    deleted = row.get("status") == "Deleted"
    changed_at = moment(row.get("MetaData", {}).get("LastUpdatedTime"))
    return Hint(
        portal_id="",
        object_id=str(row["Id"]),
        trigger="sweep",
        occurred_at=changed_at or now,
        received_at=now,
        object_type=object_type,
        realm_id=connection.realm_id,
        deleted=deleted,
    )


def _portions(found: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(found)
    while portion := list(islice(rest, _AT_ONCE)):
        yield portion
