"""What pays what: payments over several invoices, money on account, credits, and their undoing."""

from __future__ import annotations

import pytest

from infra.local.quickbooks import RefusalError, sales_line
from tests.simulators.quickbooks.desk import Desk, Doc, fault


def line(invoice: Doc, amount: float, kind: str = "Invoice") -> Doc:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": kind}]}


def payment(desk: Desk, total: float, *lines: Doc, **fields: object) -> Doc:
    body = {"CustomerRef": {"value": desk.customer["Id"]}, "TotalAmt": total}
    answer = desk.post("payment", {**body, "Line": list(lines), **fields})
    assert answer.status_code == 200, answer.text
    made: Doc = answer.json()["Payment"]
    return made


def invoice(desk: Desk, invoice_id: str) -> Doc:
    read: Doc = desk.get(f"invoice/{invoice_id}").json()["Invoice"]
    return read


def balances(desk: Desk, *invoices: Doc) -> list[float]:
    return [invoice(desk, each["Id"])["Balance"] for each in invoices]


def owed(desk: Desk) -> float:
    read: Doc = desk.get(f"customer/{desk.customer['Id']}").json()["Customer"]
    assert read["Balance"] == read["BalanceWithJobs"]
    balance: float = read["Balance"]
    return balance


@pytest.fixture
def by_hand(desk: Desk) -> None:
    """A company whose people apply credits by themselves."""
    desk.realm.set_preference("SalesFormsPrefs.AutoApplyCredit", False)


class TestPayments:
    def test_several_invoices_have_a_line_each_and_the_rest_stays(self, desk: Desk) -> None:
        first, second = desk.create(), desk.create()
        made = payment(desk, 170, line(first, 100), line(second, 40))
        assert made["UnappliedAmt"] == 30
        assert made["Line"] == [line(first, 100), line(second, 40)]
        assert balances(desk, first, second) == [0, 60]
        assert owed(desk) == 30
        read = invoice(desk, second["Id"])
        assert read["LinkedTxn"] == [{"TxnId": made["Id"], "TxnType": "Payment"}]

    @pytest.mark.parametrize("amounts", [(60, 41), (101,), (50, 50, 1), (-1,)])
    def test_no_more_than_is_open(self, desk: Desk, amounts: tuple[float, ...]) -> None:
        bill = desk.create()
        body = {"CustomerRef": {"value": desk.customer["Id"]}, "TotalAmt": 500}
        body["Line"] = [line(bill, amount) for amount in amounts]
        answer = desk.post("payment", body)
        fault(answer, "2290" if amounts[0] < 0 else "6000")
        assert balances(desk, bill) == [100]

    def test_no_more_than_was_paid_and_no_stranger(self, desk: Desk) -> None:
        bill = desk.create()
        other = desk.realm.add_customer("Globex")
        theirs = desk.create(CustomerRef={"value": other["Id"]})
        body = {"CustomerRef": {"value": desk.customer["Id"]}, "TotalAmt": 5}
        fault(desk.post("payment", {**body, "Line": [line(bill, 6)]}), "6000")
        fault(desk.post("payment", {**body, "Line": [line(theirs, 5)]}), "6000")

    def test_updates(self, desk: Desk, by_hand: None) -> None:
        first, second = desk.create(), desk.create()
        made = payment(desk, 100, line(first, 100), PrivateNote="cheque", PaymentRefNum="7")
        sent = {"Id": made["Id"], "SyncToken": "0", "sparse": True}
        moved = desk.post("payment", {**sent, "Line": [line(second, 80)]}).json()["Payment"]
        assert (moved["PrivateNote"], moved["UnappliedAmt"], moved["SyncToken"]) == (
            "cheque",
            20,
            "1",
        )
        assert balances(desk, first, second) == [100, 20]
        fault(desk.post("payment", {**sent, "TotalAmt": 90}), "5010")
        sent["SyncToken"] = "1"
        fault(desk.post("payment", {**sent, "TotalAmt": 70}), "6000")
        assert balances(desk, first, second) == [100, 20]
        full = {"Id": made["Id"], "SyncToken": "1", "TotalAmt": 100}
        fault(desk.post("payment", full), "2020")
        full["CustomerRef"] = {"value": desk.customer["Id"]}
        cleared = desk.post("payment", full, operation="update").json()["Payment"]
        assert cleared["UnappliedAmt"] == 100
        assert not {"PrivateNote", "PaymentRefNum"} & cleared.keys()
        assert balances(desk, first, second) == [100, 100]
        assert owed(desk) == 100

    @pytest.mark.parametrize("how", ["api", "batch", "person"])
    def test_voiding(self, desk: Desk, how: str) -> None:
        bill = desk.create()
        made = payment(desk, 130, line(bill, 100))
        sent = {"Id": made["Id"], "SyncToken": "0", "sparse": True}
        if how == "api":
            fault(desk.post("payment", sent, operation="void"), "500")
            desk.post("payment", sent, operation="update", include="void").raise_for_status()
        elif how == "batch":
            item = {"bId": "1", "operation": "update", "optionsData": "void", "Payment": sent}
            desk.post("batch", {"BatchItemRequest": [item]}).raise_for_status()
        else:
            desk.realm.void_payment(made["Id"])
        (read,) = desk.query("select * from Payment")["Payment"]
        assert (read["TotalAmt"], read["UnappliedAmt"], read["Line"]) == (0, 0, [])
        assert read["PrivateNote"] == "Voided"
        assert balances(desk, bill) == [100]
        assert owed(desk) == 100
        assert ("Payment", made["Id"], "Void") in [each[:3] for each in desk.realm.changes]

    @pytest.mark.parametrize("how", ["api", "batch", "person"])
    def test_deleting(self, desk: Desk, how: str) -> None:
        bill = desk.create()
        made = payment(desk, 130, line(bill, 100))
        sent = {"Id": made["Id"], "SyncToken": "0"}
        if how == "api":
            fault(desk.post("payment", {**sent, "SyncToken": "4"}, operation="delete"), "5010")
            gone = desk.post("payment", sent, operation="delete").json()["Payment"]
            assert (gone["status"], gone["Id"]) == ("Deleted", made["Id"])
        elif how == "batch":
            item = {"bId": "1", "operation": "delete", "Payment": sent}
            desk.post("batch", {"BatchItemRequest": [item]}).raise_for_status()
        else:
            desk.realm.delete_payment(made["Id"])
        assert desk.query("select * from Payment") == {}
        assert balances(desk, bill) == [100]
        assert owed(desk) == 100

    def test_a_closed_period(self, desk: Desk) -> None:
        made = payment(desk, 10)
        desk.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2999-01-01")
        sent = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
        fault(desk.post("payment", sent), "6210")
        fault(desk.post("payment", sent, operation="delete"), "6210")
        fault(desk.post("payment", sent, operation="update", include="void"), "6210")

    def test_people_change_them(self, desk: Desk) -> None:
        first, second = desk.create(), desk.create()
        made = desk.realm.add_payment(desk.customer["Id"], 100, {first["Id"]: 100})
        desk.realm.edit_payment(made["Id"], TotalAmt=90, Line=[line(second, 90)])
        assert balances(desk, first, second) == [100, 10]
        with pytest.raises(RefusalError, match="6000"):
            desk.realm.edit_payment(made["Id"], TotalAmt=80)


class TestCredits:
    def memo(self, desk: Desk, amount: float, **fields: object) -> Doc:
        body = desk.draft(sales_line(desk.item["Id"], amount), **fields)
        answer = desk.post("creditmemo", body)
        assert answer.status_code == 200, answer.text
        made: Doc = answer.json()["CreditMemo"]
        return made

    def test_a_credit_memo_is_read_as_it_was_made(self, desk: Desk) -> None:
        made = self.memo(desk, 30, PrivateNote="goodwill")
        assert (made["TotalAmt"], made["Balance"], made["RemainingCredit"]) == (30, 30, 30)
        assert "DueDate" not in made
        assert desk.get(f"creditmemo/{made['Id']}").json()["CreditMemo"] == made
        assert desk.query("select * from CreditMemo")["CreditMemo"] == [made]
        assert owed(desk) == -30
        fault(desk.post("creditmemo", {"CustomerRef": {"value": desk.customer["Id"]}}), "2020")

    def test_its_number_counts_with_those_of_invoices(self, desk: Desk) -> None:
        desk.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", True)
        made = self.memo(desk, 30, DocNumber="N-1")
        error = fault(desk.post("invoice", desk.draft(DocNumber="N-1")), "6140")
        assert f"TxnType=Credit Memo with TxnId={made['Id']}" in error["Detail"]

    def test_it_pays_a_new_invoice_by_itself(self, desk: Desk) -> None:
        memo = desk.realm.add_credit(desk.customer["Id"], 120)
        made = desk.create(sales_line(desk.item["Id"], 300))
        assert made["Balance"] == 180
        (link,) = desk.realm.payments
        assert (link["TotalAmt"], link["UnappliedAmt"]) == (0, 0)
        assert link["PrivateNote"] == "Created by QB Online to link credits to charges."
        assert link["Line"] == [line(made, 120), line(memo, 120, "CreditMemo")]
        assert desk.realm.credits[0]["RemainingCredit"] == 0
        assert owed(desk) == 180
        small = desk.create(sales_line(desk.item["Id"], 5))
        assert small["Balance"] == 5

    def test_money_on_account_does_too(self, desk: Desk) -> None:
        made = payment(desk, 150)
        first, second = desk.create(), desk.create()
        assert balances(desk, first, second) == [0, 50]
        read = desk.get(f"payment/{made['Id']}").json()["Payment"]
        assert (read["UnappliedAmt"], read["SyncToken"]) == (0, "2")
        assert read["Line"] == [line(first, 100), line(second, 50)]
        assert owed(desk) == 50

    def test_the_oldest_comes_first_and_only_the_customers_own(self, desk: Desk) -> None:
        other = desk.realm.add_customer("Globex")
        desk.realm.add_credit(other["Id"], 500)
        new = payment(desk, 60)
        old = payment(desk, 60, TxnDate="2020-01-01")
        assert desk.create()["Balance"] == 0
        left = {each["Id"]: each["UnappliedAmt"] for each in desk.realm.payments}
        assert (left[old["Id"]], left[new["Id"]]) == (0, 20)

    def test_a_new_credit_goes_to_the_oldest_open_invoice(self, desk: Desk) -> None:
        second = desk.create()
        first = desk.create(TxnDate="2020-01-01")
        desk.realm.add_credit(desk.customer["Id"], 130)
        assert balances(desk, first, second) == [0, 70]

    def test_not_where_people_do_it_by_hand(self, desk: Desk, by_hand: None) -> None:
        memo = desk.realm.add_credit(desk.customer["Id"], 40)
        payment(desk, 10)
        bill = desk.create()
        assert balances(desk, bill) == [100]
        made = payment(desk, 60, line(bill, 100), line(memo, 40, "CreditMemo"))
        assert made["UnappliedAmt"] == 0
        assert balances(desk, bill) == [0]
        assert desk.realm.credits[0]["RemainingCredit"] == 0
        desk.realm.delete_payment(made["Id"])
        assert desk.realm.credits[0]["RemainingCredit"] == 40

    def test_a_credit_is_free_again_when_its_invoice_is_voided_or_lowered(self, desk: Desk) -> None:
        desk.realm.add_credit(desk.customer["Id"], 80)
        made = desk.create()
        desk.realm.edit_invoice(made["Id"], Line=[sales_line(desk.item["Id"], 50)])
        assert desk.realm.credits[0]["RemainingCredit"] == 30
        assert owed(desk) == -30
        desk.realm.void_invoice(made["Id"])
        assert desk.realm.credits[0]["RemainingCredit"] == 80
        assert desk.realm.payments[0]["UnappliedAmt"] == 0
        assert owed(desk) == -80
