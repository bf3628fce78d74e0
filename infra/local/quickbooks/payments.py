"""Payments: taken, applied to invoices, and removed.

The rules are those of Intuit's reference page for the payment and of recorded answers.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .balances import settle
from .books import Books, Row
from .checks import ZERO, amount_of, check_open, customer_of, inactive, set_currency
from .faults import RefusalError, business, missing, unsupported
from .fields import Doc, normalise
from .names import bad_reference


def create_payment(books: Books, payload: Any) -> Row:
    sent = normalise("Payment", payload)
    if "Id" in sent:
        raise unsupported("update of a Payment")
    for name in ("CustomerRef", "TotalAmt"):
        if name not in sent:
            raise missing(name)
    total = amount_of({"Amount": sent["TotalAmt"]}, "TotalAmt")
    if total < 0:
        raise RefusalError("2290", f"Negative amounts aren't supported. Supplied value:{total}")
    doc: Doc = {n: sent[n] for n in ("TxnDate", "PrivateNote", "PaymentRefNum") if n in sent}
    doc.setdefault("TxnDate", books.today().isoformat())
    check_open(books, doc["TxnDate"])
    doc["CustomerRef"] = {"value": sent["CustomerRef"]["value"]}
    customer = customer_of(books, doc, None)
    doc["CustomerRef"] = books.reference("Customer", customer.id)
    doc |= {n: sent[n] for n in ("CurrencyRef", "ExchangeRate") if n in sent}
    set_currency(books, doc, customer, new=True)
    account = _deposit_account(books, sent)
    shares = _shares(books, sent, customer)
    applied = sum((amount for _, amount in shares), ZERO)
    if applied > total:
        raise business("The amount you are trying to apply is more than the payment.")
    doc |= {
        "DepositToAccountRef": {"value": account},
        "TotalAmt": total,
        "UnappliedAmt": total - applied,
        "ProcessPayment": False,
        "Line": [
            {"Amount": amount, "LinkedTxn": [{"TxnId": invoice.id, "TxnType": "Invoice"}]}
            for invoice, amount in shares
        ],
    }
    row = books.add("Payment", doc)
    for invoice, amount in shares:
        invoice.applied[row.id] = amount
        settle(books, invoice)
        _touch_paid(books, invoice)
    return row


def _deposit_account(books: Books, sent: Doc) -> str:
    """Return the account of a payment: a Bank or Other Current Asset, or Undeposited Funds.

    Source: reference "Payment".
    """
    account = str(sent.get("DepositToAccountRef", {"value": "4"})["value"])
    row = books.find("Account", account)
    if row is None:
        raise bad_reference("Accounts", account)
    if not row.doc["Active"]:
        raise inactive(books)
    if row.doc["AccountType"] not in ("Bank", "Other Current Asset"):
        raise RefusalError("6430", "Invalid account type used : DepositToAccountRef")
    return account


def remove_payment(books: Books, row: Row) -> None:
    """Delete a payment as a person does: what it paid is open again."""
    check_open(books, row.doc["TxnDate"])
    for invoice in books.rows["Invoice"].values():
        if invoice.applied.pop(row.id, None) is not None:
            settle(books, invoice)
            _touch_paid(books, invoice)
    books.remove(row)


def apply_credit(books: Books, invoice: Row, amount: Decimal) -> Row:
    """Apply a credit memo: a payment of nothing names it and the invoice (from memory)."""
    if amount > invoice.doc["Balance"]:
        raise business("The amount you are trying to apply is more than the open balance.")
    credit = {"TxnId": books.new_id(), "TxnType": "CreditMemo"}
    doc = {
        "TxnDate": books.today().isoformat(),
        "CustomerRef": invoice.doc["CustomerRef"],
        "CurrencyRef": invoice.doc["CurrencyRef"],
        "TotalAmt": ZERO,
        "UnappliedAmt": ZERO,
        "ProcessPayment": False,
        "Line": [
            {"Amount": amount, "LinkedTxn": [{"TxnId": invoice.id, "TxnType": "Invoice"}]},
            {"Amount": amount, "LinkedTxn": [credit]},
        ],
    }
    row = books.add("Payment", doc)
    invoice.applied[row.id] = amount
    settle(books, invoice)
    _touch_paid(books, invoice)
    return row


def _touch_paid(books: Books, invoice: Row) -> None:
    if books.switches.payment_touches_invoice:
        books.touch(invoice, bump=books.switches.payment_bumps_sync_token)


def _shares(books: Books, sent: Doc, customer: Row) -> list[tuple[Row, Decimal]]:
    shares = []
    for line in sent.get("Line", []):
        amount = amount_of(line)
        linked = line.get("LinkedTxn") or []
        if len(linked) != 1 or linked[0].get("TxnType") != "Invoice" or "TxnId" not in linked[0]:
            raise missing("Line.LinkedTxn")
        invoice = books.find("Invoice", linked[0]["TxnId"])
        if invoice is None:
            raise bad_reference("Invoices", linked[0]["TxnId"])
        if invoice.doc["CustomerRef"]["value"] != customer.id:
            raise business("The invoice belongs to another customer.")
        if amount > invoice.doc["Balance"]:
            raise business("The amount you are trying to apply is more than the open balance.")
        shares.append((invoice, amount))
    return shares
