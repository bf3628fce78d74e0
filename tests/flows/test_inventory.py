"""Lines with inventory products, bundles and categories of QuickBooks."""

from __future__ import annotations

import json

import pytest
from werkzeug import Request

from infra.local.wire import Answer, Fault

from .acting import FOR_EVER, refusing
from .conftest import Flow
from .deciding import offered


def line(quantity: str, price: str, **properties: str) -> dict[str, str]:
    return {"name": "Pump", "hs_sku": "PUMP", "quantity": quantity, "price": price, **properties}


def with_inventory(flow: Flow) -> str:
    """A product with a stock, of which QuickBooks wants the quantity (6520)."""
    item = flow.realm.add_item("Pump", "PUMP", "Inventory", InvStartDate="2026-01-01")
    item_id = str(item["Id"])
    error = {
        "Message": "Quantity required",
        "Detail": "Quantity required for inventory item",
        "code": "6520",
        "element": "",
    }
    body = {"Fault": {"Error": [error], "type": "ValidationFault"}}

    def without_quantity(request: Request) -> bool:
        if request.method != "POST" or not request.path.endswith("/invoice"):
            return False
        details = [
            one.get("SalesItemLineDetail", {}) for one in json.loads(request.get_data())["Line"]
        ]
        return any(
            detail.get("ItemRef") == {"value": item_id} and "Qty" not in detail
            for detail in details
        )

    flow.quickbooks.faults.append(Fault(without_quantity, Answer(400, body), FOR_EVER))
    return item_id


class TestQuantities:
    @pytest.mark.parametrize(
        ("sent", "expected"),
        [
            (line("2", "5"), (2, 5)),
            # Tiered pricing: HubSpot's amount is not its quantity times its price.
            (line("2", "50", amount="90.01"), (2, 45.005)),
            (line("3", "33.33", hs_discount_percentage="33.333"), (3, 22.22)),
            (line("2", "50", hs_discount_percentage="100"), (2, 0)),
            (line("-1", "50"), (-1, 50)),
        ],
    )
    def test_a_unit_price_is_found_that_gives_the_amount(
        self, flow: Flow, sent: dict[str, str], expected: tuple[float, float]
    ) -> None:
        with_inventory(flow)
        service = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "1", "price": "500"}
        invoice_id = flow.invoice(lines=[sent, service])
        flow.work()
        (posted,) = flow.in_quickbooks(invoice_id)
        detail = posted["Line"][0]["SalesItemLineDetail"]
        assert detail["Qty"] == expected[0]
        assert float(detail["UnitPrice"]) == pytest.approx(expected[1], abs=0.00002)
        assert flow.status(invoice_id)["status"] == "synced"

    def test_a_known_product_costs_no_read(self, flow: Flow) -> None:
        with_inventory(flow)
        flow.invoice(lines=[line("2", "50", amount="90.01")])
        flow.work()
        second = flow.invoice(lines=[line("2", "50", amount="90.01")])
        flow.work()
        attempt = flow.status(second)["attempts"][0]
        assert (attempt["action"], attempt["calls"]["meteredReads"]) == ("created", 0)

    def test_no_unit_price_gives_the_amount(self, flow: Flow) -> None:
        with_inventory(flow)
        invoice_id = flow.invoice(lines=[line("30000", "1", amount="1000")])
        flow.work()
        assert flow.in_quickbooks(invoice_id) == []
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "inventory_quantity"
        assert "30000" in failure["explanation"]
        # Another product, whose stock nobody keeps.
        chosen = {"resolution": "use_item", "itemId": flow.item_id}
        flow.post(f"/v1/invoices/{invoice_id}/resolve", chosen)
        flow.clock.advance(2)
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"

    def test_it_heals_when_the_product_gets_another_type(self, flow: Flow) -> None:
        item_id = with_inventory(flow)
        invoice_id = flow.invoice(lines=[line("30000", "1", amount="1000")])
        flow.work()
        assert flow.failure_code(invoice_id) == "inventory_quantity"
        flow.quickbooks.faults.clear()
        flow.realm.rows["Item"][item_id].doc["Type"] = "NonInventory"
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        second = flow.invoice(lines=[line("30000", "1", amount="1000")])
        flow.work()
        assert flow.status(second)["status"] == "synced"

    def test_the_type_of_a_fallback_item_is_learnt_from_a_refusal(self, flow: Flow) -> None:
        item_id = with_inventory(flow)
        flow.settings(fallback_item_id=item_id)
        odd = {"name": "Something else", "quantity": "2", "price": "50", "amount": "90.01"}
        first = flow.invoice(lines=[odd])
        flow.work()
        (posted,) = flow.in_quickbooks(first)
        assert posted["Line"][0]["SalesItemLineDetail"]["Qty"] == 2
        second = flow.invoice(lines=[odd])
        flow.work()
        assert len(flow.in_quickbooks(second)) == 1

    @pytest.mark.parametrize("code", ["6070", "6520"])
    def test_what_quickbooks_refuses_all_the_same_is_told(self, flow: Flow, code: str) -> None:
        refusing(flow, code, "Amount is not equal to UnitPrice * Qty.")
        invoice_id = flow.invoice()
        flow.work()
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "inventory_quantity"
        assert "UnitPrice" in failure["explanation"]
        assert offered(failure) == []


class TestBeforeTheStart:
    """Entriwise FAQ (inventory start date); Intuit's list of error codes, 6270."""

    def refuse_before(self, flow: Flow, day: str) -> str:
        item = flow.realm.add_item("Pump", "PUMP", "Inventory", InvStartDate=day)
        error = {
            "Message": "Inventory transaction before item start date",
            "Detail": "Transaction date is prior to start date for inventory item",
            "code": "6270",
            "element": "",
        }
        body = {"Fault": {"Error": [error], "type": "ValidationFault"}}

        def too_early(request: Request) -> bool:
            if request.method != "POST" or not request.path.endswith("/invoice"):
                return False
            return bool(json.loads(request.get_data())["TxnDate"] < day)

        flow.quickbooks.faults.append(Fault(too_early, Answer(400, body), FOR_EVER))
        return str(item["Id"])

    def test_it_has_words_and_heals_when_the_product_changes(self, flow: Flow) -> None:
        item_id = self.refuse_before(flow, "2026-06-01")
        flow.watch_quickbooks()
        invoice_id = flow.invoice(hs_invoice_date="2026-05-01", lines=[line("1", "5")])
        flow.work()
        assert flow.in_quickbooks(invoice_id) == []
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "inventory_not_started"
        assert "As of date" in " ".join(failure["remedy"]["quickbooks"])
        flow.quickbooks.faults.clear()
        flow.realm.edit_item(item_id, InvStartDate="2026-01-01")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"

    def test_on_the_day_itself_it_is_fine(self, flow: Flow) -> None:
        self.refuse_before(flow, "2026-05-01")
        invoice_id = flow.invoice(hs_invoice_date="2026-05-01", lines=[line("1", "5")])
        flow.work()
        assert len(flow.in_quickbooks(invoice_id)) == 1


class TestWhatCannotBeSold:
    """bill.com, "Categories cannot be used in transactions"; Intuit's reference "Item"."""

    @pytest.mark.parametrize(("kind", "word"), [("Group", "bundle"), ("Category", "category")])
    @pytest.mark.parametrize("sku", ["KIT", ""])
    def test_it_is_named(self, flow: Flow, kind: str, word: str, sku: str) -> None:
        flow.realm.add_item("Starter kit", "KIT" if kind == "Group" else None, kind)
        sold = {"name": "Starter kit", "hs_sku": sku, "quantity": "1", "price": "5"}
        invoice_id = flow.invoice(lines=[sold])
        flow.work()
        assert flow.in_quickbooks(invoice_id) == []
        failure = flow.status(invoice_id)["failure"]
        assert (failure["code"], failure["detail"]["variant"]) == ("item_not_found", word)
        assert word in failure["explanation"]
        assert not any("Create" in step for step in failure["remedy"]["quickbooks"])
        chosen = {"resolution": "use_item", "itemId": flow.item_id}
        flow.post(f"/v1/invoices/{invoice_id}/resolve", chosen)
        flow.clock.advance(2)
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"

    def test_an_active_product_of_that_name_comes_first(self, flow: Flow) -> None:
        flow.realm.add_item("Starter kit", "KIT", "Group")
        flow.realm.add_item("Kit, single", "KIT")
        sold = {"name": "Starter kit", "hs_sku": "KIT", "quantity": "1", "price": "5"}
        invoice_id = flow.invoice(lines=[sold])
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
