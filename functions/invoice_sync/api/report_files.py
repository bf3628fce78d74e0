"""The files of a report, behind links that a browser opens without HubSpot's signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from invoice_sync.errors import ProblemError, SealError
from invoice_sync.jobs import requests
from invoice_sync.model.job import ReportJob
from invoice_sync.runtime import metrics
from invoice_sync.store.store import Store

PATH = "/files/reconciliation"
LIFETIME = timedelta(minutes=5)
# Some 500 bytes each, 1,400 with the longest names: a function's answer has at most 6 MB (AWS
# Lambda quotas).
_ROWS_PER_FILE = 4000
_PURPOSE = "report file"


@dataclass(frozen=True)
class ReportFile:
    """A file of one run of a report. `number`: 0 has the totals, the others the rows."""

    portal_id: str
    start: date
    end: date
    requested_at: datetime
    number: int

    @property
    def label(self) -> str:
        more = f", part {self.number}" if self.number > 1 else ""
        return f"Invoices{more}" if self.number else "Totals"

    @property
    def name(self) -> str:
        more = f"-{self.number}" if self.number > 1 else ""
        kind = f"invoices{more}" if self.number else "totals"
        return f"reconciliation-{self.start}-{self.end}-{kind}.csv"


def files_of(job: ReportJob) -> list[ReportFile]:
    """Return the files of a report that is done: its totals, and its rows in one file or more."""
    rows = sum(total.invoices for total in job.totals)
    of_rows = max(1, -(-rows // _ROWS_PER_FILE))
    return [
        ReportFile(job.portal_id, job.start, job.end, job.requested_at, number)
        for number in range(of_rows + 1)
    ]


def link(secret: str, host: str, file: ReportFile, now: datetime) -> str:
    """Return an address that gives the file to whoever has it, for LIFETIME. `host`: this app's
    address."""
    # Only the link needs it.
    from invoice_sync.runtime import sealing  # noqa: PLC0415

    value = [
        file.portal_id,
        file.start.isoformat(),
        file.end.isoformat(),
        file.requested_at.isoformat(),
        file.number,
    ]
    return f"{host}{PATH}?{urlencode({'ticket': sealing.seal(secret, _PURPOSE, value, now)})}"


def opened(secret: str, ticket: str, now: datetime) -> ReportFile:
    """Return the file that a link's ticket is for. Raises ProblemError."""
    from invoice_sync.runtime import sealing  # noqa: PLC0415

    try:
        portal_id, start, end, requested_at, number = sealing.unseal(
            secret, _PURPOSE, ticket, now, LIFETIME
        )
    except SealError:
        metrics.count(metrics.SIGNATURE_REFUSED)
        words = "This link has expired. Make the files again on the report's page in HubSpot."
        raise ProblemError(403, words) from None
    return ReportFile(
        portal_id,
        date.fromisoformat(start),
        date.fromisoformat(end),
        datetime.fromisoformat(requested_at),
        number,
    )


def text(store: Store, file: ReportFile, quickbooks_base_url: str) -> str:
    """Return the content of a file. Raises ProblemError."""
    # Most starts of the API make no file.
    from invoice_sync.reconciliation import export, pages  # noqa: PLC0415

    asked = ReportJob(
        portal_id=file.portal_id,
        start=file.start,
        end=file.end,
        requested_at=file.requested_at,
        updated_at=file.requested_at,
    )
    job = requests.stored_job(store, asked)
    if job is None or job.state != "done" or job.requested_at != file.requested_at:
        words = "This report has been run again since. Make its files again in HubSpot."
        raise ProblemError(404, words)
    if file.number == 0:
        return export.totals_file(job.totals)
    skip = (file.number - 1) * _ROWS_PER_FILE
    rows = pages.part(store, job, skip=skip, limit=_ROWS_PER_FILE)
    connection = store.connections.get(file.portal_id)
    home_currency = connection.company.home_currency if connection else ""
    return export.rows_file(export.Books(file.portal_id, quickbooks_base_url, home_currency), rows)
