"""Begins jobs and asks for their next steps. Not in `jobs`, so that the API loads no client."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from invoice_sync.hints import JOBS, Hint, Queue
from invoice_sync.model.job import Job
from invoice_sync.store.store import Store

# A step ends within seconds: a job that has not moved for so long has lost its message.
_STUCK_AFTER = timedelta(minutes=20)


def requested(
    store: Store, queue: Queue, job: Job, *, run: bool, again: bool, now: datetime
) -> Job:
    """The stored job of that kind and period, begun, or set running once it is planned.

    `again` begins anew one that has ended. Two requests at once begin it once.
    """
    known = store.job(job.portal_id, job.kind, job.id)
    if known is None or (again and not known.active):
        wanted = job.model_copy(update={"version": known.version + 1 if known else 1})
    elif run and known.state == "planned":
        wanted = moved(known, now, state="running", position="")
    else:
        return known
    if not store.put_job(wanted):
        return store.job(job.portal_id, job.kind, job.id) or wanted
    queue.send([due(wanted, now)])
    return wanted


def due(job: Job, now: datetime) -> Hint:
    """The message for a job's next step."""
    object_type = next(name for name, kind in JOBS.items() if kind == job.kind)
    return Hint(job.portal_id, job.id, job.kind, job.requested_at, now, object_type)


def stuck(jobs: Sequence[Job], now: datetime) -> list[Hint]:
    """The next steps of those whose message was lost."""
    lost = [job for job in jobs if job.active and now - job.updated_at > _STUCK_AFTER]
    return [due(job, now) for job in lost]


def moved(job: Job, now: datetime, **changes: object) -> Job:
    return job.model_copy(update={**changes, "version": job.version + 1, "updated_at": now})
