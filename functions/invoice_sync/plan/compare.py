"""The decision: what to do about one invoice. Pure: no I/O, no clock, no randomness.

The worker, the preview and the audit all ask this one function.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from invoice_sync.model.base import digest
from invoice_sync.model.failure import Difference, Failure
from invoice_sync.model.failure_details import DuplicateDocumentNumber, Mismatch, TotalMismatch
from invoice_sync.model.money import to_minor_unit
from invoice_sync.model.quickbooks import DesiredInvoice, QuickBooksInvoice
from invoice_sync.model.record import Record

# -- comparing ----------------------------------------------------------------------------


def content(side: DesiredInvoice | QuickBooksInvoice) -> dict[str, object]:
    """What has to be equal for two invoices to say the same: who owes how much for what.

    The currency is the customer's, so it needs no comparison of its own.
    """
    return {
        "customer": side.customer_id,
        "lines": tuple(
            (line.item_id, line.amount, line.quantity, line.unit_price) for line in side.lines
        ),
        "discount": side.discount,
        "tax": side.tax,
        "total": side.total,
    }


def seen(existing: QuickBooksInvoice, *, void: bool = False) -> str:
    """What somebody had before their eyes who decided about an invoice in QuickBooks; with `void`,
    while it was void in HubSpot."""
    return ("void " if void else "") + digest(content(existing))


def compared(document: DesiredInvoice, existing: QuickBooksInvoice) -> tuple[Difference, ...]:
    """Every field in which QuickBooks' invoice is not what HubSpot says."""
    own = {**content(document), "number": document.number, "date": document.invoice_date}
    there = {**content(existing), "number": existing.number, "date": existing.invoice_date}
    return tuple(
        Difference(
            field=name,
            hubspot=_shown(own[name], document.currency),
            written="",
            quickbooks=_shown(there[name], document.currency),
        )
        for name in own
        if own[name] != there[name] and (name != "number" or own[name])
    )


def disagreements(
    document: DesiredInvoice, posted: QuickBooksInvoice, home_currency: str
) -> list[Mismatch]:
    """In what an invoice in QuickBooks is not the one that the document describes."""
    pairs: dict[Mismatch, tuple[object, object]] = {
        "customer": (document.customer_id, posted.customer_id),
        "currency": (document.currency, posted.currency or home_currency),
        "total": (document.total, posted.total),
        "date": (document.invoice_date, posted.invoice_date),
    }
    if document.number:
        pairs = {"number": (document.number, posted.number), **pairs}
    return [name for name, (ours, theirs) in pairs.items() if ours != theirs]


def number_taken(
    document: DesiredInvoice, clash_id: str, differs: Sequence[Mismatch] = ()
) -> Failure:
    """Return the failure of an invoice whose number another QuickBooks invoice has."""
    return Failure(
        detail=DuplicateDocumentNumber(
            variant="document", number=document.number, clash_id=clash_id, differs=tuple(differs)
        )
    )


def total_mismatch(
    hubspot: Decimal | None, quickbooks: Decimal, currency: str, *, posted: bool = False
) -> Failure:
    """Return the failure of two totals that differ. `posted`: the QuickBooks invoice has its total
    and could not be taken back."""
    return Failure(
        detail=TotalMismatch(
            variant="posted" if posted else "unknown" if hubspot is None else "prevented",
            hubspot_total=hubspot,
            quickbooks_total=quickbooks,
            currency=currency,
        )
    )


def last_written(record: Record, existing: QuickBooksInvoice) -> QuickBooksInvoice:
    """What we last wrote: what QuickBooks has, if an update without an answer says the same."""
    unanswered = record.sent and content(record.sent) == content(existing)
    return existing if unanswered or record.written is None else record.written


def differences(
    document: DesiredInvoice | None, written: QuickBooksInvoice, existing: QuickBooksInvoice
) -> tuple[Difference, ...]:
    """Fields that were changed in QuickBooks since we wrote them."""
    return (
        changed_fields(document, written, existing) if content(written) != content(existing) else ()
    )


def changed_fields(
    document: DesiredInvoice | None, written: QuickBooksInvoice, existing: QuickBooksInvoice
) -> tuple[Difference, ...]:
    ours = content(document) if document else {}
    before, now = content(written), content(existing)
    compared = before if before != now else ours
    currency = existing.currency or (document.currency if document else "")
    return tuple(
        Difference(
            field=name,
            hubspot=_shown(ours.get(name, ""), currency),
            written=_shown(before[name], currency),
            quickbooks=_shown(now[name], currency),
        )
        for name in now
        if compared.get(name) != now[name]
    )


def _shown(value: object, currency: str) -> str:
    """The same words for the same value, whichever side it comes from: 300 and 300.00 are one."""
    if isinstance(value, Decimal):
        return str(to_minor_unit(value, currency))
    if isinstance(value, tuple):
        return "; ".join(_shown_line(*line, currency=currency) for line in value)
    return str(value)


def _shown_line(
    item_id: str,
    amount: Decimal,
    quantity: Decimal | None,
    unit_price: Decimal | None,
    *,
    currency: str,
) -> str:
    shown = to_minor_unit(amount, currency)
    if quantity is None or unit_price is None:
        return f"item {item_id}: {shown}"
    return f"item {item_id}: {quantity.normalize():f} x {unit_price.normalize():f} = {shown}"
