"""Money that is in no book, as the API lists it."""

from __future__ import annotations

from invoice_sync.api.schemas.payments import UnrecordedAmount, UnrecordedAnswer
from invoice_sync.model.money import to_minor_unit
from invoice_sync.model.unrecorded import Unrecorded, unrecorded
from invoice_sync.store.unrecorded import UnrecordedPage


def unrecorded_amounts(page: UnrecordedPage) -> UnrecordedAnswer:
    amounts = [_amount(each) for record in page.records for each in unrecorded(record)]
    return UnrecordedAnswer(amounts=amounts, cursor=page.cursor)


def _amount(each: Unrecorded) -> UnrecordedAmount:
    return UnrecordedAmount(
        kind=each.kind,
        invoice_id=each.invoice_id,
        number=each.number,
        hubspot_id=each.payment_id,
        amount="" if each.amount is None else str(to_minor_unit(each.amount, each.currency)),
        currency=each.currency,
        date=each.paid_on.isoformat() if each.paid_on else "",
        reason=each.reason,
        since=each.since,
    )
