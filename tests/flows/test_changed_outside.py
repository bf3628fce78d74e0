"""What people change in QuickBooks: shown field by field where it matters, accepted where not."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.quickbooks import sales_line

from .conftest import Flow
from .deciding import offered


@pytest.fixture
def watched(flow: Flow) -> Flow:
    flow.watch_quickbooks()
    return flow


def synced(flow: Flow, **options: Any) -> tuple[str, dict[str, Any]]:
    invoice_id = flow.invoice(**options)
    flow.work()
    (found,) = flow.in_quickbooks(invoice_id)
    flow.clock.advance(2)
    return invoice_id, found


def shown(flow: Flow, invoice_id: str) -> dict[str, Any]:
    failure = flow.status(invoice_id)["failure"]
    assert failure["code"] == "modified_outside_hubspot"
    return dict(failure)


class TestEdits:
    @pytest.mark.parametrize("what", ["amount", "price and quantity", "item", "customer", "line"])
    def test_are_shown_with_all_three_values_and_cleared_when_undone(
        self, watched: Flow, what: str
    ) -> None:
        flow = watched
        invoice_id, ours = synced(flow)
        other_item = flow.realm.add_item("Other")["Id"]
        other_customer = flow.realm.add_customer("Other", "other@example.com")["Id"]
        line = ours["Line"][0]
        halved = {"ItemRef": {"value": flow.item_id}, "Qty": 4, "UnitPrice": 75}
        changes: dict[str, dict[str, Any]] = {
            "amount": {"Line": [sales_line(flow.item_id, "310.00")]},
            "price and quantity": {"Line": [{**line, "SalesItemLineDetail": halved}]},
            "item": {"Line": [sales_line(other_item, "300.00")]},
            "customer": {"CustomerRef": {"value": other_customer}},
            "line": {"Line": [line, sales_line(other_item, "20.00")]},
        }
        flow.realm.edit_invoice(ours["Id"], **changes[what])
        flow.work()
        failure = shown(flow, invoice_id)
        rows = {one["field"]: one for one in failure["differences"]}
        assert (
            set(rows)
            == {
                "amount": {"lines", "total"},
                "price and quantity": {"lines"},
                "item": {"lines"},
                "customer": {"customer"},
                "line": {"lines", "total"},
            }[what]
        )
        for row in rows.values():
            assert row["hubspot"] == row["written"]
            assert row["written"] != row["quickbooks"]
        if "customer" in rows:
            assert (rows["customer"]["written"], rows["customer"]["quickbooks"]) == (
                "Globex",
                "Other",
            )
        if "lines" in rows:
            assert rows["lines"]["written"] == "Consulting: 2 x 150 = 300.00"
        assert offered(failure) == ["reapply_hubspot", "accept_quickbooks", "stop_syncing"]
        flow.clock.advance(2)
        customer = {"CustomerRef": {"value": flow.customer_id}}
        flow.realm.edit_invoice(ours["Id"], Line=ours["Line"], **customer)
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"

    def test_hubspot_catching_up_clears_it(self, watched: Flow) -> None:
        flow = watched
        invoice_id, ours = synced(flow)
        detail = {"ItemRef": {"value": flow.item_id}, "Qty": 2, "UnitPrice": 160}
        line = {**ours["Line"][0], "Amount": 320, "SalesItemLineDetail": detail}
        flow.realm.edit_invoice(ours["Id"], Line=[line])
        flow.work()
        shown(flow, invoice_id)
        flow.set_price(invoice_id, "160")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 320

    @pytest.mark.parametrize(
        "change",
        [
            {"PrivateNote": "seen by Jo"},
            {"CustomerMemo": {"value": "Thank you"}},
            {"EmailStatus": "NeedToSend", "BillEmail": {"Address": "x@example.com"}},
            {"PrintStatus": "NeedToPrint"},
            {"DueDate": "2027-12-31"},
            "service date",
            "custom field",
        ],
        ids=str,
    )
    def test_harmless_ones_are_accepted_in_silence(self, watched: Flow, change: Any) -> None:
        flow = watched
        invoice_id, ours = synced(flow)
        if change == "service date":
            detail = {**ours["Line"][0]["SalesItemLineDetail"], "ServiceDate": "2026-05-01"}
            change = {"Line": [{**ours["Line"][0], "SalesItemLineDetail": detail}]}
        if change == "custom field":
            field = {"DefinitionId": "1", "Type": "StringType", "Name": "x", "StringValue": "PO 7"}
            change = {"CustomField": [field]}
        if "PrivateNote" in change:
            change = {"PrivateNote": f"{ours['PrivateNote']} - seen by Jo"}
        attempts = flow.status(invoice_id)["attempts"]
        flow.realm.edit_invoice(ours["Id"], **change)
        flow.work()
        status = flow.status(invoice_id)
        assert (status["status"], status["failure"]) == ("synced", None)
        assert status["attempts"] == attempts

    def test_payments_and_credits_are_no_edits(self, watched: Flow) -> None:
        flow = watched
        invoice_id, ours = synced(flow)
        flow.realm.receive_payment(ours["Id"], "120.00")
        flow.work()
        flow.clock.advance(2)
        flow.realm.apply_credit(ours["Id"], "50.00")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert flow.realm.invoice(ours["Id"])["Balance"] == 130


class TestGone:
    @pytest.mark.parametrize("how", ["voided", "deleted"])
    def test_has_its_own_words_and_goes_when_hubspot_voids_it_too(
        self, watched: Flow, how: str
    ) -> None:
        flow = watched
        invoice_id, ours = synced(flow)
        if how == "voided":
            flow.realm.void_invoice(ours["Id"])
        else:
            flow.realm.delete_invoice(ours["Id"])
        flow.work()
        failure = shown(flow, invoice_id)
        assert failure["title"] == f"The invoice was {how} in QuickBooks"
        assert f"was {how} in QuickBooks" in failure["explanation"]
        assert offered(failure) == ["create_again", "stop_syncing"]
        # Nothing is shown as owed, or led to, that is no longer there.
        status, is_there = flow.status(invoice_id), how == "voided"
        on_record = flow.portal.record("invoices", invoice_id).properties
        assert bool(status["quickbooks"]) == bool(on_record.get("qbo_invoice_link")) == is_there
        assert status["payment"]["status"] == ("voided" if is_there else "unknown")
        assert status["payment"]["balance"] == ("0.00" if is_there else "")
        assert (on_record.get("qbo_balance") or "") == ("0.00" if is_there else "")
        flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert flow.get("/v1/failures/count")["failing"] == 0

    def test_a_paid_invoice_that_hubspot_changes(self, watched: Flow) -> None:
        flow = watched
        invoice_id, ours = synced(flow)
        flow.realm.receive_payment(ours["Id"], "120.00")
        flow.set_price(invoice_id, "175")
        flow.work()
        failure = shown(flow, invoice_id)
        assert failure["title"].startswith("The invoice has payments in QuickBooks")
        assert {one["field"] for one in failure["differences"]} == {"lines", "total"}
        flow.set_price(invoice_id, "150")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
