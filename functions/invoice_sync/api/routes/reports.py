"""The reconciliation report."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import Response

from invoice_sync.api.collaborators import collaborators
from invoice_sync.api.connections import NOT_CONNECTED
from invoice_sync.api.parameters import (
    Cursor,
    FirstDay,
    LastDay,
    OnlyFinding,
    ReportFormat,
    RowLimit,
)
from invoice_sync.api.periods import request_job, stored_job
from invoice_sync.api.presenters.report import report
from invoice_sync.api.routing import Router
from invoice_sync.api.schemas.period import PeriodRequest
from invoice_sync.api.schemas.report import ReportAnswer
from invoice_sync.errors import ProblemError
from invoice_sync.model.job import ReportJob
from invoice_sync.reconciliation import pages
from invoice_sync.reconciliation.compare import Row
from invoice_sync.reconciliation.export import as_csv
from invoice_sync.reconciliation.totals import formatted

router = Router("Reconciliation report")

_CSV = "text/csv"
_NEXT_CURSOR = "x-next-cursor"


@router.operation(
    "GET",
    "/v1/reports/reconciliation",
    answer={
        "description": "The report and a page of its rows.",
        "headers": {
            _NEXT_CURSOR: {
                "description": "The `cursor` of the next page of CSV; left out on the last one.",
                "schema": {"type": "string"},
            }
        },
        "content": {
            "application/json": {"model": ReportAnswer},
            _CSV: {"schema": {"type": "string"}},
        },
    },
    problems={
        404: "The portal is not connected, or no report of this period has been planned.",
        409: "The report is not done, so there is no CSV of it.",
    },
)
def get_report(
    first: FirstDay = None,
    last: LastDay = None,
    finding: OnlyFinding = "",
    cursor: Cursor = "",
    limit: RowLimit = 500,
    report_format: ReportFormat = "json",
) -> Response[Any]:
    """Read a report: its totals, then the rows, page by page.

    Without a period it is the report that was asked for last; as a rule that is the one of last
    night. Rows are kept for 60 days.
    """
    job = stored_job(ReportJob, router.caller.portal_id, first, last)
    store = collaborators().store
    rows, following = pages.page(store, job, finding=finding, cursor=cursor, limit=limit)
    if report_format == "json":
        answer = report(job, rows, following)
        return Response(200, "application/json", answer.model_dump_json(by_alias=True))
    if job.state != "done":
        raise ProblemError(409, f"There is no CSV while the report is {job.state}.")
    return _csv(job, rows, first_page=not cursor, following=following)


def _csv(job: ReportJob, rows: list[Row], *, first_page: bool, following: str) -> Response[Any]:
    headers = {"content-disposition": f'attachment; filename="reconciliation-{job.id}.csv"'}
    if following:
        headers[_NEXT_CURSOR] = following
    text = as_csv(formatted(job.totals) if first_page else [], rows)
    return Response(200, f"{_CSV}; charset=utf-8", text, headers=headers)


@router.operation(
    "POST",
    "/v1/reports/reconciliation",
    answer={"description": "The report as it stands, without rows."},
    problems={404: NOT_CONNECTED, 409: "Only a planned report can be run."},
)
def request_report(body: PeriodRequest) -> ReportAnswer:
    """Plan a report of both systems side by side, or run one that is planned.

    The first request only counts the invoices of the period and says what the report will cost.
    `run` carries it out, `again` plans it anew.
    """
    job = request_job(ReportJob, router.caller, body)
    return report(job, [], "")
