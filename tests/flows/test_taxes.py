"""Taxes and currencies, in the US and elsewhere."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from .conftest import PORTAL_ID, REALM_ID, Flow
from .taxing import CA, GB, MANY, codes, in_realm, line, refused, tax, the_invoice


class TestTheUS:
    def test_the_code_of_the_taxs_label_on_the_taxed_lines(self, flow: Flow) -> None:
        flow.settings(tax_codes={"california": "2"})
        rate = flow.portal.add_tax_rate("California", "8")
        invoice_id = flow.invoice(lines=[line("100", rate=rate), line("50")])
        flow.work()
        found = the_invoice(flow, invoice_id)
        assert codes(found) == ["TAX", "NON"]
        assert found["TxnTaxDetail"]["TxnTaxCodeRef"] == {"value": "2"}
        assert found["TotalAmt"] == 158

    def test_a_tax_of_the_invoice_is_one_of_every_line(self, flow: Flow) -> None:
        flow.settings(tax_code_id="2", fee_item_id=flow.item_id)
        invoice_id = flow.invoice(
            lines=[line("100"), line("50")],
            discounts=[tax("Partner", "10")],
            fees=[tax("Rush", "5", "FIXED")],
            taxes=[tax("Sales tax", "8")],
        )
        flow.work()
        found = the_invoice(flow, invoice_id)
        assert codes(found) == ["TAX", "TAX", "TAX"]
        # 8 % of 100 + 50 - 15 + 5, as HubSpot takes the discount off first
        assert found["TxnTaxDetail"]["TotalTax"] == 11.2
        detail = found["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]
        assert detail["NetAmountTaxable"] == 140

    def test_two_codes_do_not_fit_one_invoice(self, flow: Flow) -> None:
        flow.settings(tax_codes={"State": "2", "City": "5"})
        invoice_id = flow.invoice(taxes=[tax("State", "15", "FIXED"), tax("City", "9", "FIXED")])
        flow.work()
        words = refused(flow, invoice_id, "tax_code_missing")
        assert "State (tax code California)" in words
        assert "City (tax code 5)" in words
        flow.settings(tax_codes={"State": "2", "City": "2"})
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        the_invoice(flow, invoice_id)

    def test_automated_sales_tax_keeps_the_amount_without_a_mapping(self, flow: Flow) -> None:
        flow.realm.set_preference("TaxPrefs.PartnerTaxEnabled", True)
        invoice_id = flow.invoice(taxes=[tax("Sales tax", "7.5")])
        flow.work()
        assert the_invoice(flow, invoice_id)["TxnTaxDetail"]["TotalTax"] == 22.5

    def test_a_code_that_is_not_there(self, flow: Flow) -> None:
        flow.settings(tax_code_id="99")
        invoice_id = flow.invoice(taxes=[tax("Sales tax", "8")])
        flow.work()
        refused(flow, invoice_id, "tax_code_missing")


class TestElsewhere:
    @in_realm(**GB)
    def test_each_line_has_the_code_of_its_own_tax(self, flow: Flow) -> None:
        standard = flow.portal.add_tax_rate("VAT", "20")
        reduced = flow.portal.add_tax_rate("Reduced", "5")
        flow.settings(tax_codes={"VAT": "2", reduced: "5"}, untaxed_code_id="7")
        lines = [line("100", rate=standard), line("50", rate=reduced), line("30")]
        invoice_id = flow.invoice(lines=lines, currency="GBP")
        flow.work()
        found = the_invoice(flow, invoice_id)
        assert found["GlobalTaxCalculation"] == "TaxExcluded"
        assert codes(found) == ["2", "5", "7"]
        assert found["TotalAmt"] == 202.5

    @in_realm(**CA)
    def test_two_rates_of_one_code(self, flow: Flow) -> None:
        flow.settings(tax_codes={"GST": "9", "QST": "9"}, tax_code_id="2")
        rates = flow.portal.add_tax_rate("GST", "14.975"), flow.portal.add_tax_rate("Alone", "5")
        lines = [line("33.33", "3", rate=rates[0]), line("12.34", rate=rates[1])]
        invoice_id = flow.invoice(lines=lines, currency="CAD")
        flow.work()
        found = the_invoice(flow, invoice_id)
        assert codes(found) == ["9", "2"]
        by_rate = {
            one["TaxLineDetail"]["TaxRateRef"]["value"]: one["Amount"]
            for one in found["TxnTaxDetail"]["TaxLine"]
        }
        assert by_rate == {"3": 5.62, "10": 9.97}

    @in_realm(**CA)
    def test_cents_that_quickbooks_would_round_otherwise(self, flow: Flow) -> None:
        """13 % of 8 times 1.59: HubSpot 1.65 of the sum, QuickBooks 8 times 0.21."""
        flow.settings(tax_code_id="5")
        invoice_id = flow.invoice(
            lines=[line("1.59")] * 8, taxes=[tax("HST", "13")], currency="CAD"
        )
        flow.work()
        assert the_invoice(flow, invoice_id)["TxnTaxDetail"]["TotalTax"] == 1.65
        flow.set_price(invoice_id, "1.60")
        flow.work()
        assert the_invoice(flow, invoice_id)["SyncToken"] == "1"
        # Now that both agree, the tax is QuickBooks' own again.
        for one in flow.portal.associated("invoices", invoice_id, "line_items"):
            flow.portal.update("line_items", one, {"price": "100"})
        flow.work()
        assert the_invoice(flow, invoice_id)["TotalAmt"] == 904

    @in_realm(**GB)
    @pytest.mark.parametrize("after", [True, False])
    def test_a_discount_before_tax(self, flow: Flow, after: bool) -> None:
        flow.quickbooks.switches.tax_after_discount = after
        flow.settings(tax_code_id="2")
        invoice_id = flow.invoice(
            discounts=[tax("Partner", "10")], taxes=[tax("VAT", "20")], currency="GBP"
        )
        flow.work()
        assert the_invoice(flow, invoice_id)["TotalAmt"] == 324

    @in_realm(**GB)
    def test_another_rate_than_the_codes_is_not_written(self, flow: Flow) -> None:
        flow.settings(tax_code_id="2")
        invoice_id = flow.invoice(taxes=[tax("VAT", "19")], currency="GBP")
        flow.work()
        words = refused(flow, invoice_id, "total_mismatch")
        assert "357.00 GBP" in words
        assert "360.00" in words

    @in_realm(**GB)
    def test_lines_without_tax_need_a_code_too(self, flow: Flow) -> None:
        invoice_id = flow.invoice(currency="GBP")
        flow.work()
        assert "without tax" in refused(flow, invoice_id, "tax_code_missing")
        flow.settings(untaxed_code_id="7")
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert codes(the_invoice(flow, invoice_id)) == ["7"]

    @in_realm(**GB)
    def test_a_code_made_inactive_is_named_and_heals(self, flow: Flow) -> None:
        flow.settings(tax_codes={"VAT": "2", "Reduced": "5"})
        first = flow.invoice(taxes=[tax("VAT", "20")], currency="GBP")
        flow.work()
        the_invoice(flow, first)
        flow.realm.set_tax_code_active("2", False)
        second = flow.invoice(taxes=[tax("VAT", "20")], currency="GBP")
        flow.work()
        assert "Tax code 2" in refused(flow, second, "tax_code_missing")
        flow.realm.set_tax_code_active("2", True)
        flow.post(f"/v1/invoices/{second}/retry")
        flow.work()
        the_invoice(flow, second)

    @in_realm(**GB)
    def test_sales_tax_off(self, flow: Flow) -> None:
        flow.realm.set_preference("TaxPrefs.UsingSalesTax", False)
        flow.settings(tax_code_id="2")
        plain = flow.invoice(currency="GBP")
        taxed = flow.invoice(taxes=[tax("VAT", "20")], currency="GBP")
        flow.work()
        assert the_invoice(flow, plain)["GlobalTaxCalculation"] == "NotApplicable"
        assert "sales tax is off" in refused(flow, taxed, "tax_code_missing")

    @in_realm(**CA)
    def test_should_quickbooks_not_take_our_cents_nothing_is_left(self, flow: Flow) -> None:
        flow.quickbooks.switches.honour_tax_lines = False
        flow.settings(tax_code_id="5")
        invoice_id = flow.invoice(
            lines=[line("1.59")] * 8, taxes=[tax("HST", "13")], currency="CAD"
        )
        flow.work()
        assert "Nothing was posted" in refused(flow, invoice_id, "total_mismatch")
        assert flow.realm.invoices == []

    @in_realm(**GB)
    def test_what_is_known_of_the_realm_costs_no_reads(self, flow: Flow) -> None:
        flow.settings(tax_codes={"VAT": "2"}, untaxed_code_id="7")
        flow.invoice(currency="GBP")
        flow.work()
        before = flow.quickbooks.metered_reads(REALM_ID)
        invoice_id = flow.invoice(taxes=[tax("VAT", "20")], currency="GBP")
        flow.work()
        the_invoice(flow, invoice_id)
        assert flow.quickbooks.metered_reads(REALM_ID) == before

    @in_realm(**GB)
    def test_and_after_hours_only_the_preferences_are_read_again(self, flow: Flow) -> None:
        flow.settings(tax_codes={"VAT": "2"}, untaxed_code_id="7")
        flow.invoice(currency="GBP")
        flow.work()
        before = flow.quickbooks.metered_reads(REALM_ID)
        invoice_id = flow.invoice(taxes=[tax("VAT", "20")], currency="GBP")
        hint = flow.hint(invoice_id)
        flow.sync_at(hint.received_at + timedelta(hours=5)).run([hint])
        the_invoice(flow, invoice_id)
        assert flow.quickbooks.metered_reads(REALM_ID) == before + 1


class TestCurrencies:
    def euro_contact(self, flow: Flow, currency: str = "EUR") -> str:
        flow.realm.add_customer("Initech", "pay@initech.example", currency)
        return str(flow.portal.create("contacts", {"email": "pay@initech.example"}))

    @in_realm(**MANY)
    def test_the_rate_is_quickbooks_own(self, flow: Flow) -> None:
        flow.realm.exchange_rates["EUR"] = Decimal("1.1")
        contact_id = self.euro_contact(flow)
        invoice_id = flow.invoice(contact_id=contact_id, currency="EUR")
        flow.work()
        found = the_invoice(flow, invoice_id)
        assert found["CurrencyRef"]["value"] == "EUR"
        assert (found["ExchangeRate"], found["HomeTotalAmt"]) == (1.1, 330)

    @in_realm(**MANY)
    def test_a_customer_of_another_currency_is_never_used(self, flow: Flow) -> None:
        contact_id = self.euro_contact(flow)
        invoice_id = flow.invoice(contact_id=contact_id, currency="USD")
        flow.work()
        words = refused(flow, invoice_id, "currency_mismatch")
        assert "USD" in words
        assert "EUR" in words
        # Not even now that the email is known, and customers may be made.
        flow.settings(create_customers=True)
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert the_invoice(flow, invoice_id)["CurrencyRef"]["value"] == "USD"

    @in_realm(**MANY)
    def test_the_same_email_in_two_currencies(self, flow: Flow) -> None:
        flow.realm.set_rate("EUR", "1.1")
        euro = self.euro_contact(flow)
        flow.realm.add_customer("Initech US", "pay@initech.example", "USD")
        ids = [flow.invoice(contact_id=euro, currency=one) for one in ("EUR", "USD")]
        flow.work()
        found = [the_invoice(flow, one)["CurrencyRef"]["value"] for one in ids]
        assert found == ["EUR", "USD"]
        before = flow.quickbooks.metered_reads(REALM_ID)
        again = flow.invoice(contact_id=euro, currency="USD")
        flow.work()
        the_invoice(flow, again)
        assert flow.quickbooks.metered_reads(REALM_ID) == before

    @in_realm(**MANY)
    def test_a_saved_link_to_a_customer_of_another_currency(self, flow: Flow) -> None:
        contact_id = self.euro_contact(flow)
        euro = next(one["Id"] for one in flow.realm.customers if one["DisplayName"] == "Initech")
        key = f"CUSTOMER#{PORTAL_ID}#{contact_id}#USD"
        now = flow.hint("1").received_at
        flow.own.store.realm.remember(REALM_ID, {key: euro}, now, timedelta(days=3650))
        invoice_id = flow.invoice(contact_id=contact_id, currency="USD")
        flow.work()
        words = refused(flow, invoice_id, "currency_mismatch")
        assert 'its QuickBooks customer, "Initech", is in EUR' in words

    @in_realm(**MANY)
    def test_one_made_for_a_contact_without_email(self, flow: Flow) -> None:
        flow.settings(create_customers=True)
        contact_id = flow.portal.create("contacts", {"firstname": "Milton"})
        first = flow.invoice(contact_id=contact_id, currency="USD")
        flow.work()
        the_invoice(flow, first)
        second = flow.invoice(contact_id=contact_id, currency="EUR")
        flow.work()
        assert "EUR" in refused(flow, second, "currency_mismatch")

    @in_realm(home_currency="JPY")
    def test_yen(self, flow: Flow) -> None:
        flow.settings(tax_code_id="2")
        invoice_id = flow.invoice(
            lines=[line("33.5", "3")], taxes=[tax("Tax", "10")], currency="JPY"
        )
        flow.work()
        assert the_invoice(flow, invoice_id)["TotalAmt"] == 111

    @in_realm(home_currency="BHD")
    def test_thousandths_are_refused_whole_hundredths_are_not(self, flow: Flow) -> None:
        fine = flow.invoice(lines=[line("1.230", "2")], currency="BHD")
        odd = flow.invoice(lines=[line("1.235")], currency="BHD")
        flow.work()
        the_invoice(flow, fine)
        assert "thousandths" in refused(flow, odd, "currency_mismatch")
