"""What changed in both systems since the last sweep -> hints: so lost webhooks cost only time.

A mark says how far a sweep has come. It moves only when the hints are on the queue, and each sweep
begins a little before it: clocks differ, and what has just changed is not found at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from . import job_requests, reporting
from .hints import DELETED, QUICKBOOKS_INVOICES, QUICKBOOKS_TYPES, Hint, Queue
from .hubspot.client import HubSpot
from .model import Connection
from .quickbooks.client import QuickBooks
from .quickbooks.times import moment
from .store import Store
from .wake import Waker

# Clock skew, and what HubSpot's search and QuickBooks' change log do not show at once.
_OVERLAP = timedelta(minutes=10)
# What HubSpot calls the time of a record's last change. Contacts and companies are left out: other
# work changes thousands of them, and failing invoices are looked at again anyway.
_MODIFIED = dict.fromkeys(
    ("invoices", "line_items", "discounts", "fees", "taxes", "commerce_payments"),
    "hs_lastmodifieddate",
)
_ENTITIES = {
    "Invoice": "invoice",
    "Payment": "payment",
    "CreditMemo": "creditmemo",
    "Customer": "customer",
    "Vendor": "vendor",
    "Employee": "employee",
    "Item": "item",
    "Preferences": "preferences",
}
# A look ends in minutes, or writes why it waits: a record that has not moved for so long has lost
# its message.
_STUCK_AFTER = timedelta(minutes=20)
# Whatever failing invoices wait on and no event tells of: each is looked at once an hour, some at
# every sweep.
_FAILING_AGAIN_AFTER = timedelta(hours=1)
_AT_ONCE = 500
_CAUSE = "sweep"


def hints_for_all(
    connection: Connection,
    hubspot: HubSpot,
    quickbooks: QuickBooks,
    store: Store,
    queue: Queue,
    waker: Waker,
    now: datetime,
) -> None:
    """Put everything that may have been missed on the queue.

    Raises UnavailableError, ReconnectRequiredError, RefusedError, FaultError; marks of what was not
    done stay where they are.
    """
    marks = store.marks(connection.portal_id)
    if reporting.BEGUN not in marks:
        store.set_mark(connection.portal_id, reporting.BEGUN, now)
    _lost(connection, store, queue, now)
    _failing(connection, store, queue, marks, now)
    since = _since(marks, "quickbooks", now)
    rows = quickbooks.changed_since(list(_ENTITIES), since, now)
    for entity, changed in rows.items():
        _quickbooks(connection, entity, changed, store, queue, waker, now)
    store.set_mark(connection.portal_id, "quickbooks", now)
    since = _since(marks, "hubspot", now)
    for object_type, modified in _MODIFIED.items():
        found = hubspot.search(
            object_type,
            [{"propertyName": modified, "operator": "GTE", "value": _epoch(since)}],
            [modified],
            sort=modified,
        )
        for portion in _portions(found):
            queue.send(
                Hint(connection.portal_id, str(one["id"]), _CAUSE, now, now, object_type)
                for one in portion
            )
    store.set_mark(connection.portal_id, "hubspot", now)


def _since(marks: Mapping[str, datetime], name: str, now: datetime) -> datetime:
    """A connection without a mark is new: webhooks have told of it since it was made."""
    return marks.get(name, now) - _OVERLAP


def _lost(connection: Connection, store: Store, queue: Queue, now: datetime) -> None:
    """Records and jobs whose message was lost."""
    portal_id = connection.portal_id
    waiting = store.stuck(portal_id, now - _STUCK_AFTER, _AT_ONCE)
    queue.send(Hint(portal_id, one.invoice_id, _CAUSE, now, now) for one in waiting)
    queue.send(job_requests.stuck(store.jobs(portal_id), now))


def _failing(
    connection: Connection,
    store: Store,
    queue: Queue,
    marks: Mapping[str, datetime],
    now: datetime,
) -> None:
    """The next portion of the failing invoices; from the first again an hour after the last time
    that it began there."""
    portal_id = connection.portal_id
    cursor = store.place(portal_id)
    if not cursor:
        if now - marks.get("failing", now - _FAILING_AGAIN_AFTER) < _FAILING_AGAIN_AFTER:
            return
        store.set_mark(portal_id, "failing", now)
    page = store.failing(portal_id, cursor=cursor, limit=_AT_ONCE)
    queue.send(Hint(portal_id, one.invoice_id, _CAUSE, now, now) for one in page.records)
    store.set_place(portal_id, page.cursor)


def _quickbooks(
    connection: Connection,
    entity: str,
    rows: list[dict[str, Any]],
    store: Store,
    queue: Queue,
    waker: Waker,
    now: datetime,
) -> None:
    object_type = QUICKBOOKS_TYPES[_ENTITIES[entity]]
    told = [_told(connection, entity, object_type, row, now) for row in rows]
    if not told:
        return
    there = [row for row in rows if row.get("status") != "Deleted"]
    waker.told(connection, object_type, told, there)
    if object_type == QUICKBOOKS_INVOICES:
        # The worker finds out which of them are echoes of our own writes.
        ours = store.linked(connection.realm_id, [hint.object_id for hint in told])
        queue.send(hint for hint in told if hint.object_id in ours)


def _told(
    connection: Connection, entity: str, object_type: str, row: Mapping[str, Any], now: datetime
) -> Hint:
    """The event that Intuit should have sent."""
    deleted = row.get("status") == "Deleted"
    changed_at = moment(row.get("MetaData", {}).get("LastUpdatedTime"))
    return Hint(
        portal_id="",
        object_id=str(row["Id"]),
        # What Intuit should have sent; a deletion is never the echo of a write, whatever its time.
        cause=f"quickbooks.{_ENTITIES[entity]}{DELETED}" if deleted else _CAUSE,
        occurred_at=changed_at or now,
        received_at=now,
        object_type=object_type,
        realm_id=connection.realm_id,
    )


def _portions(found: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(found)
    while portion := list(islice(rest, _AT_ONCE)):
        yield portion


def _epoch(at: datetime) -> str:
    """Milliseconds, as HubSpot's search takes times."""
    return str(int(at.timestamp() * 1000))
