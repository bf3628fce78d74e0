from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from invoice_sync import errors
from invoice_sync.hubspot import parse as hubspot
from invoice_sync.model.hubspot import Contact, Invoice
from invoice_sync.model.quickbooks import NewCustomer
from invoice_sync.plan.decide import decide
from invoice_sync.plan.plans import Create
from invoice_sync.quickbooks import parse, render
from invoice_sync.quickbooks.query import quoted

from . import make

D = Decimal
NEW_YORK = ZoneInfo("America/New_York")


def from_hubspot(
    properties: dict[str, str | None] | None = None, **records: dict[str, Any]
) -> Invoice:
    whole: dict[str, str | None] = {
        "hs_number": "INV-1",
        "hs_invoice_status": "OPEN",
        "hs_currency": "usd",
        "hs_invoice_date": "2026-02-03T15:00:00Z",
        "hs_due_date": None,
        "hs_amount_billed": "100.00",
        **(properties or {}),
    }
    kinds: dict[str, Any] = {"lines": {}, "discounts": {}, "fees": {}, "taxes": {}} | records
    return hubspot.invoice("512", whole, time_zone=NEW_YORK, contact=None, company=None, **kinds)


class TestFromHubSpot:
    @pytest.mark.parametrize(
        ("value", "day"),
        [
            ("2026-02-03T15:00:00Z", date(2026, 2, 3)),
            ("2026-02-03T03:00:00.123Z", date(2026, 2, 2)),  # still the evening before
            ("1770087600000", date(2026, 2, 2)),  # the same moment
            ("2026-02-03", date(2026, 2, 3)),
            ("2026-02-03T00:00:00Z", date(2026, 2, 3)),  # a date, not a moment
        ],
    )
    def test_dates_in_the_portals_zone(self, value: str, day: date) -> None:
        assert from_hubspot({"hs_invoice_date": value}).invoice_date == day

    def test_what_is_missing(self) -> None:
        invoice = from_hubspot({"hs_amount_billed": None, "hs_number": None})
        assert (invoice.total, invoice.number) == (None, "")
        assert invoice.due_date == invoice.invoice_date
        assert (invoice.status, invoice.currency) == ("open", "USD")

    @pytest.mark.parametrize("value", ["12,50", "NaN", "Infinity", "ten"])
    def test_a_number_that_is_none_names_its_property_and_not_its_value(self, value: str) -> None:
        with pytest.raises(errors.UnreadableError, match="hs_amount_billed") as caught:
            from_hubspot({"hs_amount_billed": value})
        assert value not in str(caught.value)

    @pytest.mark.parametrize("value", ["soon", "2026-13-01", "9" * 30, ""])
    def test_a_date_that_is_none(self, value: str) -> None:
        with pytest.raises(errors.UnreadableError, match="hs_invoice_date"):
            from_hubspot({"hs_invoice_date": value})

    def test_lines_and_adjustments_in_their_order(self) -> None:
        lines = {
            "30": {"name": "second", "quantity": "1", "price": "1", "hs_position_on_quote": "2"},
            "31": {"name": "first", "quantity": "1", "price": "1", "hs_position_on_quote": "1"},
        }
        discounts = {
            "2": {"hs_label": "b", "hs_type": "FIXED", "hs_value": "5", "hs_sort_order": "2"},
            "9": {"hs_label": "a", "hs_type": "PERCENT", "hs_value": "20.0000"},
        }
        invoice = from_hubspot(lines=lines, discounts=discounts)
        assert [line.name for line in invoice.lines] == ["first", "second"]
        assert [(one.label, one.percent, one.value) for one in invoice.discounts] == [
            ("a", True, D("20")),
            ("b", False, D("5")),
        ]

    def test_a_lines_tax_is_named(self) -> None:
        taxed = {"hs_tax_amount": "1.50", "hs_tax_rate_group_id": "9", "hs_tax_label": "VAT"}
        (line,) = from_hubspot(lines={"30": taxed}).lines
        assert (line.tax, line.tax_rate_id, line.tax_label) == (D("1.50"), "9", "VAT")

    def test_texts_are_trimmed(self) -> None:
        contact = hubspot.contact("1", {"email": " a@b.example ", "firstname": None})
        assert contact == Contact(id="1", email="a@b.example")


class TestToQuickBooks:
    def payload(self, **settings: Any) -> dict[str, Any]:
        invoice = make.invoice(
            lines=(make.line(quantity=D("1.5"), price=D("66.60")),), total=D("99.90")
        )
        decided = decide(invoice, make.record(), make.side(), make.connection(**settings))
        assert isinstance(decided, Create)
        return render.invoice(decided.document)

    def test_the_whole_payload(self) -> None:
        assert json.loads(json.dumps(self.payload())) == {
            "CustomerRef": {"value": "58"},
            "DocNumber": "INV-1",
            "TxnDate": "2026-02-03",
            "DueDate": "2026-03-05",
            "PrivateNote": "HubSpot invoice 512 (portal 24680)",
            "BillEmail": {"Address": "ap@acme.example"},
            "Line": [
                {
                    "LineNum": 1,
                    "Description": "Consulting",
                    "Amount": 99.9,
                    "DetailType": "SalesItemLineDetail",
                    "SalesItemLineDetail": {
                        "ItemRef": {"value": "21"},
                        "Qty": 1.5,
                        "UnitPrice": 66.6,
                    },
                }
            ],
        }

    def test_money_keeps_every_digit_or_is_refused(self) -> None:
        assert json.dumps(render.number(D("1234567890123.45"))) == "1234567890123.45"
        assert json.dumps(render.number(D("0.10"))) == "0.1"
        assert render.number(D("100.00")) == 100
        with pytest.raises(ValueError, match="digits"):
            render.number(D("12345678901234567.89"))

    def test_an_update_leaves_peoples_notes_alone(self) -> None:
        decided = decide(make.invoice(), make.record(), make.side(), make.connection())
        assert isinstance(decided, Create)
        payload = render.invoice_update(decided.document, "146", "3")
        assert "PrivateNote" not in payload
        assert (payload["Id"], payload["SyncToken"], payload["sparse"]) == ("146", "3", True)

    def test_a_new_customer(self) -> None:
        new = NewCustomer(
            marker="HubSpot contact 301 (portal 24680)",
            display_name="Acme",
            given_name="Ada",
            phone="0" * 31,
            email="ada@acme.example",
        )
        assert render.customer(new) == {
            "DisplayName": "Acme",
            "GivenName": "Ada",
            "PrimaryEmailAddr": {"Address": "ada@acme.example"},
            "Notes": "HubSpot contact 301 (portal 24680)",
        }

    @pytest.mark.parametrize(
        ("value", "literal"), [("Peet's", "'Peet\\'s'"), ("a\\b", "'a\\\\b'"), ("x", "'x'")]
    )
    def test_literals_are_escaped_with_a_backslash(self, value: str, literal: str) -> None:
        assert quoted(value) == literal


class TestFromQuickBooks:
    answer: dict[str, Any] = {
        "Id": "146",
        "SyncToken": "2",
        "DocNumber": "INV-1",
        "CustomerRef": {"value": "58"},
        "Line": [
            {
                "Id": "1",
                "Amount": D("100.00"),
                "DetailType": "SalesItemLineDetail",
                "SalesItemLineDetail": {"ItemRef": {"value": "21"}, "Qty": 2, "UnitPrice": 50},
            },
            {"Amount": 100, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
            {"Amount": 10, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {}},
            {"DetailType": "DescriptionOnly", "Description": "hello"},
        ],
        "TxnTaxDetail": {"TotalTax": D("5.5")},
        "TotalAmt": D("95.5"),
        "Balance": 0,
    }

    def test_what_counts_of_an_answer(self) -> None:
        posted = parse.invoice(self.answer)
        assert (posted.total, posted.discount, posted.tax) == (D("95.5"), D(10), D("5.5"))
        assert [(line.item_id, line.quantity) for line in posted.lines] == [("21", D(2))]
        assert posted.has_payments
        assert not posted.voided

    def test_a_tax_code_and_its_rates(self) -> None:
        details = [
            {"TaxRateRef": {"value": "3"}, "TaxTypeApplicable": "TaxOnAmount"},
            {"TaxRateRef": {"value": "10"}, "TaxTypeApplicable": "TaxOnTax"},
        ]
        code = {"Id": "9", "SalesTaxRateList": {"TaxRateDetail": details}}
        rates: dict[str, dict[str, Any]] = {"3": {"RateValue": 5}, "10": {"RateValue": D("9.975")}}
        assert parse.rate_ids(code) == ["3", "10"]
        found = parse.tax_code(code, rates)
        assert (found.percent, found.compound) == (D("14.975"), True)
        assert parse.tax_code({"Id": "1"}, {}).rates == ()

    def test_a_country(self) -> None:
        found = [parse.country({"Country": one}) for one in ("GB", "us", "")]
        assert found == ["GB", "US", "US"]

    def test_voided_is_told_by_the_amounts_and_the_note(self) -> None:
        voided = {**self.answer, "TotalAmt": 0, "PrivateNote": "Voided - HubSpot invoice 1"}
        assert parse.invoice(voided).voided
        assert not parse.invoice({**voided, "PrivateNote": "free of charge"}).voided
