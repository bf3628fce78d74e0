"""Who owes a written invoice, and for what, is decided once.

The kinds are those of public reports: an email that changed in HubSpot (mautic/mautic issue 5712),
a contact that was deleted (bill.com, "A customer, account, or invoice associated with this payment
is deleted"; Centrix FAQ), a product that was retired (Finale help "Inactive"), contacts that were
merged (singer-io/tap-hubspot issue 49; supaglue-labs/supaglue pull request 870).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from .acting import take
from .conftest import Flow
from .deciding import click, contact, offered, synced


def email_changes(flow: Flow) -> None:
    flow.portal.update("contacts", flow.contact_id, {"email": "new@globex.example"})


def email_becomes_anothers(flow: Flow) -> None:
    flow.realm.add_customer("Initech", "pay@initech.example")
    flow.portal.update("contacts", flow.contact_id, {"email": "pay@initech.example"})


def contact_is_deleted(flow: Flow) -> None:
    flow.portal.delete("contacts", flow.contact_id)


def contact_is_merged(flow: Flow) -> None:
    flow.realm.add_customer("Initech", "pay@initech.example")
    winner = flow.portal.create("contacts", {"email": "pay@initech.example"})
    flow.portal.merge("contacts", winner, flow.contact_id)


def email_moves_in_quickbooks(flow: Flow) -> None:
    flow.realm.edit_customer(flow.customer_id, PrimaryEmailAddr={"Address": "x@globex.example"})
    flow.realm.add_customer("Initech", "ap@globex.example")


def customer_is_renamed(flow: Flow) -> None:
    flow.realm.edit_customer(flow.customer_id, DisplayName="G. Ltd", CompanyName="Initech")


def product_is_retired(flow: Flow) -> None:
    flow.realm.edit_item(flow.item_id, Active=False)


def product_is_renamed(flow: Flow) -> None:
    flow.realm.edit_item(flow.item_id, Name="Advice", Sku="ADV")
    flow.realm.add_item("Consulting", "CON-HOUR")


def product_gets_a_twin(flow: Flow) -> None:
    flow.realm.add_item("Other consulting", "CON-HOUR")


EVENTS = [
    email_changes,
    email_becomes_anothers,
    contact_is_deleted,
    contact_is_merged,
    email_moves_in_quickbooks,
    customer_is_renamed,
    product_is_retired,
    product_is_renamed,
    product_gets_a_twin,
]


def other_contact(flow: Flow, invoice_id: str, email: str) -> str:
    """HubSpot names another contact as the invoice's only one."""
    other = flow.portal.create("contacts", {"email": email})
    flow.portal.associate("invoices", invoice_id, "contacts", other)
    flow.portal.dissociate("invoices", invoice_id, "contacts", flow.contact_id)
    return other


def customer_of(flow: Flow, invoice_id: str) -> str:
    (written,) = flow.in_quickbooks(invoice_id)
    return str(written["CustomerRef"]["value"])


def items_of(flow: Flow, invoice_id: str) -> list[str]:
    (written,) = flow.in_quickbooks(invoice_id)
    details = [line.get("SalesItemLineDetail") for line in written["Line"]]
    return [detail["ItemRef"]["value"] for detail in details if detail]


@pytest.mark.parametrize("happens", EVENTS)
@pytest.mark.parametrize("days", [0, 45], ids=["remembered", "forgotten"])
@pytest.mark.parametrize("create", [False, True], ids=["matches", "creates"])
class TestAWrittenInvoice:
    def test_it_stays_and_its_payment_is_recorded(
        self, flow: Flow, happens: Callable[[Flow], None], days: int, create: bool
    ) -> None:
        flow.watch_quickbooks()
        flow.settings(create_customers=create)
        invoice_id = flow.invoice()
        flow.work()
        customers = len(flow.realm.customers)
        happens(flow)
        flow.work()
        flow.clock.advance(timedelta(days=days).total_seconds())
        take(flow, invoice_id, "300")
        flow.work()
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == flow.customer_id
        assert items_of(flow, invoice_id) == [flow.item_id]
        assert flow.in_quickbooks(invoice_id)[0]["Balance"] == 0
        assert len(flow.realm.customers) <= customers + 1


@pytest.mark.parametrize("happens", [each for each in EVENTS if each is not product_is_retired])
def test_what_hubspot_changes_is_written_to_the_same_customer(
    flow: Flow, happens: Callable[[Flow], None]
) -> None:
    invoice_id = flow.invoice()
    flow.work()
    happens(flow)
    flow.clock.advance(timedelta(days=45).total_seconds())
    flow.set_price(invoice_id, "175")
    flow.work()
    synced(flow, invoice_id)
    assert customer_of(flow, invoice_id) == flow.customer_id
    assert items_of(flow, invoice_id) == [flow.item_id]
    assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 350


@pytest.mark.parametrize("happens", EVENTS)
def test_previews_say_so_too(flow: Flow, happens: Callable[[Flow], None]) -> None:
    invoice_id = flow.invoice()
    flow.work()
    happens(flow)
    flow.clock.advance(timedelta(days=45).total_seconds())
    foreseen = flow.get(f"/v1/invoices/{invoice_id}/preview")
    assert (foreseen["outcome"], foreseen["failures"]) == ("inStep", [])
    assert foreseen["meteredReads"] <= 2  # the realm's settings, which are old


def test_a_look_at_a_written_invoice_reads_neither_customer_nor_product(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    email_becomes_anothers(flow)
    flow.work()
    assert flow.get(f"/v1/invoices/{invoice_id}/preview")["meteredReads"] == 0


def test_a_line_that_is_added_later_is_resolved_anew(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    product_is_renamed(flow)
    flow.clock.advance(timedelta(days=45).total_seconds())
    line = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "1", "price": "5"}
    flow.portal.create("line_items", line, [("invoices", invoice_id)])
    flow.work()
    synced(flow, invoice_id)
    newest = flow.realm.items[-1]["Id"]
    assert items_of(flow, invoice_id) == [flow.item_id, newest]


def test_another_product_in_hubspot_is_another_item(flow: Flow) -> None:
    other = flow.realm.add_item("Training", "TRAIN")["Id"]
    invoice_id = flow.invoice()
    flow.work()
    flow.portal.update(
        "line_items", flow.line_of(invoice_id), {"hs_sku": "TRAIN", "name": "Training"}
    )
    flow.work()
    synced(flow, invoice_id)
    assert items_of(flow, invoice_id) == [other]


class TestAnotherPayer:
    """HubSpot names another contact, who has a customer of their own in QuickBooks."""

    @pytest.fixture
    def other_id(self, flow: Flow) -> str:
        return str(flow.realm.add_customer("Initech", "pay@initech.example")["Id"])

    def shown(self, flow: Flow) -> str:
        invoice_id = flow.invoice()
        flow.work()
        other_contact(flow, invoice_id, "pay@initech.example")
        flow.work()
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "customer_differs"
        assert offered(failure) == ["move_to_customer", "keep_customer"]
        assert customer_of(flow, invoice_id) == flow.customer_id
        flow.clock.advance(2)
        return invoice_id

    def test_it_is_moved_by_a_click(self, flow: Flow, other_id: str) -> None:
        invoice_id = self.shown(flow)
        foreseen = click(flow, invoice_id, "move_to_customer")
        assert "Initech" in foreseen["says"]
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == other_id

    def test_it_is_kept_by_a_click(self, flow: Flow, other_id: str) -> None:
        invoice_id = self.shown(flow)
        click(flow, invoice_id, "keep_customer")
        synced(flow, invoice_id)
        flow.set_price(invoice_id, "175")
        flow.work()
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == flow.customer_id

    def test_it_heals_when_the_former_contact_is_back(self, flow: Flow, other_id: str) -> None:
        invoice_id = self.shown(flow)
        flow.portal.associate("invoices", invoice_id, "contacts", flow.contact_id)
        other = next(
            each
            for each in flow.portal.associated("invoices", invoice_id, "contacts")
            if each != flow.contact_id
        )
        flow.portal.dissociate("invoices", invoice_id, "contacts", other)
        flow.work()
        synced(flow, invoice_id)

    def test_one_without_a_customer_is_none(self, flow: Flow, other_id: str) -> None:
        invoice_id = flow.invoice()
        flow.work()
        other_contact(flow, invoice_id, "nobody@initech.example")
        flow.work()
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == flow.customer_id

    def test_one_more_contact_is_none(self, flow: Flow, other_id: str) -> None:
        invoice_id = flow.invoice()
        flow.work()
        other = flow.portal.create("contacts", {"email": "pay@initech.example"})
        flow.portal.associate("invoices", invoice_id, "contacts", other)
        flow.work()
        synced(flow, invoice_id)

    def test_use_this_customer_moves_a_written_invoice(self, flow: Flow, other_id: str) -> None:
        invoice_id = flow.invoice()
        flow.work()
        flow.clock.advance(2)
        click(flow, invoice_id, "use_customer", customerId=other_id)
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == other_id
        second = flow.invoice()
        flow.work()
        assert customer_of(flow, second) == other_id


class TestInQuickBooks:
    """What an accountant does with customers is followed."""

    def test_the_winner_of_a_merge_takes_over(self, flow: Flow) -> None:
        flow.watch_quickbooks()
        invoice_id = flow.invoice()
        flow.work()
        flow.clock.advance(2)
        winner = flow.realm.add_customer("Globex Corporation", "office@globex.example")["Id"]
        flow.realm.merge_customers(winner, flow.customer_id)
        flow.work()
        synced(flow, invoice_id)
        flow.set_price(invoice_id, "175")
        take(flow, invoice_id, "350")
        flow.work()
        synced(flow, invoice_id)
        (written,) = flow.in_quickbooks(invoice_id)
        assert (written["CustomerRef"]["value"], written["TotalAmt"]) == (winner, 350)
        assert written["Balance"] == 0

    @pytest.mark.parametrize("tells", [True, False], ids=["event", "no event"])
    def test_links_to_a_merged_customer_follow(self, flow: Flow, tells: bool) -> None:
        if tells:
            flow.watch_quickbooks()
        flow.settings(create_customers=True)
        who = contact(flow, "jo@acme.example", "Acme")
        first = flow.invoice(**who)
        flow.work()
        made = customer_of(flow, first)
        winner = flow.realm.add_customer("Acme Group", "office@acme.example")["Id"]
        flow.clock.advance(2)
        flow.realm.merge_customers(winner, made)
        flow.work()
        flow.set_price(first, "175")  # without an event, a look at an invoice tells
        flow.work()
        second = flow.invoice(**who)
        flow.work()
        assert {customer_of(flow, each) for each in (first, second)} == {winner}
        assert [each["DisplayName"] for each in flow.realm.customers if each["Active"]] == [
            "Globex",
            "Acme Group",
        ]

    def test_an_invoice_that_was_moved_to_a_project_stays_there(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        project = flow.realm.add_sub_customer(flow.customer_id, "Website")["Id"]
        flow.realm.edit_invoice(
            flow.in_quickbooks(invoice_id)[0]["Id"], CustomerRef={"value": project}
        )
        flow.set_price(invoice_id, "175")
        flow.work()
        synced(flow, invoice_id)
        (written,) = flow.in_quickbooks(invoice_id)
        assert (written["CustomerRef"]["value"], written["TotalAmt"]) == (project, 350)

    def test_one_that_was_moved_to_a_stranger_is_shown(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        stranger = flow.realm.add_customer("Initech", "pay@initech.example")["Id"]
        flow.realm.edit_invoice(
            flow.in_quickbooks(invoice_id)[0]["Id"], CustomerRef={"value": stranger}
        )
        flow.set_price(invoice_id, "175")
        flow.work()
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
        flow.clock.advance(2)
        click(flow, invoice_id, "accept_quickbooks")
        synced(flow, invoice_id)
        assert customer_of(flow, invoice_id) == stranger
