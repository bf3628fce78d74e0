"""The keys of what is remembered of a realm."""

from __future__ import annotations

from invoice_sync.model.hubspot import Company, Contact
from invoice_sync.sync import remembered
from tests.unit import make

ACME, HOOLI = Company(id="1", name="Acme"), Company(id="2", name="Hooli")


def test_a_link_is_one_portals_contacts_companies_and_currencys() -> None:
    both = (make.CONTACT, Contact(id="302"))
    keys = [
        remembered.customer_link("24680", make.invoice()),
        remembered.customer_link("13579", make.invoice()),
        remembered.customer_link("24680", make.invoice(company=ACME)),
        remembered.customer_link("24680", make.invoice(company=HOOLI)),
        remembered.customer_link("24680", make.invoice(currency="EUR")),
        remembered.customer_link("24680", make.invoice(contact=Contact(id="302"))),
        remembered.customer_link("24680", make.invoice(contact=None, payers=both)),
    ]
    assert len({*keys}) == len(keys)
    assert remembered.customer_link("24680", make.invoice(contact=None)) is None


def test_the_order_of_contacts_makes_no_difference() -> None:
    both = (make.CONTACT, Contact(id="302"))
    one = make.invoice(contact=None, payers=both)
    other = make.invoice(contact=None, payers=both[::-1])
    assert remembered.customer_link("24680", one) == remembered.customer_link("24680", other)


def test_a_contact_without_an_email_is_matched_with_nobody() -> None:
    assert remembered.customers_of(Contact(id="302", email="nobody")) is None
    written = Contact(id="302", email=" A@x.example", additional_emails=("b@x.example",))
    assert remembered.customers_of(written) == "EMAIL#a@x.example|b@x.example"
