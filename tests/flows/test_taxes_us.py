"""Sales tax in the US: the place it is due, HubSpot's automated tax, and codes whose rates fit."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from .conftest import REALM_ID, Flow
from .taxing import line, refused, tax, the_invoice

TEXAS = {"address": "1 Alamo Plaza", "city": "San Antonio", "state": "TX", "zip": "78205"}
NEW_YORK = {"address": "5 Wall St", "city": "New York", "state": "New York", "zip": "10005"}


def recipient(address: dict[str, str], kind: str = "shipping") -> dict[str, str]:
    return {f"hs_recipient_{kind}_{part}": value for part, value in address.items()}


@pytest.fixture
def automated(flow: Flow) -> Flow:
    flow.realm.set_preference("TaxPrefs.UsingSalesTax", True)
    flow.realm.set_preference("TaxPrefs.PartnerTaxEnabled", True)
    flow.realm.tax_by_state.update({"CA": "8", "TX": "6.25", "NY": "4"})
    return flow


def rate(invoice: dict[str, Any]) -> Any:
    (found,) = invoice["TxnTaxDetail"]["TaxLine"]
    return found["TaxLineDetail"]["TaxPercent"]


class TestThePlace:
    """Automated sales tax goes by ShipAddr, else by the company's own address."""

    @pytest.mark.parametrize("kind", ["shipping", "company"])
    def test_is_the_recipients_address_of_the_invoice(self, automated: Flow, kind: str) -> None:
        invoice_id = automated.invoice(taxes=[tax("TX", "6.25")], **recipient(TEXAS, kind))
        automated.work()
        posted = the_invoice(automated, invoice_id)
        assert posted["ShipAddr"]["CountrySubDivisionCode"] == "TX"
        assert posted["BillAddr"]["City"] == "San Antonio"
        assert (rate(posted), posted["TxnTaxDetail"]["TotalTax"]) == (6.25, 18.75)

    def test_is_else_that_of_the_company_or_the_contact(self, automated: Flow) -> None:
        automated.portal.update("contacts", automated.contact_id, NEW_YORK)
        company = automated.portal.create("companies", {"name": "Globex", **TEXAS})
        of_company = automated.invoice(taxes=[tax("Tax", "6.25")], company_id=company)
        of_contact = automated.invoice(taxes=[tax("Tax", "4")])
        automated.work()
        assert rate(the_invoice(automated, of_company)) == 6.25
        # Spelt out in HubSpot; automated sales tax knows states by their code.
        assert the_invoice(automated, of_contact)["ShipAddr"]["CountrySubDivisionCode"] == "NY"
        assert rate(the_invoice(automated, of_contact)) == 4

    def test_without_an_address_is_the_sellers(self, automated: Flow) -> None:
        invoice_id = automated.invoice(taxes=[tax("Tax", "8")])
        automated.work()
        posted = the_invoice(automated, invoice_id)
        assert "ShipAddr" not in posted
        assert rate(posted) == 8

    def test_an_untaxed_invoice_stays_untaxed(self, automated: Flow) -> None:
        invoice_id = automated.invoice(**recipient(TEXAS))
        automated.work()
        assert the_invoice(automated, invoice_id)["TxnTaxDetail"]["TotalTax"] == 0


class TestUpdates:
    def test_a_new_address_in_hubspot_moves_the_invoice(self, automated: Flow) -> None:
        invoice_id = automated.invoice(taxes=[tax("Tax", "5")], **recipient(TEXAS))
        automated.work()
        # QuickBooks lays addresses out anew with every update; that is nobody's edit.
        automated.set_price(invoice_id, "100")
        automated.work()
        automated.portal.update("invoices", invoice_id, recipient(NEW_YORK))
        automated.work()
        posted = the_invoice(automated, invoice_id)
        assert "NY 10005" in str(posted["ShipAddr"])
        assert "NY 10005" in str(posted["BillAddr"])
        assert rate(posted) == 4

    def test_an_address_that_somebody_put_right_in_quickbooks_stays(self, automated: Flow) -> None:
        invoice_id = automated.invoice(**recipient(TEXAS))
        automated.work()
        corrected = {"Line1": "2 Alamo Plaza", "City": "Austin", "CountrySubDivisionCode": "TX"}
        automated.realm.edit_invoice(the_invoice(automated, invoice_id)["Id"], ShipAddr=corrected)
        automated.set_price(invoice_id, "100")
        automated.work()
        assert "2 Alamo Plaza" in str(the_invoice(automated, invoice_id)["ShipAddr"])
        automated.portal.update("invoices", invoice_id, recipient(NEW_YORK))
        automated.work()
        assert automated.failure_code(invoice_id) == "modified_outside_hubspot"

    def test_a_contact_who_moves_rewrites_no_invoice(self, automated: Flow) -> None:
        automated.portal.update("contacts", automated.contact_id, NEW_YORK)
        invoice_id = automated.invoice()
        automated.work()
        automated.portal.update("contacts", automated.contact_id, TEXAS)
        automated.work()
        posted = the_invoice(automated, invoice_id)
        assert (posted["SyncToken"], posted["ShipAddr"]["City"]) == ("0", "New York")


class TestHubSpotsAutomatedTax:
    @pytest.mark.parametrize("included", [True, False])
    @pytest.mark.parametrize("is_automated", [True, False])
    def test_counts_once(self, flow: Flow, included: bool, is_automated: bool) -> None:
        """`hs_tax_amount` may contain `hs_auto_tax_amount` or not."""
        flow.hubspot.switches.auto_tax_in_tax_amount = included
        flow.realm.set_preference("TaxPrefs.UsingSalesTax", True)
        if is_automated:
            flow.realm.set_preference("TaxPrefs.PartnerTaxEnabled", True)
        flow.settings(tax_code_id="2")
        lines = [line("100", hs_auto_tax_amount="8.00"), line("50")]
        invoice_id = flow.invoice(lines=lines)
        flow.work()
        posted = the_invoice(flow, invoice_id)
        assert (posted["TotalAmt"], posted["TxnTaxDetail"]["TotalTax"]) == (158, 8)

    def test_of_the_invoice_as_a_whole(self, automated: Flow) -> None:
        invoice_id = automated.invoice(hs_auto_tax_amount="18.75")
        automated.work()
        assert the_invoice(automated, invoice_id)["TotalAmt"] == 318.75


class TestManualCodes:
    @pytest.mark.parametrize(("percent", "fits"), [("8", True), ("7.5", False), ("0.8", False)])
    def test_a_code_whose_rate_does_not_fit_is_refused(
        self, flow: Flow, percent: str, fits: bool
    ) -> None:
        flow.settings(tax_code_id="2")
        invoice_id = flow.invoice(taxes=[tax("Sales tax", percent)])
        flow.work()
        if fits:
            the_invoice(flow, invoice_id)
        else:
            refused(flow, invoice_id, "total_mismatch")

    def test_several_rates_of_one_code_are_added_up(self, flow: Flow) -> None:
        code = flow.realm.add_tax_code("Los Angeles", {"State": "6", "County": "0.25", "City": "3"})
        flow.settings(tax_code_id=code)
        lines = [line("33.33"), line("0.07"), line("19.99", "3")]
        fits = flow.invoice(lines=lines, taxes=[tax("Sales tax", "9.25")])
        misses = flow.invoice(lines=lines, taxes=[tax("Sales tax", "6")])
        flow.work()
        posted = the_invoice(flow, fits)
        assert len(posted["TxnTaxDetail"]["TaxLine"]) == 3
        refused(flow, misses, "total_mismatch")

    def test_the_rates_cost_two_reads_a_day_and_only_where_there_is_tax(self, flow: Flow) -> None:
        flow.settings(tax_code_id="2")
        flow.invoice()
        flow.work()
        reads = [flow.quickbooks.metered_reads(REALM_ID)]
        for taxes in ([], [tax("Tax", "8")], [tax("Tax", "8")]):
            flow.invoice(taxes=taxes)
            flow.work()
            reads.append(flow.quickbooks.metered_reads(REALM_ID))
        assert [after - before for before, after in pairwise(reads)] == [0, 2, 0]


@pytest.mark.parametrize("spelling", ["USA", "United States", "U.S.", "us"])
def test_the_us_by_other_spellings(flow: Flow, spelling: str) -> None:
    flow.realm.country_spelt = spelling
    flow.settings(tax_code_id="2")
    invoice_id = flow.invoice(taxes=[tax("Sales tax", "8")])
    flow.work()
    assert the_invoice(flow, invoice_id)["TotalAmt"] == 324
