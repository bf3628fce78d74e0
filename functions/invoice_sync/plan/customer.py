"""The decision: what to do about one invoice. Pure: no I/O, no clock, no randomness.

The worker, the preview and the audit all ask this one function.
"""

from __future__ import annotations

from collections.abc import Iterable

from invoice_sync.model.connection import Settings
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import CurrencyMismatch, CustomerNotFound
from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.quickbooks import Customer, NewCustomer
from invoice_sync.model.record import CustomerChoice
from invoice_sync.plan.plans import QuickBooksSide

# -- the customer -------------------------------------------------------------------------


def in_currency(customers: Iterable[Customer], currency: str) -> list[Customer]:
    """In a realm with several currencies a customer has exactly one: an email may well belong to
    one customer for each."""
    return [one for one in customers if one.currency in ("", currency)]


def invoice_customer(
    invoice: Invoice, quickbooks: QuickBooksSide, settings: Settings, portal_id: str
) -> Customer | NewCustomer | Failure:
    contact, choice = invoice.contact, quickbooks.choice
    if contact is None:
        return Failure(detail=CustomerNotFound(variant="no_contact"))
    fitting = in_currency(quickbooks.customers, invoice.currency)
    if len(fitting) == 1:
        return fitting[0]
    if len(fitting) > 1:
        ids = tuple(customer.id for customer in fitting)
        detail = CustomerNotFound(variant="several", contact_id=contact.id, customer_ids=ids)
        return Failure(detail=detail)
    if not (settings.create_customers or choice):
        if quickbooks.customers:
            return Failure(
                detail=CurrencyMismatch(
                    variant="customer",
                    contact_id=contact.id,
                    currency=invoice.currency,
                    customer_currency=quickbooks.customers[0].currency,
                )
            )
        return Failure(
            detail=CustomerNotFound(
                variant="no_match" if contact.email else "no_email", contact_id=contact.id
            )
        )
    choice = choice or CustomerChoice()
    name = display_name(invoice, settings)
    if choice.parent_id:
        name = _below(name, invoice)
    if quickbooks.customers:
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
        currency=invoice.currency if quickbooks.preferences.multicurrency else "",
        address=(invoice.company or contact).address,
    )


def _below(name: str, invoice: Invoice) -> str:
    """The name of a sub-customer: it needs one that nobody else has either, so the person's, where
    the customer above has the company's."""
    contact = invoice.contact
    person = _clean(f"{contact.first_name} {contact.last_name}") if contact else ""
    return person if person and person.casefold() != name.casefold() else name


def display_name(invoice: Invoice, settings: Settings) -> str:
    """The display name of a new customer. QuickBooks takes 500 characters, no colon, no tab."""
    contact = invoice.contact
    if contact is None:
        raise ValueError("an invoice without a contact has no customer to name")
    company = invoice.company.name if invoice.company else contact.company_name
    person = f"{contact.first_name} {contact.last_name}".strip()
    if settings.display_name == "person":
        name = person or company
    elif settings.display_name == "company_person" and company and person:
        name = f"{company} ({person})"
    else:
        name = company or person
    return _clean(name or contact.email or f"HubSpot contact {contact.id}")[:500]


def numbered(name: str, number: int) -> str:
    """The next free form of a display name that is taken: "Acme (2)"."""
    suffix = f" ({number})"
    return name[: 500 - len(suffix)] + suffix


def _clean(text: str) -> str:
    return " ".join(text.replace(":", " ").split())
