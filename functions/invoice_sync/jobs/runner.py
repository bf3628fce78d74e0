"""Long work for a portal, in steps: each step is one queue message.

So live invoices overtake it, it goes on where it was when a worker dies, and reading how far it
is costs one read of the table. A step has to be safe to repeat: what it did is known only once
the job is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from invoice_sync.credentials.tokens import Connections
from invoice_sync.errors import (
    FaultError,
    HubSpotRefusedError,
    ReconnectRequiredError,
    UnavailableError,
)
from invoice_sync.hints import JOBS, Hint, Queue
from invoice_sync.jobs.requests import due, moved
from invoice_sync.model.connection import Connection
from invoice_sync.model.job import Job
from invoice_sync.quickbooks.faults import judge
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store
from invoice_sync.sync.trouble import SECONDS_WHILE_LASTING, of_unavailable, try_later

_LEASE_SECONDS = 120

# The job after one step, and the seconds to wait before the next. Raises UnavailableError,
# ReconnectRequiredError, RefusedError, FaultError.
Step = Callable[[Job, Connection], tuple[Job, int]]


class Jobs:
    def __init__(
        self,
        store: Store,
        connections: Connections,
        queue: Queue,
        steps: Mapping[str, Step],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        log: Log,
    ) -> None:
        self._store, self._connections, self._queue = store, connections, queue
        self._steps, self._clock, self._new_id, self._log = steps, clock, new_id, log

    def run(self, hints: Sequence[Hint]) -> dict[Hint, float]:
        """One step of each job. Returns the hints to be tried again, each with the seconds to
        wait at least."""
        again: dict[Hint, float] = {}
        for hint in hints:
            owner, name = self._new_id(), f"{hint.object_type}#{hint.object_id}"
            now = self._clock()
            if not self._store.take_lease(hint.portal_id, name, owner, now, _LEASE_SECONDS):
                again[hint] = 30
                continue
            try:
                wait = self._step(hint)
            finally:
                self._store.release_lease(hint.portal_id, name, owner)
            if wait is not None:
                again[hint] = wait
        return again

    def _step(self, hint: Hint) -> float | None:
        """Seconds to wait before the same message is tried again; None when it is done with."""
        job = self._store.job(hint.portal_id, JOBS[hint.object_type], hint.object_id)
        connection = self._connections.get(hint.portal_id)
        if job is None or connection is None or not job.active:
            return None
        now = self._clock()
        try:
            if connection.state == "reconnect_required":
                raise ReconnectRequiredError("HubSpot or QuickBooks")
            after, pause = self._steps[job.kind](job, connection)
            after = moved(after, now)
        except UnavailableError as error:
            return self._later(hint, of_unavailable(error).seconds, now)
        except ReconnectRequiredError:
            self._connections.require_reconnect(connection)
            self._queue.send([due(job, now)], delay_seconds=SECONDS_WHILE_LASTING)
            return None
        except (HubSpotRefusedError, FaultError) as error:
            if isinstance(error, FaultError) and judge(error).verdict == "wait":
                return self._later(hint, 60, now)
            after, pause = moved(job, now, state="failed", why=str(error)), 0
        if self._store.put_job(after) and after.active:
            self._queue.send([due(after, now)], delay_seconds=pause)
        self._log.info(
            "a step of a job",
            extra={
                "portalId": job.portal_id,
                "kind": job.kind,
                "job": job.id,
                "state": after.state,
                "position": after.position,
            },
        )
        return None

    def _later(self, hint: Hint, seconds: float, now: datetime) -> float | None:
        again = try_later(self._queue, hint, seconds, since=hint.received_at, now=now)
        return again.get(hint)
