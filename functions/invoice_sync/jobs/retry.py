"""Retry many failing invoices: those of one root cause, of one code, or all, a portion at a time.

The list of failing invoices is sorted by the time since when each one fails, newest first. That
time does not change while an invoice fails, so a cursor skips none, and an invoice that begins to
fail later is not retried. This module loads no API client: the API begins a retry and sends its
first portion, the worker sends the others.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from invoice_sync.hints import Hint, Queue
from invoice_sync.jobs.portions import send_hints, updated_since, waited_too_long
from invoice_sync.jobs.requests import step_hint, stored_job
from invoice_sync.model.connection import Connection
from invoice_sync.model.job import RetryCounts, RetryJob, RetryPosition, SentPortion
from invoice_sync.model.record import Record
from invoice_sync.store.store import Store

# A live invoice waits for one portion at most. Smaller ones would make a long retry even longer.
PORTION = 150
_SECONDS_BETWEEN_STEPS = 10
# We wait only for the last 20 of a portion; the queue reaches them last.
_WAITED_FOR = 20
# Retried, and so created, only when somebody names this code.
POSSIBLE_DUPLICATE = "possible_duplicate"


def new_retry(portal_id: str, code: str, cause: str, now: datetime) -> RetryJob:
    """Return the retry of the failing invoices of a root cause, else of a code, else of all.

    It is neither stored nor begun. A root cause belongs to one code, which it begins with.
    """
    return RetryJob(
        portal_id=portal_id,
        code=cause.partition(".")[0] or code,
        cause=cause,
        state="running",
        requested_at=now,
        updated_at=now,
    )


def begin(
    store: Store,
    queue: Queue,
    portal_id: str,
    *,
    code: str = "",
    cause: str = "",
    anew: bool = False,
    now: datetime,
) -> RetryJob:
    """Retry the failing invoices of a root cause, else of a code, else all of them.

    Return the stored job: the same one while it is running, unless it is to begin `anew` because
    something changed that the invoices may have waited for. The first portion is on the queue
    afterwards, the worker does the rest. If two people begin it at the same time, both send that
    portion, which is harmless, and one job continues. Raises QueueRefusedError.
    """
    job = new_retry(portal_id, code, cause, now)
    stored = stored_job(store, job)
    if stored and stored.active and not anew:
        return stored
    version = stored.version + 1 if stored else 1
    progress = RetryCounts(total=_failing_count(store, job))
    job = job.model_copy(update={"version": version, "progress": progress})
    job = _with_next_portion(store, queue, job, now)
    if not store.jobs.put(job):
        return stored_job(store, job) or job
    if job.active:
        queue.send([step_hint(job, now)], delay_seconds=_SECONDS_BETWEEN_STEPS)
    return job


def look_at_money(store: Store, queue: Queue, portal_id: str, now: datetime) -> None:
    """Queue the invoices that do not fail but have money in no book: nobody looked at their
    payments while recording was off. Raises QueueRefusedError."""
    cursor, is_last = "", False
    while not is_last:
        page = store.unrecorded.page(portal_id, cursor=cursor, limit=PORTION)
        cursor, is_last = page.cursor, not page.cursor
        queue.send(
            Hint(portal_id, record.invoice_id, "retry", now, now)
            for record in page.records
            if record.status != "failing"
        )


class Retries:
    def __init__(self, store: Store, queue: Queue, clock: Callable[[], datetime]) -> None:
        self._store, self._queue, self._clock = store, queue, clock

    def step(self, job: RetryJob, connection: Connection) -> tuple[RetryJob, int]:
        """Send the next portion once the one before has been synced.

        Return the job, and the seconds to wait before its next step. Safe to repeat: a hint too
        many is harmless. Raises QueueRefusedError.
        """
        now, awaited = self._clock(), job.position.awaited
        if awaited and not waited_too_long(awaited, now):
            records = self._store.records.get_many(job.portal_id, awaited.invoice_ids).values()
            synced = sum(_synced_since(record, awaited.sent_at) for record in records)
            # Half of them is enough: an invoice that is leased, or in trouble, holds up no others.
            if 2 * synced < len(awaited.invoice_ids):
                return job, _SECONDS_BETWEEN_STEPS
        job = _with_next_portion(self._store, self._queue, job, now)
        return job, _SECONDS_BETWEEN_STEPS if job.position.awaited else 0


def _with_next_portion(store: Store, queue: Queue, job: RetryJob, now: datetime) -> RetryJob:
    """Queue the next portion and return the job after it; the job is done with the last one."""
    page = store.failing.page(
        job.portal_id,
        code=job.code,
        cause=job.cause,
        cursor=job.position.cursor,
        limit=PORTION,
    )
    invoice_ids = [
        record.invoice_id
        for record in page.records
        if job.code or not (record.failure and record.failure.code == POSSIBLE_DUPLICATE)
    ]
    send_hints(queue, job, invoice_ids, now)
    store.queued.mark(job.portal_id, invoice_ids, now)
    queued = job.progress.queued + len(invoice_ids)
    progress = job.progress.model_copy(update={"queued": queued})
    if not page.cursor:
        done = {"progress": progress, "state": "done", "position": RetryPosition()}
        return job.model_copy(update=done)
    last_ids = tuple(invoice_ids[-_WAITED_FOR:])
    awaited = SentPortion(invoice_ids=last_ids, sent_at=now) if last_ids else None
    position = RetryPosition(cursor=page.cursor, awaited=awaited)
    return job.model_copy(update={"progress": progress, "position": position})


def _synced_since(record: Record, moment: datetime) -> bool:
    in_trouble = record.pending_since is not None
    return not in_trouble and updated_since(record, moment)


def _failing_count(store: Store, job: RetryJob) -> int:
    if job.cause:
        return store.causes.count(job.portal_id, job.cause)
    counts = store.counters.get(job.portal_id)
    if job.code:
        return counts.by_code.get(job.code, 0)
    return counts.failing - counts.by_code.get(POSSIBLE_DUPLICATE, 0)
