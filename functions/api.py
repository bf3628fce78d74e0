"""/v1: failure count, list, sync status, retry and settings, for the signed portal only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import parse_qsl

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import Field

from invoice_sync import hints, wiring
from invoice_sync.api import cause_pages, views
from invoice_sync.api.links import Hosts
from invoice_sync.errors import CursorError, SignatureError
from invoice_sync.failures.catalogue import CATALOGUE
from invoice_sync.hubspot import signature
from invoice_sync.jobs import requests, retry
from invoice_sync.model.base import Model
from invoice_sync.model.connection import Connection, Settings
from invoice_sync.model.job import BackfillJob, ReportJob
from invoice_sync.reconciliation import pages
from invoice_sync.reconciliation.compare import FINDINGS
from invoice_sync.reconciliation.export import as_csv
from invoice_sync.resolve.request import ResolveRequest
from invoice_sync.runtime import metrics

logger = Logger()
app = APIGatewayHttpResolver(enable_validation=True)

InvoiceId = Annotated[str, Path(pattern=r"^[0-9]{1,20}$", description="HubSpot's invoice id")]
Code = Annotated[str, Query(description="A code of the failure catalogue")]
Cause = Annotated[
    str,
    Query(
        pattern=r"^([a-z_]+(\.[0-9a-f]{16})?)?$",
        max_length=100,
        description="A cause, as the list grouped by cause names it",
    ),
]
Cursor = Annotated[str, Query(max_length=1000)]
Limit = Annotated[int, Query(ge=1, le=100)]
Day = Annotated[str, Query(alias="from", description="The first day, as in 2026-01-01")]
LastDay = Annotated[str, Query(alias="to", description="The last day")]
PeriodJob = TypeVar("PeriodJob", BackfillJob, ReportJob)
_LONGEST_PERIOD = 366


class JobRequest(Model):
    """`from` and `to`: days of invoice dates, both included and both required. What is missing is
    refused by the route: before that, strangers must hear that they are not signed in."""

    start: str = Field("", alias="from")
    end: str = Field("", alias="to")
    run: bool = False
    again: bool = False


@lru_cache(maxsize=1)
def collaborators() -> wiring.Api:
    return wiring.api(logger)


def signed(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """Let only HubSpot's hubspot.fetch in, and take the portal from the signed query."""
    event, now = app.current_event.raw_event, datetime.now(UTC)
    try:
        secret = collaborators().secret.get(now)
        signature.verify(secret.hubspot_client_secret, event, now)
    except SignatureError as error:
        logger.warning("request refused", extra={"why": str(error)})
        raise ServiceError(401, "the request is not signed by HubSpot, or is too old") from None
    portal_id = _signed_value("portalId")
    if not portal_id.isdigit():
        raise ServiceError(400, "the signed query must name exactly one portalId")
    app.append_context(portal_id=portal_id)  # type: ignore[no-untyped-call]
    return next_middleware(app)


def _signed_value(name: str) -> str:
    """Of the query that HubSpot signed; empty unless it is there exactly once."""
    query = app.current_event.raw_event.get("rawQueryString") or ""
    found = [value for known, value in parse_qsl(query) if known == name]
    return found[0] if len(found) == 1 else ""


@app.get("/v1/failures/count", middlewares=[signed], summary="How many invoices are failing")
def count() -> views.FailureCount:
    return views.failure_count(collaborators().store.counts(app.context["portal_id"]))


@app.get("/v1/failures", middlewares=[signed], summary="Failing invoices, newest first")
def failures(
    code: Code = "",
    cause: Cause = "",
    group_by: Annotated[Literal["", "cause"], Query(alias="groupBy")] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> views.FailurePage | views.CausePage:
    """A page with a cursor may be short, or even empty, when few of many are of the code or cause.
    Grouped by cause: what many fail for, the cause of most first."""
    store, portal_id = collaborators().store, app.context["portal_id"]
    code, cause = _chosen(code, cause)
    if group_by:
        if cause:
            raise ServiceError(400, "one cause is no groups: ask for its invoices, or for a code")
        found = cause_pages.page(store, portal_id, code=code, cursor=cursor, limit=limit)
        return views.cause_page(found, portal_id, _hosts())
    page = store.failing(portal_id, code=code, cause=cause, cursor=cursor, limit=limit)
    return views.failure_page(page, _hosts())


@app.get(
    "/v1/invoices/<invoiceId>/sync-status", middlewares=[signed], summary="One invoice's status"
)
def sync_status(invoiceId: InvoiceId) -> views.SyncStatus:  # noqa: N803 - the route's name
    own, portal_id = collaborators(), app.context["portal_id"]
    record = own.store.record(portal_id, invoiceId)
    attempts = own.store.attempts(portal_id, invoiceId, datetime.now(UTC)) if record else []
    connection = own.store.connection(portal_id) if record else None
    not_shown = connection.shown.refused if connection else ""
    decisions = own.store.decisions(portal_id, invoiceId) if record else []
    return views.sync_status(invoiceId, record, attempts, decisions, _hosts(), not_shown)


@app.post("/v1/invoices/<invoiceId>/retry", middlewares=[signed], summary="Look at one again, now")
def retry_invoice(invoiceId: InvoiceId) -> views.Queued:  # noqa: N803 - the route's name
    now = datetime.now(UTC)
    hint = hints.Hint(app.context["portal_id"], invoiceId, "retry", now, now)
    return views.Queued(queued=collaborators().queue.send([hint]))


@app.post("/v1/failures/retry", middlewares=[signed], summary="Look at failing invoices again")
def retry_failures(code: Code = "", cause: Cause = "") -> views.RetryView:
    """Those of one cause, of one code, or all: some hundreds at once, the others in the background,
    so that they do not hold up live invoices. While one runs, asking again changes nothing. What
    may be in QuickBooks already is only retried, and so created, when its code is named."""
    own, portal_id = collaborators(), app.context["portal_id"]
    code, cause = _chosen(code, cause)
    _connection()
    now = datetime.now(UTC)
    return views.retry(
        retry.begin(own.store, own.queue, portal_id, code=code, cause=cause, now=now)
    )


@app.get("/v1/failures/retry", middlewares=[signed], summary="How far such a retry is")
def retry_progress(code: Code = "", cause: Cause = "") -> views.RetryView:
    """Of the same code or cause that it was asked for."""
    code, cause = _chosen(code, cause)
    asked = retry.new_retry(app.context["portal_id"], code, cause, datetime.now(UTC))
    known = requests.stored_job(collaborators().store, asked)
    if known is None:
        raise ServiceError(404, "nobody has retried these")
    return views.retry(known)


@app.get("/v1/backfill", middlewares=[signed], summary="A backfill: its plan and its progress")
def backfill(start: Day = "", end: LastDay = "") -> views.BackfillView:
    return views.backfill(_known_job(BackfillJob, start, end))


@app.post("/v1/backfill", middlewares=[signed], summary="Plan a backfill, or run one")
def begin_backfill(asked: JobRequest) -> views.BackfillView:
    """Bring the invoices of a period into QuickBooks. The first request only plans; `run` carries
    out what is planned; `again` plans anew."""
    return views.backfill(_begun(BackfillJob, asked))


@app.get(
    "/v1/reports/reconciliation",
    middlewares=[signed],
    summary="Both systems side by side: totals, then the rows",
)
def report(
    start: Day = "",
    end: LastDay = "",
    finding: Annotated[str, Query(description="Only rows with this finding")] = "",
    cursor: Cursor = "",
    limit: Annotated[int, Query(ge=1, le=5000)] = 500,
    format: Annotated[Literal["json", "csv"], Query()] = "json",
) -> Response[Any]:
    """A page of the report; as CSV the next page's cursor is in the header x-next-cursor."""
    if finding and finding not in FINDINGS:
        raise ServiceError(400, f"the finding is none of {', '.join(FINDINGS)}")
    job = _known_job(ReportJob, start, end)
    rows, following = pages.page(
        collaborators().store, job, finding=finding, cursor=cursor, limit=limit
    )
    view = views.report(job, rows, following)
    if format == "json":
        return Response(200, "application/json", view.model_dump_json(by_alias=True))
    if job.state != "done":
        raise ServiceError(409, f"the report is {job.state}; as CSV there is only a whole one")
    headers = {"content-disposition": f'attachment; filename="reconciliation-{job.id}.csv"'}
    if following:
        headers["x-next-cursor"] = following
    text = as_csv(view.totals if not cursor else [], rows)
    return Response(200, "text/csv; charset=utf-8", text, headers=headers)


@app.post("/v1/reports/reconciliation", middlewares=[signed], summary="Plan a report, or run one")
def begin_report(asked: JobRequest) -> views.ReportView:
    """Compare the invoices of a period. The first request only counts them, and says what the
    report will cost; `run` carries it out; `again` plans anew."""
    return views.report(_begun(ReportJob, asked), [], "")


@app.get("/v1/settings", middlewares=[signed], summary="How this connection syncs")
def settings() -> Settings:
    return _connection().settings


@app.put("/v1/settings", middlewares=[signed], summary="Change how this connection syncs")
def change_settings(settings: Settings) -> Settings:
    """The whole of the settings; what is left out goes back to its default. Failing invoices are
    looked at again: some may have waited for it."""
    own, portal_id = collaborators(), app.context["portal_id"]
    before = _connection().settings
    if not own.store.set_settings(portal_id, settings):
        raise ServiceError(404, "this portal is not connected")
    if before != settings:
        retry.begin(own.store, own.queue, portal_id, now=datetime.now(UTC))
    return settings


@app.get(
    "/v1/invoices/<invoiceId>/preview",
    middlewares=[signed],
    summary="What the next look at an invoice would do",
)
def preview(invoiceId: InvoiceId) -> views.Preview:  # noqa: N803 - the route's name
    """The plan, not carried out, with every failure that it would meet; a draft is judged as if it
    were opened now. Writes nothing."""
    connection = _usable_connection()
    with _asking_others():
        found = collaborators().resolver.preview(connection, invoiceId)
    if found is None:
        raise ServiceError(404, "HubSpot has no such invoice")
    return found


@app.post(
    "/v1/invoices/<invoiceId>/resolve",
    middlewares=[signed],
    summary="Decide about an invoice that is not in step",
)
def resolve(invoiceId: InvoiceId, asked: ResolveRequest) -> views.Resolution:  # noqa: N803
    """One of the resolutions that the failure offers. With `preview` nothing is done: the answer
    says what would be, and, while an argument is missing, which values it may have."""
    connection = _usable_connection()
    by = _signed_value("userEmail")
    if not by:
        raise ServiceError(400, "the signed query must name the user: userEmail")
    with _asking_others():
        found = (
            collaborators().resolver.consider(connection, invoiceId, asked)
            if asked.preview
            else collaborators().resolver.resolve(connection, invoiceId, asked, by)
        )
    if not isinstance(found, views.Resolution):
        raise ServiceError(409, found.words)
    return found


@app.get("/health", summary="The function runs and has its environment")
def health() -> dict[str, str]:
    collaborators()
    return {"status": "ok"}


@app.get("/openapi.json", include_in_schema=False)
def openapi() -> Response[str]:
    schema = app.get_openapi_json_schema(title="Invoice sync", version="1")
    return Response(200, "application/json", views.with_problems(schema))


def _hosts() -> Hosts:
    """Ours is the one that was asked: the same that the connect page is at."""
    event = app.current_event.raw_event
    scheme = event.get("headers", {}).get("x-forwarded-proto", "https")
    domain = event["requestContext"]["domainName"]
    return Hosts(collaborators().quickbooks_base_url, f"{scheme}://{domain}")


def _connection() -> Connection:
    connection = collaborators().store.connection(app.context["portal_id"])
    if connection is None:
        raise ServiceError(404, "this portal is not connected")
    return connection


def _usable_connection() -> Connection:
    connection = _connection()
    if connection.state == "reconnect_required":
        raise ServiceError(409, "a person must connect HubSpot or QuickBooks again first")
    return connection


@contextmanager
def _asking_others() -> Iterator[None]:
    """Trouble of HubSpot or QuickBooks is not ours: whoever asked should hear which."""
    from invoice_sync.resolve.resolver import TROUBLE  # noqa: PLC0415

    try:
        yield
    except tuple(TROUBLE) as error:
        status, words = TROUBLE[type(error)]
        logger.warning("preview or resolution failed", extra={"error": type(error).__name__})
        raise ServiceError(status, words) from None


def _begun(job_type: type[PeriodJob], asked: JobRequest) -> PeriodJob:
    own, now = collaborators(), datetime.now(UTC)
    wanted = _wanted(job_type, asked.start, asked.end)
    known = requests.stored_job(own.store, wanted)
    if asked.run and asked.again:
        raise ServiceError(400, "a new plan has to be looked at before it is run")
    if asked.run and (known is None or known.state not in ("planned", "running")):
        state = known.state if known else "not planned"
        raise ServiceError(409, f"only a planned {wanted.kind} can be run; this one is {state}")
    return requests.request_job(
        own.store, own.queue, wanted, run=asked.run, again=asked.again, now=now
    )


def _known_job(job_type: type[PeriodJob], start: str, end: str) -> PeriodJob:
    """Without a period, the one that was asked for last: the night's report, as a rule."""
    if not start and not end:
        every = collaborators().store.jobs(app.context["portal_id"])
        of_kind = [job for job in every if isinstance(job, job_type)]
        if not of_kind:
            raise ServiceError(404, f"no {job_type.model_fields['kind'].default} has been planned")
        return max(of_kind, key=lambda job: job.requested_at)
    wanted = _wanted(job_type, start, end)
    known = requests.stored_job(collaborators().store, wanted)
    if known is None:
        raise ServiceError(404, f"no {wanted.kind} of this period has been planned")
    return known


def _wanted(job_type: type[PeriodJob], start: str, end: str) -> PeriodJob:
    portal_id, now = app.context["portal_id"], datetime.now(UTC)
    try:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
    except ValueError:
        raise ServiceError(400, "from and to must be days such as 2026-01-31") from None
    if first > last:
        raise ServiceError(400, "from must not be after to")
    if (last - first).days >= _LONGEST_PERIOD:
        raise ServiceError(400, f"a period has at most {_LONGEST_PERIOD} days")
    _connection()
    return job_type(portal_id=portal_id, start=first, end=last, requested_at=now, updated_at=now)


def _chosen(code: str, cause: str) -> tuple[str, str]:
    """The code and the cause that are asked for: a cause is one of its code."""
    of_cause = cause.partition(".")[0]
    for one in (code, of_cause):
        if one and one not in CATALOGUE:
            raise ServiceError(400, "the code is not one of the failure catalogue")
    if code and of_cause not in ("", code):
        raise ServiceError(400, "the cause is not one of that code")
    return of_cause or code, cause


@app.exception_handler(ServiceError)  # type: ignore[untyped-decorator]
def refused(error: ServiceError) -> Response[str]:
    return views.problem(error.status_code, str(error.msg))


@app.not_found
def no_route(_: Exception) -> Response[str]:
    return views.problem(404, "there is no such route")


@app.exception_handler(RequestValidationError)  # type: ignore[untyped-decorator]
def invalid(error: RequestValidationError) -> Response[str]:
    # Names of the wrong parameters only: their values may be personal.
    names = sorted({str(one["loc"][-1]) for one in error.errors()})
    return views.problem(400, f"not valid: {', '.join(names)}")


@app.exception_handler(CursorError)  # type: ignore[untyped-decorator]
def bad_cursor(error: CursorError) -> Response[str]:
    return views.problem(400, str(error))


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def broken(_: Exception) -> Response[str]:
    logger.exception("the request failed")
    return views.problem(500, "something went wrong here; the log has the details")


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    try:
        return app.resolve(event, context)
    finally:
        metrics.flush()
