"""Who owes a written invoice, and for what: decided once, and kept until a person decides. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.quickbooks import Customer, DesiredInvoice, QuickBooksInvoice
from invoice_sync.model.record import Identity, KnownLine, Record
from invoice_sync.plan.compare import digest_as_accepted
from invoice_sync.plan.payer import ancestors


def identity_of(desired: DesiredInvoice, existing: QuickBooksInvoice) -> Identity:
    """Return the identity of an invoice that QuickBooks has as desired."""
    return Identity(
        contact_id=desired.contact_id,
        customer_id=existing.customer_id,
        lines={
            line.source_id: KnownLine(source_name=line.source_name, item_id=line.item_id)
            for line in desired.lines
        },
    )


def kept_customer_id(record: Record) -> str:
    """Return the QuickBooks customer of a written invoice; empty for any other."""
    if record.identity:
        return record.identity.customer_id
    return record.written.customer_id if record.quickbooks_id and record.written else ""


def kept_item_id(record: Record, source_id: str, source_name: str) -> str:
    """Return the item of a written line that HubSpot has not given another product; empty for any
    other."""
    if not (record.quickbooks_id and record.identity):
        return ""
    line = record.identity.lines.get(source_id)
    return line.item_id if line and line.source_name == source_name else ""


def names_another_payer(invoice: Invoice, record: Record) -> bool:
    """Tell whether HubSpot names another contact than the one that a written invoice's customer
    was decided for. A contact that the old one was merged into counts as the same."""
    contact, identity = invoice.contact, record.identity
    if contact is None or identity is None or not identity.contact_id:
        return False
    return identity.contact_id not in (contact.id, *contact.former_ids)


def kept_for(record: Record, contact_id: str, customer_id: str = "") -> Record:
    """Return the record of a written invoice as a person decided: this contact may be its payer,
    and with a `customer_id` it is to go there."""
    identity = record.identity or Identity(customer_id=kept_customer_id(record))
    changes = {"contact_id": contact_id, "customer_id": customer_id or identity.customer_id}
    return record.model_copy(update={"identity": identity.model_copy(update=changes)})


# -- what people do with a customer in QuickBooks ----------------------------------------


def moved_from(record: Record, existing: QuickBooksInvoice | None) -> str:
    """Return the customer that a written invoice was decided for, if QuickBooks now has it with
    another one; else nothing."""
    kept = kept_customer_id(record)
    return kept if existing and kept and existing.customer_id != kept else ""


def took_over(
    before_id: str, now_id: str, customers: Mapping[str, Customer], winner_id: str = ""
) -> bool:
    """Tell whether the customer that an invoice has now took over from the one before: the old one
    is inactive, merged into the new one, or the new one is its project or sub-customer.

    `customers`: by id, inactive ones too, as far as QuickBooks has them. `winner_id`: the customer
    that Intuit named as the one left of a merge, if it named one.
    """
    before, now = customers.get(before_id), customers.get(now_id)
    if now is None or not now.active:
        return False
    if before_id in ancestors(now, customers):
        return True
    if winner_id:
        return winner_id == now_id
    return before is None or not before.active


def followed(record: Record, existing: QuickBooksInvoice | None) -> Record:
    """Return the record of an invoice whose customer was taken over by another one, as if it had
    been written for the new one: nobody changed the invoice."""
    if existing is None or record.written is None:
        return record
    before = record.written.customer_id
    as_before = existing.model_copy(update={"customer_id": before})
    changes: dict[str, object] = {
        "written": record.written.model_copy(update={"customer_id": existing.customer_id})
    }
    for voided in (False, True):
        if record.accepted == digest_as_accepted(as_before, voided_in_hubspot=voided):
            changes["accepted"] = digest_as_accepted(existing, voided_in_hubspot=voided)
    if record.sent:
        changes["sent"] = record.sent.model_copy(update={"customer_id": existing.customer_id})
    return record.model_copy(update=changes)
