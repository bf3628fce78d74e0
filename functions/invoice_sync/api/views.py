"""What the API shows of records and failures. JSON names are camelCase."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any, Literal

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from invoice_sync.api.cause_pages import Causes
from invoice_sync.api.links import Hosts, Link, links
from invoice_sync.failures.catalogue import CATALOGUE
from invoice_sync.failures.describe import explain, fixed_by, remedy
from invoice_sync.failures.resolutions import resolutions
from invoice_sync.failures.variants import entry
from invoice_sync.model.base import Model
from invoice_sync.model.failure import Difference, Failure
from invoice_sync.model.job import BackfillJob, BackfillRunCounts, ReportJob, RetryJob
from invoice_sync.model.money import to_minor_unit
from invoice_sync.model.record import Attempt, Decision, PaymentState, Record
from invoice_sync.quickbooks.pages import invoice_link
from invoice_sync.reconciliation.compare import Row
from invoice_sync.reconciliation.totals import Total, formatted
from invoice_sync.store.store import Cause, Counts, Page


class FailureCount(Model):
    """`oldest_failed_at`: since when the longest failing invoice fails, null when none does."""

    failing: int
    by_code: dict[str, int]
    oldest_failed_at: datetime | None


class Remedy(Model):
    """What a person does about it, step by step."""

    hubspot: list[str]
    quickbooks: list[str]


class ShownFailure(Model):
    """`links`: the pages in both products that it is about."""

    code: str
    title: str
    explanation: str
    remedy: Remedy
    fixed_by: str
    heals_when: str
    resolutions: list[str]
    links: list[Link]
    retried: bool
    detail: dict[str, Any]
    fault: str
    differences: list[Difference]
    since: datetime | None
    intuit_tid: str


class FailingInvoice(Model):
    invoice_id: str
    number: str
    failure: ShownFailure


class FailurePage(Model):
    failures: list[FailingInvoice]
    cursor: str


class FailureCause(Model):
    """What so many invoices fail for. `newest_at`: when the last of them came. `failure`: that of
    the example, whose id is empty when that one is in step again."""

    cause: str
    code: str
    invoices: int
    newest_at: datetime
    example_invoice_id: str
    failure: ShownFailure


class CausePage(Model):
    """The cause of most invoices first. `single`: by code, how many fail for a reason of their own.
    `more`: there are thousands of causes, and invoices of those left out count as single."""

    causes: list[FailureCause]
    single: dict[str, int]
    cursor: str
    more: bool


class QuickBooksInvoice(Model):
    id: str
    number: str
    link: str


class ShownPayment(Model):
    """A payment taken in HubSpot. `reason`: why it is not in QuickBooks, or what differs there.
    `quickbooks_id`: of the payment in QuickBooks that it is, or is taken to be."""

    hubspot_id: str
    state: Literal["recorded", "not_synced", "pending"]
    amount: str
    currency: str
    date: str
    reason: str
    quickbooks_id: str


class PaymentStatus(Model):
    """What is paid in QuickBooks, by whatever way, and what became of HubSpot's payments.

    `unknown` while the invoice is not in QuickBooks. `unread`: why HubSpot's payments are not
    known, empty when they are.
    """

    status: Literal["unknown", "unpaid", "partly_paid", "paid", "voided"]
    total: str = ""
    balance: str = ""
    currency: str = ""
    payments: list[ShownPayment] = []
    unread: str = ""


class SyncStatus(Model):
    """`status` is `unknown` for an invoice that we have not been told of yet. `decisions`: what
    people chose, newest first. `stopped`: somebody stopped syncing it; `resume_syncing` undoes
    that. `not_shown`: why HubSpot's own invoice does not show the status; empty when it does."""

    invoice_id: str
    status: Literal["unknown", "pending", "synced", "failing", "skipped"]
    reason: str = ""
    number: str = ""
    synced_at: datetime | None = None
    quickbooks: QuickBooksInvoice | None = None
    payment: PaymentStatus | None = None
    failure: ShownFailure | None = None
    attempts: list[Attempt] = []
    decisions: list[Decision] = []
    stopped: bool = False
    not_shown: str = ""


class Preview(Model):
    """What the next look would do. `outcome`: create, update, void, inStep, adopt, skip, wait or
    fail; with `reason` for the last three. `payload`: the body that QuickBooks would get, exactly;
    null where it would get none. `new_customer`: the body that would create the customer first: its
    id is then what `payload` lacks. `differences`: every field in which QuickBooks' invoice is not
    what HubSpot says, as far as it was read. `failures`: all that it would meet. `metered_reads`:
    what the preview itself read at QuickBooks.
    """

    invoice_id: str
    outcome: Literal["create", "update", "void", "inStep", "adopt", "skip", "wait", "fail"]
    reason: str
    payload: dict[str, Any] | None
    new_customer: dict[str, Any] | None
    differences: list[Difference]
    failures: list[ShownFailure]
    metered_reads: int


class ShownCandidate(Model):
    """One value that the missing argument may have, the likeliest first. `about`: the e-mail of a
    customer, the SKU of an item."""

    id: str
    name: str
    about: str
    reasons: list[str]


class Resolution(Model):
    """`done`: false for a preview. `says`: what is, or would be, done. `preview`: what the next
    look would then do. `affects`: how many invoices are looked at now because of it."""

    resolution: str
    done: bool
    says: str
    candidates: list[ShownCandidate]
    preview: Preview | None
    affects: int


class CodeCount(Model):
    title: str
    invoices: int


class BackfillPlan(Model):
    """`by_outcome`: create, update, void, inStep, adopt (in QuickBooks already: only our record is
    missing), synced (nothing to do), skip, wait (in trouble that may pass) and fail; `by_code`
    says why those fail. `numbers_taken_by`: in what the QuickBooks invoices differ that have the
    number of one. `run_metered_reads`: about what running it reads at QuickBooks.
    """

    invoices: int
    by_outcome: dict[str, int]
    by_code: dict[str, CodeCount]
    numbers_taken_by: dict[str, int]
    metered_reads: int
    run_metered_reads: int


class BackfillProgress(Model):
    """`sent`: given to the worker; of those `written` are in QuickBooks now. `failing`: they are
    listed among the failures. `left`: in trouble that may pass, and tried further."""

    done: int
    total: int
    adopted: int
    sent: int
    written: int
    failing: int
    left: int


class BackfillView(Model):
    """`progress` is null until it runs. `why`: what stopped one that failed."""

    start: date = Field(alias="from")
    end: date = Field(alias="to")
    state: Literal["planning", "planned", "running", "done", "failed"]
    why: str
    plan: BackfillPlan
    progress: BackfillProgress | None
    requested_at: datetime
    updated_at: datetime


class ReportPlan(Model):
    """`metered_reads`: what running the report reads at QuickBooks."""

    invoices_in_hubspot: int
    invoices_in_quickbooks: int
    metered_reads: int


class ReportView(Model):
    """`done_to`: the last day that has been compared, empty before the first. `cursor`: not empty
    when there are more rows."""

    start: date = Field(alias="from")
    end: date = Field(alias="to")
    state: Literal["planning", "planned", "running", "done", "failed"]
    why: str
    totals: list[Total]
    plan: ReportPlan | None
    done_to: str
    rows: list[Row]
    cursor: str
    requested_at: datetime
    updated_at: datetime


class Queued(Model):
    queued: int


class RetryView(Model):
    """Of the failing invoices of one `code`, of one `cause`, or all. `total`: how many there were
    when it began. `queued`: how many the worker has been told to look at; `done` when that is all.
    """

    state: Literal["running", "done", "failed"]
    code: str
    cause: str
    total: int
    queued: int
    requested_at: datetime
    updated_at: datetime


def failure_count(counts: Counts) -> FailureCount:
    return FailureCount(
        failing=counts.failing, by_code=counts.by_code, oldest_failed_at=counts.oldest_failed_at
    )


def failure_page(page: Page, hosts: Hosts) -> FailurePage:
    return FailurePage(
        failures=[
            FailingInvoice(
                invoice_id=record.invoice_id,
                number=record.number,
                failure=shown_failure(
                    record.failure,
                    record.failing_since,
                    links(record, record.failure, hosts),
                ),
            )
            for record in page.records
            if record.failure
        ],
        cursor=page.cursor,
    )


def cause_page(page: Causes, portal_id: str, hosts: Hosts) -> CausePage:
    def where(one: Cause) -> list[Link]:
        example = Record(portal_id=portal_id, invoice_id=one.invoice_id)
        return links(example, one.failure, hosts) if one.invoice_id else []

    return CausePage(
        causes=[
            FailureCause(
                cause=one.key,
                code=one.failure.code,
                invoices=one.failing,
                newest_at=one.newest_at,
                example_invoice_id=one.invoice_id,
                failure=shown_failure(one.failure, one.since, where(one)),
            )
            for one in page.causes
        ],
        single=page.single,
        cursor=page.cursor,
        more=page.more,
    )


def retry(job: RetryJob) -> RetryView:
    whole = {
        "state": job.state,
        "code": job.code,
        "cause": job.cause,
        "total": job.progress.total,
        "queued": job.progress.queued,
        "requestedAt": job.requested_at,
        "updatedAt": job.updated_at,
    }
    return RetryView.model_validate(whole)


def sync_status(
    invoice_id: str,
    record: Record | None,
    attempts: Sequence[Attempt],
    decisions: Sequence[Decision],
    hosts: Hosts,
    not_shown: str,
) -> SyncStatus:
    if record is None:
        return SyncStatus(invoice_id=invoice_id, status="unknown")
    quickbooks = None
    if record.quickbooks_id:
        quickbooks = QuickBooksInvoice(
            id=record.quickbooks_id,
            number=record.written.number if record.written else "",
            link=invoice_link(record.quickbooks_id, hosts.quickbooks),
        )
    return SyncStatus(
        invoice_id=invoice_id,
        status=record.status,
        reason=record.reason,
        number=record.number,
        synced_at=record.synced_at,
        quickbooks=quickbooks,
        payment=_payment_status(record),
        failure=shown_failure(
            record.failure,
            record.failing_since,
            links(record, record.failure, hosts),
        )
        if record.failure
        else None,
        attempts=list(attempts),
        decisions=list(decisions),
        stopped=record.choices.stopped,
        not_shown=not_shown,
    )


def _payment_status(record: Record) -> PaymentStatus:
    payments = [_payment(state) for state in record.payments]
    written = record.written
    if written is None:
        return PaymentStatus(status="unknown", payments=payments, unread=record.payments_unread)
    return PaymentStatus(
        status=written.payment_status,
        total=str(to_minor_unit(written.total, written.currency)),
        balance=str(to_minor_unit(written.balance, written.currency)),
        currency=written.currency,
        payments=payments,
        unread=record.payments_unread,
    )


def _payment(state: PaymentState) -> ShownPayment:
    amount = state.amount
    return ShownPayment(
        hubspot_id=state.id,
        state=state.state,
        amount="" if amount is None else str(to_minor_unit(amount, state.currency)),
        currency=state.currency,
        date=state.paid_on.isoformat() if state.paid_on else "",
        reason=state.reason,
        quickbooks_id=state.quickbooks_id,
    )


def backfill(job: BackfillJob) -> BackfillView:
    plan, run = job.plan, job.progress
    progress = BackfillProgress(
        done=run.finished,
        total=max(plan.invoices, run.finished),
        adopted=run.adopted,
        sent=run.sent,
        written=run.written,
        failing=run.failing,
        left=run.left,
    )
    shows_progress = job.state in ("running", "done") or run != BackfillRunCounts()
    whole = {
        "from": job.start,
        "to": job.end,
        "state": job.state,
        "why": job.why,
        "plan": BackfillPlan(
            invoices=plan.invoices,
            by_outcome=dict(sorted(plan.by_outcome.items())),
            by_code={
                code: CodeCount(title=CATALOGUE[code].title, invoices=number)
                for code, number in sorted(plan.by_code.items())
            },
            numbers_taken_by=dict(sorted(plan.numbers_taken_by.items())),
            metered_reads=plan.metered_reads,
            run_metered_reads=plan.run_metered_reads,
        ),
        "progress": progress if shows_progress else None,
        "requestedAt": job.requested_at,
        "updatedAt": job.updated_at,
    }
    return BackfillView.model_validate(whole)


def report(job: ReportJob, rows: list[Row], cursor: str) -> ReportView:
    plan = None
    if job.state != "planning":
        plan = ReportPlan(
            invoices_in_hubspot=job.plan.invoices_in_hubspot,
            invoices_in_quickbooks=job.plan.invoices_in_quickbooks,
            metered_reads=job.plan.metered_reads,
        )
    done_to = ""
    if job.position.next_day:
        done_to = (job.position.next_day - timedelta(days=1)).isoformat()
    whole = {
        "from": job.start,
        "to": job.end,
        "state": job.state,
        "why": job.why,
        "totals": formatted(job.totals),
        "plan": plan,
        "doneTo": min(done_to, job.end.isoformat()),
        "rows": rows,
        "cursor": cursor,
        "requestedAt": job.requested_at,
        "updatedAt": job.updated_at,
    }
    return ReportView.model_validate(whole)


def problem(status: int, detail: str) -> Response[str]:
    """An error as RFC 9457 has it."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return Response(status, "application/problem+json", json.dumps(body))


def with_problems(openapi: str) -> str:
    """Powertools describes its own form of errors; ours are problems, with other statuses."""
    description = json.loads(openapi)
    members = {"type": "string", "title": "string", "status": "integer", "detail": "string"}
    problem_schema = {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in members.items()},
        "required": list(members),
    }
    content = {"application/problem+json": {"schema": problem_schema}}
    problems = {
        "400": {"description": "The request makes no sense", "content": content},
        "401": {"description": "Not signed by HubSpot, or too old", "content": content},
    }
    for path, operations in description["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            if path.startswith("/v1/"):
                operation["responses"] |= problems
    return json.dumps(description)


def shown_failure(
    failure: Failure, since: datetime | None, where: Sequence[Link] = ()
) -> ShownFailure:
    found = entry(failure)
    return ShownFailure(
        code=failure.code,
        title=found.title,
        explanation=explain(failure),
        remedy=Remedy(**remedy(failure)),
        fixed_by=fixed_by(failure),
        heals_when=found.heals_when,
        resolutions=list(resolutions(failure)),
        links=list(where),
        retried=found.retried,
        detail=failure.detail.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        fault=failure.fault,
        differences=list(failure.differences),
        since=since,
        intuit_tid=failure.intuit_tid,
    )
