"""Retries of many: failing invoices of one code, of one cause, or all, a portion at a time.

The list is newest first by the time since when each fails, which does not move while it fails. So
a place in it leaves nothing out, and what begins to fail meanwhile is not retried. Loads no client:
the API begins a retry, and sends its first portion; the worker goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from invoice_sync.hints import Hint, Queue
from invoice_sync.jobs.requests import due
from invoice_sync.model.connection import Connection
from invoice_sync.model.job import Job
from invoice_sync.model.record import Record
from invoice_sync.store.store import Store

# What QuickBooks creates in a minute at most: a live invoice waits for one portion, not for all.
PORTION = 300
_SECONDS_BETWEEN_LOOKS = 10
# The last of a portion stand for it: they are looked at last.
_WAITED_FOR = 20
# Trouble that lasts is shown by the records themselves: the rest does not wait for it for ever.
_WAITS_FOR_PORTION = timedelta(minutes=15)
# Retried, and so created, only when somebody names it.
_POSSIBLE_DUPLICATE = "possible_duplicate"


def wanted(portal_id: str, code: str, cause: str, now: datetime) -> Job:
    """The retry of a choice of failures, not begun. A cause is one of its code."""
    return Job(
        portal_id=portal_id,
        kind="retry",
        start=now.date(),
        end=now.date(),
        code=cause.partition(".")[0] or code,
        cause=cause,
        state="running",
        requested_at=now,
        updated_at=now,
    )


def begin(
    store: Store, queue: Queue, portal_id: str, *, code: str = "", cause: str = "", now: datetime
) -> Job:
    """Retry failing invoices: of one cause, else of one code, else all. One that runs goes on.

    The first portion is on the queue afterwards, a job does the rest. Of two at once both send
    that portion, which is harmless, and one job goes on. Raises QueueRefusedError.
    """
    job = wanted(portal_id, code, cause, now)
    known = store.job(portal_id, job.kind, job.id)
    if known and known.active:
        return known
    version = known.version + 1 if known else 1
    totals = {"total": _failing(store, job)}
    job = job.model_copy(update={"version": version, "totals": totals})
    job = _portion(store, queue, job, now)
    if not store.put_job(job):
        return store.job(portal_id, job.kind, job.id) or job
    if job.active:
        queue.send([due(job, now)], delay_seconds=_SECONDS_BETWEEN_LOOKS)
    return job


class Retries:
    def __init__(self, store: Store, queue: Queue, clock: Callable[[], datetime]) -> None:
        self._store, self._queue, self._clock = store, queue, clock

    def step(self, job: Job, connection: Connection) -> tuple[Job, int]:
        """The next portion, once the one before has been looked at. Safe to repeat: a hint too many
        is harmless."""
        now, place = self._clock(), _place(job)
        sent_at = datetime.fromisoformat(place["sentAt"]) if place.get("sent") else None
        if sent_at and now - sent_at < _WAITS_FOR_PORTION:
            records = self._store.records(job.portal_id, place["sent"]).values()
            # One that another hint is at, or that is in trouble, must not hold up all.
            if 2 * sum(_looked_at(one, sent_at) for one in records) < len(place["sent"]):
                return job, _SECONDS_BETWEEN_LOOKS
        after = _portion(self._store, self._queue, job, now)
        return after, _SECONDS_BETWEEN_LOOKS if _place(after).get("sent") else 0


def _portion(store: Store, queue: Queue, job: Job, now: datetime) -> Job:
    """The job once its next portion is on the queue: done when there is no more."""
    place = _place(job)
    page = store.failing(
        job.portal_id,
        code=job.code,
        cause=job.cause,
        cursor=place.get("cursor", ""),
        limit=PORTION,
    )
    ids = [
        record.invoice_id
        for record in page.records
        if job.code or not (record.failure and record.failure.code == _POSSIBLE_DUPLICATE)
    ]
    queue.send(Hint(job.portal_id, one, job.kind, now, now) for one in ids)
    queued = job.totals.get("queued", 0) + len(ids)
    changes: dict[str, Any] = {"totals": {**job.totals, "queued": queued}}
    if page.cursor:
        stored = {"cursor": page.cursor, "sent": ids[-_WAITED_FOR:], "sentAt": now.isoformat()}
        changes["position"] = json.dumps(stored)
    else:
        changes |= {"state": "done", "position": ""}
    return job.model_copy(update=changes)


def _place(job: Job) -> dict[str, Any]:
    """Where it goes on: after this `cursor`, when the invoices `sent` have been looked at."""
    found: dict[str, Any] = json.loads(job.position) if job.position else {}
    return found


def _looked_at(record: Record, since: datetime) -> bool:
    in_trouble = record.pending_since is not None
    return not in_trouble and record.updated_at is not None and record.updated_at >= since


def _failing(store: Store, job: Job) -> int:
    if job.cause:
        return store.failing_for(job.portal_id, job.cause)
    counts = store.counts(job.portal_id)
    if job.code:
        return counts.by_code.get(job.code, 0)
    return counts.failing - counts.by_code.get(_POSSIBLE_DUPLICATE, 0)
