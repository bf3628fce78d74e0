"""The reconciliation report."""

from __future__ import annotations

from aws_lambda_powertools.event_handler import Response

from invoice_sync.api import report_files
from invoice_sync.api.collaborators import collaborators
from invoice_sync.api.connections import NOT_CONNECTED
from invoice_sync.api.fitting import fitting
from invoice_sync.api.links import Hosts
from invoice_sync.api.parameters import (
    Cursor,
    FirstDay,
    LastDay,
    OnlyFinding,
    RowLimit,
    Ticket,
)
from invoice_sync.api.periods import OUT_OF_RANGE, cancel_job, request_job, stored_job
from invoice_sync.api.presenters.report import report
from invoice_sync.api.routing import Router
from invoice_sync.api.schemas.period import CancelRequest, PeriodRequest
from invoice_sync.api.schemas.report import ReportAnswer, ReportFileLink, ReportFilesAnswer
from invoice_sync.errors import ProblemError
from invoice_sync.model.job import ReportJob
from invoice_sync.runtime import clock

router = Router("Reconciliation report")

_CSV = "text/csv"
_NONE = "The portal is not connected, or no report of this period has been planned."


@router.operation(
    "GET",
    "/v1/reports/reconciliation",
    answer={"description": "The report and a page of its rows."},
    problems={404: _NONE},
)
def get_report(
    first: FirstDay = None,
    last: LastDay = None,
    finding: OnlyFinding = "",
    cursor: Cursor = "",
    limit: RowLimit = 500,
) -> ReportAnswer:
    """Read a report: its totals, then the rows, page by page.

    Without a period it is the report that was asked for last; as a rule that is the one of last
    night. Rows are kept for 60 days.
    """
    # Most starts of the API show no report.
    from invoice_sync.reconciliation import pages  # noqa: PLC0415

    job = stored_job(ReportJob, router.caller.portal_id, first, last)
    store = collaborators().store

    def listed(most: int) -> ReportAnswer:
        rows, following = pages.page(store, job, finding=finding, cursor=cursor, limit=most)
        return report(job, rows, following)

    return fitting(listed, limit)


@router.operation(
    "GET",
    "/v1/reports/reconciliation/files",
    answer={"description": "Links to the files."},
    problems={404: _NONE, 409: "The report is not done, so there are no files of it."},
)
def link_report_files(first: FirstDay = None, last: LastDay = None) -> ReportFilesAnswer:
    """Make links to the report as CSV files.

    A browser opens them for five minutes, without HubSpot's signature. The first file has the
    totals, the others have the invoices.
    """
    job = stored_job(ReportJob, router.caller.portal_id, first, last)
    if job.state != "done":
        words = "The report isn't finished yet. Run it first; its files are ready when its state is"
        raise ProblemError(409, f'{words} "done".')
    now, quickbooks = clock.now(), collaborators().quickbooks_base_url
    secret = collaborators().secret.get(now).hubspot_client_secret
    host = Hosts.of_request(router.current_event.raw_event, quickbooks).app
    return ReportFilesAnswer(
        files=[
            ReportFileLink(label=file.label, url=report_files.link(secret, host, file, now))
            for file in report_files.files_of(job)
        ],
        expires_at=now + report_files.LIFETIME,
    )


@router.operation(
    "GET",
    report_files.PATH,
    answer={"description": "The file.", "content": {_CSV: {"schema": {"type": "string"}}}},
    problems={
        400: "The ticket is missing.",
        403: "The link has expired, or this app did not make it.",
        404: "The report has been run again since.",
    },
    public=True,
)
def get_report_file(ticket: Ticket) -> Response[str]:
    """Download a file of a report, by a link that is good for five minutes."""
    now = clock.now()
    secret = collaborators().secret.get(now).hubspot_client_secret
    file = report_files.opened(secret, ticket, now)
    base_url = collaborators().quickbooks_base_url
    headers = {
        "content-disposition": f'attachment; filename="{file.name}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    text = report_files.text(collaborators().store, file, base_url)
    return Response(200, f"{_CSV}; charset=utf-8", text, headers=headers)


@router.operation(
    "POST",
    "/v1/reports/reconciliation",
    answer={"description": "The report as it stands, without rows."},
    problems={
        404: NOT_CONNECTED,
        409: "Only a planned report can be run, and only some jobs at a time.",
        422: OUT_OF_RANGE,
    },
)
def request_report(body: PeriodRequest) -> ReportAnswer:
    """Plan a report of both systems side by side, or run one that is planned.

    The first request only counts the invoices of the period and says what the report will cost.
    `run` carries it out, `again` plans it anew.
    """
    job = request_job(ReportJob, router.caller, body)
    return report(job, [], "")


@router.operation(
    "POST",
    "/v1/reports/reconciliation/cancel",
    answer={"description": "The report, cancelled."},
    problems={
        404: "The portal is not connected, or there is no such report.",
        409: "The report has ended already.",
    },
)
def cancel_report(body: CancelRequest) -> ReportAnswer:
    """Stop a report, or drop its plan.

    The rows that it has found stay readable. It can be planned anew.
    """
    return report(cancel_job(ReportJob, router.caller, body), [], "")
