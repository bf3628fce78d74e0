"""Who has a taken display name, and what that means for the customer that needs it."""

from __future__ import annotations

import pytest

from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import CurrencyMismatch, DuplicateDisplayName
from invoice_sync.model.quickbooks import Customer, NewCustomer
from invoice_sync.plan.names import folded_name, names_to_try, settle_taken_name

NEW = NewCustomer(
    contact_id="51",
    marker="HubSpot contact 301 (portal 24680)",
    display_name="Acme",
    email="ap@acme.example",
    currency="USD",
)


def holder(**changes: object) -> Customer:
    whole = {"id": "7", "display_name": "Acme", "currency": "USD", **changes}
    return Customer.model_validate(whole)


@pytest.mark.parametrize(
    "ours",
    [
        holder(email="AP@acme.example"),
        holder(notes=f"imported. {NEW.marker}"),
    ],
)
def test_the_contacts_own_customer_is_taken(ours: Customer) -> None:
    assert settle_taken_name(NEW, [holder(id="6"), ours]) == ours


@pytest.mark.parametrize(
    "other",
    [
        holder(email="other@acme.example"),
        holder(email="ap@acme.example", active=False),
        holder(notes="HubSpot contact 302 (portal 24680)"),
    ],
)
def test_anybody_elses_is_a_name_that_is_taken(other: Customer) -> None:
    settled = settle_taken_name(NEW, [other])
    assert isinstance(settled, Failure)
    assert settled.detail == DuplicateDisplayName(
        name="Acme", customer_ids=("7",), customer_names=("Acme",)
    )


def test_two_without_an_email_are_not_the_same() -> None:
    nameless = NEW.model_copy(update={"email": ""})
    assert isinstance(settle_taken_name(nameless, [holder(email="")]), Failure)


def test_the_contacts_own_customer_in_another_currency() -> None:
    settled = settle_taken_name(NEW, [holder(email=NEW.email, currency="EUR")])
    assert isinstance(settled, Failure)
    assert isinstance(settled.detail, CurrencyMismatch)
    assert (settled.detail.currency, settled.detail.customer_currency) == ("USD", "EUR")
    one_currency = NEW.model_copy(update={"currency": ""})
    same = holder(email=NEW.email, currency="EUR")
    assert settle_taken_name(one_currency, [same]) == same


def test_a_vendor_or_an_employee_has_it() -> None:
    settled = settle_taken_name(NEW, [])
    assert isinstance(settled, Failure)
    assert settled.detail == DuplicateDisplayName(name="Acme")


def test_names_are_compared_without_case_and_extra_spaces() -> None:
    assert folded_name(" Acme   Ltd ") == folded_name("ACME ltd")


def test_only_a_numbered_customer_gets_another_name() -> None:
    assert names_to_try(NEW) == ["Acme"]
    names = names_to_try(NEW.model_copy(update={"numbered": True}))
    assert names[:3] == ["Acme", "Acme (2)", "Acme (3)"]
    assert len(names) == 20
