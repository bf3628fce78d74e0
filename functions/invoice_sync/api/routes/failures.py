"""Failing invoices: how many, which, what for, and retries of many."""

from __future__ import annotations

from invoice_sync.api import audit, cause_pages
from invoice_sync.api.collaborators import collaborators
from invoice_sync.api.connections import NOT_CONNECTED, connected
from invoice_sync.api.fitting import fitting
from invoice_sync.api.links import Hosts
from invoice_sync.api.parameters import Cause, Code, Currency, Cursor, GroupBy, Limit, TextInList
from invoice_sync.api.periods import cancelled, refuse_too_many
from invoice_sync.api.presenters import failure as present
from invoice_sync.api.presenters import retry as present_retry
from invoice_sync.api.routing import Router
from invoice_sync.api.schemas.failure import CausesAnswer, FailureCountAnswer, FailuresAnswer
from invoice_sync.api.schemas.retry import RetryAnswer
from invoice_sync.errors import ProblemError
from invoice_sync.failures.catalogue import CATALOGUE
from invoice_sync.jobs import requests, retry
from invoice_sync.runtime import clock

router = Router("Failures")


@router.operation("GET", "/v1/failures/count", answer={"description": "The numbers."})
def count_failures() -> FailureCountAnswer:
    """Count the failing invoices.

    Costs one read of the table, however many invoices fail.
    """
    return present.failure_count(collaborators().store.counters.get(router.caller.portal_id))


@router.operation(
    "GET",
    "/v1/failures",
    answer={"description": "A page of failing invoices; with `groupBy=cause` a page of causes."},
)
def list_failures(
    code: Code = "",
    cause: Cause = "",
    currency: Currency = "",
    search: TextInList = "",
    group_by: GroupBy = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> FailuresAnswer | CausesAnswer:
    """List the failing invoices, newest failure first, or what they fail for.

    A page can be short, or even empty, and still have a cursor when only few of very many
    invoices have the code or the cause: go on while there is a cursor.

    With `groupBy=cause` it lists the root causes instead, the one with the most invoices first.
    """
    store, portal_id = collaborators().store, router.caller.portal_id
    code = _code_of(code, cause)
    hosts = Hosts.of_request(router.current_event.raw_event, collaborators().quickbooks_base_url)
    if group_by:
        if cause or currency or search:
            words = "groupBy=cause can be combined with code, and with nothing else."
            raise ProblemError(400, words)
        causes = cause_pages.page(store, portal_id, code=code, cursor=cursor, limit=limit)
        return present.causes(causes, portal_id, hosts)

    def listed(most: int) -> FailuresAnswer:
        page = store.failing.page(
            portal_id,
            code=code,
            cause=cause,
            currency=currency,
            search=search,
            cursor=cursor,
            limit=most,
        )
        ids = [record.invoice_id for record in page.records]
        return present.failures(page, store.queued.waiting(portal_id, ids, clock.now()), hosts)

    return fitting(listed, limit)


@router.operation(
    "POST",
    "/v1/failures/retry",
    answer={"description": "The retry, begun or running already."},
    problems={404: NOT_CONNECTED, 409: "Only some jobs can be under way at a time."},
)
def retry_failures(code: Code = "", cause: Cause = "") -> RetryAnswer:
    """Look again at the failing invoices of a cause, of a code, or at all of them.

    The first 300 are on the queue when the answer comes. The others follow in the background, 300
    at a time, so that they do not hold up live invoices. Asking again while a retry runs changes
    nothing.

    Invoices that fail with `possible_duplicate` may be in QuickBooks already. A retry creates them,
    so they are retried only when that code is named. Those that HubSpot's own sync may have written
    are only looked for again: they need a decision each.
    """
    portal_id = router.caller.portal_id
    code = _code_of(code, cause)
    connected(portal_id)
    store, queue, now = collaborators().store, collaborators().queue, clock.now()
    asked = requests.stored_job(store, retry.new_retry(portal_id, code, cause, now))
    refuse_too_many(portal_id, asked)
    job = retry.begin(store, queue, portal_id, code=code, cause=cause, now=now)
    if job.requested_at == now:
        audit.note(router.caller, "retry_many", _retried(code, cause, job.progress.total))
    return present_retry.retry(job)


@router.operation(
    "GET",
    "/v1/failures/retry",
    answer={"description": "The retry."},
    problems={404: "These failures have not been retried."},
)
def get_retry(code: Code = "", cause: Cause = "") -> RetryAnswer:
    """Tell how far a retry is.

    Name the code or the cause that it was asked for with.
    """
    code = _code_of(code, cause)
    asked = retry.new_retry(router.caller.portal_id, code, cause, clock.now())
    job = requests.stored_job(collaborators().store, asked)
    if job is None:
        raise ProblemError(404, "These failures have not been retried.")
    return present_retry.retry(job)


@router.operation(
    "POST",
    "/v1/failures/retry/cancel",
    answer={"description": "The retry, cancelled."},
    problems={404: "These failures have not been retried.", 409: "The retry has ended already."},
)
def cancel_retry(code: Code = "", cause: Cause = "") -> RetryAnswer:
    """Stop a retry of many.

    Name the code or the cause that it was asked for with. Invoices that it has queued already are
    looked at all the same.
    """
    code = _code_of(code, cause)
    asked = retry.new_retry(router.caller.portal_id, code, cause, clock.now())
    says = "Cancelled a retry of many."
    return present_retry.retry(cancelled(router.caller, asked, "retry_many", says))


def _retried(code: str, cause: str, invoices: int) -> str:
    if not code:
        return f"Tried all failing invoices again ({invoices})."
    which = f'that fail with "{CATALOGUE[code].title}"'
    return f"Tried the invoices again {which}{' for one cause' if cause else ''} ({invoices})."


def _code_of(code: str, cause: str) -> str:
    """Return the code that both parameters ask for: the key of a cause begins with its code.

    Raises ProblemError when there is no such code, or when the two contradict each other.
    """
    code_of_cause = cause.partition(".")[0]
    for name in (code, code_of_cause):
        if name and name not in CATALOGUE:
            raise ProblemError(400, "The failure catalogue has no such code.")
    if code and code_of_cause not in ("", code):
        raise ProblemError(400, "The cause does not belong to that code.")
    return code_of_cause or code
