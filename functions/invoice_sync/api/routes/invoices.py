"""One invoice: its status, another look at it, what a look would do, and what a person decides."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from invoice_sync import hints
from invoice_sync.api import audit
from invoice_sync.api.budget import TOO_MANY, spend
from invoice_sync.api.collaborators import collaborators
from invoice_sync.api.connections import NOT_CONNECTED, connected, usable
from invoice_sync.api.links import Hosts
from invoice_sync.api.parameters import MOST_IDS, InvoiceId, InvoiceIds
from invoice_sync.api.presenters import invoice as present
from invoice_sync.api.problems import MEANINGS, RECONNECT_FIRST
from invoice_sync.api.routing import Router
from invoice_sync.api.schemas.invoice import (
    InvoicesAnswer,
    QueuedAnswer,
    RetryInvoicesRequest,
    SyncStatusAnswer,
)
from invoice_sync.api.schemas.resolution import PreviewAnswer, ResolutionAnswer, ResolutionRequest
from invoice_sync.errors import ProblemError
from invoice_sync.jobs.retry import POSSIBLE_DUPLICATE
from invoice_sync.model.record import Record
from invoice_sync.resolve.request import ResolveRequest
from invoice_sync.runtime import clock

router = Router("Invoices")

_NO_INVOICE = "HubSpot has no such invoice."
# What HubSpot and QuickBooks can answer, where a route asks them.
_SERVICES = {502: MEANINGS[502], 503: MEANINGS[503]}


@router.operation(
    "GET", "/v1/invoices/<invoiceId>/sync-status", answer={"description": "The status."}
)
def get_sync_status(invoice_id: InvoiceId) -> SyncStatusAnswer:
    """Tell how an invoice stands, why, and what has been done about it.

    Reads only what this app has stored. An invoice that it has not heard of has the status
    `unknown`.
    """
    caller = router.caller
    portal_id = caller.portal_id
    card = collaborators().store.cards.get(portal_id, invoice_id, clock.now())
    connection = card.connection
    may_act = connection is None or connection.allows(caller.user_id, caller.email)
    connected = connection is not None and connection.state == "connected"
    queued = {invoice_id: card.queued_since} if card.queued_since else {}
    if card.record is None:
        return present.unknown(portal_id, invoice_id, queued, may_act=may_act, connected=connected)
    return present.sync_status(
        card.record,
        card.attempts,
        card.decisions,
        queued,
        Hosts.of_request(router.current_event.raw_event, collaborators().quickbooks_base_url),
        not_shown=connection.shown.refused if connection else "",
        may_act=may_act,
        connected=connected,
    )


@router.operation("GET", "/v1/invoices", answer={"description": "How they stand."})
def list_invoices(ids: InvoiceIds) -> InvoicesAnswer:
    """Tell how some invoices stand, in a line each.

    Reads only what this app has stored: for a card that shows the invoices of a contact, a company
    or a deal.
    """
    store, portal_id = collaborators().store, router.caller.portal_id
    asked = [*dict.fromkeys(ids.split(","))]
    if len(asked) > MOST_IDS:
        raise ProblemError(400, f"ids: at most {MOST_IDS} invoices can be asked for at once.")
    records = store.records.get_many(portal_id, asked)
    queued = store.queued.waiting(portal_id, asked, clock.now())
    return InvoicesAnswer(
        invoices=[
            present.standing(
                records.get(each) or Record(portal_id=portal_id, invoice_id=each),
                queued,
                heard_of=each in records,
            )
            for each in asked
        ]
    )


@router.operation(
    "POST",
    "/v1/invoices/<invoiceId>/retry",
    answer={"description": "The invoice is on the queue."},
    problems={404: NOT_CONNECTED},
)
def retry_invoice(invoice_id: InvoiceId) -> QueuedAnswer:
    """Look at one invoice again, now.

    It is put on the queue and checked within seconds, whatever its status.
    """
    return QueuedAnswer(queued=_retry([invoice_id]))


@router.operation(
    "POST",
    "/v1/invoices/retry",
    answer={"description": "The invoices are on the queue."},
    problems={404: NOT_CONNECTED},
)
def retry_invoices(body: RetryInvoicesRequest) -> QueuedAnswer:
    """Look at some invoices again, now.

    They are put on the queue and checked within seconds, whatever their status.

    Those that fail with `possible_duplicate` may be in QuickBooks already, so each needs a
    decision, or a retry of its own. They are checked too, but this creates none of them.
    """
    records = collaborators().store.records.get_many(router.caller.portal_id, body.invoice_ids)
    doubtful = {
        record.invoice_id
        for record in records.values()
        if record.failure and record.failure.code == POSSIBLE_DUPLICATE
    }
    return QueuedAnswer(queued=_retry(body.invoice_ids, doubtful))


def _retry(invoice_ids: Sequence[str], doubtful: Collection[str] = ()) -> int:
    """Queue invoices, and return how many. The doubtful ones are looked at as the sweep does: a
    retry would create them."""
    store, now, caller = collaborators().store, clock.now(), router.caller
    portal_id = connected(caller.portal_id).portal_id
    ids = dict.fromkeys(invoice_ids)
    queued = collaborators().queue.send(
        hints.Hint(portal_id, each, "sweep" if each in doubtful else "retry", now, now)
        for each in ids
    )
    store.queued.mark(portal_id, ids, now)
    if len(ids) > 1:
        audit.note(caller, "retry_many", f"Tried {len(ids)} selected invoices again.")
        return queued
    for invoice_id, record in store.records.get_many(portal_id, ids).items():
        says = "Tried this invoice again."
        audit.note(caller, "retry", says, invoice_id=invoice_id, number=record.number)
    return queued


@router.operation(
    "GET",
    "/v1/invoices/<invoiceId>/preview",
    answer={"description": "What would be done."},
    problems={
        404: "The portal is not connected, or HubSpot has no such invoice.",
        409: RECONNECT_FIRST,
        429: TOO_MANY,
        **_SERVICES,
    },
)
def preview_invoice(invoice_id: InvoiceId) -> PreviewAnswer:
    """Say what the next check of an invoice would do, and every failure that it would meet.

    Makes the same decision as the sync and writes nothing. A draft is judged as if it were opened
    now.
    """
    from invoice_sync.api.presenters import resolution as present_resolution  # noqa: PLC0415

    connection = usable(router.caller.portal_id)
    spend(connection.portal_id)
    foreseen = collaborators().resolver.preview(connection, invoice_id)
    if foreseen is None:
        raise ProblemError(404, _NO_INVOICE)
    return present_resolution.preview(foreseen)


@router.operation(
    "POST",
    "/v1/invoices/<invoiceId>/resolve",
    answer={"description": "What has been decided; with `preview`, what it would come to."},
    problems={
        404: NOT_CONNECTED,
        409: "It is not done, and `detail` says why: the failure does not offer the resolution, an"
        " argument is missing, or the invoice in QuickBooks has changed since it was looked at, has"
        " payments, lies in a closed period, or is not the same invoice. Or HubSpot or QuickBooks"
        " must be connected again first.",
        429: TOO_MANY,
        **_SERVICES,
    },
)
def resolve_invoice(invoice_id: InvoiceId, body: ResolutionRequest) -> ResolutionAnswer:
    """Decide about an invoice that is not in step.

    The failure of the invoice names the resolutions that it offers. With `preview` nothing is done:
    the answer says what would be, and, while an argument is missing, which values it may have.

    Without `preview` the decision is kept for ten years, with the signed user's email and the time,
    and the invoice is checked within seconds. So are all others that the decision concerns.
    """
    from invoice_sync.api.presenters import resolution as present_resolution  # noqa: PLC0415
    from invoice_sync.resolve.choices import Refusal  # noqa: PLC0415

    caller, resolver = router.caller, collaborators().resolver
    connection = usable(caller.portal_id)
    if not caller.email:
        raise ProblemError(400, "The signed query must name the user: userEmail.")
    request = ResolveRequest(
        resolution=body.resolution,
        customer_id=body.customer_id,
        item_id=body.item_id,
        always=body.always,
    )
    if body.preview:
        spend(connection.portal_id)
        considered = resolver.consider(connection, invoice_id, request)
        if not isinstance(considered, Refusal):
            return present_resolution.considered(body.resolution, considered)
        raise ProblemError(409, considered.words, considered.code)
    decided = resolver.resolve(connection, invoice_id, request, caller.email)
    if not isinstance(decided, Refusal):
        return present_resolution.decided(body.resolution, decided)
    raise ProblemError(409, decided.words, decided.code)
