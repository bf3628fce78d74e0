"""Whether QuickBooks has an invoice already, as a rule under another number. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import PossibleDuplicate
from invoice_sync.model.markers import MARKER
from invoice_sync.model.quickbooks import DesiredInvoice, QuickBooksInvoice
from invoice_sync.model.record import Record
from invoice_sync.plan.numbers import with_number
from invoice_sync.plan.ours import Links, is_linked_to_another, mismatches
from invoice_sync.plan.plans import Suspicion


def is_native(suspicion: Suspicion | None) -> bool:
    """Tell whether HubSpot's own sync may have written the invoice."""
    return suspicion in ("native_sync", "held_natively")


def named_duplicate(record: Record, named: QuickBooksInvoice | None) -> Failure | None:
    """Return the failure of an invoice that HubSpot says is `named` in QuickBooks; None if `named`
    belongs to another HubSpot invoice, for example after somebody copied an invoice there."""
    choices = record.choices
    if named is None or choices.adopt or choices.create_anyway:
        return None
    if MARKER.search(named.private_note):
        return None
    return Failure(detail=_clash(named, "named"))


def possible_duplicate(
    record: Record,
    document: DesiredInvoice,
    suspicion: Suspicion | None,
    invoices: Sequence[QuickBooksInvoice],
    home_currency: str,
    links: Links,
) -> Failure | None:
    """Return the failure of an invoice that somebody, or HubSpot's own sync, may have entered
    already; None when nothing speaks for it.

    `invoices`: those of its customer and day, and perhaps others.
    """
    unnumbered = document.model_copy(update={"number": ""})
    native = is_native(suspicion)
    # One that has the number is refused for that, unless HubSpot's own sync has kept the number.
    numbered = set() if native else {each.id for each in with_number(document.number, invoices)}
    for invoice in invoices:
        is_double = (
            invoice.id not in numbered
            and not mismatches(unnumbered, invoice, home_currency)
            and not is_linked_to_another(record, invoice, links)
            and invoice.id not in record.former_ids
            and not MARKER.search(invoice.private_note)
        )
        if is_double:
            return Failure(detail=_clash(invoice, "native_sync" if native else ""))
    if suspicion == "held_natively":
        return Failure(detail=PossibleDuplicate(variant="held_natively"))
    return None


def _clash(
    invoice: QuickBooksInvoice, variant: Literal["", "native_sync", "named"]
) -> PossibleDuplicate:
    return PossibleDuplicate(
        variant=variant,
        clash_id=invoice.id,
        clash_number=invoice.number,
        clash_customer=invoice.customer_name,
        clash_date=invoice.invoice_date,
    )
