"""People merge customers in QuickBooks, or move an email from one to another.

Sources: Intuit's pages "Webhooks" and "Understanding the data object" (`deletedId`, `deletedid`);
the customer that is merged becomes inactive, and what it had is the other's.
"""

from __future__ import annotations

import pytest

from .acting import lose_everything, run_sweep, take
from .conftest import Flow
from .deciding import click, contact, offered, synced
from .keeping import LONG, customer_of, days_pass, watch_lookups, written


@pytest.fixture(params=["cloudevents", "legacy"])
def told(flow: Flow, request: pytest.FixtureRequest) -> Flow:
    """Intuit tells of changes, in either form of its events."""
    flow.quickbooks.webhooks.legacy = request.param == "legacy"
    flow.watch_quickbooks()
    return flow


@pytest.fixture
def winner(flow: Flow) -> str:
    return str(flow.realm.add_customer("Globex Holding", "office@globex.example")["Id"])


def merge(flow: Flow, winner: str, loser: str) -> None:
    flow.clock.advance(2)
    flow.realm.merge_customers(winner, loser)
    flow.work()
    flow.clock.advance(2)


def nameless(flow: Flow) -> dict[str, str]:
    """Options of an invoice for a contact that nobody is found by."""
    names = {"firstname": "Milton", "lastname": "Waddams"}
    return {"contact_id": str(flow.portal.create("contacts", names))}


class TestMerged:
    @pytest.mark.parametrize("days", [0.0, LONG])
    def test_what_is_written_and_what_comes_are_the_winners(
        self, told: Flow, winner: str, days: float
    ) -> None:
        invoice_id = written(told)
        merge(told, winner, told.customer_id)
        synced(told, invoice_id)
        days_pass(told, days)
        take(told, invoice_id, "100")
        told.work()
        synced(told, invoice_id)
        assert customer_of(told, written(told)) == winner

    def test_an_update_goes_on(self, told: Flow, winner: str) -> None:
        invoice_id = written(told)
        merge(told, winner, told.customer_id)
        told.set_price(invoice_id, "175")
        told.work()
        synced(told, invoice_id)
        assert customer_of(told, invoice_id) == winner
        assert told.in_quickbooks(invoice_id)[0]["TotalAmt"] == 350

    def test_links_follow_however_often(self, told: Flow, winner: str) -> None:
        told.settings(create_customers=True)
        who = contact(told, "jo@acme.example", "Acme")
        made = customer_of(told, written(told, **who))
        chosen = told.realm.add_customer("Chosen", "x@else.example")["Id"]
        picky = contact(told, "al@else.example", "Else")
        first = written(told, **picky)
        click(told, first, "use_customer", customerId=chosen)
        for gone in (made, chosen):
            merge(told, winner, gone)
        last = told.realm.add_customer("Everybody", "all@globex.example")["Id"]
        merge(told, last, winner)
        days_pass(told, LONG)
        assert customer_of(told, written(told, **who)) == last
        assert customer_of(told, written(told, **picky)) == last

    def test_an_edit_at_the_same_time_is_still_one(self, told: Flow, winner: str) -> None:
        invoice_id = written(told)
        quickbooks_id = told.in_quickbooks(invoice_id)[0]["Id"]
        other = told.realm.add_customer("Acme", "x@acme.example")["Id"]
        merge(told, winner, told.customer_id)
        told.realm.edit_invoice(quickbooks_id, CustomerRef={"value": other})
        told.work()
        assert told.failure_code(invoice_id) == "modified_outside_hubspot"


class TestNobodyTold:
    """No webhook tells of the merge."""

    @pytest.mark.parametrize("create_customers", [False, True])
    def test_it_is_seen_when_the_invoice_is_looked_at(
        self, flow: Flow, winner: str, create_customers: bool
    ) -> None:
        flow.settings(create_customers=create_customers)
        invoice_id = written(flow)
        merge(flow, winner, flow.customer_id)
        lose_everything(flow)
        run_sweep(flow)
        flow.work()
        flow.set_price(invoice_id, "175")
        flow.work()
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == winner
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 350
        # What comes follows too.
        assert customer_of(flow, written(flow)) == winner

    @pytest.mark.parametrize("create_customers", [False, True])
    @pytest.mark.parametrize("days", [0.0, LONG])
    def test_a_new_invoice_comes_before_any_old_one_is_looked_at(
        self, flow: Flow, winner: str, create_customers: bool, days: float
    ) -> None:
        flow.settings(create_customers=create_customers)
        written(flow)
        merge(flow, winner, flow.customer_id)
        days_pass(flow, days)
        count = len(flow.realm.customers)
        assert customer_of(flow, written(flow)) == winner
        # It is remembered.
        lookups = watch_lookups(flow)
        assert customer_of(flow, written(flow)) == winner
        assert [each for each in lookups if "from Customer" in each] == []
        assert len(flow.realm.customers) == count

    @pytest.mark.parametrize("email", ["jo@acme.example", ""])
    def test_so_it_does_for_a_customer_that_we_made(
        self, flow: Flow, winner: str, email: str
    ) -> None:
        flow.settings(create_customers=True)
        who = contact(flow, email, "Acme") if email else nameless(flow)
        made = customer_of(flow, written(flow, **who))
        merge(flow, winner, made)
        days_pass(flow, LONG)
        count = len(flow.realm.customers)
        assert customer_of(flow, written(flow, **who)) == winner
        assert len(flow.realm.customers) == count

    @pytest.mark.parametrize("create_customers", [False, True])
    def test_none_of_our_invoices_tells_who_is_left(
        self, flow: Flow, winner: str, create_customers: bool
    ) -> None:
        flow.settings(create_customers=create_customers)
        merge(flow, winner, flow.customer_id)
        count = len(flow.realm.customers)
        invoice_id = flow.invoice()
        flow.work()
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "customer_not_found"
        assert "is inactive: Globex" in failure["explanation"]
        assert offered(failure) == ["use_customer", "create_customer"]
        assert len(flow.realm.customers) == count
        flow.clock.advance(2)
        click(flow, invoice_id, "use_customer", customerId=winner)
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == winner

    def test_what_somebody_accepted_stays_accepted(self, flow: Flow, winner: str) -> None:
        flow.watch_quickbooks()
        invoice_id = written(flow)
        other = flow.realm.add_customer("Acme", "x@acme.example")["Id"]
        quickbooks_id = flow.in_quickbooks(invoice_id)[0]["Id"]
        flow.realm.edit_invoice(quickbooks_id, CustomerRef={"value": other})
        flow.work()
        flow.clock.advance(2)
        click(flow, invoice_id, "accept_quickbooks")
        merge(flow, winner, other)
        take(flow, invoice_id, "300")
        flow.work()
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == winner

    def test_a_customer_that_is_only_retired_is_no_merge(self, flow: Flow, winner: str) -> None:
        invoice_id = written(flow)
        quickbooks_id = flow.in_quickbooks(invoice_id)[0]["Id"]
        flow.realm.receive_payment(quickbooks_id, 300)
        flow.realm.edit_customer(flow.customer_id, Active=False)
        flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "paid"})
        flow.work()
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == flow.customer_id


class TestEmails:
    """An email is remembered for a day, but not after its customer has changed."""

    OLD, NEW = "ap@globex.example", "office@globex.example"

    def address(self, flow: Flow, customer_id: str, email: str) -> None:
        flow.realm.edit_customer(customer_id, PrimaryEmailAddr={"Address": email})

    def heard(self, flow: Flow, by: str) -> None:
        if by == "change log":
            lose_everything(flow)
            run_sweep(flow)
        flow.work()
        flow.clock.advance(2)

    @pytest.mark.parametrize("by", ["webhook", "change log"])
    def test_one_that_moved_leads_to_its_new_customer(
        self, told: Flow, winner: str, by: str
    ) -> None:
        first = written(told)
        self.address(told, told.customer_id, "else@globex.example")
        self.address(told, winner, self.OLD)
        self.heard(told, by)
        assert customer_of(told, written(told)) == winner
        assert customer_of(told, first) == told.customer_id

    @pytest.mark.parametrize("by", ["webhook", "change log"])
    def test_one_that_another_customer_has_too_is_asked_about(
        self, told: Flow, winner: str, by: str
    ) -> None:
        written(told)
        self.address(told, winner, self.OLD.upper())
        self.heard(told, by)
        invoice_id = told.invoice()
        told.work()
        assert told.failure_code(invoice_id) == "customer_not_found"

    def test_one_that_was_taken_away_leads_nowhere(self, told: Flow) -> None:
        written(told)
        self.address(told, told.customer_id, "else@globex.example")
        self.heard(told, "webhook")
        invoice_id = told.invoice()
        told.work()
        assert told.failure_code(invoice_id) == "customer_not_found"

    def test_what_did_not_change_costs_no_read(self, told: Flow) -> None:
        written(told)
        lookups = watch_lookups(told)
        written(told)
        assert lookups == []


def test_a_customer_is_linked_for_a_contact_and_its_company(flow: Flow) -> None:
    flow.settings(create_customers=True)
    acme = contact(flow, "jo@acme.example", "Acme")
    first = customer_of(flow, written(flow, **acme))
    for customer in flow.realm.customers:
        if customer["Id"] == first:  # nobody is found by an email
            flow.realm.edit_customer(first, PrimaryEmailAddr={"Address": "x@acme.example"})
    days_pass(flow, LONG)
    initech = flow.portal.create("companies", {"name": "Initech"})
    other = customer_of(flow, written(flow, **{**acme, "company_id": initech}))
    assert other != first
    assert customer_of(flow, written(flow, **acme)) == first
    assert customer_of(flow, written(flow, **{**acme, "company_id": initech})) == other
