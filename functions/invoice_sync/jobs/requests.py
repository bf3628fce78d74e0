"""Begin jobs and queue their steps. Apart from the runner, so that the API loads no client."""

from __future__ import annotations

from datetime import datetime, timedelta

from invoice_sync.hints import JOBS, Hint, Queue
from invoice_sync.model.job import AnyJob, Job
from invoice_sync.store.store import Store

# A step ends within seconds: a job that has not moved for this long has lost its message.
_STUCK_AFTER = timedelta(minutes=20)
# All jobs of a portal share its limits with its live invoices.
MOST_ACTIVE = 5
# Each of them loses only against a step of the job, which takes seconds.
_TRIES = 3


def request_job(
    store: Store, queue: Queue, job: AnyJob, *, run: bool, again: bool, now: datetime
) -> AnyJob:
    """Begin `job`, or set the stored job with its id running if that is planned.

    Return the stored job; there may be nothing to begin. With `again`, a job that has ended begins
    anew. Two requests at the same time begin it once. Raises QueueRefusedError.
    """
    stored = stored_job(store, job)
    if stored is None or (again and not stored.active):
        begun = job.model_copy(update={"version": stored.version + 1 if stored else 1})
    elif run and stored.state == "planned":
        begun = stored.next_version(now, state="running")
    else:
        return stored
    if not store.jobs.put(begun):
        return stored_job(store, job) or begun
    queue.send([step_hint(begun, now)])
    return begun


def cancel_job(store: Store, job: AnyJob, now: datetime) -> AnyJob | None:
    """Stop the stored job that has the kind and the id of `job`. Return it as it is stored then:
    not cancelled if it had ended, or is being stored without end. None: there is none.

    What it has queued already is looked at all the same.
    """
    stored = stored_job(store, job)
    for _ in range(_TRIES):
        if stored is None or stored.is_over:
            break
        cancelled = stored.next_version(now, state="cancelled", why="It was cancelled.")
        if store.jobs.put(cancelled):
            return cancelled
        stored = stored_job(store, job)
    return stored


def are_too_many(store: Store, portal_id: str) -> bool:
    """Tell whether a portal has as many jobs under way as it may have."""
    return sum(job.active for job in store.jobs.all(portal_id)) >= MOST_ACTIVE


def stored_job(store: Store, job: AnyJob) -> AnyJob | None:
    """Return the stored job that has the kind and the id of `job`."""
    stored = store.jobs.get(job.portal_id, job.kind, job.id)
    return stored if isinstance(stored, type(job)) else None


def step_hint(job: Job, now: datetime) -> Hint:
    """Return the message that asks for the job's next step."""
    object_type = next(name for name, kind in JOBS.items() if kind == job.kind)
    return Hint(job.portal_id, job.id, job.kind, job.requested_at, now, object_type)


def resend_lost(store: Store, queue: Queue, portal_id: str, now: datetime) -> None:
    """Queue the next steps of the jobs that have lost their message. Raises QueueRefusedError.

    The job is stored first: whatever message of it should still be under way is then an old one.
    """
    for job in store.jobs.all(portal_id):
        if job.active and now - job.updated_at > _STUCK_AFTER:
            moved = job.next_version(now)
            if store.jobs.put(moved):
                queue.send([step_hint(moved, now)])


def is_old(hint: Hint, job: Job) -> bool:
    """Tell whether the job was stored after its message was sent: then it has another message."""
    return hint.received_at < job.updated_at
