"""A backfill: what it plans, and how far it is."""

from __future__ import annotations

from invoice_sync.api.schemas.backfill import (
    BackfillAnswer,
    BackfillPlan,
    BackfillProgress,
    CodeCount,
)
from invoice_sync.failures.catalogue import CATALOGUE
from invoice_sync.model.job import BackfillJob, BackfillPlanCounts, BackfillRunCounts


def backfill(job: BackfillJob) -> BackfillAnswer:
    has_run = job.state in ("running", "done") or job.progress != BackfillRunCounts()
    return BackfillAnswer(
        from_=job.start,
        to=job.end,
        state=job.state,
        why=job.why,
        plan=_plan(job.plan),
        progress=_progress(job.progress, job.plan.invoices) if has_run else None,
        requested_at=job.requested_at,
        updated_at=job.updated_at,
    )


def _plan(plan: BackfillPlanCounts) -> BackfillPlan:
    return BackfillPlan(
        invoices=plan.invoices,
        by_outcome=dict(sorted(plan.by_outcome.items())),
        by_code={
            code: CodeCount(title=CATALOGUE[code].title, invoices=number)
            for code, number in sorted(plan.by_code.items())
        },
        numbers_taken_by=dict(sorted(plan.numbers_taken_by.items())),
        metered_reads=plan.metered_reads,
        run_metered_reads=plan.run_metered_reads,
    )


def _progress(progress: BackfillRunCounts, planned: int) -> BackfillProgress:
    return BackfillProgress(
        done=progress.finished,
        # HubSpot may have more invoices by now than were planned.
        total=max(planned, progress.finished),
        adopted=progress.adopted,
        sent=progress.sent,
        written=progress.written,
        failing=progress.failing,
        left=progress.left,
    )
