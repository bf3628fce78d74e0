"""Begin the nightly report. Apart from its steps, so that the sweep does not load them."""

from __future__ import annotations

from datetime import datetime, timedelta

from invoice_sync.hints import Queue
from invoice_sync.hubspot.dates import zone
from invoice_sync.jobs import requests
from invoice_sync.model.connection import Connection
from invoice_sync.model.job import ReportJob
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store

_NIGHTLY_DAYS = 31
_NIGHT_BEGINS = 2


def begin_nightly(
    store: Store, queue: Queue, connection: Connection, now: datetime, log: Log
) -> None:
    """Begin the report of the last days, once a night in the portal's time zone."""
    local = now.astimezone(zone(connection, log))
    last = store.marks.get(connection.portal_id).get("nightly")
    begun_today = last is not None and last.astimezone(local.tzinfo).date() == local.date()
    if begun_today or local.hour < _NIGHT_BEGINS:
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
    store.marks.advance(connection.portal_id, "nightly", now)
