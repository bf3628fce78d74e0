"""Changing, voiding and deleting invoices."""

from __future__ import annotations

from infra.local.quickbooks import sales_line
from tests.simulators.quickbooks.desk import Desk, fault


def test_sync_tokens_rise_and_old_ones_are_stale(desk: Desk) -> None:
    invoice = desk.create(PrivateNote="first")
    change = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "second"}
    changed = desk.post("invoice", change).json()["Invoice"]
    assert changed["SyncToken"] == "1"
    assert changed["PrivateNote"] == "second"
    assert changed["Line"] == invoice["Line"]
    error = fault(desk.post("invoice", change), "5010")
    assert error["Message"] == "Stale Object Error"
    assert "were working on this at the same time" in error["Detail"]
    fault(desk.post("invoice", {**change, "Id": "999"}), "610")
    del change["SyncToken"]
    fault(desk.post("invoice", change), "2020")
    fault(desk.post("invoice", desk.draft(), operation="update"), "2020")


def test_a_sparse_update_with_lines_replaces_the_set(desk: Desk) -> None:
    item = desk.item["Id"]
    invoice = desk.create(*(sales_line(item, amount) for amount in (10, 20, 30)))
    change = {
        "Id": invoice["Id"], "SyncToken": "0", "sparse": True,
        "Line": [{**sales_line(item, 25), "Id": "2"}, sales_line(item, 5), invoice["Line"][-1]],
    }  # fmt: skip
    changed = desk.post("invoice", change, operation="update").json()["Invoice"]
    assert [(line.get("Id"), line["Amount"]) for line in changed["Line"]] == [
        ("2", 25), ("4", 5), (None, 30),
    ]  # fmt: skip
    assert changed["TotalAmt"] == changed["Balance"] == 30
    fault(desk.post("invoice", {**change, "SyncToken": "1", "Line": []}), "2020")


def test_a_full_update_forgets_what_it_leaves_out(desk: Desk) -> None:
    desk.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", True)
    invoice = desk.create(DocNumber="A1", PrivateNote="ours", BillEmail={"Address": "a@b.example"})
    change = desk.draft(Id=invoice["Id"], SyncToken="0", DocNumber="A1")
    changed = desk.post("invoice", change).json()["Invoice"]
    assert "PrivateNote" not in changed
    assert "BillEmail" not in changed
    del change["Line"]
    fault(desk.post("invoice", {**change, "SyncToken": "1"}), "2020")


def test_an_update_rewrites_addresses(desk: Desk) -> None:
    address = {"Line1": "1 Main St", "City": "Tucson", "CountrySubDivisionCode": "AZ"}
    invoice = desk.create(BillAddr={**address, "PostalCode": "85719"})
    assert invoice["BillAddr"]["Line1"] == "1 Main St"
    change = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    changed = desk.post("invoice", change).json()["Invoice"]
    assert changed["BillAddr"] == {
        "Id": invoice["BillAddr"]["Id"],
        "Line1": "Acme", "Line2": "1 Main St", "Line3": "Tucson, AZ 85719",
    }  # fmt: skip


def test_voiding_empties_an_invoice(desk: Desk) -> None:
    invoice = desk.create(
        sales_line(desk.item["Id"], 10, Qty=2, UnitPrice=5), PrivateNote="HubSpot invoice 1"
    )
    body = {"Id": invoice["Id"], "SyncToken": "0"}
    voided = desk.post("invoice", body, operation="void").json()["Invoice"]
    assert voided["SyncToken"] == "1"
    assert voided["PrivateNote"] == "Voided - HubSpot invoice 1"
    assert voided["TotalAmt"] == voided["Balance"] == voided["TxnTaxDetail"]["TotalTax"] == 0
    assert [line["Amount"] for line in voided["Line"]] == [0, 0]
    assert "Qty" not in voided["Line"][0]["SalesItemLineDetail"]
    assert voided["DocNumber"] == invoice["DocNumber"]
    fault(desk.post("invoice", body, operation="void"), "5010")
    plain = desk.create()
    body = {"Id": plain["Id"], "SyncToken": "0"}
    answer = desk.post("invoice", body, operation="void").json()["Invoice"]
    assert answer["PrivateNote"] == "Voided"


def test_deleting_leaves_nothing_behind(desk: Desk) -> None:
    invoice = desk.create()
    body = {"Id": invoice["Id"], "SyncToken": "0"}
    answer = desk.post("invoice", body, operation="delete").json()
    assert answer["Invoice"] == {"domain": "QBO", "status": "Deleted", "Id": invoice["Id"]}
    fault(desk.get(f"invoice/{invoice['Id']}"), "610")
    error = fault(desk.post("invoice", {**body, "sparse": True}), "610")
    assert error["Detail"] == "Object Not Found: Another user has deleted this transaction."
    assert desk.query("select count(*) from Invoice") == {"totalCount": 0}
