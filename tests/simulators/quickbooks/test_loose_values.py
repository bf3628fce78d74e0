"""What the service takes although its schema has another kind: clients have always sent it."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.quickbooks import sales_line
from tests.simulators.quickbooks.desk import Desk, fault


@pytest.mark.parametrize("name", ["TxnDate", "DueDate", "TotalAmt", "Balance", "FreeFormAddress"])
def test_an_empty_text_is_not_given(desk: Desk, name: str) -> None:
    plain, empty = desk.create(), desk.create(**{name: ""})
    assert empty.get(name) == plain.get(name)
    change = {"Id": plain["Id"], "SyncToken": "0", "sparse": True, name: ""}
    assert desk.post("invoice", change).json()["Invoice"].get(name) == plain.get(name)


def test_also_within_a_line_and_on_a_customer(desk: Desk) -> None:
    line = sales_line(desk.item["Id"], 100, ServiceDate="", Qty="", UnitPrice=100)
    detail = desk.create(line)["Line"][0]["SalesItemLineDetail"]
    assert not {"ServiceDate", "Qty"} & detail.keys()
    body = {"DisplayName": "X", "OpenBalanceDate": "", "PrintOnCheckName": "", "Notes": ""}
    made = desk.post("customer", body).json()["Customer"]
    assert made["PrintOnCheckName"] == "X"
    assert not {"OpenBalanceDate", "Notes"} & made.keys()


@pytest.mark.parametrize(
    ("token", "code"), [(0, ""), ("0", ""), (5, "5010"), (True, "2120"), (0.5, "2120")]
)
def test_a_sync_token_may_be_a_number(desk: Desk, token: Any, code: str) -> None:
    made = desk.create()
    change = {"Id": made["Id"], "SyncToken": token, "sparse": True, "PrivateNote": "x"}
    answer = desk.post("invoice", change)
    if code:
        fault(answer, code)
    else:
        assert answer.json()["Invoice"]["SyncToken"] == "1"


@pytest.mark.parametrize("line_id", [0, "0", 1])
def test_the_line_of_a_linked_transaction_too(desk: Desk, line_id: Any) -> None:
    made = desk.create()
    linked = {"TxnId": made["Id"], "TxnType": "Invoice", "TxnLineId": line_id}
    payment = {
        "CustomerRef": {"value": desk.customer["Id"]},
        "TotalAmt": 100,
        "Line": [{"Amount": 100, "LinkedTxn": [linked]}],
    }
    assert desk.post("payment", payment).json()["Payment"]["UnappliedAmt"] == 0


def test_other_values_have_their_kind(desk: Desk) -> None:
    fault(desk.post("customer", {"DisplayName": 7}), "2120")
    fault(desk.post("invoice", desk.draft(TxnDate="soon")), "2060")
    fault(desk.post("invoice", desk.draft(TotalAmt="10.00")), "2110")
    fault(desk.post("item", {"Name": "X", "Type": ""}), "2170")


def test_a_quantity_and_a_price_of_zero_are_not_given(desk: Desk) -> None:
    """python-quickbooks sends them beside any amount, and its own tests in a sandbox do."""
    nothing = {"Qty": 0, "UnitPrice": 0}
    made = desk.create(sales_line(desk.item["Id"], 100, **nothing))
    assert made["TotalAmt"] == 100
    assert not nothing.keys() & made["Line"][0]["SalesItemLineDetail"].keys()
    for half in ({"Qty": 0, "UnitPrice": 5}, {"Qty": 5, "UnitPrice": 0}):
        fault(desk.post("invoice", desk.draft(sales_line(desk.item["Id"], 100, **half))), "6070")
    pump = desk.realm.add_item("Pump", "PUMP", "Inventory")
    fault(desk.post("invoice", desk.draft(sales_line(pump["Id"], 100, **nothing))), "6520")
