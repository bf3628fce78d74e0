"""Work over a period of days, as requests ask for it: begin it, run it, find it again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TypeVar

from invoice_sync.api import audit
from invoice_sync.api.auth import Caller
from invoice_sync.api.collaborators import collaborators
from invoice_sync.api.connections import connected
from invoice_sync.api.schemas.period import CancelRequest, PeriodRequest
from invoice_sync.errors import ProblemError
from invoice_sync.jobs import requests
from invoice_sync.model.audit import Action
from invoice_sync.model.job import AnyJob, BackfillJob, Job, ReportJob
from invoice_sync.runtime import clock

PeriodJob = TypeVar("PeriodJob", BackfillJob, ReportJob)
LONGEST_DAYS = 366
# No QuickBooks Online company is older.
_FIRST_DAY = date(2000, 1, 1)
TOO_MANY_JOBS = (
    f"{requests.MOST_ACTIVE} jobs of this portal are under way. Wait until one is done, or cancel"
    " one."
)
OUT_OF_RANGE = "A period lies between 2000-01-01 and a year from today."


def request_job(kind: type[PeriodJob], caller: Caller, request: PeriodRequest) -> PeriodJob:
    """Plan the work, run what is planned, or plan it anew. Raises ProblemError."""
    store, queue = collaborators().store, collaborators().queue
    job = _new_job(kind, caller.portal_id, request.from_, request.to)
    stored = requests.stored_job(store, job)
    if request.run and request.again:
        raise ProblemError(400, "run cannot be combined with again: check the new plan first.")
    if request.run and (stored is None or stored.state not in ("planned", "running")):
        state = stored.state if stored else "not planned"
        raise ProblemError(409, f"Only a planned {job.kind} can be run; this one is {state}.")
    now = clock.now()
    _check_days(request.from_, request.to, now)
    if stored is None or request.run or (request.again and not stored.active):
        refuse_too_many(caller.portal_id, stored)
    after = requests.request_job(store, queue, job, run=request.run, again=request.again, now=now)
    if stored is None or after.version != stored.version:
        did = "Started" if request.run else "Planned"
        says = f"{did} the {job.kind} of {job.start} to {job.end}."
        audit.note(caller, job.kind, says)
    return after


def cancel_job(kind: type[PeriodJob], caller: Caller, request: CancelRequest) -> PeriodJob:
    """Stop the work on a period. Raises ProblemError."""
    job = _new_job(kind, caller.portal_id, request.from_, request.to)
    says = f"Cancelled the {job.kind} of {job.start} to {job.end}."
    return cancelled(caller, job, job.kind, says)


def cancelled(caller: Caller, job: AnyJob, action: Action, says: str) -> AnyJob:
    """Stop the stored job with the kind and the id of `job`. `says`: for the audit. Raises
    ProblemError."""
    now, name = clock.now(), job.kind
    stored = requests.cancel_job(collaborators().store, job, now)
    if stored is None:
        raise ProblemError(404, f"There is no such {name}.")
    if not stored.is_over:
        raise ProblemError(409, f"The {name} is just moving. Try again in a moment.", "busy")
    if stored.state != "cancelled" or stored.updated_at != now:
        raise ProblemError(409, f"This {name} is {stored.state}: there is nothing to cancel.")
    audit.note(caller, action, says)
    return stored


def refuse_too_many(portal_id: str, stored: Job | None) -> None:
    """Raise ProblemError when a portal has as many jobs under way as it may have. The `stored` one
    is among them when it is under way."""
    is_counted = stored is not None and stored.active
    if not is_counted and requests.are_too_many(collaborators().store, portal_id):
        raise ProblemError(409, TOO_MANY_JOBS)


def _check_days(first: date, last: date, now: datetime) -> None:
    if first < _FIRST_DAY or last > now.date() + timedelta(days=LONGEST_DAYS):
        raise ProblemError(422, OUT_OF_RANGE)


def stored_job(
    kind: type[PeriodJob], portal_id: str, first: date | None, last: date | None
) -> PeriodJob:
    """Return the work on a period; without one, what was asked for last. Raises ProblemError."""
    store = collaborators().store
    if first is None and last is None:
        jobs = [job for job in store.jobs.all(portal_id) if isinstance(job, kind)]
        if not jobs:
            raise ProblemError(404, f"No {_name(kind)} has been planned.")
        return max(jobs, key=lambda job: job.requested_at)
    if first is None or last is None:
        raise ProblemError(400, "from and to belong together: give both or neither.")
    job = requests.stored_job(store, _new_job(kind, portal_id, first, last))
    if job is None:
        raise ProblemError(404, f"No {_name(kind)} of this period has been planned.")
    return job


def _name(kind: type[PeriodJob]) -> str:
    return str(kind.model_fields["kind"].default)


def _new_job(kind: type[PeriodJob], portal_id: str, first: date, last: date) -> PeriodJob:
    if first > last:
        raise ProblemError(400, "from must not be after to.")
    if (last - first).days >= LONGEST_DAYS:
        raise ProblemError(400, f"A period has at most {LONGEST_DAYS} days.")
    connected(portal_id)
    now = clock.now()
    return kind(portal_id=portal_id, start=first, end=last, requested_at=now, updated_at=now)
