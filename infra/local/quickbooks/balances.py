"""Who owes what: the balances of invoices, credits and customers, and what a payment applies.

A payment's lines say what it applies; `Row.applied` of an invoice or a credit memo is the other
side of the same, and is kept only here.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from .books import Books, Row, money
from .checks import ZERO
from .fields import Doc
from .names import shift_balance


def settle(books: Books, row: Row) -> None:
    """Bring an invoice or a credit memo, its linked payments and its customer up to date."""
    if row.kind == "CreditMemo":
        row.doc["RemainingCredit"] = row.doc["TotalAmt"] - sum(row.applied.values(), ZERO)
        row.doc["Balance"] = row.doc["RemainingCredit"]
        _count(books, row, -row.doc["RemainingCredit"])
    else:
        excess = sum(row.applied.values(), ZERO) - row.doc["TotalAmt"]
        for payment_id in reversed(list(row.applied)):
            freed = min(excess, row.applied[payment_id])
            if freed > 0:
                excess -= freed
                _free(books, row, payment_id, freed)
        balance = row.doc["TotalAmt"] - row.doc.get("Deposit", ZERO)
        row.doc["Balance"] = balance - sum(row.applied.values(), ZERO)
        _count(books, row, row.doc["Balance"])
    if "ExchangeRate" in row.doc:
        row.doc["HomeBalance"] = money(row.doc["Balance"] * row.doc["ExchangeRate"])
    row.doc["LinkedTxn"] = [{"TxnId": each, "TxnType": "Payment"} for each in row.applied]


def link(books: Books, payment: Row) -> None:
    """Apply what the lines of a payment say."""
    for line, target in _targets(books, payment):
        target.applied[payment.id] = target.applied.get(payment.id, ZERO) + line["Amount"]
    for _, target in _targets(books, payment):
        settle(books, target)
        _touch_paid(books, target)
    settle_payment(books, payment)


def apply_more(books: Books, payment: Row, invoice: Row, amount: Decimal) -> None:
    """Apply some of a payment's unapplied amount to an invoice."""
    linked = [{"TxnId": invoice.id, "TxnType": "Invoice"}]
    payment.doc["Line"] = [*payment.doc["Line"], {"Amount": amount, "LinkedTxn": linked}]
    invoice.applied[payment.id] = invoice.applied.get(payment.id, ZERO) + amount
    settle(books, invoice)
    settle_payment(books, payment)


def unlink(books: Books, payment: Row) -> None:
    """Take back what a payment applies: what it paid is open again."""
    targets = [target for _, target in _targets(books, payment)]
    payment.doc["Line"] = []
    for target in targets:
        if target.applied.pop(payment.id, None) is not None:
            settle(books, target)
            _touch_paid(books, target)
    settle_payment(books, payment)


def settle_payment(books: Books, payment: Row) -> None:
    """Bring the unapplied amount up to date; freed credit goes back to its credit memo."""
    unapplied = payment.doc["TotalAmt"]
    for line, target in _targets(books, payment):
        unapplied += line["Amount"] if target.kind == "CreditMemo" else -line["Amount"]
    for line, target in reversed(list(_targets(books, payment))):
        freed = min(line["Amount"], unapplied - payment.doc["TotalAmt"])
        if target.kind == "CreditMemo" and freed > 0:
            unapplied -= freed
            _reduce(payment, target, freed)
            settle(books, target)
    payment.doc["UnappliedAmt"] = unapplied
    _count(books, payment, -unapplied)


def unapply(books: Books, row: Row) -> None:
    for payment_id, amount in list(row.applied.items()):
        _free(books, row, payment_id, amount)


def uncount(books: Books, row: Row) -> None:
    _count(books, row, ZERO)


def _free(books: Books, row: Row, payment_id: str, amount: Decimal) -> None:
    payment = books.rows["Payment"][payment_id]
    _reduce(payment, row, amount)
    settle_payment(books, payment)


def _reduce(payment: Row, target: Row, amount: Decimal) -> None:
    """Apply less of a payment to an invoice, or use less of a credit memo."""
    target.applied[payment.id] -= amount
    if not target.applied[payment.id]:
        del target.applied[payment.id]
    lines = []
    for line in payment.doc["Line"]:
        if line["LinkedTxn"][0]["TxnId"] == target.id:
            less = min(amount, line["Amount"])
            amount -= less
            line["Amount"] -= less
            if not line["Amount"]:
                continue
        lines.append(line)
    payment.doc["Line"] = lines


def _targets(books: Books, payment: Row) -> Iterator[tuple[Doc, Row]]:
    """Yield each line of a payment with the invoice or credit memo that it is about."""
    for line in payment.doc["Line"]:
        linked = line["LinkedTxn"][0]
        yield line, books.rows[linked["TxnType"]][linked["TxnId"]]


def _touch_paid(books: Books, target: Row) -> None:
    if books.switches.payment_touches_invoice:
        books.touch(target, bump=books.switches.payment_bumps_sync_token)


def _count(books: Books, row: Row, amount: Decimal) -> None:
    customer = books.find("Customer", row.doc["CustomerRef"]["value"])
    if customer is None:
        return
    shift_balance(books, customer, amount - row.counted)
    row.counted = amount
    # Seen in recordings: an invoice moves its customer's time, not its SyncToken.
    books.touch(customer, None, bump=False)
