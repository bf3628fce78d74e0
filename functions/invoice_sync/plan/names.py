"""Display names: who already has the name that a new customer needs. Pure.

In QuickBooks customers, vendors and employees share one list of names.
"""

from __future__ import annotations

from collections.abc import Sequence

from invoice_sync.model import normal_forms
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import CurrencyMismatch, DuplicateDisplayName
from invoice_sync.model.quickbooks import Customer, NewCustomer
from invoice_sync.plan.customer import in_question, numbered

_HIGHEST_NUMBER = 20


def names_to_try(customer: NewCustomer) -> list[str]:
    """Return the names that a new customer may get, in the order in which they are tried."""
    last = _HIGHEST_NUMBER if customer.numbered else 1
    name = customer.display_name
    return [name, *(numbered(name, number) for number in range(2, last + 1))]


def folded_name(name: str) -> str:
    """Return the form in which QuickBooks compares names."""
    return normal_forms.name(name)


def settle_taken_name(customer: NewCustomer, holders: Sequence[Customer]) -> Customer | Failure:
    """Return the customer that we need though its name was taken, or why there is none.

    `holders`: the customers with that name; none when a vendor or an employee has it. A holder is
    the one that we need if it is active and has the contact's email or our marker: another worker
    made it, or a request whose answer was lost.
    """
    for holder in holders:
        if holder.active and _is_the_contact(customer, holder):
            if customer.currency in ("", holder.currency):
                return holder
            return Failure(
                detail=CurrencyMismatch(
                    variant="namesake",
                    currency=customer.currency,
                    customer_currency=holder.currency,
                    **in_question([holder]),
                )
            )
    return Failure(detail=DuplicateDisplayName(name=customer.display_name, **in_question(holders)))


def is_as_asked(customer: NewCustomer, made: Customer) -> bool:
    """Tell whether a customer that we made for the contact, perhaps for another invoice, is the one
    that is to be created."""
    same_currency = customer.currency in ("", made.currency)
    return made.active and same_currency and made.parent_id == customer.parent_id


def _is_the_contact(customer: NewCustomer, holder: Customer) -> bool:
    emails = normal_forms.emails(holder.email)
    same_email = any(email in emails for email in normal_forms.emails(customer.email))
    return same_email or customer.marker in holder.notes
