"""What HubSpot calculates: lines, totals and what is still due."""

from __future__ import annotations

from infra.local.hubspot import (
    Portal,
)
from infra.local.hubspot.money import invoice_total, line_amounts
from tests.simulators.hubspot.client import LINES


def test_order_of_application() -> None:
    total = invoice_total(
        [{"amount": "100.00"}, {"amount": "50.00", "hs_tax_amount": "4.13"}],
        [{"hs_type": "PERCENT", "hs_value": "10", "hs_sort_order": "2"},
         {"hs_type": "FIXED", "hs_value": "50", "hs_sort_order": "1"}],
        [{"hs_type": "PERCENT", "hs_value": "5"}],
        [{"hs_type": "PERCENT", "hs_value": "8.25"}],
        "USD",
    )  # fmt: skip
    # (150 - 50) - 10 = 90; + 4.50 = 94.50; + 7.796 = 102.30; + 4.13 of the line
    assert str(total) == "106.43"


def test_lines() -> None:
    values = {"quantity": "3", "price": "9.99", "hs_discount_percentage": "15"}
    amounts = line_amounts(values, "USD", None)
    assert amounts["amount"] == "25.47"
    assert (amounts["hs_pre_discount_amount"], amounts["hs_total_discount"]) == ("29.97", "4.50")
    per_unit = {"quantity": "3", "price": "10", "discount": "1.5", "hs_tax_amount": "1"}
    assert line_amounts(per_unit, "USD", None)["amount"] == "25.50"
    assert line_amounts(per_unit, "USD", None)["hs_post_tax_amount"] == "26.50"
    assert line_amounts({"quantity": "3", "price": "99.5"}, "JPY", None)["amount"] == "299"


def test_the_invoice_follows_its_parts(portal: Portal) -> None:
    rate = portal.add_tax_rate("Sales tax", "10")
    invoice = portal.create_invoice(
        lines=[{**LINES[0], "hs_tax_rate_group_id": rate}],
        discounts=[{"hs_type": "PERCENT", "hs_value": 50}],
    )

    def billed() -> str:
        return portal.record("invoices", invoice).properties["hs_amount_billed"]

    assert billed() == "12.60"
    line = portal.associated("invoices", invoice, "line_items")[0]
    portal.update("line_items", line, {"quantity": 4})
    assert billed() == "25.20"
    portal.delete("discounts", portal.associated("invoices", invoice, "discounts")[0])
    assert billed() == "46.20"
    fee = portal.create("fees", {"hs_type": "FIXED", "hs_value": "1"}, [("invoices", invoice)])
    assert billed() == "47.20"
    portal.dissociate("invoices", invoice, "fees", fee)
    assert billed() == "46.20"


def test_a_line_loses_its_tax_with_its_rate(portal: Portal) -> None:
    line = portal.create(
        "line_items", {**LINES[0], "hs_tax_rate_group_id": portal.add_tax_rate("VAT", 20)}
    )
    properties = portal.record("line_items", line).properties
    assert (properties["hs_tax_amount"], properties["hs_tax_label"]) == ("4.20", "VAT")
    portal.update("line_items", line, {"hs_tax_rate_group_id": ""})
    properties = portal.record("line_items", line).properties
    assert "hs_tax_amount" not in properties
    assert "hs_tax_label" not in properties
    assert properties["hs_post_tax_amount"] == "21.00"


def test_seeding_may_disagree(portal: Portal) -> None:
    invoice = portal.create_invoice(lines=LINES, hs_amount_billed="99.99")
    properties = portal.record("invoices", invoice).properties
    assert (properties["hs_amount_billed"], properties["hs_balance_due"]) == ("99.99", "99.99")
    portal.update("invoices", invoice, {"hs_amount_billed": ""})
    assert portal.record("invoices", invoice).properties["hs_amount_billed"] == "26.00"
    yen = portal.create_invoice(lines=[{"quantity": 1, "price": "10.5"}], currency="JPY")
    assert portal.record("invoices", yen).properties["hs_amount_billed"] == "11"
    paid = portal.create_invoice(lines=LINES, status="paid")
    assert portal.record("invoices", paid).properties["hs_balance_due"] == "0.00"


def test_payments_that_came_in_make_an_invoice_paid(portal: Portal) -> None:
    invoice = portal.create_invoice(lines=[{"quantity": 1, "price": 100}])
    taken = {"hs_initiated_date": "2026-01-15", "hs_latest_status": "succeeded"}
    ids = [
        portal.create(
            "commerce_payments",
            {**taken, "hs_initial_amount": amount, **more},
            [("invoices", invoice)],
        )
        for amount, more in ((40, {}), (60, {"hs_latest_status": "processing"}))
    ]
    properties = portal.record("invoices", invoice).properties
    assert (properties["hs_amount_paid"], properties["hs_balance_due"]) == ("40.00", "60.00")
    assert properties["hs_invoice_status"] == "open"
    portal.update("commerce_payments", ids[1], {"hs_latest_status": "succeeded"})
    properties = portal.record("invoices", invoice).properties
    assert (properties["hs_invoice_status"], properties["hs_balance_due"]) == ("paid", "0.00")
