"""Payments: taken, changed, applied to invoices, voided and deleted.

The rules are those of Intuit's reference page for the payment and of recorded answers.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .balances import link, uncount, unlink
from .books import Books, Row
from .checks import ZERO, amount_of, check_open, customer_of, inactive, set_currency
from .faults import RefusalError, business, missing
from .fields import TYPES, Doc, normalise
from .names import bad_reference

_READ_ONLY = {"Id", "SyncToken", "MetaData", "sparse", "domain", "status", "UnappliedAmt"}
_READ_ONLY |= {"LinkedTxn", "TxnStatus", "AttachableRef", "ARAccountRef"}
_WRITABLE = TYPES["Payment"].keys() - _READ_ONLY
_VOIDED = "Voided"


def create_payment(books: Books, payload: Any) -> Row:
    row = books.add("Payment", _build(books, _writable(normalise("Payment", payload)), None))
    link(books, row)
    return row


def update_payment(books: Books, payload: Any) -> Row:
    """Update a payment.

    A full update clears what it leaves out, also what the payment was applied to; in a sparse one,
    lines replace all lines.
    """
    sent = normalise("Payment", payload)
    row = books.current("Payment", sent)
    return change_payment(books, row, sent, sparse=sent.get("sparse", False))


def change_payment(books: Books, row: Row, sent: Doc, *, sparse: bool) -> Row:
    check_open(books, row.doc["TxnDate"])
    fields = _writable(sent)
    if sparse:
        cleared = {name for name, value in sent.items() if value == ""}
        fields = {n: v for n, v in _writable(row.doc).items() if n not in cleared} | fields
    doc = _build(books, fields, row)
    unlink(books, row)
    uncount(books, row)
    row.doc = doc
    link(books, row)
    books.touch(row)
    return row


def void_payment(books: Books, payload: Any) -> Row:
    return void_row(books, books.current("Payment", normalise("Payment", payload)))


def void_row(books: Books, row: Row) -> Row:
    """Void a payment: it stays, pays nothing, and its memo says so."""
    check_open(books, row.doc["TxnDate"])
    row.doc["TotalAmt"] = ZERO
    unlink(books, row)
    note = row.doc.get("PrivateNote", "")
    if not note.startswith(_VOIDED):
        row.doc["PrivateNote"] = f"{_VOIDED} - {note}" if note else _VOIDED
    books.touch(row, "Void")
    return row


def delete_payment(books: Books, payload: Any) -> Doc:
    return delete_row(books, books.current("Payment", normalise("Payment", payload)))


def delete_row(books: Books, row: Row) -> Doc:
    check_open(books, row.doc["TxnDate"])
    unlink(books, row)
    uncount(books, row)
    books.remove(row)
    return {"domain": "QBO", "status": "Deleted", "Id": row.id}


def _writable(fields: Doc) -> Doc:
    return {n: v for n, v in fields.items() if n in _WRITABLE and v != ""}


def _build(books: Books, fields: Doc, old: Row | None) -> Doc:
    for name in ("CustomerRef", "TotalAmt"):
        if name not in fields:
            raise missing(name)
    total = amount_of({"Amount": fields["TotalAmt"]}, "TotalAmt")
    if total < 0:
        raise RefusalError("2290", f"Negative amounts aren't supported. Supplied value:{total}")
    doc = dict(fields)
    doc.setdefault("TxnDate", books.today().isoformat())
    check_open(books, doc["TxnDate"])
    customer = customer_of(books, doc, old)
    doc["CustomerRef"] = books.reference("Customer", customer.id)
    set_currency(books, doc, customer, new=old is None)
    doc["DepositToAccountRef"] = {"value": _deposit_account(books, doc)}
    doc.setdefault("ProcessPayment", False)
    doc["Line"], applied = _lines(books, fields.get("Line", []), customer, old)
    if applied > total:
        raise business("The amount you are trying to apply is more than the payment.")
    doc["UnappliedAmt"] = total - applied
    return doc


def _deposit_account(books: Books, doc: Doc) -> str:
    """Return the account of a payment: a Bank or Other Current Asset, or Undeposited Funds.

    Source: reference "Payment".
    """
    account = str(doc.get("DepositToAccountRef", {"value": "4"})["value"])
    row = books.find("Account", account)
    if row is None:
        raise bad_reference("Accounts", account)
    if not row.doc["Active"]:
        raise inactive(books)
    if row.doc["AccountType"] not in ("Bank", "Other Current Asset"):
        raise RefusalError("6430", "Invalid account type used : DepositToAccountRef")
    return account


def _lines(
    books: Books, sent: list[Doc], customer: Row, old: Row | None
) -> tuple[list[Doc], Decimal]:
    """Return the lines as stored, and how much of the payment they need: credits need less."""
    lines: list[Doc] = []
    needed = ZERO
    taken: dict[str, Decimal] = {}
    for line in sent:
        amount = amount_of(line)
        if amount < 0:
            raise RefusalError(
                "2290", f"Negative amounts aren't supported. Supplied value:{amount}"
            )
        linked = line.get("LinkedTxn") or []
        kind = linked[0].get("TxnType") if len(linked) == 1 else None
        if kind not in ("Invoice", "CreditMemo") or "TxnId" not in linked[0]:
            raise missing("Line.LinkedTxn")
        target = books.find(kind, linked[0]["TxnId"])
        if target is None:
            raise bad_reference(f"{kind}s", linked[0]["TxnId"])
        if target.doc["CustomerRef"]["value"] != customer.id:
            raise business(f"The {kind} belongs to another customer.")
        taken[target.id] = taken.get(target.id, ZERO) + amount
        own = target.applied.get(old.id, ZERO) if old else ZERO
        if taken[target.id] > target.doc["Balance"] + own:
            raise business("The amount you are trying to apply is more than the open balance.")
        needed += amount if kind == "Invoice" else -amount
        lines.append({"Amount": amount, "LinkedTxn": [{"TxnId": target.id, "TxnType": kind}]})
    return lines, needed
