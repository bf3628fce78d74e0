"""What a look would do, asked before it: nothing is written anywhere, and nothing is left out."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.quickbooks import sales_line
from infra.local.wire import Answer, Fault

from .acting import end_connection
from .conftest import REALM_ID, Flow


def preview(flow: Flow, invoice_id: str) -> dict[str, Any]:
    found = flow.get(f"/v1/invoices/{invoice_id}/preview")
    flow.clock.advance(2)  # its calls count for QuickBooks' limit of ten a second
    return found


def codes(found: dict[str, Any]) -> list[str]:
    return [one["code"] for one in found["failures"]]


def by_hand(flow: Flow, number: str, amount: str = "80.00") -> str:
    line = sales_line(flow.item_id, amount)
    return str(flow.realm.add_invoice(flow.customer_id, [line], number)["Id"])


def table(flow: Flow) -> list[str]:
    """What is kept, but for how many previews there were, and when they made their calls."""
    passing = ("BUDGET#", "TIMETABLE#")
    items = (each for each in flow.table() if not each["sk"]["S"].startswith(passing))
    return sorted(map(str, items))


class TestCreate:
    def test_the_payload_is_what_quickbooks_then_gets(self, flow: Flow) -> None:
        invoice_id = flow.invoice(number="INV-9")
        before = table(flow)
        found = preview(flow, invoice_id)
        assert (found["outcome"], codes(found)) == ("create", [])
        assert found["customer"] == "Globex"
        assert flow.realm.invoices == []
        assert table(flow) == before
        flow.work()
        (made,) = flow.in_quickbooks(invoice_id)
        sent = found["payload"]
        assert {
            name: made[name] for name in ("DocNumber", "TxnDate", "DueDate", "PrivateNote")
        } == {name: sent[name] for name in ("DocNumber", "TxnDate", "DueDate", "PrivateNote")}
        assert made["CustomerRef"]["value"] == sent["CustomerRef"]["value"] == flow.customer_id
        assert made["Line"][0]["Amount"] == sent["Line"][0]["Amount"] == 300

    def test_a_new_customer_is_shown_as_it_will_be_called(self, flow: Flow) -> None:
        flow.settings(create_customers=True, on_display_name_clash="number")
        flow.realm.add_vendor("Umbrella")
        company = flow.portal.create("companies", {"name": "Umbrella"})
        red = flow.portal.create("contacts", {"email": "red@umbrella.example"})
        invoice_id = flow.invoice(contact_id=red, company_id=company)
        found = preview(flow, invoice_id)
        assert found["newCustomer"]["DisplayName"] == "Umbrella (2)"
        assert found["customer"] == "Umbrella (2)"
        assert "CustomerRef" not in found["payload"]
        flow.work()
        assert [one["DisplayName"] for one in flow.realm.customers] == ["Globex", "Umbrella (2)"]

    def test_it_costs_no_reads_that_the_sync_would_not_make_but_to_see_refusals(
        self, flow: Flow
    ) -> None:
        flow.invoice(number="INV-1")
        flow.work()  # customer, item and preferences are known now
        invoice_id = flow.invoice(number="INV-2")
        before = flow.quickbooks.metered_reads(REALM_ID)
        found = preview(flow, invoice_id)
        # Whether the number is free: only that, or a refused write, can tell.
        assert flow.quickbooks.metered_reads(REALM_ID) - before == found["meteredReads"] == 1


class TestFailures:
    def test_every_one_is_named_also_behind_the_first(self, flow: Flow) -> None:
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2030-01-01")
        by_hand_number = "INV-7"
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", None)
        theirs = by_hand(flow, by_hand_number)
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2030-01-01")
        strange = [
            {"name": "Never heard of", "quantity": "1", "price": "10"},
            {"name": "Nor of this", "quantity": "1", "price": "20"},
        ]
        nobody = flow.portal.create("contacts", {"email": "who@else.example"})
        invoice_id = flow.invoice(number=by_hand_number, lines=strange, contact_id=nobody)
        found = preview(flow, invoice_id)
        assert found["outcome"] == "fail"
        assert codes(found) == [
            "customer_not_found",
            "item_not_found",
            "item_not_found",
            "closed_period",
            "duplicate_document_number",
        ]
        assert found["failures"][-1]["detail"]["clashId"] == theirs
        assert found["payload"] is None
        assert "Never heard of" in found["failures"][1]["explanation"]

    def test_of_a_draft_before_it_is_opened(self, flow: Flow) -> None:
        by_hand(flow, "INV-4")
        invoice_id = flow.invoice(number="INV-4", status="draft")
        found = preview(flow, invoice_id)
        assert codes(found) == ["duplicate_document_number"]
        assert found["payload"]["DocNumber"] == "INV-4"
        flow.work()
        assert flow.status(invoice_id)["status"] == "skipped"

    @pytest.mark.parametrize("kind", ["customer", "vendor", "employee"])
    def test_a_name_that_somebody_has(self, flow: Flow, kind: str) -> None:
        flow.settings(create_customers=True)
        getattr(flow.realm, f"add_{kind}")("Ada Byron")
        ada = {"email": "ada@acme.example", "firstname": "Ada", "lastname": "Byron"}
        invoice_id = flow.invoice(contact_id=flow.portal.create("contacts", ada))
        assert codes(preview(flow, invoice_id)) == ["duplicate_display_name"]
        flow.work()
        assert flow.failure_code(invoice_id) == "duplicate_display_name"


class TestWhatIsThere:
    def test_the_difference_per_field_of_an_update(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        flow.set_price(invoice_id, "175")
        found = preview(flow, invoice_id)
        assert found["outcome"] == "update"
        rows = {one["field"]: (one["hubspot"], one["quickbooks"]) for one in found["differences"]}
        assert rows["total"] == ("350.00 USD", "300.00 USD")
        assert set(rows) == {"lines", "total"}
        assert found["payload"]["SyncToken"] == "0"
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 300

    def test_what_somebody_changed_in_quickbooks(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        (ours,) = flow.in_quickbooks(invoice_id)
        flow.realm.edit_invoice(ours["Id"], Line=[sales_line(flow.item_id, "310.00")])
        flow.set_price(invoice_id, "175")
        found = preview(flow, invoice_id)
        assert codes(found) == ["modified_outside_hubspot"]
        total = next(one for one in found["differences"] if one["field"] == "total")
        assert (total["hubspot"], total["quickbooks"]) == ("350.00 USD", "310.00 USD")

    def test_in_step_is_in_step(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        before = flow.quickbooks.metered_reads(REALM_ID)
        found = preview(flow, invoice_id)
        assert (found["outcome"], found["payload"], found["failures"]) == ("inStep", None, [])
        assert flow.quickbooks.metered_reads(REALM_ID) == before

    def test_a_void(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})
        found = preview(flow, invoice_id)
        assert found["outcome"] == "void"
        assert not flow.in_quickbooks(invoice_id)[0]["PrivateNote"].startswith("Void")

    def test_what_has_no_business_in_quickbooks(self, flow: Flow) -> None:
        invoice_id = flow.invoice(hs_invoice_source="data_sync")
        found = preview(flow, invoice_id)
        assert found["outcome"] == "skip"
        assert "copied" in found["reason"]


def test_it_renews_the_tokens_as_the_worker_does(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    flow.clock.advance(3700)
    assert preview(flow, invoice_id)["outcome"] == "inStep"
    flow.set_price(invoice_id, "175")
    assert preview(flow, invoice_id)["outcome"] == "update"
    flow.work()
    assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 350


class TestRefused:
    def test_an_invoice_that_is_not_there(self, flow: Flow) -> None:
        assert flow.fetch("GET", "/v1/invoices/999999/preview").status == 404

    def test_a_portal_that_is_not_connected(self, flow: Flow) -> None:
        flow.hubspot.add_portal("13579")
        url = f"{flow.own.gateway.url}/v1/invoices/1/preview"
        assert flow.hubspot.fetch("13579", "GET", url).status == 404

    def test_while_hubspot_is_down(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        down = Fault(lambda request: "/invoices/" in request.path, Answer(503, "busy"), 100)
        flow.hubspot.faults.append(down)
        answer = flow.fetch("GET", f"/v1/invoices/{invoice_id}/preview")
        assert answer.status == 503
        assert answer.json()["title"] == "Service Unavailable"

    def test_when_somebody_must_connect_again(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        end_connection(flow)
        assert flow.fetch("GET", f"/v1/invoices/{invoice_id}/preview").status == 409
