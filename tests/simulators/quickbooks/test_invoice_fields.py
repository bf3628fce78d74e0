"""What people and programs put into an invoice: stored, returned, kept and cleared."""

from __future__ import annotations

import pytest

from infra.local.quickbooks import sales_line
from tests.simulators.quickbooks.desk import Desk, Doc, fault

DETAIL = {
    "ClassRef": {"value": "5000000000000000007", "name": "East"},
    "ServiceDate": "2026-01-31",
    "TaxCodeRef": {"value": "NON"},
    "Qty": 2,
    "UnitPrice": 50,
    "DiscountRate": 10,
    "DiscountAmt": 11.11,
    "TaxInclusiveAmt": 100,
    "PriceLevelRef": {"value": "1"},
}
LINE = {
    "LineNum": 1,
    "Description": "January",
    "CustomField": [{"DefinitionId": "1", "StringValue": "x"}],
    "ProjectRef": {"value": "77"},
    "CostAmount": 5,
}
FIELDS = {
    "DepartmentRef": {"value": "3", "name": "Berlin"},
    "ClassRef": {"value": "5000000000000000007", "name": "East"},
    "CustomField": [{"DefinitionId": "1", "Type": "StringType", "StringValue": "PO 17"}],
    "SalesTermRef": {"value": "2", "name": "Net 15"},
    "SalesRepRef": {"value": "9"},
    "ShipDate": "2026-02-04",
    "ShipMethodRef": {"value": "UPS", "name": "UPS"},
    "TrackingNum": "1Z 999",
    "FOB": "Dock",
    "PONumber": "PO 17",
    "BillEmail": {"Address": "ap@acme.example"},
    "BillEmailCc": {"Address": "cc@acme.example"},
    "BillEmailBcc": {"Address": "bcc@acme.example"},
    "PrintStatus": "PrintComplete",
    "EmailStatus": "EmailSent",
    "ProjectRef": {"value": "77"},
    "CustomerMemo": {"value": "Thank you"},
    "PrivateNote": "ours",
    "TemplateRef": {"value": "5"},
    "TransactionLocationType": "WithinFrance",
    "DepositToAccountRef": {"value": "4"},
    "TaxExemptionRef": {"value": "1"},
    "DueDate": "2026-03-01",
    "TxnDate": "2026-02-01",
    "ApplyTaxAfterDiscount": True,
}
ADDRESS = {"Line1": "1 Main St", "City": "Tucson", "CountrySubDivisionCode": "AZ"}
ADDRESSES = ("BillAddr", "ShipAddr", "ShipFromAddr")


def full(desk: Desk) -> Doc:
    """Create an invoice with all that people can set."""
    places = {name: dict(ADDRESS) for name in ADDRESSES}
    return desk.create({**sales_line(desk.item["Id"], 100, **DETAIL), **LINE}, **FIELDS, **places)


def has(invoice: Doc, fields: Doc) -> bool:
    return {name: invoice.get(name) for name in fields} == fields


def test_what_is_sent_comes_back(desk: Desk) -> None:
    invoice = full(desk)
    assert {name: invoice.get(name) for name in FIELDS} == FIELDS
    for name in ADDRESSES:
        assert has(invoice[name], ADDRESS)
    line = invoice["Line"][0]
    assert has(line, LINE)
    assert has(line["SalesItemLineDetail"], DETAIL)
    assert desk.get(f"invoice/{invoice['Id']}").json()["Invoice"] == invoice


def test_online_payment_is_stored_where_the_company_allows_it(desk: Desk) -> None:
    desk.realm.set_preference("SalesFormsPrefs.ETransactionPaymentEnabled", True)
    switches = {"AllowOnlineCreditCardPayment": False, "AllowOnlineACHPayment": True}
    assert has(desk.create(**switches), switches)


def test_amounts_are_the_services_own(desk: Desk) -> None:
    invoice = desk.create(TotalAmt=7, Balance=7, HomeBalance=7, AllowIPNPayment=True)
    assert (invoice["TotalAmt"], invoice["Balance"]) == (100, 100)
    assert "HomeBalance" not in invoice
    assert invoice["AllowIPNPayment"] is False


@pytest.mark.parametrize("name", [*FIELDS, "Line"])
def test_a_sparse_update_touches_what_it_names(desk: Desk, name: str) -> None:
    invoice = full(desk)
    other = {
        "DueDate": "2026-03-02",
        "TxnDate": "2026-02-02",
        "ShipDate": "2026-02-05",
        "PrintStatus": "NotSet",
        "EmailStatus": "NotSet",
        "ApplyTaxAfterDiscount": False,
        "SalesTermRef": {"value": "3", "name": "Net 30"},
        "CustomField": [{"DefinitionId": "2", "StringValue": "y"}],
        "Line": [{**sales_line(desk.item["Id"], 7), "Id": "1"}],
    }
    was = invoice[name]
    plain = {"Address": "new@acme.example"} if "Email" in name else {"value": "8"}
    new = other.get(name, plain if isinstance(was, dict) else "new")
    known = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True}
    changed = desk.post("invoice", {**known, name: new}).json()["Invoice"]
    if name == "Line":
        assert changed["TotalAmt"] == 7
    else:
        assert changed[name] == new
    same = FIELDS.keys() - {name} - ({"DueDate"} if name in ("SalesTermRef", "TxnDate") else set())
    assert {each: changed.get(each) for each in same} == {each: FIELDS[each] for each in same}


def test_a_sparse_update_with_an_empty_text_clears_it(desk: Desk) -> None:
    invoice = full(desk)
    known = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True}
    changed = desk.post("invoice", {**known, "PrivateNote": "", "TrackingNum": ""}).json()
    assert not {"PrivateNote", "TrackingNum"} & set(changed["Invoice"])
    assert changed["Invoice"]["CustomerMemo"] == {"value": "Thank you"}


def test_a_full_update_clears_what_it_does_not_name(desk: Desk) -> None:
    desk.realm.edit_customer(desk.customer["Id"], BillAddr={"Line1": "Home", "City": "Rome"})
    invoice = full(desk)
    answer = desk.post("invoice", desk.draft(Id=invoice["Id"], SyncToken="0"))
    changed = answer.json()["Invoice"]
    defaults = {
        "CustomField": [],
        "PrintStatus": "NeedToPrint",
        "EmailStatus": "NotSet",
        "ApplyTaxAfterDiscount": False,
        "TxnDate": desk.realm.today().isoformat(),
    }
    assert has(changed, defaults)
    left = (FIELDS.keys() | {"ShipAddr", "ShipFromAddr"}) & changed.keys() - defaults.keys()
    assert left == {"DueDate"}
    assert changed["DueDate"] > changed["TxnDate"]
    assert "Home" in changed["BillAddr"].values()
    detail = changed["Line"][0]["SalesItemLineDetail"]
    assert not {"ClassRef", "ServiceDate", "Qty"} & set(detail)


def test_a_person_keeps_what_is_there_and_may_empty_it(desk: Desk) -> None:
    invoice = full(desk)
    edited = desk.realm.edit_invoice(invoice["Id"], DepartmentRef={"value": "4"})
    assert edited["DepartmentRef"] == {"value": "4"}
    assert has(edited, {name: FIELDS[name] for name in FIELDS if name != "DepartmentRef"})
    assert has(edited["Line"][0]["SalesItemLineDetail"], DETAIL)
    line = {**edited["Line"][0], "Description": "February"}
    edited = desk.realm.edit_invoice(invoice["Id"], Line=[line])
    assert edited["Line"][0] == line
    edited = desk.realm.edit_invoice(invoice["Id"], DepartmentRef=None, ClassRef=None)
    assert not {"DepartmentRef", "ClassRef"} & set(edited)


def test_a_person_who_enters_a_line_again_makes_a_new_one(desk: Desk) -> None:
    invoice = desk.create()
    desk.realm.edit_invoice(invoice["Id"], Line=[sales_line(desk.item["Id"], 5)])
    undone = desk.realm.edit_invoice(invoice["Id"], Line=invoice["Line"])
    assert (undone["Line"][0]["Id"], undone["TotalAmt"]) == ("3", 100)


def test_the_address_is_the_customers_unless_it_is_sent(desk: Desk) -> None:
    home = {"Line1": "9 Oak St", "City": "Reno"}
    desk.realm.edit_customer(desk.customer["Id"], BillAddr=home, ShipAddr=home)
    assert has(desk.create()["BillAddr"], home)
    assert has(desk.create()["ShipAddr"], home)
    assert has(desk.create(BillAddr=ADDRESS)["BillAddr"], ADDRESS)


def test_a_line_is_wholly_what_is_sent_now(desk: Desk) -> None:
    invoice = full(desk)
    change = {
        "Id": invoice["Id"],
        "SyncToken": "0",
        "sparse": True,
        "Line": [{**sales_line(desk.item["Id"], 100), "Id": "1"}],
    }
    (line, _) = desk.post("invoice", change).json()["Invoice"]["Line"]
    assert line["Id"] == "1"
    assert not {"Description", "CustomField", "ProjectRef"} & set(line)
    assert set(line["SalesItemLineDetail"]) == {"ItemRef", "ItemAccountRef", "TaxCodeRef"}


def test_a_new_line_has_an_id_that_no_line_ever_had(desk: Desk) -> None:
    item = desk.item["Id"]
    invoice = desk.create(*(sales_line(item, amount) for amount in (10, 20, 30)))
    ids = []
    for token, kept in enumerate((["1"], ["1"], [])):
        lines = [{**sales_line(item, 10), "Id": each} for each in kept] + [sales_line(item, 5)]
        change = {"Id": invoice["Id"], "SyncToken": str(token), "sparse": True, "Line": lines}
        changed = desk.post("invoice", change).json()["Invoice"]
        ids.append([line["Id"] for line in changed["Line"] if "Id" in line])
    assert ids == [["1", "4"], ["1", "5"], ["6"]]


@pytest.mark.parametrize("sparse", [True, False])
def test_a_line_that_the_invoice_does_not_have_is_refused(desk: Desk, sparse: bool) -> None:
    item = desk.item["Id"]
    invoice = desk.create()
    lines = [{**sales_line(item, 10), "Id": "1"}, {**sales_line(item, 5), "Id": "7"}]
    change = desk.draft(*lines, Id=invoice["Id"], SyncToken="0", sparse=sparse)
    assert "7" in fault(desk.post("invoice", change), "2500")["Detail"]
    twice = desk.draft(lines[0], lines[0], Id=invoice["Id"], SyncToken="0", sparse=sparse)
    fault(desk.post("invoice", twice), "2500")
    assert desk.realm.invoice(invoice["Id"]) == invoice
    lines[1]["Id"] = "-1"
    change = desk.draft(*lines, Id=invoice["Id"], SyncToken="0", sparse=sparse)
    changed = desk.post("invoice", change).json()["Invoice"]
    assert [line.get("Id") for line in changed["Line"]] == ["1", "2", None]


def test_or_it_is_a_new_line_as_the_reference_says(desk: Desk) -> None:
    desk.simulator.switches.unknown_line_is_refused = False
    invoice = desk.create()
    line = {**sales_line(desk.item["Id"], 5), "Id": "7"}
    change = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "Line": [line]}
    assert desk.post("invoice", change).json()["Invoice"]["Line"][0]["Id"] == "2"


def test_a_description_and_a_discount_keep_their_details(desk: Desk) -> None:
    text = {
        "DetailType": "DescriptionOnly",
        "Description": "Thank you",
        "DescriptionLineDetail": {"ServiceDate": "2026-01-31"},
    }
    discount: Doc = {
        "Amount": 5,
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"ClassRef": {"value": "7"}, "TaxCodeRef": {"value": "NON"}},
    }
    lines = desk.create(sales_line(desk.item["Id"], 100), text, discount)["Line"]
    assert has(lines[1], text)
    assert has(lines[-1]["DiscountLineDetail"], discount["DiscountLineDetail"])
