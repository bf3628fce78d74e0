"""Creating invoices: what is stored, computed and refused."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.quickbooks import sales_line
from tests.simulators.quickbooks.desk import Desk, Doc, fault, line_kinds


def test_a_created_invoice_has_what_recorded_ones_have(desk: Desk) -> None:
    answer = desk.post(
        "invoice",
        desk.draft(
            sales_line(
                desk.item["Id"], 750, Description="January", Qty=5, UnitPrice=150,
                ServiceDate="2026-01-31", TaxCodeRef={"value": "NON"},
            ),
            TxnDate="2026-02-03",
            PrivateNote="HubSpot invoice 7781",
            CustomerMemo={"value": "Thank you"},
            BillEmail={"Address": "ap@acme.example"},
        ),
        minorversion=75,
    )  # fmt: skip
    assert answer.status_code == 200
    assert set(answer.json()) == {"Invoice", "time"}
    invoice = answer.json()["Invoice"]
    assert invoice["SyncToken"] == "0"
    assert invoice["DocNumber"] == "1001"
    assert invoice["TotalAmt"] == invoice["Balance"] == 750
    assert invoice["DueDate"] == "2026-03-05"
    assert invoice["CustomerRef"] == {"value": desk.customer["Id"], "name": "Acme"}
    assert invoice["CurrencyRef"] == {"value": "USD", "name": "United States Dollar"}
    assert invoice["LinkedTxn"] == []
    assert invoice["TxnTaxDetail"] == {"TotalTax": 0}
    assert invoice["EmailStatus"] == "NotSet"
    assert invoice["MetaData"]["CreateTime"].endswith("-08:00")
    first, last = invoice["Line"]
    assert (first["Id"], first["LineNum"], first["Description"]) == ("1", 1, "January")
    assert first["SalesItemLineDetail"]["ItemRef"]["name"] == "Consulting"
    assert last == {"Amount": 750, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    read = desk.get(f"invoice/{invoice['Id']}").json()["Invoice"]
    assert read == invoice


@pytest.mark.parametrize(
    ("changes", "code", "detail"),
    [
        ({"BadJson": True}, "2010", 'Unrecognized field "BadJson"'),
        ({"docNumber": "1"}, "2010", "com.intuit.schema.finance.v3.Invoice"),
        ({"CustomerRef": {"value": "101", "id": "1"}}, "2010", "ReferenceType"),
        ({"CustomerRef": {"name": "Acme"}}, "2020", "CustomerRef.value"),
        ({"CustomerRef": "101"}, "2120", "CustomerRef"),
        ({"CustomerRef": None}, "2020", "Required parameter CustomerRef is missing"),
        ({"CustomerRef": {"value": "999"}}, "2500", "Customers element id 999 not found"),
        ({"Line": []}, "2020", "Required parameter Line is missing in the request"),
        ({"Line": {}}, "2120", "Line must be an array"),
        ({"DocNumber": 7}, "2120", "DocNumber"),
        ({"DocNumber": "x" * 22}, "2050", "Min:0 Max:21 supported. Supplied length: 22"),
        ({"PrivateNote": "x" * 4001}, "2050", "Max:4,000 supported. Supplied length: 4,001"),
        ({"CustomerMemo": {"value": "x" * 1001}}, "2050", "Max:1,000"),
        ({"PONumber": "x" * 16}, "2050", "Max:15"),
        ({"CustomField": [{"DefinitionId": "1", "StringValue": "x" * 32}]}, "2050", "Max:31"),
        ({"BillEmail": {"Address": "x" * 90 + "@acme.example"}}, "2050", "Max:100"),
        ({"ShipAddr": {"Line1": "x" * 501}}, "2050", "Max:500"),
        ({"ShipAddr": {f"Line{n}": "x" * 500 for n in range(1, 6)}}, "2050", "Max:2,000"),
        ({"ShipFromAddr": {"PostalCode": "x" * 31}}, "2050", "Max:30"),
        ({"TxnDate": "3.2.2026"}, "2060", "3.2.2026"),
        ({"TxnDate": "2026-02-30"}, "2070", "2026-02-30"),
        ({"TxnDate": "2026-02-03T00:00:00Z"}, "2060", "2026-02-03T"),
        ({"EmailStatus": "Sent"}, "2170", "Invalid Enumeration : Sent"),
        ({"ApplyTaxAfterDiscount": "true"}, "2230", "ApplyTaxAfterDiscount"),
        ({"ExchangeRate": "1.1"}, "2110", "ExchangeRate"),
        ({"BillEmail": {"Address": "foo"}}, "2210", "RFC 822. Supplied value:foo"),
        ({"EmailStatus": "NeedToSend"}, "6420", "email"),
        ({"SalesTermRef": {"value": "77"}}, "2500", "77"),
        ({"CurrencyRef": {"value": "EUR"}}, "6000", "multicurrency"),
        ({"Deposit": 5}, "6000", "Deposit"),
        ({"CustomField": [{"DefinitionId": "9", "StringValue": "x"}]}, "3000", "custom"),
        ({"sparse": True}, "2020", "Id"),
        ({"Id": "1.5", "SyncToken": "0"}, "2030", "Supplied value:1.5"),
        ({"Id": None}, "2030", "Supplied value:null"),
        ({"TxnTaxDetail": {"TaxLine": [{"Amount": 1}]}}, "2020", "Line.DetailType"),
    ],
)  # fmt: skip
def test_invoices_that_are_refused(desk: Desk, changes: Doc, code: str, detail: str) -> None:
    error = fault(desk.post("invoice", {**desk.draft(), **changes}), code)
    assert detail in error["Detail"]
    assert desk.realm.invoices == []


def _detail(**fields: Any) -> Doc:
    return {"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": fields}


@pytest.mark.parametrize(
    ("line", "code", "detail"),
    [
        ({"Amount": 5}, "2020", "Line.DetailType"),
        ({"Amount": 5, "DetailType": "SalesItemLineDetail"}, "2020", "Line.SalesItemLineDetail"),
        (_detail(), "2020", "Line.Amount"),
        ({"Amount": "5", **_detail()}, "2110", "Line.Amount"),
        ({"Amount": 5.001, **_detail()}, "2140", "5.001"),
        ({"Amount": 745, **_detail(Qty=5, UnitPrice=150)}, "6070",
         "Amount is not equal to UnitPrice * Qty. Supplied value:745"),
        ({"Amount": 5, **_detail(quantity=1)}, "2010", "SalesItemLineDetail"),
        ({"Amount": 5, **_detail(ItemRef={"value": "999"})}, "2500", "999"),
        ({"Amount": 5, **_detail(), "DiscountLineDetail": {}}, "2600", "DiscountLineDetail"),
        ({"Amount": 5, "DetailType": "Sale"}, "2170", "Sale"),
        ({"DetailType": "DescriptionOnly", "Description": "text"}, "6000", "at least one"),
        ({"Amount": 5, **_detail(ServiceDate="soon")}, "2060", "soon"),
        ({"Amount": 5, "Description": "x" * 4001, **_detail()}, "2050", "4,001"),
    ],
)  # fmt: skip
def test_lines_that_are_refused(desk: Desk, line: Doc, code: str, detail: str) -> None:
    if "SalesItemLineDetail" in line and code not in ("2500", "2010"):
        line["SalesItemLineDetail"].setdefault("ItemRef", {"value": desk.item["Id"]})
    assert detail in fault(desk.post("invoice", desk.draft(line)), code)["Detail"]


def test_the_amount_may_be_a_rounded_product(desk: Desk) -> None:
    invoice = desk.create(sales_line(desk.item["Id"], 1.01, Qty=3, UnitPrice=0.335))
    assert invoice["TotalAmt"] == 1.01


@pytest.mark.parametrize(
    ("quantity", "price", "amount", "stored"),
    [
        (3, 33.33333, 100, 33.33333),
        (1, 9.999999999, 10, 10),  # seven digits are stored
        (1, 0.12345678, 0.12, 0.1234568),
        (2.1234567, 10, 21.23, 10),
        (1, 1e-7, 0, 1e-7),
    ],
)
def test_seven_digits_are_stored(
    desk: Desk, quantity: float, price: float, amount: float, stored: float
) -> None:
    line = sales_line(desk.item["Id"], amount, Qty=quantity, UnitPrice=price)
    detail = desk.create(line)["Line"][0]["SalesItemLineDetail"]
    assert (detail["Qty"], detail["UnitPrice"]) == (quantity, stored)


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [
        (1_000_000, 0.0000049, 4.9),  # at five digits this price is nothing
        (0.0000049, 1_000_000, 4.9),
        (100_000, 0.123456, 12345.6),
        (3, 33.33, 100),
        (0, 5, 5),
    ],
)
def test_five_digits_are_compared(desk: Desk, quantity: float, price: float, amount: float) -> None:
    line = sales_line(desk.item["Id"], amount, Qty=quantity, UnitPrice=price)
    fault(desk.post("invoice", desk.draft(line)), "6070")


def test_inventory_needs_a_quantity_and_a_start(desk: Desk) -> None:
    pump = desk.realm.add_item("Pump", "PUMP", "Inventory", InvStartDate="2026-05-01")["Id"]
    without = sales_line(pump, 5, UnitPrice=5)
    error = fault(desk.post("invoice", desk.draft(without, TxnDate="2026-05-01")), "6520")
    assert error["Detail"] == "Quantity required for inventory item"
    line = sales_line(pump, 5, Qty=1, UnitPrice=5)
    error = fault(desk.post("invoice", desk.draft(line, TxnDate="2026-04-30")), "6270")
    assert error["Detail"] == "Transaction date is prior to start date for inventory item"
    invoice = desk.create(line, TxnDate="2026-05-01")
    change = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True}
    fault(desk.post("invoice", {**change, "TxnDate": "2026-04-30"}), "6270")
    assert desk.post("invoice", {**change, "TxnDate": "2026-05-02"}).status_code == 200


def test_inactive_references_are_refused(desk: Desk) -> None:
    desk.realm.edit_item(desk.item["Id"], Active=False)
    error = fault(desk.post("invoice", desk.draft()), "2500")
    assert error["Detail"].startswith("Invalid Reference Id : Something you're trying to use has")
    desk.simulator.switches.inactive_reference_code = "610"
    fault(desk.post("invoice", desk.draft()), "610")
    desk.realm.edit_item(desk.item["Id"], Active=True)
    desk.realm.edit_customer(desk.customer["Id"], Active=False)
    fault(desk.post("invoice", desk.draft()), "610")


def test_a_category_is_no_item_of_a_line(desk: Desk) -> None:
    category = desk.realm.add_item("Things", type="Category")
    answer = desk.post("invoice", desk.draft(sales_line(category["Id"], 1)))
    assert "category" in fault(answer, "6000")["Detail"]


def test_a_line_without_an_item_gets_the_default_one_or_counts_for_nothing(desk: Desk) -> None:
    plain = {"Amount": 50, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}
    invoice = desk.create(plain, sales_line(desk.item["Id"], 10))
    assert invoice["TotalAmt"] == 10
    assert line_kinds(invoice)[0] == "DescriptionOnly"
    default = [{"Name": "SalesFormsPrefs.DefaultItem", "Value": desk.item["Id"]}]
    desk.realm.set_preference("OtherPrefs.NameValue", default)
    assert desk.create(plain)["TotalAmt"] == 50


def test_terms_decide_the_due_date(desk: Desk) -> None:
    invoice = desk.create(TxnDate="2026-02-03", SalesTermRef={"value": "2"})
    assert invoice["DueDate"] == "2026-02-18"
    assert invoice["SalesTermRef"]["name"] == "Net 15"
    assert desk.create(TxnDate="2026-02-03", DueDate="2026-02-04")["DueDate"] == "2026-02-04"


def test_descriptions_and_inline_subtotals(desk: Desk) -> None:
    invoice = desk.create(
        sales_line(desk.item["Id"], 10),
        sales_line(desk.item["Id"], 5.5),
        {"DetailType": "DescriptionOnly", "Description": "Subtotal:"},
        {"DetailType": "DescriptionOnly", "Description": "Thank you"},
        sales_line(desk.item["Id"], 1),
    )
    texts = [line.get("Description") for line in invoice["Line"]]
    assert texts == [None, None, "Subtotal: 15.50", "Thank you", None, None]
    assert invoice["TotalAmt"] == 16.5


def test_a_discount_of_the_whole_invoice(desk: Desk) -> None:
    discount = {
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 8.5},
    }
    invoice = desk.create(sales_line(desk.item["Id"], 100), discount)
    assert line_kinds(invoice) == [
        "SalesItemLineDetail",
        "SubTotalLineDetail",
        "DiscountLineDetail",
    ]
    assert invoice["Line"][-1]["Amount"] == 8.5
    assert invoice["Line"][-1]["DiscountLineDetail"]["DiscountAccountRef"]["value"] == "86"
    assert invoice["TotalAmt"] == 91.5
    fixed = {"Amount": 30, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {}}
    assert desk.create(sales_line(desk.item["Id"], 100), fixed)["TotalAmt"] == 70
    too_much = {**fixed, "Amount": 130}
    lines = [sales_line(desk.item["Id"], 100), too_much]
    assert fault(desk.post("invoice", desk.draft(*lines)), "6000")["Detail"] == (
        "Business Validation Error: The discount amount can't be greater than the subtotal."
    )
    all_of_it = {**fixed, "Amount": 100}
    assert desk.create(lines[0], all_of_it)["TotalAmt"] == 0
    negative = [lines[0], sales_line(desk.item["Id"], -130)]
    assert "0 or greater" in fault(desk.post("invoice", desk.draft(*negative)), "6000")["Detail"]
    lines[1] = {**fixed, "Amount": -5}
    fault(desk.post("invoice", desk.draft(*lines)), "2290")
    lines[1] = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True}}
    fault(desk.post("invoice", desk.draft(*lines)), "6090")
    fault(desk.post("invoice", desk.draft(lines[0], fixed, fixed)), "6000")
    desk.realm.set_preference("SalesFormsPrefs.AllowDiscount", False)
    fault(desk.post("invoice", desk.draft(lines[0], fixed)), "6000")


def test_without_custom_numbers_the_system_counts(desk: Desk) -> None:
    numbers = [desk.create()["DocNumber"] for _ in range(2)]
    assert numbers == ["1001", "1002"]
    assert desk.create(DocNumber="1003")["DocNumber"] == "1003"
    assert desk.create()["DocNumber"] == "1003"  # a number from outside does not move the counter
    assert desk.create(DocNumber="1001")["DocNumber"] == "1001"


def test_with_custom_numbers_a_duplicate_names_its_holder(desk: Desk) -> None:
    desk.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", True)
    assert "DocNumber" not in desk.create()
    holder = desk.create(DocNumber="HS-7781")
    error = fault(desk.post("invoice", desk.draft(DocNumber="HS-7781")), "6140")
    assert error["Message"] == "Duplicate Document Number Error"
    assert error["Detail"] == (
        "Duplicate Document Number Error : You must specify a different number. This number has "
        "already been used. DocNumber=HS-7781 is assigned to TxnType=Invoice with "
        f"TxnId={holder['Id']}"
    )
    again = desk.post("invoice", desk.draft(DocNumber="HS-7781"), include="allowduplicatedocnum")
    assert again.status_code == 200
    other = desk.create(DocNumber="HS-1")
    changes = {"Id": other["Id"], "SyncToken": "0", "sparse": True, "DocNumber": "HS-7781"}
    fault(desk.post("invoice", changes), "6140")
    for invoice in (holder, again.json()["Invoice"]):
        desk.realm.delete_invoice(invoice["Id"])
    assert desk.post("invoice", changes).json()["Invoice"]["DocNumber"] == "HS-7781"


def test_a_number_can_be_asked_for(desk: Desk) -> None:
    desk.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", True)
    assert desk.create(AutoDocNumber=True)["DocNumber"] == "1001"
