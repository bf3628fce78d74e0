"""Find what changed in both systems since the last sweep, so that a lost webhook costs only time.

A mark says up to when the changes have been found. It moves only once their hints are on the queue,
and each sweep begins a little before it: clocks differ, and a search shows new changes late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from invoice_sync.errors import HubSpotRefusedError, ServiceError
from invoice_sync.hints import QUICKBOOKS_INVOICES, Hint, HubSpotType, ObjectType, Queue
from invoice_sync.hubspot.client import HubSpot
from invoice_sync.hubspot.versions import MODIFIED, modified_at
from invoice_sync.model.connection import Connection
from invoice_sync.model.quickbooks import FIRST_VERSION, version_of
from invoice_sync.quickbooks import query
from invoice_sync.quickbooks.changes import Unread, changed_since
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.quickbooks.events import OBJECT_TYPES as QUICKBOOKS_TYPES
from invoice_sync.quickbooks.times import moment
from invoice_sync.runtime.chunks import chunks
from invoice_sync.runtime.log import Log
from invoice_sync.store.marks import QUICKBOOKS, hubspot_mark
from invoice_sync.store.store import Store
from invoice_sync.sync.fan_out import FanOut
from invoice_sync.sync.known import Known

# For clock skew, and for what HubSpot's search and QuickBooks' change log show late.
_OVERLAP = timedelta(minutes=10)
# Contacts and companies are left out: other work changes thousands of them, and failing invoices
# are synced again anyway.
TYPES: tuple[HubSpotType, ...] = (
    "invoices",
    "line_items",
    "discounts",
    "fees",
    "taxes",
    "commerce_payments",
)
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
# Syncing ends in minutes, or writes why it waits: a record that has not moved for this long has
# lost its message.
_STUCK_AFTER = timedelta(minutes=20)
# A failing invoice may wait for something that no event tells of: each is synced again once an
# hour, some at every sweep.
_FAILING_AGAIN_AFTER = timedelta(hours=1)
# The first sweep of a connection looks back to its beginning, but no further than this.
_FIRST_LOOK = timedelta(days=1)
_PORTION = 500
# More would take longer than a sweep may run.
_MOST_LOOKED_FOR = 15_000
_Versions = dict[str, int]


class MissedChanges:
    """Queues hints for what no webhook has told of one connection."""

    def __init__(self, store: Store, queue: Queue, fan_out: FanOut, known: Known, log: Log) -> None:
        self._store, self._queue, self._log = store, queue, log
        self._fan_out, self._known = fan_out, known

    def send_refused(self, connection: Connection) -> None:
        """Queue the hints of what people did that the queue refused before. Raises
        QueueRefusedError."""
        portal_id = connection.portal_id
        for portion_id, hints in self._store.unsent.portions(portal_id):
            self._queue.send(hints)
            self._store.unsent.forget(portal_id, portion_id)

    def resend_stuck(self, connection: Connection, now: datetime) -> None:
        """Queue the records that lost their message. Raises QueueRefusedError."""
        portal_id = connection.portal_id
        stuck = self._store.failing.stuck(portal_id, now - _STUCK_AFTER, _PORTION)
        self._send(portal_id, (record.invoice_id for record in stuck), now)

    def in_quickbooks(self, connection: Connection, quickbooks: QuickBooks, now: datetime) -> None:
        """Queue what has changed in QuickBooks since the mark.

        Raises UnavailableError, ReconnectRequiredError, FaultError, QueueRefusedError; the mark
        then stays.
        """
        marks = self._store.marks.get(connection.portal_id)
        begin = _begin(connection, marks, QUICKBOOKS, now)
        if QUICKBOOKS not in marks:
            # From here on nothing may be missed, even if this sweep should fail.
            self._store.marks.advance(connection.portal_id, QUICKBOOKS, begin)
        since = begin - _OVERLAP
        changed = changed_since(quickbooks, list(_ENTITIES), since, now)
        for entity, rows in changed.rows.items():
            self._send_quickbooks(connection, entity, rows, now)
        if "Invoice" in changed.deletions_since:
            self._send_gone(connection, quickbooks, now)
        # The mark moves all the same: what is unreadable stays so until a person corrects it.
        self._send_unreadable(connection, quickbooks, changed.unread.get("Invoice", []), now)
        for entity, unread in changed.unread.items():
            self._log.error(
                "a change in QuickBooks cannot be read",
                extra={
                    "portalId": connection.portal_id,
                    "type": entity,
                    "fault": unread[0].fault.code,
                    "intuitTid": unread[0].fault.intuit_tid,
                    "changes": len(unread),
                },
            )
        self._store.marks.advance(connection.portal_id, QUICKBOOKS, now)

    def _send_unreadable(
        self,
        connection: Connection,
        quickbooks: QuickBooks,
        unread: Sequence[Unread],
        now: datetime,
    ) -> None:
        """Queue those of our invoices that QuickBooks cannot read: the look says so where people
        see it. QuickBooks does not name them, so it is asked for each of ours that changed then.

        Of other types none is needed: a payment or credit that matters has changed its invoice, and
        what waits for a customer or an item is looked at every hour.
        """
        if not unread:
            return
        links = self._store.realm.all_links(connection.realm_id)
        since, end = min(each.since for each in unread), max(each.end for each in unread)
        refused: set[str] = set()
        for ids in chunks(sorted(links), _PORTION):
            refused |= {*quickbooks.find("Invoice", "Id", ids, query.changed(since, end)).refused}
        ours = [links[each][1] for each in sorted(refused) if each in links]
        self._queue.send(
            Hint(connection.portal_id, each, "sweep", now, now, realm_id=connection.realm_id)
            for each in ours
        )

    def _send_gone(self, connection: Connection, quickbooks: QuickBooks, now: datetime) -> None:
        """Queue those of our invoices that QuickBooks no longer has, when so much has changed that
        its log no longer tells of all deletions: a metered read for thirty invoices."""
        links = self._store.realm.all_links(connection.realm_id)
        if len(links) > _MOST_LOOKED_FOR:
            # The nightly report finds those of the last month.
            fields = {"portalId": connection.portal_id, "invoices": len(links)}
            self._log.error("deletions in QuickBooks may have been missed", extra=fields)
            return
        gone: list[str] = []
        for ids in chunks(sorted(links), _PORTION):
            found = quickbooks.find("Invoice", "Id", ids)
            there = {row["Id"] for row in found.rows} | found.refused.keys()
            gone += [links[each][1] for each in ids if each not in there]
        self._queue.send(
            Hint(connection.portal_id, each, "sweep", now, now, realm_id=connection.realm_id)
            for each in gone
        )

    def in_hubspot(self, connection: Connection, hubspot: HubSpot, now: datetime) -> None:
        """Queue what has changed in HubSpot since the marks; each type of record has its own.

        Raises UnavailableError, ReconnectRequiredError, QueueRefusedError, and HubSpotRefusedError
        for the invoices themselves.
        """
        portal_id = connection.portal_id
        marks = self._store.marks.get(portal_id)
        for object_type in TYPES:
            mark = hubspot_mark(object_type)
            begin = _begin(connection, marks, mark, now)
            if mark not in marks:
                self._store.marks.advance(portal_id, mark, begin)
            try:
                self._send_hubspot(connection, hubspot, object_type, begin - _OVERLAP, now)
            except HubSpotRefusedError as error:
                if object_type == "invoices":
                    raise
                # As a rule a scope is missing: the other types must not wait for it.
                self._log.warning(
                    "a type of records cannot be searched",
                    extra={"portalId": portal_id, "type": object_type, "why": error.category},
                )
            self._store.marks.advance(portal_id, mark, now)

    def _send_hubspot(
        self,
        connection: Connection,
        hubspot: HubSpot,
        object_type: HubSpotType,
        since: datetime,
        now: datetime,
    ) -> None:
        """Queue the records of one type that have changed and were not read since, and move the
        mark with every portion.

        After a long time there are many: a sweep that is stopped has then not been in vain.
        """
        low = str(int(since.timestamp() * 1000))
        portal_id = connection.portal_id
        modified = {"propertyName": MODIFIED, "operator": "GTE", "value": low}
        changed = hubspot.search(object_type, [modified], [MODIFIED], sort=MODIFIED)
        for portion, error in _portions(changed):
            if portion:
                hints = [_missed_change(portal_id, object_type, row, now) for row in portion]
                self._queue.send(self._known.news(connection, hints))
                reached = moment(portion[-1]["properties"].get(MODIFIED))
                if reached:
                    mark = hubspot_mark(object_type)
                    self._store.marks.advance(portal_id, mark, min(reached, now))
            if error:
                raise error

    def resend_failing(self, connection: Connection, now: datetime) -> None:
        """Queue the next portion of the failing invoices. Raises QueueRefusedError.

        The list is begun anew an hour after it was begun last.
        """
        portal_id = connection.portal_id
        cursor = self._store.marks.cursor(portal_id)
        if not cursor:
            last = self._store.marks.get(portal_id).get("failing")
            if last and now - last < _FAILING_AGAIN_AFTER:
                return
            self._store.marks.advance(portal_id, "failing", now)
        page = self._store.failing.page(portal_id, cursor=cursor, limit=_PORTION)
        self._send(portal_id, (record.invoice_id for record in page.records), now)
        self._store.marks.set_cursor(portal_id, page.cursor)

    def _send_quickbooks(
        self, connection: Connection, entity: str, rows: list[dict[str, Any]], now: datetime
    ) -> None:
        object_type = QUICKBOOKS_TYPES[_ENTITIES[entity]]
        hints = [_missed_event(connection, object_type, row, now) for row in rows]
        if not hints:
            return
        not_deleted = [row for row in rows if row.get("status") != "Deleted"]
        self._fan_out.queue_dependents(connection, object_type, hints, not_deleted)
        if object_type == QUICKBOOKS_INVOICES:
            seen = self._versions_seen(connection, [hint.object_id for hint in hints])
            now_there = {str(row["Id"]): version_of(row["SyncToken"]) for row in not_deleted}
            # The worker finds out which of the others are echoes of our own writes.
            self._queue.send(
                replace(hint, foreign=now_there.get(hint.object_id, 0) > seen[hint.object_id])
                for hint in hints
                if hint.object_id in seen
            )

    def _versions_seen(self, connection: Connection, quickbooks_ids: Iterable[str]) -> _Versions:
        """Return the version in which we know each QuickBooks invoice that is ours, by its id."""
        links = self._store.realm.links(connection.realm_id, quickbooks_ids)
        ids = [invoice_id for _, invoice_id in links.values()]
        records = self._store.records.get_many(connection.portal_id, ids)
        versions = {
            record.written.id: record.written.version
            for record in records.values()
            if record.written
        }
        return {each: versions.get(each, FIRST_VERSION) for each in links}

    def _send(self, portal_id: str, ids: Iterable[str], now: datetime) -> None:
        self._queue.send(Hint(portal_id, each, "sweep", now, now) for each in ids)


def _begin(
    connection: Connection, marks: Mapping[str, datetime], name: str, now: datetime
) -> datetime:
    """Return up to when all changes have been found.

    A connection without a mark is new. Its webhooks may be lost from its first minute, and its
    first sweep may come late.
    """
    return marks.get(name) or max(connection.started_at or now, now - _FIRST_LOOK)


def _missed_change(
    portal_id: str, object_type: HubSpotType, row: Mapping[str, Any], now: datetime
) -> Hint:
    """Return the hint of what HubSpot's search has found."""
    changed_at = modified_at(row["properties"])
    return Hint(
        portal_id,
        str(row["id"]),
        "sweep",
        changed_at or now,
        now,
        object_type,
        versioned=changed_at is not None,
    )


def _missed_event(
    connection: Connection, object_type: ObjectType, row: Mapping[str, Any], now: datetime
) -> Hint:
    """Return the hint of the event that Intuit should have sent."""
    changed_at = moment(row.get("MetaData", {}).get("LastUpdatedTime"))
    return Hint(
        portal_id="",
        object_id=str(row["Id"]),
        trigger="sweep",
        occurred_at=changed_at or now,
        received_at=now,
        object_type=object_type,
        realm_id=connection.realm_id,
        deleted=row.get("status") == "Deleted",
    )


def _portions(rows: Iterable[Any]) -> Iterator[tuple[list[Any], ServiceError | None]]:
    """Yield the rows in portions, the last one with the error that ended them, if any: the rows
    that were read before the error must not be read again."""
    portion: list[Any] = []
    try:
        for row in rows:
            portion.append(row)
            if len(portion) == _PORTION:
                yield portion, None
                portion = []
    except ServiceError as error:
        yield portion, error
    else:
        yield portion, None
