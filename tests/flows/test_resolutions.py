"""Decisions about numbers, duplicates and products, and what cannot be decided."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.quickbooks import sales_line

from .acting import end_connection
from .conftest import PORTAL_ID, Flow
from .deciding import click, contact, failing, offered, refused, resolve, seen, synced


class TestDuplicateNumber:
    def taken(self, flow: Flow, amount: str = "80.00", **more: Any) -> str:
        line = sales_line(flow.item_id, amount)
        # Named, because the two services are not on the same day at every hour.
        day = "2026-03-10"
        theirs = flow.realm.add_invoice(flow.customer_id, [line], "INV-7", TxnDate=day, **more)
        self.theirs = str(theirs["Id"])
        dated = {"hs_invoice_date": day, "hs_due_date": "2026-04-09"}
        return failing(flow, "duplicate_document_number", number="INV-7", **dated)

    def test_the_next_free_number(self, flow: Flow) -> None:
        flow.realm.add_invoice(flow.customer_id, [sales_line(flow.item_id, "1.00")], "INV-7-1")
        invoice_id = self.taken(flow)
        foreseen = click(flow, invoice_id, "next_free_number")
        assert foreseen["preview"]["payload"]["DocNumber"] == "INV-7-2"
        assert synced(flow, invoice_id)["quickbooks"]["number"] == "INV-7-2"
        flow.clock.advance(2)
        flow.set_price(invoice_id, "175")
        flow.work()
        assert flow.in_quickbooks(invoice_id)[0]["DocNumber"] == "INV-7-2"
        numbers = sorted(one["DocNumber"] for one in flow.realm.invoices)
        assert numbers == ["INV-7", "INV-7-1", "INV-7-2"]
        # HubSpot's own next number is followed again, if HubSpot lets anybody give it.
        flow.hubspot.switches.number_fixed_once_open = False
        flow.portal.update("invoices", invoice_id, {"hs_number": "INV-8"})
        flow.work()
        assert flow.in_quickbooks(invoice_id)[0]["DocNumber"] == "INV-8"

    @pytest.mark.parametrize("custom", [True, False])
    def test_let_quickbooks_number_it(self, flow: Flow, custom: bool) -> None:
        flow.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", custom)
        invoice_id = self.taken(flow)
        click(flow, invoice_id, "let_quickbooks_number")
        number = synced(flow, invoice_id)["quickbooks"]["number"]
        assert number.isdigit()
        flow.clock.advance(2)
        flow.set_price(invoice_id, "175")
        flow.work()
        assert flow.in_quickbooks(invoice_id)[0]["DocNumber"] == number

    def test_adopt_it_if_it_is_this_one(self, flow: Flow) -> None:
        invoice_id = self.taken(flow, "300.00")
        foreseen = click(flow, invoice_id, "adopt")
        assert foreseen["preview"]["outcome"] == "adopt"
        assert synced(flow, invoice_id)["quickbooks"]["id"] == self.theirs
        assert len(flow.realm.invoices) == 1

    def test_not_if_it_says_something_else(self, flow: Flow) -> None:
        invoice_id = self.taken(flow)
        words = refused(flow, invoice_id, "adopt")
        assert "These are different invoices: total doesn't match." in words
        assert words.endswith('QuickBooks has "Globex", 80.00 USD, dated 2026-03-10.')
        assert flow.failure_code(invoice_id) == "duplicate_document_number"

    def test_nor_if_it_is_another_invoices(self, flow: Flow) -> None:
        first = flow.invoice(number="INV-7")
        flow.work()
        flow.clock.advance(2)
        second = failing(flow, "duplicate_document_number", number="INV-7")
        assert "a different HubSpot invoice" in refused(flow, second, "adopt")
        assert flow.status(first)["status"] == "synced"

    def test_changed_between_the_click_and_the_look(self, flow: Flow) -> None:
        invoice_id = self.taken(flow, "300.00")
        resolve(flow, invoice_id, "adopt")
        flow.realm.edit_invoice(self.theirs, Line=[sales_line(flow.item_id, "301.00")])
        flow.work()
        assert flow.failure_code(invoice_id) == "duplicate_document_number"

    def test_a_number_that_is_too_long(self, flow: Flow) -> None:
        long = "INV-0123456789-0123456789"
        invoice_id = failing(flow, "document_number_too_long", number=long)
        click(flow, invoice_id, "let_quickbooks_number")
        synced(flow, invoice_id)


class TestPossibleDuplicate:
    @pytest.fixture
    def maybe(self, flow: Flow) -> str:
        """What a backfill found to be there already, under another number."""
        day = {"hs_invoice_date": "2026-03-10", "hs_due_date": "2026-04-09"}
        invoice_id = flow.invoice(number="INV-4", **day)
        line = sales_line(flow.item_id, "300.00")
        theirs = flow.realm.add_invoice(flow.customer_id, [line], "OLD-4", TxnDate="2026-03-10")
        self.theirs = str(theirs["Id"])
        flow.hubspot.webhooks.discard()
        for run in (False, True):
            body = {"from": "2026-03-01", "to": "2026-03-31", "run": run}
            flow.post("/v1/backfill", body)
            for _ in range(4):
                flow.work_later()
        assert flow.failure_code(invoice_id) == "possible_duplicate"
        preview = flow.get(f"/v1/invoices/{invoice_id}/preview")
        assert [one["code"] for one in preview["failures"]] == ["possible_duplicate"]
        flow.clock.advance(2)
        return invoice_id

    def test_it_is_the_same(self, flow: Flow, maybe: str) -> None:
        click(flow, maybe, "adopt")
        assert synced(flow, maybe)["quickbooks"]["id"] == self.theirs
        assert len(flow.realm.invoices) == 1

    def test_it_is_another(self, flow: Flow, maybe: str) -> None:
        click(flow, maybe, "create_anyway")
        synced(flow, maybe)
        assert len(flow.realm.invoices) == 2


class TestItems:
    def test_one_choice_serves_all_lines_of_that_name(self, flow: Flow) -> None:
        novelty = {"name": "Novelty service", "quantity": "1", "price": "10"}
        chosen = flow.realm.add_item("Novelties")["Id"]
        other_item = flow.realm.add_item("A service")["Id"]
        invoice_id = failing(flow, "item_not_found", lines=[novelty])
        other = flow.invoice(lines=[novelty])
        flow.work()
        flow.clock.advance(2)
        found = seen(flow, invoice_id, "use_item")["candidates"]
        assert {one["id"] for one in found} == {chosen, other_item}
        click(flow, invoice_id, "use_item", itemId=chosen)
        flow.work()
        assert flow.status(other)["status"] == "synced"
        synced(flow, invoice_id)
        later = flow.invoice(lines=[novelty])
        flow.work()
        (made,) = flow.in_quickbooks(later)
        assert made["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"] == chosen

    def test_an_item_that_is_not_there(self, flow: Flow) -> None:
        novelty = {"name": "Novelty", "quantity": "1", "price": "10"}
        invoice_id = failing(flow, "item_not_found", lines=[novelty])
        assert "no active product" in refused(flow, invoice_id, "use_item", itemId="99999")


class TestOthers:
    def test_one_click_serves_all_invoices_of_the_contact(self, flow: Flow) -> None:
        who = contact(flow, "jo@acme.example", "Acme")
        own = [failing(flow, "customer_not_found", **who) for _ in range(3)]
        stranger = failing(flow, "customer_not_found", **contact(flow, "kim@other.example"))
        (group, _) = flow.get("/v1/failures?groupBy=cause")["causes"]
        assert group["invoices"] == 3
        assert group["exampleInvoiceId"] in own
        before = len(flow.status(stranger)["attempts"])
        # The preview says so too, also while the customer is still to be chosen.
        assert seen(flow, own[0], "create_customer")["affects"] == 3
        assert seen(flow, own[0], "use_customer")["affects"] == 3
        done = resolve(flow, own[0], "create_customer")
        assert done["affects"] == 3
        flow.work()
        assert {flow.status(one)["status"] for one in own} == {"synced"}
        assert len(flow.status(stranger)["attempts"]) == before
        assert len(flow.realm.customers) == 2

    def test_a_changed_setting_is_followed_at_once(self, flow: Flow) -> None:
        novelty = {"name": "Novelty", "quantity": "1", "price": "10"}
        invoice_id = failing(flow, "item_not_found", lines=[novelty])
        settings = flow.get("/v1/settings")
        changed = {**settings, "fallbackItemId": flow.item_id}
        assert flow.fetch("PUT", "/v1/settings", changed).status == 200
        flow.work()
        synced(flow, invoice_id)

    def test_what_was_chosen_is_chosen_anew_once_it_is_inactive(self, flow: Flow) -> None:
        who = contact(flow, "jo@acme.example")
        first = failing(flow, "customer_not_found", **who)
        chosen = flow.realm.add_customer("Acme Ltd", "x@else.example")["Id"]
        resolve(flow, first, "use_customer", customerId=chosen)
        flow.realm.edit_customer(chosen, Active=False)
        flow.work()
        assert flow.failure_code(first) == "customer_not_found"
        flow.clock.advance(2)
        other = flow.realm.add_customer("Acme Inc", "y@else.example")["Id"]
        click(flow, first, "use_customer", customerId=other)
        synced(flow, first)

    def test_an_item_that_is_inactive_does_not_cost_the_customer(self, flow: Flow) -> None:
        who = contact(flow, "jo@acme.example")
        chosen = flow.realm.add_customer("Acme Ltd", "x@else.example")["Id"]
        first = failing(flow, "customer_not_found", **who)
        click(flow, first, "use_customer", customerId=chosen)
        flow.realm.edit_item(flow.item_id, Active=False)
        second = flow.invoice(**who)
        flow.work()
        assert flow.failure_code(second) == "item_not_found"
        flow.watch_quickbooks()
        flow.realm.edit_item(flow.item_id, Active=True)
        flow.work()
        synced(flow, second)
        assert flow.in_quickbooks(second)[0]["CustomerRef"]["value"] == chosen


class TestLeftOut:
    def test_one_that_nothing_is_wrong_with(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        assert offered(flow.status(invoice_id)) == ["use_customer", "stop_syncing"]
        foreseen = click(flow, invoice_id, "stop_syncing")
        assert foreseen["says"].startswith("QuickBooks will keep the invoice as it is now.")
        before = flow.in_quickbooks(invoice_id)
        flow.set_price(invoice_id, "175")
        flow.work()
        status = flow.status(invoice_id)
        assert (status["status"], status["reason"]) == ("skipped", "A person stopped syncing it")
        assert flow.in_quickbooks(invoice_id) == before

    def test_one_that_fails_for_something_of_its_own(self, flow: Flow) -> None:
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "jo@acme.example"))
        foreseen = click(flow, invoice_id, "stop_syncing")
        assert foreseen["says"] == "The invoice will not be created in QuickBooks."
        assert flow.status(invoice_id)["status"] == "skipped"
        assert flow.get("/v1/failures/count")["failing"] == 0

    def test_not_for_trouble_that_all_have(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        end_connection(flow)
        flow.work()
        assert flow.failure_code(invoice_id) == "reconnect_required"
        assert offered(flow.status(invoice_id)) == []


class TestRefused:
    def test_what_somebody_else_decided_meanwhile(self, flow: Flow) -> None:
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "jo@acme.example"))
        click(flow, invoice_id, "create_customer")
        words = refused(flow, invoice_id, "create_customer")
        assert "The invoice is synced now. You can: Choose a customer" in words

    def test_what_the_failure_does_not_offer(self, flow: Flow) -> None:
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "jo@acme.example"))
        words = refused(flow, invoice_id, "reapply_hubspot")
        assert (
            "You can: Choose a customer, Create the customer, Stop syncing this invoice." in words
        )
        assert "nothing" in refused(flow, "99999", "use_customer")
        assert flow.status(invoice_id)["decisions"] == []

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({}, "resolution is missing."),
            ({"resolution": "use_custommer"}, "resolution has a value that this app"),
            ({"resolution": "use_customer", "customer_id": "58"}, "customer_id is unknown here."),
            (
                {"resolution": "use_customer", "customerId": "x' or '1'='1"},
                "customerId does not have the right form.",
            ),
        ],
    )
    def test_what_it_does_not_understand(
        self, flow: Flow, body: dict[str, str], words: str
    ) -> None:
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "jo@acme.example"))
        answer = flow.fetch("POST", f"/v1/invoices/{invoice_id}/resolve", body)
        assert (answer.status, answer.json()["code"]) == (400, "invalid")
        assert words in answer.json()["detail"]
        assert flow.status(invoice_id)["decisions"] == []

    def test_without_the_argument(self, flow: Flow) -> None:
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "jo@acme.example"))
        path, body = f"/v1/invoices/{invoice_id}/resolve", {"resolution": "use_customer"}
        problem = flow.fetch("POST", path, body).json()
        assert problem["code"] == "argument_missing"
        assert "Choose a customer first (customerId)" in problem["detail"]

    def test_a_preview_writes_nothing(self, flow: Flow) -> None:
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "jo@acme.example"))
        before = flow.own.store.records.get(PORTAL_ID, invoice_id)
        seen(flow, invoice_id, "create_customer")
        flow.work()
        assert flow.own.store.records.get(PORTAL_ID, invoice_id) == before
        assert len(flow.realm.customers) == 1

    def test_another_portals_invoice_cannot_be_decided(self, flow: Flow) -> None:
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "jo@acme.example"))
        flow.hubspot.add_portal("13579")
        flow.quickbooks.add_realm("9130357849536499")
        flow.own.connect("13579", "9130357849536499")
        url = f"{flow.own.gateway.url}/v1/invoices/{invoice_id}/resolve"
        answer = flow.hubspot.fetch("13579", "POST", url, {"resolution": "create_customer"})
        assert answer.status == 409
        flow.work()
        assert flow.failure_code(invoice_id) == "customer_not_found"
