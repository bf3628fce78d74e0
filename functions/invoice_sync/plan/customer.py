"""The QuickBooks customer of an invoice: the contact's own, or a new one. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from invoice_sync.model.connection import Settings
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    CurrencyMismatch,
    CustomerDiffers,
    CustomerNotFound,
)
from invoice_sync.model.hubspot import Contact, Invoice
from invoice_sync.model.limits import LENGTHS, cut
from invoice_sync.model.quickbooks import Customer, NewCustomer
from invoice_sync.model.record import CustomerChoice
from invoice_sync.plan.plans import ObservedQuickBooks


def in_currency(customers: Iterable[Customer], currency: str) -> list[Customer]:
    """Return the customers that can have invoices in the currency.

    In a realm with several currencies a customer has exactly one: an email may well belong to one
    customer for each.
    """
    return [customer for customer in customers if customer.currency in ("", currency)]


def invoice_customer(
    invoice: Invoice, observed: ObservedQuickBooks, settings: Settings, portal_id: str
) -> Customer | NewCustomer | Failure:
    """Return the customer that the invoice goes to, or one to be created. None is guessed."""
    contact = invoice.contact
    if contact is None:
        return Failure(detail=CustomerNotFound(variant="no_contact"))
    fitting = in_currency(observed.customers, invoice.currency)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        ids = tuple(customer.id for customer in fitting)
        detail = CustomerNotFound(variant="several", contact_id=contact.id, customer_ids=ids)
        return Failure(detail=detail)
    if settings.create_customers or observed.choice:
        return _new_customer(invoice, contact, observed, settings, portal_id)
    if observed.customers:
        return Failure(
            detail=CurrencyMismatch(
                variant="customer",
                contact_id=contact.id,
                currency=invoice.currency,
                customer_currency=observed.customers[0].currency,
            )
        )
    return Failure(
        detail=CustomerNotFound(
            variant="no_match" if contact.email else "no_email", contact_id=contact.id
        )
    )


def stays_with(
    customer_id: str, invoice: Invoice, observed: ObservedQuickBooks
) -> Customer | Failure:
    """Return the customer of a written invoice, or the question of a person: HubSpot names another
    contact now, who has another customer.

    `observed.customers`: those of that other contact; none in the normal case.
    """
    kept = Customer(id=customer_id, display_name=observed.kept_name, currency=invoice.currency)
    others = in_currency(observed.customers, invoice.currency)
    if not others or customer_id in {each.id for each in others} or invoice.contact is None:
        return kept
    return Failure(
        detail=CustomerDiffers(
            variant="several" if len(others) > 1 else "",
            contact_id=invoice.contact.id,
            customer_ids=tuple(each.id for each in others),
            kept_name=kept.display_name or customer_id,
            other_name=others[0].display_name or others[0].id,
        )
    )


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
    if observed.customers:
        # The same person in another currency needs a customer, and so a name, of its own.
        name = f"{name} ({invoice.currency})"
    return NewCustomer(
        marker=f"HubSpot contact {contact.id} (portal {portal_id})",
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
