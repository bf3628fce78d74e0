"""A retry of many failing invoices."""

from __future__ import annotations

from typing import Literal

from invoice_sync.api.schemas.retry import RetryAnswer
from invoice_sync.model.job import JobState, RetryJob

# A retry needs no plan.
_STATES: dict[JobState, Literal["running", "done", "failed", "cancelled"]] = {
    "planning": "running",
    "planned": "running",
    "running": "running",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}


def retry(job: RetryJob) -> RetryAnswer:
    return RetryAnswer(
        state=_STATES[job.state],
        why=job.why,
        code=job.code,
        cause=job.cause,
        total=job.progress.total,
        queued=job.progress.queued,
        requested_at=job.requested_at,
        updated_at=job.updated_at,
    )
