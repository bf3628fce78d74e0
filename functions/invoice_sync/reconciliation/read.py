"""The reconciliation report: reads both systems days at a time, in bulk, and keeps the rows.

Each step reads some days of both sides, and the partners dated elsewhere by their ids, so a window
is whole in itself: repeating it gives the same rows again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from invoice_sync.clients import Clients
from invoice_sync.hints import Hint, Queue
from invoice_sync.hubspot import parse as hubspot_mapping
from invoice_sync.hubspot.client import HubSpot
from invoice_sync.hubspot.dates import bounds, zone
from invoice_sync.jobs import requests
from invoice_sync.model.connection import Connection
from invoice_sync.model.job import ReportJob, ReportPlanCounts, ReportPosition
from invoice_sync.quickbooks import parse
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.reconciliation import compare, pages, totals
from invoice_sync.reconciliation.compare import Row, Window
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store

# As many as one step reads and stores within some seconds.
_INVOICES_A_WINDOW = 800
_QUICKBOOKS_PAGE = 1000
# More than so many take too long for one step, unless they are of one day.
_LARGEST_WINDOW = 2000
# As slow as a backfill, for the same reasons.
_LOOKS_AT_ONCE, _SECONDS_FOR_LOOKS, _LONGEST_DELAY = 60, 12, 900
_NIGHTLY_DAYS = 31
_NIGHT_BEGINS = 2
# Set when a connection was swept for the first time: what is older is a backfill's.
BEGUN = "begun"


class Reports:
    def __init__(
        self,
        store: Store,
        queue: Queue,
        clients: Clients,
        clock: Callable[[], datetime],
        log: Log,
    ) -> None:
        self._store, self._queue, self._clients = store, queue, clients
        self._clock, self._log = clock, log

    def step(self, job: ReportJob, connection: Connection) -> tuple[ReportJob, int]:
        """Plan, or compare the next days. Safe to repeat."""
        hubspot, quickbooks = self._clients(connection)
        if job.state == "planning":
            return self._planned(job, connection, hubspot, quickbooks), 0
        start = job.position.next_day or job.start
        end = min(start + timedelta(days=job.window_days - 1), job.end)
        # Days may be fuller than the average that was planned with. HubSpot's counts are free.
        while start < end and self._count(hubspot, connection, start, end) > _LARGEST_WINDOW:
            end = start + (end - start) // 2
        window = self._read(job, connection, hubspot, quickbooks, start, end)
        found = compare.rows(window, job.start, job.end)
        pages.keep(self._store, job, start, found, self._clock())
        pause = self._look_at(job, connection, window, found)
        next_day = end + timedelta(days=1)
        changes: dict[str, Any] = {"totals": totals.counted(job.totals, found)}
        changes["position"] = ReportPosition(next_day=next_day)
        if next_day > job.end:
            changes["state"] = "done"
        return job.model_copy(update=changes), pause

    def _planned(
        self, job: ReportJob, connection: Connection, hubspot: HubSpot, quickbooks: QuickBooks
    ) -> ReportJob:
        here = self._count(hubspot, connection, job.start, job.end)
        there = quickbooks.count_invoices(job.start, job.end)
        days = (job.end - job.start).days + 1
        busiest = max(here, there, 1)
        window_days = max(1, min(days, days * _INVOICES_A_WINDOW // busiest))
        windows = math.ceil(days / window_days)
        # One read for each page of a window, if the invoices are spread evenly. Partners that are
        # dated on other days in QuickBooks come on top: a read for thirty.
        reads = windows * (1 + there // windows // _QUICKBOOKS_PAGE)
        plan = ReportPlanCounts(
            invoices_in_hubspot=here, invoices_in_quickbooks=there, metered_reads=reads
        )
        return job.model_copy(
            update={
                "state": "running" if job.unattended else "planned",
                "window_days": window_days,
                "plan": plan,
            }
        )

    def _read(
        self,
        job: ReportJob,
        connection: Connection,
        hubspot: HubSpot,
        quickbooks: QuickBooks,
        start: date,
        end: date,
    ) -> Window:
        own = zone(connection, self._log)
        listed = [
            hubspot_mapping.summary(str(one["id"]), one["properties"], own)
            for one in hubspot.search(
                "invoices",
                _dated(start, end, connection, self._log),
                hubspot_mapping.SUMMARY,
                sort="hs_object_id",
            )
        ]
        # One whose date cannot be read belongs to every window; it is shown in the first.
        invoices = [
            one
            for one in listed
            if (one.invoice_date is None and start == job.start)
            or (one.invoice_date is not None and start <= one.invoice_date <= end)
        ]
        posted = [parse.invoice(row) for row in quickbooks.invoices_dated(start, end)]
        linked = self._store.linked(connection.realm_id, [one.id for one in posted])
        links = {
            quickbooks_id: invoice_id
            for quickbooks_id, (portal_id, invoice_id) in linked.items()
            if portal_id == job.portal_id
        }
        owners = {compare.owner(job.portal_id, one, links) for one in posted} - {""}
        away = [
            hubspot_mapping.summary(one, found, own)
            for one, found in hubspot.read(
                "invoices",
                sorted(owners - {one.id for one in invoices}),
                hubspot_mapping.SUMMARY,
            ).items()
        ]
        # HubSpot's search shows what is new some moments late.
        late = [one for one in away if one.invoice_date and start <= one.invoice_date <= end]
        invoices += late
        here, there = {one.id for one in invoices}, {one.id for one in posted}
        records = self._store.records(job.portal_id, here | owners)
        elsewhere = {
            record.quickbooks_id
            for invoice_id, record in records.items()
            if invoice_id in here and record.quickbooks_id
        } - there
        partners = quickbooks.where_in("Invoice", "Id", elsewhere) if elsewhere else []
        posted_elsewhere = [parse.invoice(row) for row in partners]
        by_record = {
            record.quickbooks_id: invoice_id
            for invoice_id, record in records.items()
            if record.quickbooks_id
        }
        return Window(
            portal_id=job.portal_id,
            invoices=tuple(invoices),
            posted=tuple(posted),
            invoices_elsewhere=tuple(one for one in away if one not in late),
            posted_elsewhere=tuple(posted_elsewhere),
            records=records,
            links={**by_record, **links},
        )

    def _look_at(
        self, job: ReportJob, connection: Connection, window: Window, found: Sequence[Row]
    ) -> int:
        """So whatever was lost on the way is put right, by the next night at the latest. Returns
        the seconds that the worker needs for it: live invoices must not wait behind."""
        begun = self._store.marks(job.portal_id).get(BEGUN)
        created = {one.id: one.created_at for one in window.invoices}
        now = self._clock()

        def known(row: Row) -> bool:
            at = created.get(row.hubspot_id)
            return row.hubspot_id in window.records or bool(begun and at and at >= begun)

        hints = []
        for row in found:
            record = window.records.get(row.hubspot_id)
            if compare.wants_look(row, record, known=known(row)):
                realm_id = connection.realm_id if compare.is_news(row, record) else ""
                hints.append(
                    Hint(job.portal_id, row.hubspot_id, "report", now, now, realm_id=realm_id)
                )
        pause = 0
        for first in range(0, len(hints), _LOOKS_AT_ONCE):
            self._queue.send(hints[first : first + _LOOKS_AT_ONCE], delay_seconds=pause)
            pause = min(pause + _SECONDS_FOR_LOOKS, _LONGEST_DELAY)
        return pause

    def _count(self, hubspot: HubSpot, connection: Connection, start: date, end: date) -> int:
        return hubspot.count("invoices", _dated(start, end, connection, self._log))


def nightly(store: Store, queue: Queue, connection: Connection, now: datetime, log: Log) -> None:
    """Begin the report of the last days, once a night in the portal's time zone."""
    local = now.astimezone(zone(connection, log))
    last = store.marks(connection.portal_id).get("nightly")
    done = last is not None and last.astimezone(local.tzinfo).date() == local.date()
    if done or local.hour < _NIGHT_BEGINS:
        return
    yesterday = local.date() - timedelta(days=1)
    job = ReportJob(
        portal_id=connection.portal_id,
        start=yesterday - timedelta(days=_NIGHTLY_DAYS - 1),
        end=yesterday,
        unattended=True,
        requested_at=now,
        updated_at=now,
    )
    requests.request_job(store, queue, job, run=False, again=True, now=now)
    store.set_mark(connection.portal_id, "nightly", now)


def _dated(start: date, end: date, connection: Connection, log: Log) -> list[Mapping[str, object]]:
    low, high = bounds(start, end, zone(connection, log))
    dated = {"propertyName": "hs_invoice_date", "operator": "BETWEEN"}
    return [{**dated, "value": low, "highValue": high}]
