"""Credit memos: made by the rules of an invoice, and applied to invoices.

Of the operations that Intuit's reference page for the credit memo lists, create, read and query.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from . import doc_numbers, invoices
from .balances import settle
from .books import Books, Row, currency
from .checks import set_currency
from .credits import apply_to_open_invoices
from .faults import missing, unsupported
from .fields import Doc, normalise

_OF_INVOICES = """
    DueDate SalesTermRef Deposit AllowIPNPayment AllowOnlinePayment AllowOnlineCreditCardPayment
    AllowOnlineACHPayment ShipDate TrackingNum
"""


def create_credit_memo(books: Books, payload: Any, *, allow_duplicate: bool = False) -> Row:
    sent = normalise("CreditMemo", payload)
    if "Id" in sent:
        raise unsupported("update of a CreditMemo")
    for name in ("Line", "CustomerRef"):
        if not sent.get(name):
            raise missing(name)
    doc = invoices.new_document(books, sent)
    for name in _OF_INVOICES.split():
        doc.pop(name, None)
    doc_numbers.assign(books, doc, sent, None, allow_duplicate=allow_duplicate)
    return _add(books, doc, automatic=True)


def add_credit(books: Books, customer: Row, amount: Decimal, *, automatic: bool) -> Row:
    """Add a credit memo as a person does, whose line names no product.

    `automatic` is False for one that the person applies by hand.
    """
    line = {
        "Id": "1",
        "LineNum": 1,
        "Amount": amount,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {},
    }
    doc: Doc = {
        "DocNumber": books.next_number(),
        "TxnDate": books.today().isoformat(),
        "CustomerRef": books.reference("Customer", customer.id),
        "CurrencyRef": currency(customer.doc["CurrencyRef"]["value"]),
        "Line": [line],
        "TotalAmt": amount,
    }
    if books.multicurrency:
        set_currency(books, doc, customer, new=True)
    return _add(books, doc, automatic=automatic)


def _add(books: Books, doc: Doc, *, automatic: bool) -> Row:
    row = books.add("CreditMemo", doc)
    doc_numbers.index(books, row)
    settle(books, row)
    if automatic:
        apply_to_open_invoices(books, row)
    return row
