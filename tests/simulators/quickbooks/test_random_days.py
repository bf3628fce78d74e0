"""Whatever people and clients do, in any order: the books add up, and a refusal changes nothing."""

from __future__ import annotations

import random
from collections.abc import Iterable
from decimal import Decimal

import pytest

from infra.local.quickbooks import Realm, RefusalError, sales_line
from tests.simulators.quickbooks.desk import Desk, Doc

STEPS = 40
NOTHING = Decimal(0)


def exact(amount: float) -> Decimal:
    return Decimal(str(amount))


def total(rows: Iterable[Doc], field: str) -> Decimal:
    return sum((exact(row[field]) for row in rows), NOTHING)


def state(realm: Realm) -> tuple[list[Doc], ...]:
    return realm.invoices, realm.payments, realm.credits


def shares(realm: Realm, kind: str) -> list[tuple[str, str, Decimal]]:
    """What payments say: their id, that of the invoice or credit memo, and how much of it."""
    return [
        (payment["Id"], linked["TxnId"], exact(line["Amount"]))
        for payment in realm.payments
        for line in payment["Line"]
        for linked in line["LinkedTxn"]
        if linked["TxnType"] == kind
    ]


def check(realm: Realm) -> None:
    paid, used = shares(realm, "Invoice"), shares(realm, "CreditMemo")
    for payment in realm.payments:
        on_invoices = sum((amount for owner, _, amount in paid if owner == payment["Id"]), NOTHING)
        of_credits = sum((amount for owner, _, amount in used if owner == payment["Id"]), NOTHING)
        left = exact(payment["TotalAmt"]) + of_credits - on_invoices
        assert exact(payment["UnappliedAmt"]) == left >= 0
    for rows, field, claims in (
        (realm.invoices, "Balance", paid),
        (realm.credits, "RemainingCredit", used),
    ):
        for row in rows:
            taken = sum((amount for _, target, amount in claims if target == row["Id"]), NOTHING)
            assert exact(row[field]) == exact(row["TotalAmt"]) - taken >= 0
            payers = {owner for owner, target, _ in claims if target == row["Id"]}
            assert {linked["TxnId"] for linked in row["LinkedTxn"]} == payers
    for customer in realm.customers:
        invoices, payments, credits = (
            [row for row in rows if row["CustomerRef"]["value"] == customer["Id"]]
            for rows in state(realm)
        )
        on_account = total(payments, "UnappliedAmt") + total(credits, "RemainingCredit")
        assert exact(customer["Balance"]) == total(invoices, "Balance") - on_account
        assert customer["Active"] or not (invoices or payments or credits)


class Day:
    """Random steps; each raises RefusalError or is done."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk, self.realm, self.random = desk, desk.realm, random.Random(seed)  # noqa: S311
        others = [desk.realm.add_customer(name) for name in ("Globex", "Initech")]
        self.customers: list[str] = [each["Id"] for each in (desk.customer, *others)]

    def step(self) -> None:
        choices = [self.bill, self.bill, self.credit, self.pay, self.merge]
        if self.realm.invoices:
            choices += [self.receive, self.apply, self.edit, self.move, self.void, self.delete]
        if self.realm.payments:
            choices += [self.edit_payment, self.void_payment, self.delete_payment]
        self.random.choice(choices)()

    def customer(self) -> str:
        return self.random.choice(self.customers)

    def invoice(self) -> Doc:
        return self.random.choice(self.realm.invoices)

    def amount(self) -> Decimal:
        return self.random.choice([Decimal(10), Decimal(20), Decimal("30.5"), Decimal("55.25")])

    def line(self) -> Doc:
        return sales_line(self.desk.item["Id"], str(self.amount()))

    def bill(self) -> None:
        self.realm.add_invoice(self.customer(), [self.line()])

    def credit(self) -> None:
        self.realm.add_credit(self.customer(), self.amount())

    def pay(self) -> None:
        """Pay two invoices and some more by the API."""
        customer = self.customer()
        mine = [each for each in self.realm.invoices if each["CustomerRef"]["value"] == customer]
        lines = [
            {"Amount": each["Balance"], "LinkedTxn": [{"TxnId": each["Id"], "TxnType": "Invoice"}]}
            for each in mine[:2]
        ]
        more = self.random.choice([0, 5])
        payment: Doc = {"CustomerRef": {"value": customer}, "Line": lines}
        payment["TotalAmt"] = float(total(mine[:2], "Balance") + more)
        self.desk.post("payment", payment).raise_for_status()

    def receive(self) -> None:
        invoice = self.invoice()
        self.realm.receive_payment(invoice["Id"], invoice["Balance"] / 2 or 1)

    def apply(self) -> None:
        self.realm.apply_credit(self.invoice()["Id"], self.amount())

    def edit(self) -> None:
        self.realm.edit_invoice(self.invoice()["Id"], Line=[self.line()])

    def move(self) -> None:
        self.realm.edit_invoice(self.invoice()["Id"], CustomerRef={"value": self.customer()})

    def void(self) -> None:
        self.realm.void_invoice(self.invoice()["Id"])

    def delete(self) -> None:
        self.realm.delete_invoice(self.invoice()["Id"])

    def edit_payment(self) -> None:
        payment = self.random.choice(self.realm.payments)
        changes: list[Doc] = [{"TotalAmt": self.amount()}, {"Line": []}, {"PrivateNote": "seen"}]
        self.realm.edit_payment(payment["Id"], **self.random.choice(changes))

    def void_payment(self) -> None:
        self.realm.void_payment(self.random.choice(self.realm.payments)["Id"])

    def delete_payment(self) -> None:
        self.realm.delete_payment(self.random.choice(self.realm.payments)["Id"])

    def merge(self) -> None:
        if len(self.customers) > 1 and self.random.random() < 0.1:
            self.realm.merge_customers(self.customers[0], self.customers.pop())


@pytest.mark.parametrize("automatic", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_the_books_add_up(desk: Desk, seed: int, automatic: bool) -> None:
    desk.realm.set_preference("SalesFormsPrefs.AutoApplyCredit", automatic)
    day = Day(desk, seed)
    for _ in range(STEPS):
        before = state(desk.realm)
        try:
            day.step()
        except RefusalError:
            assert state(desk.realm) == before
        check(desk.realm)
