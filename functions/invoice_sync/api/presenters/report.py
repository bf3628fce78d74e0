"""A reconciliation report: its totals and its rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from invoice_sync.api.schemas.report import (
    ReportAnswer,
    ReportPlan,
    ReportRow,
    ReportTotal,
    ReportWhole,
)
from invoice_sync.model.job import ReportJob

if TYPE_CHECKING:
    from invoice_sync.reconciliation.compare import Row


def report(job: ReportJob, rows: Sequence[Row], cursor: str) -> ReportAnswer:
    """Present a report with a page of its rows; `cursor` leads to the next page."""
    # Most starts of the API show no report.
    from invoice_sync.reconciliation.totals import formatted, wholes  # noqa: PLC0415

    return ReportAnswer(
        from_=job.start,
        to=job.end,
        state=job.state,
        why=job.why,
        totals=[ReportTotal.model_validate(total.model_dump()) for total in formatted(job.totals)],
        wholes=[ReportWhole.model_validate(whole.model_dump()) for whole in wholes(job.totals)],
        plan=_plan(job),
        done_to=_done_to(job),
        rows=[_row(row) for row in rows],
        cursor=cursor,
        requested_at=job.requested_at,
        updated_at=job.updated_at,
    )


def _plan(job: ReportJob) -> ReportPlan | None:
    if job.state == "planning":
        return None
    return ReportPlan(
        invoices_in_hubspot=job.plan.invoices_in_hubspot,
        invoices_in_quickbooks=job.plan.invoices_in_quickbooks,
        metered_reads=job.plan.metered_reads,
    )


def _done_to(job: ReportJob) -> str:
    if job.position.next_day is None:
        return ""
    return min(job.position.next_day - timedelta(days=1), job.end).isoformat()


def _row(row: Row) -> ReportRow:
    from invoice_sync.reconciliation.totals import billed  # noqa: PLC0415

    return ReportRow(
        finding=row.finding,
        reason=row.reason,
        hubspot_id=row.hubspot_id,
        hubspot_number=row.hubspot_number,
        hubspot_date=row.hubspot_date,
        hubspot_status=row.hubspot_status,
        hubspot_amount=None if row.hubspot_amount is None else _amount(billed(row)),
        hubspot_balance=_amount(row.hubspot_balance),
        currency=row.currency,
        customer=row.customer,
        due_date=row.due_date,
        quickbooks_id=row.quickbooks_id,
        quickbooks_number=row.quickbooks_number,
        quickbooks_date=row.quickbooks_date,
        quickbooks_amount=_amount(row.quickbooks_amount),
        quickbooks_balance=_amount(row.quickbooks_balance),
        exchange_rate=_amount(row.exchange_rate),
        quickbooks_home_amount=_amount(row.quickbooks_home_amount),
        sync_status=row.sync_status,
        failure_code=row.failure_code,
    )


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
