"""Customers, vendors, employees and items."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.quickbooks.desk import Desk, fault


def test_a_created_customer_has_what_recorded_ones_have(desk: Desk) -> None:
    answer = desk.post(
        "customer",
        {
            "DisplayName": "  Doe5,   Jane ",
            "PrimaryEmailAddr": {"Address": "jane@doe.example"},
            "PrimaryPhone": {"FreeFormNumber": "555"},
            "BillAddr": {"Line1": "1 Main St", "City": "Tucson"},
        },
    )
    customer = answer.json()["Customer"]
    assert customer["DisplayName"] == customer["FullyQualifiedName"] == "Doe5, Jane"
    assert customer["PrintOnCheckName"] == "Doe5, Jane"
    assert customer["Active"] is True
    assert customer["Balance"] == 0
    assert customer["CurrencyRef"]["value"] == "USD"
    assert desk.get(f"customer/{customer['Id']}").json()["Customer"] == customer
    built = desk.post("customer", {"GivenName": "Jane", "FamilyName": "Roe"}).json()["Customer"]
    assert built["DisplayName"] == "Jane Roe"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "6080"),
        ({"CompanyName": "X"}, "6080"),
        ({"DisplayName": "a:b"}, "2040"),
        ({"DisplayName": "a\tb"}, "2040"),
        ({"GivenName": "a\nb"}, "2040"),
        ({"DisplayName": "x" * 501}, "2050"),
        ({"DisplayName": "X", "GivenName": "x" * 101}, "2050"),
        ({"DisplayName": "X", "PrimaryEmailAddr": {"Address": "a@b"}}, "2210"),
        ({"DisplayName": "X", "PrimaryEmailAddr": {"address": "a@b.example"}}, "2010"),
        ({"DisplayName": "X", "PrimaryEmailAddr": "a@b.example"}, "2120"),
        ({"DisplayName": "X", "Email": "a@b.example"}, "2010"),
        ({"DisplayName": "X", "Job": True}, "6150"),
        ({"DisplayName": "X", "ParentRef": {"value": "999"}}, "2500"),
        ({"DisplayName": "X", "CurrencyRef": {"value": "EUR"}}, "6000"),
        ({"DisplayName": 7}, "2120"),
        ([], "2120"),
    ],
)
def test_customers_that_are_refused(desk: Desk, body: Any, code: str) -> None:
    fault(desk.post("customer", body), code)


@pytest.mark.parametrize("kind", ["customer", "vendor", "employee"])
def test_a_display_name_is_taken_by_any_kind_of_name(desk: Desk, kind: str) -> None:
    desk.post(kind, {"DisplayName": "Bob's Burgers", "GivenName": "Bob"}).raise_for_status()
    error = fault(desk.post("customer", {"DisplayName": " bob's  BURGERS"}), "6240")
    assert error["Message"] == "Duplicate Name Exists Error"
    assert error["Detail"] == (
        "The name supplied already exists. : Another customer, vendor or employee is already "
        "using this \nname. Please use a different name."
    )


def test_deactivation_frees_the_name(desk: Desk) -> None:
    for _ in range(2):
        customer = desk.post("customer", {"DisplayName": "Gone"}).json()["Customer"]
        change = {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "Active": False}
        answer = desk.post("customer", change).json()["Customer"]
        assert answer["DisplayName"].startswith("Gone (deleted")
        assert answer["Active"] is False
    holder = desk.realm.add_customer("Gone")
    back = {"Id": customer["Id"], "SyncToken": "1", "sparse": True, "Active": True}
    fault(desk.post("customer", back), "6240")
    desk.realm.edit_customer(holder["Id"], DisplayName="Still here")
    assert desk.post("customer", back).json()["Customer"]["DisplayName"] == "Gone"


def test_sub_customers(desk: Desk) -> None:
    parent = desk.customer
    for depth in range(1, 6):
        body = {"DisplayName": f"Job {depth}", "Job": True, "ParentRef": {"value": parent["Id"]}}
        answer = desk.post("customer", body)
        if depth == 5:
            fault(answer, "6180")
            break
        parent = answer.json()["Customer"]
        assert parent["Level"] == depth
    assert parent["FullyQualifiedName"] == "Acme:Job 1:Job 2:Job 3:Job 4"


def test_updates_of_customers(desk: Desk) -> None:
    change = {"Id": desk.customer["Id"], "SyncToken": "0", "sparse": True, "DisplayName": ""}
    changed = desk.post("customer", {**change, "Notes": "kept"}).json()["Customer"]
    assert (changed["DisplayName"], changed["SyncToken"]) == ("Acme", "1")
    assert changed["PrimaryEmailAddr"] == {"Address": "ap@acme.example"}
    fault(desk.post("customer", change), "5010")
    full = {"Id": desk.customer["Id"], "SyncToken": "1", "DisplayName": "Acme Inc"}
    wiped = desk.post("customer", full).json()["Customer"]
    assert "PrimaryEmailAddr" not in wiped
    assert "Notes" not in wiped
    invoice = desk.create()
    desk.realm.edit_customer(desk.customer["Id"], DisplayName="Acme AG")
    read = desk.get(f"invoice/{invoice['Id']}").json()["Invoice"]
    assert read["CustomerRef"]["name"] == "Acme AG"


def test_items(desk: Desk) -> None:
    body = {"Name": "Pump", "Type": "Service", "Sku": "P-1", "IncomeAccountRef": {"value": "79"}}
    item = desk.post("item", body).json()["Item"]
    assert item["FullyQualifiedName"] == "Pump"
    assert item["IncomeAccountRef"]["name"] == "Sales of Product Income"
    assert desk.get(f"item/{item['Id']}").json()["Item"] == item
    fault(desk.post("item", {**body, "Name": "PUMP"}), "6240")
    fault(desk.post("item", {**body, "Name": "a:b"}), "2040")
    fault(desk.post("item", {"Type": "Service"}), "2020")
    fault(desk.post("item", {"Name": "X"}), "2020")
    fault(desk.post("item", {**body, "Name": "X", "Type": "Thing"}), "2170")
    fault(desk.post("item", {**body, "Name": "X", "IncomeAccountRef": {"value": "84"}}), "6430")
    fault(desk.post("item", {**body, "Name": "X", "Type": "Inventory"}), "2020")
    change = {"Id": item["Id"], "SyncToken": "0", "sparse": True, "UnitPrice": 12.5}
    assert desk.post("item", change).json()["Item"]["UnitPrice"] == 12.5
    change = {"Id": item["Id"], "SyncToken": "1", "sparse": True, "Active": False}
    assert desk.post("item", change).json()["Item"]["Name"] == "Pump (deleted)"


def test_reading_what_is_not_there(desk: Desk) -> None:
    error = fault(desk.get("customer/999"), "610")
    assert error["Detail"].startswith("Object Not Found : Something you're trying to use has been")
    assert fault(desk.get("customer/1.5"), "2030")["element"] == "Id"
    assert desk.get("term/3").json()["Term"]["DueDays"] == 30
    assert desk.get("account/86").json()["Account"]["AccountSubType"] == "DiscountsRefundsGiven"
