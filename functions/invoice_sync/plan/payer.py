"""Who pays an invoice that has several contacts, and which QuickBooks customer that is. Pure.

Nobody is guessed: HubSpot tells it by a label, or the invoice's company does, or a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from invoice_sync.model.hubspot import Company, Contact, Invoice
from invoice_sync.model.normal_forms import name, same_company
from invoice_sync.model.quickbooks import Customer

# Labels of those who get the bill. HubSpot does not document its own; accounts name theirs.
_BILLED = re.compile(r"\b(bill(ing|ed|s)?|pay(s|er|or|ing)?|accounts? payable)\b")


@dataclass(frozen=True)
class Payer:
    """Who pays an invoice, and the customers that it may go to."""

    # None when HubSpot does not tell who pays, and the customers do not either.
    contact: Contact | None
    company: Company | None
    # The customers that the invoice may go to.
    customers: tuple[Customer, ...]
    # Several may pay, and only a person knows who does.
    is_unknown: bool = False


def billed_contacts(
    contacts: Sequence[Contact], labels: Mapping[str, Sequence[str]]
) -> Sequence[Contact]:
    """Return the contacts of an invoice that may pay it: those whose association says so, else all.
    A contact without an email is left out where others have one. `labels`: by contact id."""
    candidates = [each for each in contacts if _is_billed(labels.get(each.id, ()))] or contacts
    return [each for each in candidates if each.emails] or candidates


def billed_companies(
    companies: Sequence[Company], labels: Mapping[str, Sequence[str]]
) -> Sequence[Company]:
    """Return the companies of an invoice that may pay it: those whose association says so, else
    all. `labels`: by company id."""
    return [each for each in companies if _is_billed(labels.get(each.id, ()))] or companies


def _is_billed(labels: Iterable[str]) -> bool:
    return any(_BILLED.search(name(label)) for label in labels)


def payer_of(invoice: Invoice, customers: Mapping[str, Sequence[Customer]]) -> Payer:
    """Return who pays the invoice, of those who may. `customers`: by contact id, active ones."""
    own = {
        payer.id: _in_charge(in_currency(customers.get(payer.id, ()), invoice.currency))
        for payer in invoice.payers
    }
    if invoice.contact:
        mine = own.get(invoice.contact.id, [])
        agreeing = _agreeing(invoice, mine)
        fitting = agreeing if len(mine) > 1 and len(agreeing) == 1 else mine
        # Where none fits, those in another currency say why.
        shown = fitting or customers.get(invoice.contact.id, ())
        return Payer(invoice.contact, _company(invoice, fitting), tuple(shown))
    every = list(dict.fromkeys(each for found in own.values() for each in found))
    agreeing = _agreeing(invoice, every)
    chosen = agreeing if len(agreeing) == 1 else every
    payers = [each for each in invoice.payers if set(own[each.id]) & set(chosen)]
    settled = len(chosen) == 1 and (bool(agreeing) or len(payers) == len(invoice.payers))
    if not settled:
        return Payer(None, invoice.company, tuple(every), is_unknown=bool(invoice.payers))
    contact = payers[0] if len(payers) == 1 else None
    return Payer(contact, _company(invoice, chosen), tuple(chosen))


def in_currency(customers: Iterable[Customer], currency: str) -> list[Customer]:
    """Return the customers that can have invoices in the currency.

    In a realm with several currencies a customer has exactly one: an email may well belong to one
    customer for each.
    """
    return [customer for customer in customers if customer.currency in ("", currency)]


def disagrees(customer: Customer, invoice: Invoice) -> bool:
    """Tell whether a customer is of another company than the invoice. A customer without a company
    never is."""
    names = [company.name for company in invoice.companies if company.name]
    return bool(names and _company_names(customer, invoice)) and not agrees(customer, invoice)


def agrees(customer: Customer, invoice: Invoice) -> bool:
    """Tell whether a customer is of a company of the invoice."""
    names = {customer.display_name, customer.company_name} - {""}
    return any(
        same_company(company.name, each)
        for company in invoice.companies
        for each in names
        if company.name
    )


def _company_names(customer: Customer, invoice: Invoice) -> list[str]:
    """Return the names of a customer that are of a company. A display name may be a person's, or
    that of a project."""
    if customer.company_name:
        return [customer.company_name]
    words = set(re.findall(r"\w+", name(customer.display_name)))
    people = {word for payer in invoice.payers for word in _person_words(payer)}
    is_person = customer.is_person or bool(words & people) or "@" in customer.display_name
    return [] if is_person or customer.parent_id or not words else [customer.display_name]


def _person_words(contact: Contact) -> list[str]:
    """Return the words of a person's name, also those that the email has before its domain."""
    before_domain = (email.partition("@")[0] for email in contact.emails)
    return re.findall(r"\w\w+", " ".join((name(contact.person_name), *before_domain)))


def _agreeing(invoice: Invoice, customers: Sequence[Customer]) -> list[Customer]:
    return [customer for customer in customers if agrees(customer, invoice)]


def _company(invoice: Invoice, customers: Sequence[Customer]) -> Company | None:
    """Return the invoice's company: of several, the one that the customer agrees with."""
    if invoice.company or len(customers) != 1:
        return invoice.company
    alike = [
        company
        for company in invoice.companies
        if agrees(customers[0], invoice.model_copy(update={"companies": (company,)}))
    ]
    return alike[0] if len(alike) == 1 else None


def _in_charge(customers: Sequence[Customer]) -> list[Customer]:
    """Return the customers without those below another of them: projects and sub-customers carry
    the email of the customer above."""
    by_id = {customer.id: customer for customer in customers}
    return [customer for customer in customers if not by_id.keys() & {*ancestors(customer, by_id)}]


def ancestors(customer: Customer, customers: Mapping[str, Customer]) -> list[str]:
    """Return the ids of the customers above one, the nearest first, as far as they are known."""
    above: list[str] = []
    parent_id = customer.parent_id
    while parent_id and parent_id not in above:
        above.append(parent_id)
        parent = customers.get(parent_id)
        parent_id = parent.parent_id if parent else ""
    return above
