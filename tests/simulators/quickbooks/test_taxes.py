"""Sales tax in the US, and tax codes abroad."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.quickbooks import sales_line
from tests.simulators.quickbooks.desk import Desk, Doc, fault


def test_a_tax_amount_is_taken_as_it_is(desk: Desk) -> None:
    line = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "TAX"})
    assert desk.create(line, TxnTaxDetail={"TotalTax": 8.25})["TotalAmt"] == 108.25
    by_code = desk.create(line, TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}})
    assert by_code["TotalAmt"] == 108
    assert by_code["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["NetAmountTaxable"] == 100
    fault(desk.post("invoice", desk.draft(line, TxnTaxDetail={"TotalTax": 1.234})), "2140")
    wrong = {"TxnTaxCodeRef": {"value": "99"}}
    fault(desk.post("invoice", desk.draft(line, TxnTaxDetail=wrong)), "2500")
    numeric = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "2"})
    fault(desk.post("invoice", desk.draft(numeric)), "6100")
    desk.realm.set_preference("TaxPrefs.UsingSalesTax", False)
    ignored = desk.create(line, TxnTaxDetail={"TotalTax": 8.25})
    assert ignored["TotalAmt"] == 100
    assert ignored["TxnTaxDetail"] == {"TotalTax": 0}


def test_automated_sales_tax_replaces_the_code_and_keeps_an_amount(desk: Desk) -> None:
    desk.realm.set_preference("TaxPrefs.PartnerTaxEnabled", True)
    line = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "TAX"})
    code = {"TxnTaxCodeRef": {"value": "99"}}
    computed = desk.create(line, TxnTaxDetail=code)
    assert computed["TxnTaxDetail"]["TxnTaxCodeRef"] == {"value": "2"}
    assert computed["TotalAmt"] == 108
    assert desk.create(line, TxnTaxDetail={**code, "TotalTax": 7})["TotalAmt"] == 107
    assert desk.create(line, TxnTaxDetail={"TotalTax": 7})["TotalAmt"] == 108
    assert desk.create(sales_line(desk.item["Id"], 100))["TotalAmt"] == 100


NEW_YORK = {"Line1": "1 Broadway", "City": "New York", "CountrySubDivisionCode": "NY"}
ROME = {"Line1": "Via Appia 1", "City": "Rome", "Country": "Italy"}


@pytest.mark.parametrize(
    ("place", "tax"),
    [
        (NEW_YORK, 8.88),
        ({**NEW_YORK, "CountrySubDivisionCode": "ny"}, 8.88),
        ({"Line1": "1 Broadway", "Line2": "New York, NY 10004-1234"}, 8.88),
        ({**NEW_YORK, "CountrySubDivisionCode": "OR"}, 0),
        (ROME, 7.25),  # no state: the company's own
        (None, 7.25),
    ],
)
def test_automated_sales_tax_goes_by_where_it_is_shipped(
    desk: Desk, place: Doc | None, tax: float
) -> None:
    desk.realm.set_preference("TaxPrefs.PartnerTaxEnabled", True)
    desk.realm.tax_by_state = {"NY": "8.875", "CA": "7.25"}
    line = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "TAX"})
    invoice = desk.create(line, **({"ShipAddr": place} if place else {}), BillAddr=NEW_YORK)
    assert invoice["TxnTaxDetail"]["TotalTax"] == tax
    (row,) = invoice["TxnTaxDetail"]["TaxLine"]
    rate_id = row["TaxLineDetail"]["TaxRateRef"]["value"]
    rate = desk.get(f"taxrate/{rate_id}").json()["TaxRate"]
    assert rate["RateValue"] == row["TaxLineDetail"]["TaxPercent"]
    # The address comes back as lines after an update; the place stays the same.
    change = {"Id": invoice["Id"], "sparse": True, "Line": [sales_line(desk.item["Id"], 200)]}
    change["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] = {"value": "TAX"}
    for token in ("0", "1"):
        changed = desk.post("invoice", {**change, "SyncToken": token}).json()["Invoice"]
        percent = changed["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["TaxPercent"]
        assert percent == rate["RateValue"]
    assert desk.get(f"companyinfo/{desk.realm.realm_id}").json()["CompanyInfo"]["LegalAddr"]


def test_automated_sales_tax_goes_by_the_customers_and_the_companys_place(desk: Desk) -> None:
    desk.realm.set_preference("TaxPrefs.PartnerTaxEnabled", True)
    desk.realm.tax_by_state = {"NY": "8.875", "CA": "7.25"}
    line = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "TAX"})
    desk.realm.address = {"City": "Albany", "CountrySubDivisionCode": "NY"}
    assert desk.create(line)["TxnTaxDetail"]["TotalTax"] == 8.88
    desk.realm.edit_customer(desk.customer["Id"], ShipAddr={"CountrySubDivisionCode": "CA"})
    assert desk.create(line)["TxnTaxDetail"]["TotalTax"] == 7.25
    assert desk.create(line, ShipAddr=NEW_YORK)["TxnTaxDetail"]["TotalTax"] == 8.88
    override = {"TxnTaxCodeRef": {"value": "2"}, "TotalTax": 5}
    assert desk.create(line, ShipAddr=NEW_YORK, TxnTaxDetail=override)["TotalAmt"] == 105
    bare = desk.create(line, ShipAddr=NEW_YORK, TxnTaxDetail={"TotalTax": 5})
    assert bare["TotalAmt"] == 108.88


def test_a_silent_sparse_update_keeps_the_tax(desk: Desk) -> None:
    line = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "TAX"})
    invoice = desk.create(line, TxnTaxDetail={"TotalTax": 8.25})
    change = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    assert desk.post("invoice", change).json()["Invoice"]["TotalAmt"] == 108.25
    change |= {"SyncToken": "1", "Line": [sales_line(desk.item["Id"], 50)]}
    assert desk.post("invoice", change).json()["Invoice"]["TotalAmt"] == 58.25


@pytest.mark.parametrize(("country", "word"), [("CA", "GST/HST"), ("GB", "VAT")])
def test_abroad_each_line_needs_a_tax_code(desk: Desk, country: str, word: str) -> None:
    desk.use(desk.simulator.add_realm("9130000000000002", country=country))
    error = fault(desk.post("invoice", desk.draft()), "6000")
    assert error["Detail"] == (
        f"Business Validation Error: Make sure all your transactions have a {word} rate before "
        "you save."
    )
    coded = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "5"})
    invoice = desk.create(coded, GlobalTaxCalculation="TaxExcluded")
    assert invoice["TotalAmt"] == 100 + invoice["TxnTaxDetail"]["TotalTax"] > 100
    unknown = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "TAX"})
    fault(desk.post("invoice", desk.draft(unknown)), "2500")
    none = {"GlobalTaxCalculation": "NotApplicable", "TxnTaxDetail": {"TotalTax": 1}}
    fault(desk.post("invoice", desk.draft(coded, **none)), "6170")


def abroad(desk: Desk, *codes: str, **fields: Any) -> Doc:
    """A line of 1.59 for each code, and the TxnTaxDetail and total that come of them."""
    lines = [sales_line(desk.item["Id"], "1.59", TaxCodeRef={"value": code}) for code in codes]
    return desk.create(*lines, GlobalTaxCalculation="TaxExcluded", **fields)


def tax_line(rate_id: str, amount: float) -> Doc:
    detail = {"TaxRateRef": {"value": rate_id}}
    return {"Amount": amount, "DetailType": "TaxLineDetail", "TaxLineDetail": detail}


def test_abroad_tax_is_rounded_line_by_line(desk: Desk) -> None:
    desk.use(desk.simulator.add_realm("9130000000000002", country="CA"))
    assert abroad(desk, *["5"] * 8)["TxnTaxDetail"]["TotalTax"] == 1.68
    desk.simulator.switches.tax_rounded_per_line = False
    assert abroad(desk, *["5"] * 8)["TxnTaxDetail"]["TotalTax"] == 1.65


def test_abroad_a_code_may_have_several_rates(desk: Desk) -> None:
    desk.use(desk.simulator.add_realm("9130000000000002", country="CA"))
    detail = abroad(desk, "9", "2")["TxnTaxDetail"]
    shown = {
        line["TaxLineDetail"]["TaxRateRef"]["value"]: line["Amount"] for line in detail["TaxLine"]
    }
    assert shown == {"3": 0.16, "10": 0.16}
    code = desk.query("select * from TaxCode where Id in ('9')")["TaxCode"][0]
    assert [line["TaxRateRef"]["value"] for line in code["SalesTaxRateList"]["TaxRateDetail"]] == [
        "3",
        "10",
    ]


def test_abroad_a_discount_comes_off_before_the_tax_or_does_not(desk: Desk) -> None:
    desk.use(desk.simulator.add_realm("9130000000000002", country="GB"))
    less = {"Amount": 50, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {}}
    line = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "2"})
    assert desk.create(line, less)["TotalAmt"] == 60
    desk.simulator.switches.tax_after_discount = False
    assert desk.create(line, less)["TotalAmt"] == 70


def test_abroad_tax_lines_override_when_each_rate_is_there_once(desk: Desk) -> None:
    desk.use(desk.simulator.add_realm("9130000000000002", country="CA"))
    lines = [tax_line("3", 0.09), tax_line("10", 0.17)]
    invoice = abroad(desk, "9", TxnTaxDetail={"TotalTax": 0.26, "TaxLine": lines})
    assert (invoice["TxnTaxDetail"]["TotalTax"], invoice["TotalAmt"]) == (0.26, 1.85)
    bare = abroad(desk, "9", TxnTaxDetail={"TotalTax": 9})
    assert bare["TxnTaxDetail"]["TotalTax"] == 0.24
    coded = sales_line(desk.item["Id"], "1.59", TaxCodeRef={"value": "9"})
    for wrong, words in (
        (lines[:1], "calculating tax"),
        ([*lines, lines[0]], "calculating tax"),
        ([*lines, tax_line("6", 1)], "Invalid tax rate id - 6"),
    ):
        answer = desk.post("invoice", desk.draft(coded, TxnTaxDetail={"TaxLine": wrong}))
        assert words in fault(answer, "6000")["Detail"]
    other = {"TaxLine": [{**lines[0], "DetailType": "DescriptionOnly"}]}
    fault(desk.post("invoice", desk.draft(coded, TxnTaxDetail=other)), "2600")
    change = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "Line": [coded, coded]}
    changed = desk.post("invoice", change).json()["Invoice"]
    assert changed["TxnTaxDetail"]["TotalTax"] == 0.48


def test_abroad_without_sales_tax_no_code_is_needed_or_kept(desk: Desk) -> None:
    desk.use(desk.simulator.add_realm("9130000000000002", country="GB"))
    desk.realm.set_preference("TaxPrefs.UsingSalesTax", False)
    invoice = desk.create(TxnTaxDetail={"TotalTax": 5})
    assert (invoice["TotalAmt"], invoice["TxnTaxDetail"]) == (100, {"TotalTax": 0})
    assert "TaxCodeRef" not in invoice["Line"][0]["SalesItemLineDetail"]


def test_abroad_an_inactive_code_is_refused(desk: Desk) -> None:
    desk.use(desk.simulator.add_realm("9130000000000002", country="GB"))
    desk.realm.set_tax_code_active("5", False)
    coded = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "5"})
    fault(desk.post("invoice", desk.draft(coded)), "2500")
    assert desk.query("select * from TaxCode where Id in ('2', '5')")["maxResults"] == 1


def test_in_the_us_there_is_no_tax_without_a_taxable_line(desk: Desk) -> None:
    detail = {"TxnTaxCodeRef": {"value": "2"}, "TotalTax": 8.25}
    line = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "NON"})
    assert desk.create(line, TxnTaxDetail=detail)["TotalAmt"] == 100
