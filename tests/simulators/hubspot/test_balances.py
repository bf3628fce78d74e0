"""Payments and credit memos over one or several invoices."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.hubspot import HubSpotSimulator, Portal
from infra.local.hubspot.money import Receipt, shares
from tests.simulators.hubspot.client import Api, code


def bill(portal: Portal, amount: int) -> str:
    return portal.create_invoice(lines=[{"name": "Work", "quantity": 1, "price": amount}])


def pay(portal: Portal, amount: int, *invoices: str, status: str = "succeeded") -> str:
    values = {
        "hs_initial_amount": amount,
        "hs_initiated_date": "2026-11-20",
        "hs_latest_status": status,
    }
    return portal.create("commerce_payments", values, [("invoices", each) for each in invoices])


def state(portal: Portal, invoice: str) -> tuple[str, str]:
    values = portal.record("invoices", invoice).properties
    return values["hs_invoice_status"], values["hs_balance_due"]


class TestCreditMemos:
    def test_a_part(self, portal: Portal) -> None:
        invoice = bill(portal, 300)
        memo = portal.credit(100, [invoice])
        assert state(portal, invoice) == ("open", "200.00")
        assert "hs_amount_paid" not in portal.record("invoices", invoice).properties
        assert portal.record("credit_memos", memo).properties["hs_amount_remaining"] == "0.00"

    def test_the_whole_closes_the_invoice(self, portal: Portal) -> None:
        invoice = bill(portal, 300)
        memo = portal.credit("350.00", [invoice])
        assert state(portal, invoice) == ("paid", "0.00")
        assert portal.record("credit_memos", memo).properties["hs_amount_remaining"] == "50.00"

    def test_with_a_payment(self, portal: Portal) -> None:
        invoice = bill(portal, 300)
        pay(portal, 120, invoice)
        portal.credit(180, [invoice])
        assert state(portal, invoice) == ("paid", "0.00")
        assert portal.record("invoices", invoice).properties["hs_amount_paid"] == "120.00"

    @pytest.mark.parametrize("status", ["draft", "voided"])
    def test_one_that_does_not_count(self, portal: Portal, status: str) -> None:
        invoice = bill(portal, 300)
        memo = portal.credit(100, [invoice], hs_credit_memo_status=status)
        assert state(portal, invoice) == ("open", "300.00")
        portal.update("credit_memos", memo, {"hs_credit_memo_status": "issued"})
        assert state(portal, invoice) == ("open", "200.00")

    def test_over_several(self, portal: Portal) -> None:
        first, second = bill(portal, 100), bill(portal, 100)
        portal.credit(150, [first, second])
        assert state(portal, first) == ("paid", "0.00")
        assert state(portal, second) == ("open", "50.00")

    def test_the_api_shows_it(self, api: Api, portal: Portal) -> None:
        invoice = bill(portal, 300)
        memo = portal.credit(100, [invoice])
        (record,) = api.read("credit_memos", [memo], "hs_amount_credited").json()["results"]
        assert record["properties"]["hs_amount_credited"] == "100"
        (result,) = api.associations("invoices", "credit_memos", [invoice]).json()["results"]
        assert str(result["to"][0]["toObjectId"]) == memo


class TestOnePaymentOfSeveralInvoices:
    def test_each_gets_what_is_due(self, portal: Portal) -> None:
        first, second, third = bill(portal, 100), bill(portal, 200), bill(portal, 50)
        pay(portal, 250, first, second, third)
        states = [state(portal, each) for each in (first, second, third)]
        assert states == [("paid", "0.00"), ("open", "50.00"), ("open", "50.00")]
        pay(portal, 100, second, third)
        assert [state(portal, each)[0] for each in (first, second, third)] == ["paid"] * 3

    def test_a_later_association_is_the_payments_rest(self, portal: Portal) -> None:
        first, second = bill(portal, 100), bill(portal, 100)
        payment = pay(portal, 150, first)
        assert state(portal, first) == ("paid", "0.00")
        portal.associate("commerce_payments", payment, "invoices", second)
        assert state(portal, second) == ("open", "50.00")
        portal.dissociate("commerce_payments", payment, "invoices", second)
        assert state(portal, second) == ("open", "100.00")

    def test_a_refund_reopens_what_it_paid_last(self, portal: Portal) -> None:
        first, second = bill(portal, 100), bill(portal, 100)
        payment = pay(portal, 150, first, second)
        portal.update("commerce_payments", payment, {"hs_refunds_amount": 40})
        assert state(portal, second) == ("open", "90.00")

    def test_one_invoice_may_be_overpaid(self, portal: Portal) -> None:
        invoice = bill(portal, 100)
        pay(portal, 130, invoice)
        assert state(portal, invoice) == ("paid", "0.00")
        assert portal.record("invoices", invoice).properties["hs_amount_paid"] == "130.00"

    def test_a_failed_payment_pays_nothing(self, portal: Portal) -> None:
        first, second = bill(portal, 100), bill(portal, 100)
        pay(portal, 200, first, second, status="failed")
        assert state(portal, first) == state(portal, second) == ("open", "100.00")


CENTS = st.integers(0, 500).map(lambda cents: Decimal(cents) / 100)


@given(
    st.lists(CENTS, min_size=1, max_size=4),
    st.lists(st.tuples(CENTS, st.sets(st.integers(0, 3), min_size=1), st.booleans()), max_size=6),
)
def test_money_is_neither_made_nor_lost(
    amounts: list[Decimal], drawn: list[tuple[Decimal, set[int], bool]]
) -> None:
    billed = {str(place): amount for place, amount in enumerate(amounts)}
    receipts = [
        Receipt(f"r{place}", amount, tuple(str(each) for each in sorted(chosen)), credit)
        for place, (amount, chosen, credit) in enumerate(drawn)
        if max(chosen) < len(amounts)
    ]
    parts = shares(billed, receipts)
    assert all(part >= 0 for part in parts.values())
    for receipt in receipts:
        given_out = sum(parts[receipt.id, each] for each in receipt.invoices)
        still_due = {
            each: billed[each] - sum(part for (_, other), part in parts.items() if other == each)
            for each in receipt.invoices
        }
        assert given_out <= receipt.amount
        # What a receipt keeps, its invoices did not need.
        assert given_out == receipt.amount or all(due <= 0 for due in still_due.values())


class TestAutomatedTax:
    LINE = {"name": "Work", "quantity": 1, "price": 100, "hs_auto_tax_amount": "8.25"}

    @pytest.mark.parametrize("in_both", [False, True])
    def test_it_counts_once(self, portal: Portal, hubspot: HubSpotSimulator, in_both: bool) -> None:
        hubspot.switches.auto_tax_in_tax_amount = in_both
        invoice = portal.create_invoice(lines=[self.LINE, {"name": "Free", "price": 0}])
        values = portal.record("invoices", invoice).properties
        assert (values["hs_amount_billed"], values["hs_auto_tax_amount"]) == ("108.25", "8.25")
        line = portal.record("line_items", portal.associated("invoices", invoice, "line_items")[0])
        assert line.properties["hs_post_tax_amount"] == "108.25"
        assert line.properties.get("hs_tax_amount") == ("8.25" if in_both else None)

    def test_only_the_invoice_tells_it(self, portal: Portal) -> None:
        invoice = portal.create_invoice(
            lines=[{"name": "Work", "quantity": 1, "price": 100}], hs_auto_tax_amount="8.25"
        )
        assert portal.record("invoices", invoice).properties["hs_amount_billed"] == "108.25"


def test_an_app_cannot_write_what_is_calculated(api: Api, portal: Portal) -> None:
    invoice = bill(portal, 100)
    for name in ("hs_auto_tax_amount", "hs_balance_due", "hs_invoice_source"):
        answer = api("PATCH", f"/crm/v3/objects/invoices/{invoice}", {"properties": {name: "1"}})
        assert code(answer) == "READ_ONLY_VALUE"
