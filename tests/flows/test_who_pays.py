"""Who pays an invoice: of several contacts, companies and customers none is guessed.

The kinds are those of public reports: several addresses in one field (Connex help, "can I match
customers by email address?"; bill.com help), merged contacts (apify/apify-shared-js pull request
260; reliabilitylayer.com, "HubSpot additional emails deduplication"), projects with the email of
the customer above (Rerun help, "Duplicate email error").
"""

from __future__ import annotations

from typing import Any

import pytest

from .acting import run_sweep
from .backfilling import add_old, install, plan, run
from .conftest import PORTAL_ID, Flow
from .deciding import click, contact, failing, seen, synced

BOTH = "pay@initech.example, boss@initech.example"


def customer_of(flow: Flow, invoice_id: str) -> str:
    (written,) = flow.in_quickbooks(invoice_id)
    return str(written["CustomerRef"]["value"])


def names(flow: Flow) -> list[str]:
    return [each["DisplayName"] for each in flow.realm.customers if each["Active"]]


def with_contacts(flow: Flow, *emails: str, billed: str = "", company: str = "") -> str:
    """An invoice for several contacts; that of `billed` has the label."""
    label = flow.portal.add_label("invoices", "contacts", "Billing contact") if billed else None
    company_id = flow.portal.create("companies", {"name": company}) if company else None
    invoice_id = flow.invoice(contact_id=None, company_id=company_id)
    for email in emails:
        who = flow.portal.create("contacts", {"email": email, "firstname": email.split("@")[0]})
        mark = label if email == billed else None
        flow.portal.associate("invoices", invoice_id, "contacts", who, mark)
    flow.work()
    return invoice_id


class TestAddresses:
    @pytest.mark.parametrize(
        "field", [BOTH, BOTH.replace(", ", ";"), BOTH.replace(", ", " ; ").upper(), BOTH + ";"]
    )
    @pytest.mark.parametrize("email", ["pay@initech.example", "boss@initech.example"])
    @pytest.mark.parametrize("create", [False, True])
    def test_a_customer_with_several_is_found(
        self, flow: Flow, field: str, email: str, create: bool
    ) -> None:
        flow.settings(create_customers=create)
        theirs = flow.realm.add_customer("Initech", BOTH)["Id"]
        # QuickBooks takes only commas by now; imports of years ago have what they have.
        flow.realm.rows["Customer"][theirs].doc["PrimaryEmailAddr"]["Address"] = field
        invoice_id = flow.invoice(**contact(flow, email))
        flow.work()
        synced(flow, invoice_id)
        assert (names(flow), customer_of(flow, invoice_id)) == (["Globex", "Initech"], theirs)

    def test_an_address_within_another_is_not_the_same(self, flow: Flow) -> None:
        flow.realm.add_customer("Initech", "theboss@initech.example, x@initech.example.org")
        failing(flow, "customer_not_found", **contact(flow, "boss@initech.example"))

    def test_adding_the_address_heals(self, flow: Flow) -> None:
        flow.watch_quickbooks()
        theirs = flow.realm.add_customer("Initech", "pay@initech.example")["Id"]
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "boss@initech.example"))
        flow.realm.edit_customer(theirs, PrimaryEmailAddr={"Address": BOTH})
        flow.work()
        synced(flow, invoice_id)

    def test_it_costs_one_read_once(self, flow: Flow) -> None:
        flow.realm.add_customer("Initech", BOTH)
        flow.work()
        first = flow.invoice()
        flow.work()
        synced(flow, first)
        who = contact(flow, "boss@initech.example")
        second = flow.invoice(**who)
        assert flow.get(f"/v1/invoices/{second}/preview")["meteredReads"] >= 2
        flow.work()
        third = flow.invoice(**who)
        flow.work()
        told = flow.status(third)["attempts"][-1]
        assert told["calls"]["meteredReads"] == 0

    def test_an_additional_email_of_the_contact(self, flow: Flow) -> None:
        more = {"hs_additional_emails": "AP@globex.example;ada@private.example"}
        invoice_id = flow.invoice(**contact(flow, "ada@acme.example", **more))
        flow.work()
        assert customer_of(flow, invoice_id) == flow.customer_id

    def test_the_main_email_comes_first(self, flow: Flow) -> None:
        theirs = flow.realm.add_customer("Acme", "ada@acme.example")["Id"]
        more = {"hs_additional_emails": "ap@globex.example"}
        invoice_id = flow.invoice(**contact(flow, "ada@acme.example", **more))
        flow.work()
        assert customer_of(flow, invoice_id) == theirs

    def test_the_customer_was_made_for_a_contact_that_was_merged(self, flow: Flow) -> None:
        flow.settings(create_customers=True)
        loser = contact(flow, "ada@acme.example", firstname="Ada", company="")["contact_id"]
        first = flow.invoice(contact_id=loser)
        flow.work()
        winner = contact(flow, "lovelace@acme.example")["contact_id"]
        kept = flow.portal.merge("contacts", winner, loser)
        flow.work()
        second = flow.invoice(contact_id=kept)
        flow.work()
        synced(flow, first)
        assert customer_of(flow, second) == customer_of(flow, first)


class TestSeveralContacts:
    def test_the_billing_contact_pays(self, flow: Flow) -> None:
        theirs = flow.realm.add_customer("Initech", "pay@initech.example")["Id"]
        emails = ("ap@globex.test", "ap2@globex.test", "pay@initech.example")
        invoice_id = with_contacts(flow, *emails, billed="pay@initech.example")
        assert customer_of(flow, invoice_id) == theirs

    @pytest.mark.parametrize("company", ["Initech, Inc.", "INITECH", "Initech Germany GmbH"])
    def test_else_the_one_whose_customer_is_the_invoices_company(
        self, flow: Flow, company: str
    ) -> None:
        flow.realm.edit_customer(flow.customer_id, PrimaryEmailAddr={"Address": "a@globex.test"})
        theirs = flow.realm.add_customer("Initech", "pay@initech.example")["Id"]
        invoice_id = with_contacts(flow, "a@globex.test", "pay@initech.example", company=company)
        assert customer_of(flow, invoice_id) == theirs

    @pytest.mark.parametrize("create", [False, True])
    @pytest.mark.parametrize("company", ["", "Hooli"])
    def test_else_a_person_decides_once(self, flow: Flow, create: bool, company: str) -> None:
        flow.settings(create_customers=create)
        theirs = flow.realm.add_customer("Initech", "pay@initech.example")["Id"]
        invoice_id = with_contacts(flow, "ap2@globex.test", "pay@initech.example", company=company)
        failure = flow.status(invoice_id)["failure"]
        assert failure["detail"]["variant"] == "several_contacts"
        assert '"ap2" and "pay"' in failure["explanation"]
        flow.clock.advance(2)
        assert theirs in [
            each["id"] for each in seen(flow, invoice_id, "use_customer")["candidates"]
        ]
        click(flow, invoice_id, "use_customer", customerId=theirs)
        synced(flow, invoice_id)
        contacts = flow.portal.associated("invoices", invoice_id, "contacts")
        companies = flow.portal.associated("invoices", invoice_id, "companies")
        second = flow.invoice(contact_id=None, company_id=companies[0] if companies else None)
        for each in contacts:
            flow.portal.associate("invoices", second, "contacts", each)
        flow.work()
        assert customer_of(flow, second) == theirs

    def test_a_label_settles_it(self, flow: Flow) -> None:
        flow.realm.add_customer("Initech", "pay@initech.example")
        invoice_id = with_contacts(flow, "ap2@globex.test", "pay@initech.example")
        label = flow.portal.add_label("invoices", "contacts", "Billing contact")
        *_, last = flow.portal.associated("invoices", invoice_id, "contacts")
        flow.portal.associate("invoices", invoice_id, "contacts", last, label)
        flow.work()
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        synced(flow, invoice_id)

    def test_of_several_companies_none_is_guessed(self, flow: Flow) -> None:
        flow.settings(create_customers=True)
        who = contact(flow, "jo@acme.example", "Acme")
        invoice_id = flow.invoice(**who)
        other = flow.portal.create("companies", {"name": "Acme Holding"})
        flow.portal.associate("invoices", invoice_id, "companies", other)
        flow.work()
        failure = flow.status(invoice_id)["failure"]
        assert failure["detail"]["variant"] == "several_companies"
        assert names(flow) == ["Globex"]


class TestAnotherCompany:
    """The customer with the contact's email is of another company than the invoice."""

    def asked(self, flow: Flow, **who: Any) -> str:
        invoice_id = failing(flow, "customer_not_found", **who)
        assert flow.status(invoice_id)["failure"]["detail"]["variant"] == "other_company"
        return invoice_id

    @pytest.mark.parametrize("fields", [{"CompanyName": "Hooli"}, {}])
    @pytest.mark.parametrize("create", [False, True])
    def test_one_click_settles_it_for_good(
        self, flow: Flow, fields: dict[str, Any], create: bool
    ) -> None:
        flow.settings(create_customers=create)
        theirs = flow.realm.add_customer("Hooli", "jo@agency.example", **fields)["Id"]
        who = contact(flow, "jo@agency.example", "Initech")
        invoice_id = self.asked(flow, **who)
        click(flow, invoice_id, "use_customer", customerId=theirs)
        synced(flow, invoice_id)
        second = flow.invoice(**who)
        flow.work()
        assert customer_of(flow, second) == theirs

    def test_it_is_settled_for_that_company_only(self, flow: Flow) -> None:
        theirs = flow.realm.add_customer("Hooli", "jo@agency.example")["Id"]
        who = contact(flow, "jo@agency.example", "Initech")
        invoice_id = self.asked(flow, **who)
        click(flow, invoice_id, "use_customer", customerId=theirs)
        other = flow.portal.create("companies", {"name": "Pied Piper"})
        self.asked(flow, contact_id=who["contact_id"], company_id=other)

    def test_a_new_customer_is_another_answer(self, flow: Flow) -> None:
        flow.realm.add_customer("Hooli", "jo@agency.example")
        who = contact(flow, "jo@agency.example", "Initech")
        invoice_id = self.asked(flow, **who)
        click(flow, invoice_id, "create_customer")
        synced(flow, invoice_id)
        assert names(flow) == ["Globex", "Hooli", "Initech"]
        second = flow.invoice(**who)
        flow.work()
        assert customer_of(flow, second) == customer_of(flow, invoice_id)

    @pytest.mark.parametrize(
        ("customer", "fields"),
        [
            ("Initech", {}),
            ("INITECH, Inc.", {}),
            ("Initech GmbH & Co. KG", {}),
            ("Initech - Berlin", {}),
            ("Whatever", {"CompanyName": "The Initech Company"}),
            ("Bill Lumbergh", {}),
            ("Peter Gibbons", {"GivenName": "Peter"}),
            ("pay@initech.example", {}),
            ("B. Jones (bill)", {}),
        ],
    )
    def test_no_false_alarm(self, flow: Flow, customer: str, fields: dict[str, Any]) -> None:
        theirs = flow.realm.add_customer(customer, "bill@initech.example", **fields)["Id"]
        more = {"firstname": "Bill", "lastname": "Lumbergh"}
        invoice_id = flow.invoice(**contact(flow, "bill@initech.example", "Initech LLC", **more))
        flow.work()
        assert customer_of(flow, invoice_id) == theirs


class TestProjects:
    @pytest.mark.parametrize("project", [False, True])
    def test_the_customer_above_is_taken(self, flow: Flow, project: bool) -> None:
        below = flow.realm.add_sub_customer(flow.customer_id, "Website", project=project)["Id"]
        flow.realm.add_sub_customer(below, "Phase 1")
        invoice_id = flow.invoice()
        flow.work()
        assert customer_of(flow, invoice_id) == flow.customer_id

    def test_of_two_projects_alone_none_is_guessed(self, flow: Flow) -> None:
        above = flow.realm.add_customer("Initech")["Id"]
        for name in ("Website", "Shop"):
            address = {"Address": "pay@initech.example"}
            flow.realm.add_sub_customer(above, name, PrimaryEmailAddr=address)
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "pay@initech.example"))
        assert flow.status(invoice_id)["failure"]["detail"]["variant"] == "several"


class TestEventsOfCustomers:
    """What is remembered of an email is dropped as soon as its customer changes."""

    @pytest.mark.parametrize("by", ["webhook", "change log"])
    def test_an_email_that_moves_is_followed_at_once(self, flow: Flow, by: str) -> None:
        if by == "webhook":
            flow.watch_quickbooks()
        first = flow.invoice()
        flow.work()
        if by == "change log":
            run_sweep(flow)
        flow.clock.advance(60)
        flow.realm.edit_customer(flow.customer_id, PrimaryEmailAddr={"Address": "x@y.example"})
        heir = flow.realm.add_customer("Globex 2", "ap@globex.example")["Id"]
        if by == "change log":
            run_sweep(flow)
        flow.work()
        second = flow.invoice()
        flow.work()
        assert [customer_of(flow, each) for each in (first, second)] == [flow.customer_id, heir]

    def test_one_that_becomes_inactive_is_not_taken(self, flow: Flow) -> None:
        flow.watch_quickbooks()
        first = flow.invoice()
        flow.work()
        flow.clock.advance(2)
        flow.realm.delete_invoice(flow.in_quickbooks(first)[0]["Id"])
        flow.portal.update("invoices", first, {"hs_invoice_status": "voided"})
        flow.realm.edit_customer(flow.customer_id, Active=False)
        flow.work()
        failing(flow, "customer_not_found", contact_id=flow.contact_id)


@pytest.mark.parametrize("flow", [{"multicurrency": True}], indirect=True)
def test_links_are_kept_by_currency(flow: Flow) -> None:
    flow.settings(create_customers=True)
    flow.realm.set_rate("EUR", "1.1")
    who = contact(flow, "jo@acme.example", "Acme")
    ids = [flow.invoice(**who, hs_currency=currency) for currency in ("USD", "EUR", "USD", "EUR")]
    flow.work()
    # Those in euros met the customer in dollars that was made beside them: once more.
    run_sweep(flow)
    flow.work()
    customers = [customer_of(flow, each) for each in ids]
    assert customers[:2] == customers[2:]
    assert len({*customers}) == 2


@pytest.mark.parametrize("create", [False, True])
def test_a_backfill_guesses_nobody_either(flow: Flow, create: bool) -> None:
    flow.settings(create_customers=create)
    flow.realm.add_customer("Hooli", "jo@agency.example")
    flow.realm.add_sub_customer(flow.customer_id, "Website")
    other = add_old(flow, **contact(flow, "jo@agency.example", "Initech"))
    known = add_old(flow)
    line = {"name": "Advice", "hs_sku": "CON-HOUR", "quantity": "1", "price": "5"}
    flow.realm.add_item("Consulting EU", "CON-HOUR")
    unclear = add_old(flow, lines=[line])
    install(flow)
    counts = plan(flow)["plan"]
    assert counts["byOutcome"] == {"create": 1, "fail": 2}
    assert {*counts["byCode"]} == {"customer_not_found", "item_ambiguous"}
    run(flow)
    assert customer_of(flow, known) == flow.customer_id
    assert flow.failure_code(other) == "customer_not_found"
    assert flow.failure_code(unclear) == "item_ambiguous"
    assert names(flow) == ["Globex", "Hooli", "Website"]


def test_a_restored_table_that_lost_the_record_keeps_the_customer(flow: Flow) -> None:
    """The invoice is found by its number and our note, and stays where it is."""
    invoice_id = flow.invoice()
    flow.work()
    flow.realm.add_customer("Initech", "pay@initech.example")
    flow.portal.update("contacts", flow.contact_id, {"email": "pay@initech.example"})
    flow.hubspot.webhooks.discard()
    table = flow.own.aws.client("dynamodb")
    key = {"pk": {"S": f"PORTAL#{PORTAL_ID}"}, "sk": {"S": f"INVOICE#{invoice_id}"}}
    table.delete_item(TableName=flow.own.aws.environment["TABLE_NAME"], Key=key)
    flow.portal.update("invoices", invoice_id, {"hs_comments": "Thank you"})
    flow.work()
    synced(flow, invoice_id)
    assert customer_of(flow, invoice_id) == flow.customer_id
