"""Payments and credits, and what a customer owes."""

from __future__ import annotations

import pytest

from tests.simulators.quickbooks.desk import Desk, Doc, fault


def test_a_customer_owes_what_its_invoices_say(desk: Desk) -> None:
    invoice = desk.create()
    read = desk.get(f"customer/{desk.customer['Id']}").json()["Customer"]
    assert read["Balance"] == 100
    assert read["SyncToken"] == "0"
    answer = desk.post(
        "customer", {"Id": read["Id"], "SyncToken": "0", "sparse": True, "Active": False}
    )
    assert "non-zero balance" in fault(answer, "6220")["Detail"]
    desk.realm.void_invoice(invoice["Id"])
    read = desk.get(f"customer/{desk.customer['Id']}").json()["Customer"]
    assert read["Balance"] == 0


def test_payments_lower_the_balance(desk: Desk) -> None:
    invoice = desk.create()
    linked = [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]
    payment = {
        "CustomerRef": {"value": desk.customer["Id"]},
        "TotalAmt": 60,
        "Line": [{"Amount": 60, "LinkedTxn": linked}],
    }
    paid = desk.post("payment", payment).json()["Payment"]
    assert paid["UnappliedAmt"] == 0
    assert desk.get(f"payment/{paid['Id']}").json()["Payment"] == paid
    read = desk.get(f"invoice/{invoice['Id']}").json()["Invoice"]
    assert (read["TotalAmt"], read["Balance"]) == (100, 40)
    assert read["LinkedTxn"] == [{"TxnId": paid["Id"], "TxnType": "Payment"}]
    assert read["SyncToken"] == "0"
    assert "open balance" in fault(desk.post("payment", payment), "6000")["Detail"]
    body = {"Id": invoice["Id"], "SyncToken": "0"}
    fault(desk.post("invoice", body, operation="delete"), "6000")
    desk.realm.receive_payment(invoice["Id"], 40)
    assert desk.realm.invoice(invoice["Id"])["Balance"] == 0
    voided = desk.post("invoice", body, operation="void").json()["Invoice"]
    assert voided["LinkedTxn"] == []
    assert desk.get(f"payment/{paid['Id']}").json()["Payment"]["UnappliedAmt"] == 60


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"TotalAmt": None}, "2020"),
        ({"TotalAmt": "5"}, "2110"),
        ({"CustomerRef": {"value": "999"}}, "2500"),
        ({"Line": [{"Amount": 5, "LinkedTxn": []}]}, "2020"),
        ({"Line": [{"Amount": 5, "LinkedTxn": [{"TxnId": "9", "TxnType": "Invoice"}]}]}, "2500"),
        ({"Amount": 5}, "2010"),
        ({"DepositToAccountRef": {"value": "999"}}, "2500"),
        ({"DepositToAccountRef": {"value": "84"}}, "6430"),
        ({"CurrencyRef": {"value": "EUR"}}, "6000"),
    ],
)
def test_payments_that_are_refused(desk: Desk, changes: Doc, code: str) -> None:
    payment = {"CustomerRef": {"value": desk.customer["Id"]}, "TotalAmt": 5}
    fault(desk.post("payment", {**payment, **changes}), code)


def test_a_payment_names_its_currency_where_there_are_several(desk: Desk) -> None:
    desk.realm.set_preference("CurrencyPrefs.MultiCurrencyEnabled", True)
    payment = {"CustomerRef": {"value": desk.customer["Id"]}, "TotalAmt": 5}
    fault(desk.post("payment", payment), "2020")
    sent = {**payment, "CurrencyRef": {"value": "USD"}}
    assert desk.post("payment", sent).json()["Payment"]["CurrencyRef"]["value"] == "USD"


def test_a_credit_lowers_the_balance_and_a_deleted_payment_raises_it(desk: Desk) -> None:
    invoice = desk.create()
    paid = desk.realm.receive_payment(invoice["Id"], 60)
    credit = desk.realm.apply_credit(invoice["Id"], 40)
    assert credit["TotalAmt"] == 0
    assert desk.realm.invoice(invoice["Id"])["Balance"] == 0
    desk.realm.delete_payment(paid["Id"])
    read = desk.realm.invoice(invoice["Id"])
    assert read["Balance"] == 60
    assert read["LinkedTxn"] == [{"TxnId": credit["Id"], "TxnType": "Payment"}]
