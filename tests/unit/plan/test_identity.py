"""Who owes a written invoice: what changes it, and what does not."""

from __future__ import annotations

import pytest

from invoice_sync.model.hubspot import Contact
from invoice_sync.model.quickbooks import Customer
from invoice_sync.model.record import Identity, KnownLine
from invoice_sync.plan.identity import kept_item_id, names_another_payer, took_over
from tests.unit import make

IDENTITY = Identity(
    contact_id="301",
    customer_id="58",
    lines={"1": KnownLine(source_name="sku con-hour", item_id="21")},
)
WRITTEN = make.record(quickbooks_id="146", identity=IDENTITY)


@pytest.mark.parametrize(
    ("contact", "is_another"),
    [
        (Contact(id="301", email="new@acme.example"), False),
        (Contact(id="302"), True),
        (Contact(id="302", former_ids=("300", "301")), False),
        (None, False),
    ],
)
def test_another_payer(contact: Contact | None, is_another: bool) -> None:
    assert names_another_payer(make.invoice(contact=contact), WRITTEN) is is_another
    assert not names_another_payer(make.invoice(contact=contact), make.record())


@pytest.mark.parametrize(
    ("source_id", "source_name", "item_id"),
    [("1", "sku con-hour", "21"), ("1", "sku other", ""), ("2", "sku con-hour", "")],
)
def test_a_line_keeps_its_item(source_id: str, source_name: str, item_id: str) -> None:
    assert kept_item_id(WRITTEN, source_id, source_name) == item_id
    given_up = WRITTEN.model_copy(update={"quickbooks_id": ""})
    assert kept_item_id(given_up, source_id, source_name) == ""


def customer(customer_id: str, parent_id: str = "", *, active: bool = True) -> Customer:
    return Customer(id=customer_id, display_name="C", parent_id=parent_id, active=active)


@pytest.mark.parametrize(
    ("customers", "does"),
    [
        ((customer("58", active=False), customer("60")), True),
        ((customer("60"),), True),  # QuickBooks no longer has the one before
        ((customer("58"), customer("60", "58")), True),
        ((customer("58"), customer("59", "58"), customer("60", "59")), True),
        ((customer("58"), customer("60")), False),
        ((customer("58", "60"), customer("60")), False),
        ((customer("58", active=False), customer("60", active=False)), False),
        ((customer("58", active=False),), False),
        ((customer("58"), customer("60", "61"), customer("61", "60")), False),
    ],
)
def test_who_takes_over(customers: tuple[Customer, ...], does: bool) -> None:
    assert took_over("58", "60", {each.id: each for each in customers}) is does
