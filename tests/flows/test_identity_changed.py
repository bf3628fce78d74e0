"""HubSpot or QuickBooks names another customer for a written invoice: what is a difference, what is
none, and what people decide."""

from __future__ import annotations

import pytest

from .acting import take
from .conftest import Flow
from .deciding import click, offered, synced
from .keeping import ADA, LONG, customer_of, days_pass, email_changes, watch_lookups, written

# -- HubSpot names another payer ----------------------------------------------------------


class TestAnotherPayer:
    @pytest.fixture
    def other_id(self, flow: Flow) -> str:
        return str(flow.realm.add_customer("Acme", ADA["email"])["Id"])

    def named(self, flow: Flow, invoice_id: str, **properties: str) -> str:
        """HubSpot names another contact."""
        for contact_id in flow.portal.associated("invoices", invoice_id, "contacts"):
            flow.portal.dissociate("invoices", invoice_id, "contacts", contact_id)
        contact_id = flow.portal.create("contacts", {**ADA, **properties})
        flow.portal.associate("invoices", invoice_id, "contacts", contact_id)
        flow.work()
        flow.clock.advance(2)
        return contact_id

    def test_is_a_difference_with_both_names(self, flow: Flow, other_id: str) -> None:
        invoice_id = written(flow)
        self.named(flow, invoice_id)
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "customer_differs"
        assert '"Globex"' in failure["explanation"]
        assert '"Acme"' in failure["explanation"]
        assert offered(failure)[:2] == ["move_to_customer", "keep_customer"]
        assert customer_of(flow, invoice_id) == flow.customer_id

    def test_it_is_moved_when_somebody_says_so(self, flow: Flow, other_id: str) -> None:
        invoice_id = written(flow)
        self.named(flow, invoice_id)
        assert click(flow, invoice_id, "move_to_customer")["preview"]["outcome"] == "update"
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == other_id
        days_pass(flow, LONG)
        flow.set_price(invoice_id, "175")
        flow.work()
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == other_id

    def test_a_paid_one_is_not_moved(self, flow: Flow, other_id: str) -> None:
        invoice_id = written(flow)
        flow.realm.receive_payment(flow.in_quickbooks(invoice_id)[0]["Id"], 100)
        self.named(flow, invoice_id)
        click(flow, invoice_id, "move_to_customer")
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
        assert customer_of(flow, invoice_id) == flow.customer_id

    def test_it_is_kept_until_the_payer_changes_again(self, flow: Flow, other_id: str) -> None:
        invoice_id = written(flow)
        self.named(flow, invoice_id)
        assert click(flow, invoice_id, "keep_customer")["preview"]["outcome"] == "inStep"
        days_pass(flow, LONG)
        flow.set_price(invoice_id, "175")
        flow.work()
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == flow.customer_id
        flow.realm.add_customer("Initech", "bob@initech.example")
        self.named(flow, invoice_id, email="bob@initech.example")
        assert flow.failure_code(invoice_id) == "customer_differs"
        assert "Initech" in flow.status(invoice_id)["failure"]["explanation"]

    def test_it_clears_when_the_former_payer_is_back(self, flow: Flow, other_id: str) -> None:
        invoice_id = written(flow)
        new = self.named(flow, invoice_id)
        flow.portal.associate("invoices", invoice_id, "contacts", flow.contact_id)
        flow.portal.dissociate("invoices", invoice_id, "contacts", new)
        flow.work()
        synced(flow, invoice_id)

    def test_of_several_customers_one_is_chosen(self, flow: Flow, other_id: str) -> None:
        third = flow.realm.add_customer("Acme 2", ADA["email"])["Id"]
        invoice_id = written(flow)
        self.named(flow, invoice_id)
        failure = flow.status(invoice_id)["failure"]
        assert offered(failure)[:2] == ["use_customer", "keep_customer"]
        click(flow, invoice_id, "use_customer", customerId=third)
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == third

    def test_another_contact_of_the_same_customer_is_no_difference(self, flow: Flow) -> None:
        lookups = watch_lookups(flow)
        invoice_id = written(flow)
        email_changes(flow, invoice_id)
        self.named(flow, invoice_id, email="ap@globex.example")
        synced(flow, invoice_id)
        days_pass(flow, LONG)
        lookups.clear()
        take(flow, invoice_id, "300")
        flow.work()
        synced(flow, invoice_id)
        assert lookups == []

    @pytest.mark.parametrize("properties", [{"email": ""}, {"email": "nobody@nowhere.example"}])
    def test_whom_quickbooks_does_not_know_changes_nothing(
        self, flow: Flow, properties: dict[str, str]
    ) -> None:
        invoice_id = written(flow)
        self.named(flow, invoice_id, **properties)
        synced(flow, invoice_id)

    def test_who_becomes_a_customer_later_is_seen_then(self, flow: Flow) -> None:
        invoice_id = written(flow)
        self.named(flow, invoice_id)
        flow.realm.add_customer("Acme", ADA["email"])
        flow.set_price(invoice_id, "175")
        flow.work()
        assert flow.failure_code(invoice_id) == "customer_differs"
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 300

    def test_before_it_is_written_it_just_goes_there(self, flow: Flow, other_id: str) -> None:
        invoice_id = flow.invoice()
        self.named(flow, invoice_id)
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == other_id


def test_whoever_chose_the_wrong_customer_can_choose_again(flow: Flow) -> None:
    invoice_id = written(flow)
    other = flow.realm.add_customer("Acme", "x@acme.example")["Id"]
    bystander = written(flow)
    click(flow, invoice_id, "use_customer", customerId=other)
    synced(flow, invoice_id)
    assert customer_of(flow, invoice_id) == other
    flow.clock.advance(2)
    flow.set_price(bystander, "175")
    flow.work()
    flow.clock.advance(2)
    # What is written stays; what comes goes to the chosen one.
    assert customer_of(flow, bystander) == flow.customer_id
    assert customer_of(flow, written(flow)) == other


# -- projects -----------------------------------------------------------------------------


class TestProjects:
    def below(self, flow: Flow, parent_id: str, name: str) -> str:
        below = {"value": parent_id}
        return str(flow.realm.add_customer(name, Job=True, ParentRef=below)["Id"])

    def put(self, flow: Flow, invoice_id: str, customer_id: str) -> None:
        flow.clock.advance(2)
        quickbooks_id = flow.in_quickbooks(invoice_id)[0]["Id"]
        flow.realm.edit_invoice(quickbooks_id, CustomerRef={"value": customer_id})
        flow.work()

    def test_a_project_of_its_customer_is_no_difference(self, flow: Flow) -> None:
        flow.watch_quickbooks()
        invoice_id = written(flow)
        phase = self.below(flow, flow.customer_id, "Phase 1")
        deeper = self.below(flow, phase, "Phase 1a")
        for customer_id in (phase, deeper):
            self.put(flow, invoice_id, customer_id)
            synced(flow, invoice_id)
        flow.set_price(invoice_id, "175")
        flow.work()
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == deeper
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 350

    def test_it_stays_there_when_both_changed(self, flow: Flow) -> None:
        invoice_id = written(flow)
        phase = self.below(flow, flow.customer_id, "Phase 1")
        self.put(flow, invoice_id, phase)
        flow.set_price(invoice_id, "175")
        flow.work()
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == phase
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 350

    @pytest.mark.parametrize("whose", ["another customer", "its project", "above it"])
    def test_any_other_customer_is_a_difference(self, flow: Flow, whose: str) -> None:
        flow.watch_quickbooks()
        other = flow.realm.add_customer("Acme", "x@acme.example")["Id"]
        if whose == "its project":
            other = self.below(flow, other, "Phase 1")
        if whose == "above it":
            parent = {"Job": True, "ParentRef": {"value": other}}
            flow.realm.edit_customer(flow.customer_id, **parent)
        invoice_id = written(flow)
        self.put(flow, invoice_id, other)
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "modified_outside_hubspot"
        assert [each["field"] for each in failure["differences"]] == ["customer"]
        click(flow, invoice_id, "accept_quickbooks")
        synced(flow, invoice_id)
        flow.work()
        assert customer_of(flow, invoice_id) == other
