"""Run jobs step by step. Each step is one queue message.

So live invoices overtake a job, it continues where it was when a worker dies, and its progress
costs one read of the table. Every step must be safe to repeat: what it did counts only once the
job is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from invoice_sync.credentials.tokens import Tokens
from invoice_sync.errors import (
    FaultError,
    HubSpotRefusedError,
    ReconnectRequiredError,
    UnavailableError,
)
from invoice_sync.hints import JOBS, Hint, Queue
from invoice_sync.jobs.requests import is_old, step_hint
from invoice_sync.model.connection import Connection
from invoice_sync.model.job import BackfillJob, DeletionJob, Job, ReportJob, RetryJob
from invoice_sync.quickbooks.faults import judge
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store
from invoice_sync.sync.boundary import Boundary, Part
from invoice_sync.sync.trouble import (
    SECONDS_WHILE_LASTING,
    error_words,
    of_unavailable,
    try_later,
)

_LEASE_SECONDS = 120
_SECONDS_WHILE_LEASED = 30
_SECONDS_AFTER_FAULT = 60
# How many steps in a row may meet a bug: the first one may be chance.
_MOST_ERRORS = 2


@dataclass(frozen=True)
class Steps:
    """The step of each kind of job.

    A step returns the job after it, and the seconds to wait before the next one. Raises
    UnavailableError, ReconnectRequiredError, HubSpotRefusedError, FaultError, QueueRefusedError.
    """

    backfill: Callable[[BackfillJob, Connection], tuple[BackfillJob, int]]
    report: Callable[[ReportJob, Connection], tuple[ReportJob, int]]
    retry: Callable[[RetryJob, Connection], tuple[RetryJob, int]]
    deletion: Callable[[DeletionJob, Connection], tuple[DeletionJob, int]]

    def __call__(self, job: Job, connection: Connection) -> tuple[Job, int]:
        match job:
            case BackfillJob():
                return self.backfill(job, connection)
            case ReportJob():
                return self.report(job, connection)
            case RetryJob():
                return self.retry(job, connection)
            case DeletionJob():
                return self.deletion(job, connection)


class JobRunner:
    def __init__(
        self,
        store: Store,
        tokens: Tokens,
        queue: Queue,
        steps: Steps,
        allowed_portal_ids: frozenset[str],
        boundary: Boundary,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        log: Log,
    ) -> None:
        self._store, self._tokens, self._queue = store, tokens, queue
        self._allowed = allowed_portal_ids
        self._boundary = boundary
        self._steps, self._clock, self._new_id, self._log = steps, clock, new_id, log

    def run(self, hints: Sequence[Hint], until: datetime | None = None) -> dict[Hint, float]:
        """Run one step of each job. A bug holds up only the job that meets it.
        After `until` no step is begun: the rest goes back to the queue.

        Return the hints whose messages must come again, each with the seconds to wait at least.
        """
        parts = [Part(hint.portal_id, [hint], self._leased, self._stopped) for hint in hints]
        return self._boundary.work_off(parts, until)

    def _leased(self, hints: Sequence[Hint], _until: datetime | None) -> dict[Hint, float]:
        (hint,) = hints
        owner, name = self._new_id(), f"{hint.object_type}#{hint.object_id}"
        now = self._clock()
        if not self._store.leases.take(hint.portal_id, name, owner, now, _LEASE_SECONDS):
            return {hint: _SECONDS_WHILE_LEASED}
        try:
            wait = self._step(hint)
        finally:
            self._store.leases.release(hint.portal_id, name, owner)
        return {} if wait is None else {hint: wait}

    def _stopped(self, hint: Hint, error: Exception) -> bool:
        """Note that a step met a bug. After two such steps in a row the job has failed, and its
        message is not sent again."""
        job = self._job(hint)
        if job is None or not job.active:
            return False
        now = self._clock()
        after = job.next_version(now, errors=job.errors + 1)
        if after.errors >= _MOST_ERRORS:
            after = after.model_copy(update={"state": "failed", "why": error_words(error)})
        if self._store.jobs.put(after) and after.active:
            self._queue.send([step_hint(after, now)], delay_seconds=_SECONDS_AFTER_FAULT)
        self._log_step(after)
        return False

    def _job(self, hint: Hint) -> Job | None:
        return self._store.jobs.get(hint.portal_id, JOBS[hint.object_type], hint.object_id)

    def _step(self, hint: Hint) -> float | None:
        """Run one step; return the seconds until its message must come again, None if it need not.

        The next step has a message of its own.
        """
        job, connection = self._job(hint), self._store.connections.get(hint.portal_id)
        if job is None or connection is None or not job.active or is_old(hint, job):
            return None
        if not self._works(job, connection):
            return None
        now = self._clock()
        try:
            if connection.state == "reconnect_required" and not isinstance(job, DeletionJob):
                raise ReconnectRequiredError("HubSpot or QuickBooks")
            after, pause = self._steps(job, connection)
            after = after.next_version(now, errors=0)
        except UnavailableError as error:
            return self._retry_or_resend(hint, of_unavailable(error).seconds, now)
        except ReconnectRequiredError as error:
            self._tokens.require_reconnect(connection, error.service)
            self._queue.send([step_hint(job, now)], delay_seconds=SECONDS_WHILE_LASTING)
            return None
        except (HubSpotRefusedError, FaultError) as error:
            if isinstance(error, FaultError) and judge(error).verdict == "wait":
                return self._retry_or_resend(hint, _SECONDS_AFTER_FAULT, now)
            after, pause = job.next_version(now, state="failed", why=str(error)), 0
        if self._store.jobs.put(after) and after.active:
            self._queue.send([step_hint(after, now)], delay_seconds=pause)
        self._log_step(after)
        return None

    def _works(self, job: Job, connection: Connection) -> bool:
        """Tell whether a job goes on: the deletion of a disconnected portal's data, or any other
        job of a connected one that this app still works for."""
        if isinstance(job, DeletionJob):
            return True
        return job.portal_id in self._allowed and not connection.is_disconnected

    def _log_step(self, job: Job) -> None:
        self._log.info(
            "a step of a job",
            extra={
                "portalId": job.portal_id,
                "kind": job.kind,
                "job": job.id,
                "state": job.state,
                "position": job.position.model_dump(mode="json", exclude_defaults=True),
            },
        )

    def _retry_or_resend(self, hint: Hint, seconds: float, now: datetime) -> float | None:
        """Return the seconds to wait, or send the hint anew once it has been tried for long."""
        again = try_later(self._queue, hint, seconds, since=hint.received_at, now=now)
        return again.get(hint)
