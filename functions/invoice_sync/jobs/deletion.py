"""Delete all that is kept for a disconnected portal, some hundred items a step.

Both companies' books stay as they are. What is left is one audit entry, which names nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from invoice_sync.hints import Queue
from invoice_sync.jobs.requests import request_job
from invoice_sync.model.audit import AuditEntry
from invoice_sync.model.connection import Connection
from invoice_sync.model.job import DeletionJob, DeletionPosition
from invoice_sync.store.store import Store

_ITEMS_PER_STEP = 500
_SECONDS_UNTIL_ACCESS_IS_OVER = 900
# A worker that began before the end of the connection may still write: it runs for minutes.
_QUIET = timedelta(minutes=10)


def begin(store: Store, queue: Queue, portal_id: str, now: datetime) -> None:
    """Have the data of a disconnected portal deleted. Raises QueueRefusedError."""
    job = DeletionJob(portal_id=portal_id, state="running", requested_at=now, updated_at=now)
    request_job(store, queue, job, run=True, again=True, now=now)


class Deletions:
    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    def step(self, job: DeletionJob, connection: Connection) -> tuple[DeletionJob, int]:
        """Delete the next items; return the job, and the seconds to wait before its next step. Safe
        to repeat."""
        now = self._clock()
        if not connection.is_disconnected:
            # Somebody has connected again: what is left is in use.
            return job.model_copy(update={"state": "failed", "why": "connected again"}), 0
        begins = job.requested_at + _QUIET
        if now < begins:
            return job, int((begins - now).total_seconds()) + 1
        deleted = self._store.erasure.erase(job.portal_id, connection.realm_id, _ITEMS_PER_STEP)
        items = job.position.items + deleted
        job = job.model_copy(update={"position": DeletionPosition(items=items)})
        if deleted:
            return job, 0
        if connection.token_secret_id:
            # A service has not confirmed that the access is over: the sweep goes on asking.
            return job, _SECONDS_UNTIL_ACCESS_IS_OVER
        self._finish(connection, items, now)
        return job.model_copy(update={"state": "done"}), 0

    def _finish(self, connection: Connection, items: int, now: datetime) -> None:
        says = f"Deleted all that this app kept: {items} items."
        entry = AuditEntry(at=now, who="", action="deletion", says=says)
        self._store.audit.add(connection.portal_id, entry)
        self._store.connections.delete(connection)
