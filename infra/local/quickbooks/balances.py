"""Who owes what: the balance of an invoice and of its customer, and the payments applied to it."""

from __future__ import annotations

from decimal import Decimal

from .books import Books, Row, money
from .checks import ZERO
from .names import shift_balance


def settle(books: Books, row: Row) -> None:
    """Bring balance, linked payments and the customer's balance up to date."""
    excess = sum(row.applied.values(), ZERO) - row.doc["TotalAmt"]
    for payment_id in reversed(list(row.applied)):
        if excess <= 0:
            break
        freed = min(excess, row.applied[payment_id])
        row.applied[payment_id] -= freed
        excess -= freed
        payment = books.rows["Payment"][payment_id]
        payment.doc["UnappliedAmt"] += freed
        if not row.applied[payment_id]:
            del row.applied[payment_id]
    deposit = row.doc.get("Deposit", ZERO)
    balance = row.doc["TotalAmt"] - deposit - sum(row.applied.values(), ZERO)
    row.doc["Balance"] = balance
    if "ExchangeRate" in row.doc:
        row.doc["HomeBalance"] = money(balance * row.doc["ExchangeRate"])
    row.doc["LinkedTxn"] = [{"TxnId": each, "TxnType": "Payment"} for each in row.applied]
    _count(books, row, balance)


def _count(books: Books, row: Row, balance: Decimal) -> None:
    customer = books.find("Customer", row.doc["CustomerRef"]["value"])
    if customer is None:
        return
    shift_balance(books, customer, balance - row.counted)
    row.counted = balance
    # Seen in recordings: an invoice moves its customer's time, not its SyncToken.
    books.touch(customer, None, bump=False)


def uncount(books: Books, row: Row) -> None:
    _count(books, row, ZERO)


def unapply(books: Books, row: Row) -> None:
    for payment_id, amount in row.applied.items():
        payment = books.rows["Payment"][payment_id]
        payment.doc["UnappliedAmt"] += amount
        payment.doc["Line"] = [
            line for line in payment.doc["Line"] if line["LinkedTxn"][0]["TxnId"] != row.id
        ]
    row.applied.clear()
