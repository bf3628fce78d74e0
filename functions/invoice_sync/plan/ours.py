"""Which QuickBooks invoices are ours, and which ones may become ours. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from invoice_sync.model.failure_details import Mismatch
from invoice_sync.model.markers import MARKER, marker
from invoice_sync.model.quickbooks import (
    FIRST_VERSION,
    DesiredInvoice,
    Preferences,
    QuickBooksInvoice,
    QuickBooksLine,
)
from invoice_sync.model.record import Record
from invoice_sync.plan.compare import mismatched_fields
from invoice_sync.plan.merge import baseline

# The portal and the HubSpot invoice that QuickBooks invoices belong to, by their ids.
Links = Mapping[str, tuple[str, str]]


def is_ours(record: Record, invoice: QuickBooksInvoice) -> bool:
    """Tell whether we made this QuickBooks invoice for the record's HubSpot invoice, and have not
    given it up since."""
    our_marker = marker(record.portal_id, record.invoice_id)
    return our_marker in invoice.private_note and invoice.id not in record.former_ids


def taken_over(record: Record, invoice: QuickBooksInvoice) -> Record:
    """Return the record of an invoice that we made without hearing the answer. It is still to be
    compared with HubSpot.

    In its first version the invoice is the answer. Later ones may be somebody's edit: then what we
    wrote is what we sent.
    """
    written, base, sent = invoice, None, record.sent if record.intent else None
    if sent:
        is_answer = invoice.version <= FIRST_VERSION
        written = invoice if is_answer else _as_sent(sent, invoice)
        base = baseline(sent, invoice, None, as_sent=not is_answer)
    return record.model_copy(
        update={
            "quickbooks_id": invoice.id,
            "fingerprint": record.intent.fingerprint if record.intent else "",
            "written": written,
            "baseline": base,
            "intent": None,
            "sent": None,
        }
    )


def _as_sent(sent: DesiredInvoice, invoice: QuickBooksInvoice) -> QuickBooksInvoice:
    """Return the invoice as it must have been before anybody edited it."""
    lines = (
        QuickBooksLine(
            item_id=line.item_id,
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount=line.amount,
        )
        for line in sent.lines
    )
    changes: dict[str, object] = {
        "customer_id": sent.customer_id,
        "lines": tuple(lines),
        "discount": sent.discount,
        "tax": sent.tax,
        "total": sent.total,
        "invoice_date": sent.invoice_date,
        "voided": False,
    }
    return invoice.model_copy(update=changes)


def mismatches(
    document: DesiredInvoice, invoice: QuickBooksInvoice, home_currency: str
) -> list[Mismatch]:
    """Return the fields in which a QuickBooks invoice is not the one that we would write, after
    "voided" when it is void."""
    fields = mismatched_fields(document, invoice, home_currency)
    return ["voided", *fields] if invoice.voided else fields


def obstacles_to_adoption(
    record: Record,
    document: DesiredInvoice,
    invoice: QuickBooksInvoice,
    preferences: Preferences,
    links: Links,
) -> list[Mismatch]:
    """Return why a QuickBooks invoice cannot become the record's: the mismatches, and "taken" when
    it belongs to another HubSpot invoice. Its number may differ. Empty when it can."""
    unnumbered = document.model_copy(update={"number": ""})
    fields = mismatched_fields(unnumbered, invoice, preferences.home_currency)
    marked = MARKER.search(invoice.private_note)
    taken = (
        invoice.id in record.former_ids
        or is_linked_to_another(record, invoice, links)
        or bool(marked and marked[0] != document.marker)
    )
    states: list[Mismatch] = ["voided"] if invoice.voided else []
    return [*states, "taken", *fields] if taken else [*states, *fields]


def is_linked_to_another(record: Record, invoice: QuickBooksInvoice, links: Links) -> bool:
    """Tell whether another record holds this QuickBooks invoice."""
    holder = (record.portal_id, record.invoice_id)
    return links.get(invoice.id, holder) != holder
