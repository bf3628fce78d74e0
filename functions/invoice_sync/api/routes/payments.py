"""Money that came in, or went back, and is in no book."""

from __future__ import annotations

from invoice_sync.api.collaborators import collaborators
from invoice_sync.api.parameters import Cursor, Limit
from invoice_sync.api.presenters import payments as present
from invoice_sync.api.routing import Router
from invoice_sync.api.schemas.payments import UnrecordedAnswer

router = Router("Payments")


@router.operation(
    "GET",
    "/v1/payments/unrecorded",
    answer={"description": "A page of amounts."},
)
def list_unrecorded(cursor: Cursor = "", limit: Limit = 50) -> UnrecordedAnswer:
    """List all money that is in no book, with the reason.

    It lists payments that came in and are not in QuickBooks, refunds that are not there, and
    amounts by which HubSpot's balance is lower than QuickBooks' without a payment that says why. A
    page has all amounts of at most `limit` invoices. Money of an invoice that a person stopped
    syncing is listed until somebody says that it is in the books. Nothing is listed while the
    setting `recordPayments` is off. `GET /v1/failures/count` has the numbers and sums.
    """
    store, portal_id = collaborators().store, router.caller.portal_id
    page = store.unrecorded.page(portal_id, cursor=cursor, limit=limit)
    return present.unrecorded_amounts(page)
