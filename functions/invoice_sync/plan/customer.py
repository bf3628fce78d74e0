"""The QuickBooks customer of an invoice: the contact's own, or a new one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from invoice_sync.model.connection import Settings
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    CurrencyMismatch,
    CustomerDiffers,
    CustomerNotFound,
    CustomerQuestion,
)
from invoice_sync.model.hubspot import Contact, Invoice
from invoice_sync.model.limits import LENGTHS, cut
from invoice_sync.model.markers import contact_marker
from invoice_sync.model.quickbooks import Customer, NewCustomer
from invoice_sync.model.record import CustomerChoice, Record
from invoice_sync.plan.compare import digest_as_seen
from invoice_sync.plan.identity import kept_customer_id, names_another_payer
from invoice_sync.plan.payer import disagrees, in_currency
from invoice_sync.plan.plans import ObservedQuickBooks


def invoice_customer(
    invoice: Invoice, observed: ObservedQuickBooks, settings: Settings, portal_id: str
) -> Customer | NewCustomer | Failure:
    """Return the customer that the invoice goes to, or one to be created. None is guessed."""
    fitting = in_currency(observed.customers, invoice.currency)
    if not invoice.payers:
        return Failure(detail=CustomerNotFound(variant="no_contact"))
    if observed.payer_is_unknown:
        return _undecided("several_contacts", invoice, fitting)
    customer = existing_customer(invoice, observed)
    if customer:
        return customer
    contact = invoice.contact
    if contact is None:
        return Failure(detail=CustomerNotFound(variant="no_contact"))
    if fitting and observed.choice is None:
        return _undecided("other_company" if len(fitting) == 1 else "several", invoice, fitting)
    retired = in_currency(observed.retired, invoice.currency)
    if retired and observed.choice is None:
        return _undecided("inactive", invoice, retired)
    if settings.create_customers or observed.choice:
        if len(invoice.companies) > 1 and invoice.company is None:
            return _undecided("several_companies", invoice, ())
        return _new_customer(invoice, contact, observed, settings, portal_id)
    if observed.customers:
        return Failure(
            detail=CurrencyMismatch(
                variant="customer",
                contact_id=contact.id,
                currency=invoice.currency,
                customer_currency=observed.customers[0].currency,
                **in_question(observed.customers[:1]),
            )
        )
    variant: CustomerQuestion = "no_match" if contact.emails else "no_email"
    return Failure(detail=CustomerNotFound(variant=variant, contact_id=contact.id))


def existing_customer(invoice: Invoice, observed: ObservedQuickBooks) -> Customer | None:
    """Return the QuickBooks customer that the invoice goes to, if there is one."""
    fitting = in_currency(observed.customers, invoice.currency)
    is_settled = len(fitting) == 1 and not observed.payer_is_unknown
    return fitting[0] if is_settled and not disagrees(fitting[0], invoice) else None


class InQuestion(TypedDict):
    """Values of a `ContactDetail`."""

    customer_ids: tuple[str, ...]
    customer_names: tuple[str, ...]


def in_question(customers: Sequence[Customer]) -> InQuestion:
    """Return the values of a detail that say which customers are in question."""
    return {
        "customer_ids": tuple(customer.id for customer in customers),
        "customer_names": tuple(customer.display_name or customer.id for customer in customers),
    }


def _undecided(
    variant: CustomerQuestion, invoice: Invoice, customers: Sequence[Customer]
) -> Failure:
    """Return the failure of an invoice for which a person has to choose the customer."""
    return Failure(
        detail=CustomerNotFound(
            variant=variant,
            contact_id=invoice.contact.id if invoice.contact else "",
            **in_question(customers),
            companies=tuple(company.name for company in invoice.companies if company.name),
            contacts=tuple(each.person_name or each.email or each.id for each in invoice.payers),
        )
    )


def decided_customer_id(record: Record, observed: ObservedQuickBooks) -> str:
    """Return the customer that a written invoice stays with; empty for any other invoice. It
    changes when another customer took over, or when a person accepts what QuickBooks has."""
    kept, existing = kept_customer_id(record), observed.existing
    if not kept or existing is None:
        return kept
    is_accepted = record.choices.accept == digest_as_seen(existing)
    return existing.customer_id if observed.customer_took_over or is_accepted else kept


def other_payer(
    invoice: Invoice, record: Record, observed: ObservedQuickBooks, decided_id: str
) -> Failure | None:
    """Return the failure for a written invoice when HubSpot now names another payer, and QuickBooks
    has a customer for that payer; else None."""
    contact = invoice.contact
    if contact is None or not names_another_payer(invoice, record):
        return None
    ids = [each.id for each in in_currency(observed.customers, invoice.currency)]
    if not ids or decided_id in ids:
        return None
    named = existing_customer(invoice, observed)
    names = observed.known_customers
    detail = CustomerDiffers(
        variant="" if named else "several",
        contact_id=contact.id,
        customer_ids=(decided_id, *ids),
        customer_names=tuple(names.get(each, each) for each in (decided_id, *ids)) if names else (),
        decided_id=decided_id,
        named_id=named.id if named else "",
        decided_name=names.get(decided_id, decided_id),
        named_name=names.get(named.id, named.id) if named else "",
    )
    return Failure(detail=detail)


def _new_customer(
    invoice: Invoice,
    contact: Contact,
    observed: ObservedQuickBooks,
    settings: Settings,
    portal_id: str,
) -> NewCustomer:
    choice = observed.choice or CustomerChoice()
    name = display_name(invoice, contact, settings)
    if choice.parent_id:
        name = _sub_customer_name(name, contact)
    if observed.customers and not in_currency(observed.customers, invoice.currency):
        # The same person in another currency needs a customer, and so a name, of its own.
        name = f"{name} ({invoice.currency})"
    return NewCustomer(
        contact_id=contact.id,
        marker=contact_marker(portal_id, contact.id),
        numbered=choice.numbered or settings.on_display_name_clash == "number",
        parent_id=choice.parent_id,
        display_name=name,
        company_name=invoice.company.name if invoice.company else contact.company_name,
        given_name=_clean(contact.first_name),
        family_name=_clean(contact.last_name),
        email=contact.email,
        phone=contact.phone,
        currency=invoice.currency if observed.preferences.multicurrency else "",
        address=(invoice.company or contact).address,
    )


def _sub_customer_name(name: str, contact: Contact) -> str:
    """Return the person's name: a sub-customer too needs a name that nobody else has, and the
    customer above it has the company's."""
    person = _clean(f"{contact.first_name} {contact.last_name}")
    return person if person and person.casefold() != name.casefold() else name


def display_name(invoice: Invoice, contact: Contact, settings: Settings) -> str:
    """Return the display name of a new customer. QuickBooks takes no colon and no tab in it."""
    company = invoice.company.name if invoice.company else contact.company_name
    person = f"{contact.first_name} {contact.last_name}".strip()
    if settings.display_name == "person":
        name = person or company
    elif settings.display_name == "company_person" and company and person:
        name = f"{company} ({person})"
    else:
        name = company or person
    name = _clean(name or contact.email or f"HubSpot contact {contact.id}")
    return cut(name, "Customer.DisplayName", "")[0]


def numbered(name: str, number: int) -> str:
    """Return a display name with a number after it, such as "Acme (2)"."""
    suffix = f" ({number})"
    return name[: LENGTHS["Customer.DisplayName"] - len(suffix)] + suffix


def _clean(text: str) -> str:
    return " ".join(text.replace(":", " ").split())
