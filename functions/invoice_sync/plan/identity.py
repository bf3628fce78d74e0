"""Who owes a written invoice, and for what: decided once, and kept until a person decides. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from invoice_sync.model.hubspot import Contact, Invoice
from invoice_sync.model.quickbooks import Customer, DesiredInvoice, QuickBooksInvoice
from invoice_sync.model.record import DecidedLine, Identity, Record
from invoice_sync.plan.compare import digest_as_seen


def decided_customer_id(record: Record) -> str:
    """Return the QuickBooks customer that the invoice belongs to; empty before it is decided."""
    if record.identity:
        return record.identity.standing_id
    return record.written.customer_id if record.quickbooks_id and record.written else ""


def decided_item_id(record: Record, line_id: str, name: str) -> str:
    """Return the item that was decided for a line; empty for a new line, and for one that HubSpot
    has given another product since. `name`: see `line_name`."""
    line = record.identity.lines.get(line_id) if record.identity else None
    return line.item_id if line and line.name == name else ""


def line_name(sku: str, name: str) -> str:
    """Return what tells a line's product: its SKU, or its name where it has none."""
    return f"sku {sku.casefold()}" if sku else f"name {name.casefold()}"


def names_another_payer(invoice: Invoice, record: Record) -> bool:
    """Tell whether HubSpot names another contact than the one that the invoice was written for, and
    nobody has decided about that contact."""
    contact, identity = invoice.contact, record.identity
    if contact is None or identity is None or not identity.contact_id:
        return False
    same = is_same_contact(contact, identity.contact_id)
    return not same and record.choices.keep_despite != contact.id


def is_same_contact(contact: Contact, contact_id: str) -> bool:
    """Tell whether the contact has that id, or took that one over in a merge."""
    return contact_id in (contact.id, *contact.former_ids)


def payer_id(invoice: Invoice, record: Record, customers: Iterable[Customer]) -> str:
    """Return the contact for whom the invoice's customer is decided: another one than before only
    if it has the same customer. `customers`: those of HubSpot's contact."""
    kept_id = record.identity.contact_id if record.identity else ""
    if invoice.contact is None:
        return kept_id
    if not kept_id or is_same_contact(invoice.contact, kept_id):
        return invoice.contact.id
    same = decided_customer_id(record) in {customer.id for customer in customers}
    return invoice.contact.id if same else kept_id


def payer_of(contacts: Iterable[Contact], record: Record) -> Contact | None:
    """Return the one of an invoice's contacts that it was written for; None if none is."""
    contact_id = record.identity.contact_id if record.identity else ""
    same = (contact for contact in contacts if is_same_contact(contact, contact_id))
    return next(same, None) if contact_id else None


def decided(record: Record, document: DesiredInvoice) -> Identity:
    """Return the identity of an invoice that QuickBooks has, or takes, as that document says."""
    before = record.identity
    project = before if before and before.standing_id == document.customer_id else None
    return Identity(
        contact_id=document.contact_id,
        customer_id=project.customer_id if project else document.customer_id,
        project_id=project.project_id if project else "",
        lines={
            line.line_id: DecidedLine(name=line.name, item_id=line.item_id)
            for line in document.lines
            if line.line_id
        },
    )


def moved_to(record: Record, customer_id: str, contact_id: str) -> Record:
    """Return the record of an invoice that a person moves to a customer, for that contact."""
    before = record.identity
    if before is None and not record.quickbooks_id:
        return record
    identity = Identity(
        contact_id=contact_id, customer_id=customer_id, lines=before.lines if before else {}
    )
    moves = decided_customer_id(record) != customer_id
    fingerprint = "" if moves else record.fingerprint
    return record.model_copy(update={"identity": identity, "fingerprint": fingerprint})


# -- what people do with customers in QuickBooks ------------------------------------------


def is_elsewhere(record: Record, existing: QuickBooksInvoice) -> bool:
    """Tell whether QuickBooks has the invoice with another customer than when it was seen last."""
    return record.written is not None and existing.customer_id != record.written.customer_id


def is_merged(before: Customer | None, now: Customer | None, winner_id: str) -> bool:
    """Tell whether a customer whose invoice has another one now was merged into that one.

    `winner_id`: the one that Intuit named. Where it named none: a merged customer is inactive, and
    all that it had is the other's.
    """
    if before is None or now is None or not now.active:
        return False
    return winner_id == now.id if winner_id else not before.active


def followed(
    record: Record,
    existing: QuickBooksInvoice,
    customers: Mapping[str, Customer],
    *,
    merged: bool,
) -> Record:
    """Return the record as if it had been written for the customer that QuickBooks has now, where
    that is no edit of the invoice: the two customers were merged, or it was put into a project or
    sub-customer of its own customer.

    `customers`: by id, those in question with all above them, inactive ones too. `merged`: the one
    that it was written for, into the one that it has.
    """
    written, now = record.written, customers.get(existing.customer_id)
    if written is None or now is None:
        return record
    before = written.customer_id
    base = record.identity.customer_id if record.identity else before
    own = base == now.id or base in customers_above(now, customers)
    if not own and not merged:
        return record
    identity = record.identity or Identity(customer_id=before)
    if own:
        identity = identity.model_copy(update={"project_id": "" if base == now.id else now.id})
    elif identity.standing_id == before:
        identity = identity.model_copy(update={"customer_id": now.id, "project_id": ""})
    changes: dict[str, object] = {
        "identity": identity,
        "written": written.model_copy(update={"customer_id": now.id}),
    }
    if record.sent and record.sent.customer_id == before:
        changes["sent"] = record.sent.model_copy(update={"customer_id": now.id})
    as_before = existing.model_copy(update={"customer_id": before})
    for voided in (False, True):
        if record.accepted == digest_as_seen(as_before, voided_in_hubspot=voided):
            changes["accepted"] = digest_as_seen(existing, voided_in_hubspot=voided)
    return record.model_copy(update=changes)


def customers_above(customer: Customer, customers: Mapping[str, Customer]) -> list[str]:
    """Return the ids of the customers above a project or sub-customer, the nearest first."""
    above: list[str] = []
    parent_id = customer.parent_id
    while parent_id and parent_id not in above:
        above.append(parent_id)
        parent = customers.get(parent_id)
        parent_id = parent.parent_id if parent else ""
    return above
