"""Jobs: long work that is done in steps."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError

from invoice_sync.store import keys
from invoice_sync.store.items import as_map, epoch, readable
from invoice_sync.store.table import Query, Table, put

if TYPE_CHECKING:
    from invoice_sync.model.job import Job

JOBS_KEPT = timedelta(days=60)


class JobStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, portal_id: str, kind: str, job_id: str) -> Job | None:
        item = self._table.get(keys.job(portal_id, kind, job_id))
        return _to_job(item["data"]) if item else None

    def all(self, portal_id: str) -> list[Job]:
        """Return all jobs of a portal, the latest period of each kind last."""
        rows = self._table.rows(Query(keys.jobs(portal_id)))
        jobs = (_to_job(row["data"]) for row in rows)
        return [job for job in jobs if job]

    def put(self, job: Job) -> bool:
        """Store a job. Return False when somebody else stored it since it was read: its version
        must be one more than the stored one. A new job has version 1."""
        return self._table.write_if(
            put(
                keys.job(job.portal_id, job.kind, job.id),
                {
                    "data": as_map(job),
                    "version": job.version,
                    "expiresAt": epoch(job.updated_at + JOBS_KEPT),
                },
                condition="version = :before OR attribute_not_exists(pk)",
                values={":before": job.version - 1},
            )
        )


def _to_job(data: Any) -> Job | None:
    """Return a stored job; None for a kind that only a newer version knows. A job in a state that
    this version does not know goes no further."""
    # Loaded with the first job: most workers meet none.
    from invoice_sync.model.job import JOB_ADAPTER, JobKind  # noqa: PLC0415

    unknown = {"state": "failed", "finding": "unreadable"}
    try:
        return readable(JOB_ADAPTER.validate_python, data, unknown)
    except ValidationError:
        if data.get("kind") in get_args(JobKind):
            raise
        return None
