"""Run the reconciliation report as a job: plan it, then compare some days in each step."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, timedelta

from invoice_sync.clients import Clients
from invoice_sync.hints import Queue
from invoice_sync.hubspot.dates import zone
from invoice_sync.model.connection import Connection
from invoice_sync.model.job import ReportJob, ReportPlanCounts, ReportPosition
from invoice_sync.reconciliation import compare, follow_up, pages, totals
from invoice_sync.reconciliation.read import WindowReader
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store

# As many as a step reads and stores within some seconds.
_INVOICES_PER_WINDOW = 800
_QUICKBOOKS_PAGE = 1000
# More would take too long for one step, unless all of them are dated on one day.
_LARGEST_WINDOW = 2000


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
        """Plan the report, or compare its next days.

        Return the job, and the seconds to wait before its next step. Safe to repeat. Raises
        UnavailableError, ReconnectRequiredError, HubSpotRefusedError, FaultError,
        QueueRefusedError.
        """
        hubspot = self._clients.hubspot(connection, bulk=True)
        quickbooks = self._clients.quickbooks(connection, bulk=True)
        portal_zone = zone(connection, self._log)
        connection = self._store.starts.with_start(connection, self._clock())
        reader = WindowReader(self._store, connection, hubspot, quickbooks, portal_zone)
        if job.state == "planning":
            return _planned(job, reader), 0
        start, end = _next_days(job, reader)
        window = reader.read(start, end, with_undated=start == job.start)
        rows = compare.rows(window, job.start, job.end)
        pages.keep(self._store, job, start, rows, self._clock())
        hints = follow_up.hints(window, rows, connection.realm_id, self._clock())
        pause = follow_up.send(self._queue, hints)
        next_day = end + timedelta(days=1)
        after = {
            "totals": totals.counted(job.totals, rows),
            "position": ReportPosition(next_day=next_day),
            "state": "done" if next_day > job.end else job.state,
        }
        return job.model_copy(update=after), pause


def _planned(job: ReportJob, reader: WindowReader) -> ReportJob:
    in_hubspot = reader.count_in_hubspot(job.start, job.end)
    in_quickbooks = reader.quickbooks.count_invoices(job.start, job.end)
    days = (job.end - job.start).days + 1
    most = max(in_hubspot, in_quickbooks, 1)
    window_days = max(1, min(days, days * _INVOICES_PER_WINDOW // most))
    windows = math.ceil(days / window_days)
    # One read for each page of a window, if the invoices are spread evenly. Partners that are dated
    # on other days in QuickBooks come on top: a read for thirty.
    reads = windows * (1 + in_quickbooks // windows // _QUICKBOOKS_PAGE)
    plan = ReportPlanCounts(
        invoices_in_hubspot=in_hubspot, invoices_in_quickbooks=in_quickbooks, metered_reads=reads
    )
    state = "running" if job.unattended else "planned"
    return job.model_copy(update={"state": state, "window_days": window_days, "plan": plan})


def _next_days(job: ReportJob, reader: WindowReader) -> tuple[date, date]:
    """Return the first and the last day of the next window."""
    start = job.position.next_day or job.start
    end = min(start + timedelta(days=job.window_days - 1), job.end)
    # Days may be fuller than the average that was planned with. HubSpot's counts are free.
    while start < end and reader.count_in_hubspot(start, end) > _LARGEST_WINDOW:
        end = start + (end - start) // 2
    return start, end
