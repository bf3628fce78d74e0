"""Who an invoice's customer could be: the order, the reasons, and who is left out."""

from __future__ import annotations

import pytest

from invoice_sync.model.hubspot import Company, Contact
from invoice_sync.model.quickbooks import Customer, Item
from invoice_sync.resolve import candidates

ADA = Contact(id="301", email="ada@acme.example", first_name="Ada", last_name="Byron")
ACME = Company(id="1", name="Acme Industrial, Inc.")


def ranked(*found: Customer, contact: Contact = ADA, named: tuple[str, ...] = ()) -> list[str]:
    every = candidates.rank_customers(contact, ACME, found, named)
    return [f"{one.id} {', '.join(one.reasons)}" for one in every]


def test_the_surest_reason_comes_first() -> None:
    assert ranked(
        Customer(id="1", display_name="acme industries"),
        Customer(id="2", display_name="Billing", email="bill@ACME.example"),
        Customer(id="3", display_name="ACME Industrial LLC"),
        Customer(id="4", display_name="Whoever", email="ADA@acme.example"),
        Customer(id="5", display_name="Nobody", email="n@else.example"),
        Customer(id="6", display_name="Jane", company_name="Acme Industrial"),
    ) == [
        "4 same email, different capitalisation",
        "3 same company name",
        "6 same company name",
        "2 same email domain, acme.example",
        "1 similar name",
    ]


def test_reasons_add_up() -> None:
    both = Customer(id="9", display_name="Acme Industrial", email="x@acme.example")
    assert ranked(Customer(id="1", display_name="Acme Industrial"), both) == [
        "9 same company name, same email domain, acme.example",
        "1 same company name",
    ]


def test_a_person_of_the_same_name() -> None:
    assert ranked(Customer(id="1", display_name="Ada M. Byron")) == ["1 similar name"]


def test_free_mail_tells_no_company() -> None:
    ada = ADA.model_copy(update={"email": "ada@gmail.com"})
    assert ranked(Customer(id="1", display_name="X", email="x@gmail.com"), contact=ada) == []
    assert candidates.company_domain("x@GMail.com") == ""


def test_at_most_ten_each_once() -> None:
    many = [Customer(id=str(n), display_name="Acme Industrial") for n in range(1, 15)]
    assert len(ranked(*many, *many)) == 10


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Acme Industrial, Inc.", ["Indust", "Acme"]),
        ("The GmbH", ["GmbH", "The"]),
        ("Ü", []),
        ("", []),
        ("O'Neill & Söhne AG", ["Neil", "Söhn"]),
    ],
)
def test_what_finds_names_like_it(name: str, parts: list[str]) -> None:
    assert candidates.telling_parts(name) == parts


def test_items() -> None:
    found = [
        Item(id="1", name="Support-Plan"),
        Item(id="2", name="Support plans"),
        Item(id="3", name="Consulting", sku="SUP-1"),
        Item(id="4", name="Consulting"),
        Item(id="5", name="Plan"),
    ]
    every = candidates.rank_items("SUP-2", "support plan", found)
    assert [(one.id, one.reasons) for one in every] == [
        ("1", ("same name but for its spelling",)),
        ("2", ("similar name",)),
        ("3", ("similar SKU",)),
        ("5", ("shares the word plan",)),
    ]
