"""QuickBooks' answers as our model has them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from invoice_sync.quickbooks import parse

D = Decimal
ANSWER: dict[str, Any] = {
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


def test_what_counts_of_an_answer() -> None:
    posted = parse.invoice(ANSWER)
    assert (posted.total, posted.discount, posted.tax) == (D("95.5"), D(10), D("5.5"))
    assert [(line.item_id, line.quantity) for line in posted.lines] == [("21", D(2))]
    assert posted.has_payments
    assert not posted.voided


def test_a_tax_code_and_its_rates() -> None:
    details = [
        {"TaxRateRef": {"value": "3"}, "TaxTypeApplicable": "TaxOnAmount"},
        {"TaxRateRef": {"value": "10"}, "TaxTypeApplicable": "TaxOnTax"},
    ]
    code = {"Id": "9", "SalesTaxRateList": {"TaxRateDetail": details}}
    rates: dict[str, dict[str, Any]] = {"3": {"RateValue": 5}, "10": {"RateValue": D("9.975")}}
    assert parse.rate_ids(code) == ["3", "10"]
    tax_code = parse.tax_code(code, rates)
    assert (tax_code.percent, tax_code.compound) == (D("14.975"), True)
    assert parse.tax_code({"Id": "1"}, {}).rates == ()


def test_a_country() -> None:
    countries = [parse.country({"Country": name}) for name in ("GB", "us", "")]
    assert countries == ["GB", "US", "US"]


def test_voided_is_told_by_the_amounts_and_the_note() -> None:
    voided = {**ANSWER, "TotalAmt": 0, "PrivateNote": "Voided - HubSpot invoice 1"}
    assert parse.invoice(voided).voided
    assert not parse.invoice({**voided, "PrivateNote": "free of charge"}).voided
