"""Retries, backfills and reports: what they plan, and how far they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from invoice_sync.api.schemas.backfill import (
    BackfillAnswer,
    BackfillPlan,
    BackfillProgress,
    CodeCount,
)
from invoice_sync.api.schemas.report import ReportAnswer, ReportPlan, ReportRow, ReportTotal
from invoice_sync.api.schemas.retry import RetryAnswer
from invoice_sync.failures.catalogue import CATALOGUE
from invoice_sync.model.job import Job
from invoice_sync.reconciliation.compare import Row
from invoice_sync.reconciliation.totals import Total, totals


def retry(job: Job) -> RetryAnswer:
    return RetryAnswer.model_validate(
        {
            "state": job.state,
            "code": job.code,
            "cause": job.cause,
            "total": job.totals.get("total", 0),
            "queued": job.totals.get("queued", 0),
            "requestedAt": job.requested_at,
            "updatedAt": job.updated_at,
        }
    )


def backfill(job: Job) -> BackfillAnswer:
    def under(group: str) -> dict[str, int]:
        return {
            name.removeprefix(group): number
            for name, number in sorted(job.totals.items())
            if name.startswith(group)
        }

    run, invoices = under("run "), job.totals.get("invoices", 0)
    progress = BackfillProgress(
        done=run.get("done", 0),
        total=max(invoices, run.get("done", 0)),
        **{name: run.get(name, 0) for name in ("adopted", "sent", "written", "failing", "left")},
    )
    return BackfillAnswer(
        from_=job.start,
        to=job.end,
        state=job.state,
        why=job.why,
        plan=BackfillPlan(
            invoices=invoices,
            by_outcome=under("outcome "),
            by_code={
                code: CodeCount(title=CATALOGUE[code].title, invoices=number)
                for code, number in under("code ").items()
            },
            numbers_taken_by=under("differs "),
            metered_reads=job.totals.get("reads", 0),
            run_metered_reads=job.metered_reads,
        ),
        progress=progress if job.state in ("running", "done") or run else None,
        requested_at=job.requested_at,
        updated_at=job.updated_at,
    )


def report(job: Job, rows: Sequence[Row], cursor: str) -> ReportAnswer:
    plan = None
    if job.state != "planning":
        plan = ReportPlan(
            invoices_in_hubspot=job.totals.get("in hubspot", 0),
            invoices_in_quickbooks=job.totals.get("in quickbooks", 0),
            metered_reads=job.metered_reads,
        )
    done_to = ""
    if job.position:
        done_to = (date.fromisoformat(job.position) - timedelta(days=1)).isoformat()
    return ReportAnswer(
        from_=job.start,
        to=job.end,
        state=job.state,
        why=job.why,
        totals=[_total(total) for total in totals(job.totals, job.amounts)],
        plan=plan,
        done_to=min(done_to, job.end.isoformat()),
        rows=[_row(row) for row in rows],
        cursor=cursor,
        requested_at=job.requested_at,
        updated_at=job.updated_at,
    )


def _total(total: Total) -> ReportTotal:
    return ReportTotal.model_validate(total.model_dump())


def _row(row: Row) -> ReportRow:
    return ReportRow(
        finding=row.finding,
        hubspot_id=row.hubspot_id,
        hubspot_number=row.hubspot_number,
        hubspot_date=row.hubspot_date,
        hubspot_status=row.hubspot_status,
        hubspot_amount=_amount(row.hubspot_amount),
        currency=row.currency,
        quickbooks_id=row.quickbooks_id,
        quickbooks_number=row.quickbooks_number,
        quickbooks_date=row.quickbooks_date,
        quickbooks_amount=_amount(row.quickbooks_amount),
        quickbooks_balance=_amount(row.quickbooks_balance),
        sync_status=row.sync_status,
        failure_code=row.failure_code,
    )


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
