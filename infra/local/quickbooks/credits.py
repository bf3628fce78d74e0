"""Credits on invoices: applied by a person, or by the setting "Automatically apply credits".

The setting is `SalesFormsPrefs.AutoApplyCredit`, on in the reference page's example. It takes
unapplied payments too, and a credit memo goes to the oldest open invoice: QuickBooks Community,
threads 473025, 968466 and 1174160.
"""

from __future__ import annotations

from decimal import Decimal

from .balances import apply_more, link
from .books import Books, Row
from .checks import ZERO
from .faults import business

# Seen in public copies of companies, Intuit's own sample company among them.
_NOTE = "Created by QB Online to link credits to charges."


def check_open_balance(invoice: Row, amount: Decimal) -> None:
    if amount > invoice.doc["Balance"]:
        raise business("The amount you are trying to apply is more than the open balance.")


def link_credit(books: Books, memo: Row, invoice: Row, amount: Decimal) -> Row:
    """Apply a credit memo as QuickBooks does: a payment of nothing names it and the invoice."""
    check_open_balance(invoice, amount)
    doc = {
        "TxnDate": books.today().isoformat(),
        "CustomerRef": invoice.doc["CustomerRef"],
        "CurrencyRef": invoice.doc["CurrencyRef"],
        "PrivateNote": _NOTE,
        "TotalAmt": ZERO,
        "UnappliedAmt": ZERO,
        "ProcessPayment": False,
        "Line": [
            {"Amount": amount, "LinkedTxn": [{"TxnId": row.id, "TxnType": row.kind}]}
            for row in (invoice, memo)
        ],
    }
    if "ExchangeRate" in invoice.doc:
        doc["ExchangeRate"] = invoice.doc["ExchangeRate"]
    row = books.add("Payment", doc)
    link(books, row)
    return row


def apply_open_credits(books: Books, invoice: Row) -> None:
    """Pay a new invoice with what its customer has on account, oldest first."""
    if not _automatic(books):
        return
    for source in _of_customer(books, invoice, ("CreditMemo", "Payment")):
        left = source.doc.get("RemainingCredit", source.doc.get("UnappliedAmt", ZERO))
        amount = min(left, invoice.doc["Balance"])
        if amount <= 0:
            continue
        if source.kind == "CreditMemo":
            link_credit(books, source, invoice, amount)
        else:
            apply_more(books, source, invoice, amount)
            books.touch(source)


def apply_to_open_invoices(books: Books, memo: Row) -> None:
    """Use a new credit memo for the open invoices of its customer, oldest first."""
    if not _automatic(books):
        return
    for invoice in _of_customer(books, memo, ("Invoice",)):
        amount = min(memo.doc["RemainingCredit"], invoice.doc["Balance"])
        if amount > 0:
            link_credit(books, memo, invoice, amount)


def _automatic(books: Books) -> bool:
    return bool(books.preference("SalesFormsPrefs.AutoApplyCredit"))


def _of_customer(books: Books, row: Row, kinds: tuple[str, ...]) -> list[Row]:
    customer_id = row.doc["CustomerRef"]["value"]
    rows = [
        each
        for kind in kinds
        for each in books.rows[kind].values()
        if each.doc["CustomerRef"]["value"] == customer_id
    ]
    return sorted(rows, key=lambda each: (each.doc.get("TxnDate", ""), int(each.id)))
