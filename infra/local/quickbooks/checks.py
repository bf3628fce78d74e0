"""Rules that invoices and payments share: open books, customers, currencies and amounts."""

from __future__ import annotations

from decimal import Decimal

from .books import CENT, Books, Row, currency
from .faults import INACTIVE, RefusalError, business, missing
from .fields import Doc
from .names import bad_reference

ZERO = Decimal(0)


def check_open(books: Books, txn_date: str) -> None:
    closed = books.preference("AccountingInfoPrefs.BookCloseDate")
    if closed and txn_date <= closed:
        raise RefusalError(
            "6210",
            "The account period has closed and the account books cannot be updated through through "
            "the QBO Services API. Please use the QBO website to make these changes.",
        )


def inactive(books: Books) -> RefusalError:
    """Return the refusal of an inactive reference: recorded with either code, a switch decides."""
    code = books.switches.inactive_reference_code
    words = {"610": "Object Not Found", "2500": "Invalid Reference Id"}[code]
    return RefusalError(code, f"{words} : {INACTIVE}")


def customer_of(books: Books, doc: Doc, old: Row | None) -> Row:
    """Return the row of the document's customer, which must be active unless it stays the same."""
    customer_id = doc["CustomerRef"]["value"]
    customer = books.find("Customer", customer_id)
    if customer is None:
        raise bad_reference("Customers", customer_id)
    unchanged = old is not None and old.doc["CustomerRef"]["value"] == customer_id
    if not customer.doc["Active"] and not unchanged:
        raise inactive(books)
    return customer


def set_currency(books: Books, doc: Doc, customer: Row, *, new: bool) -> None:
    """Fill in the document's currency and exchange rate; they must be those of the customer."""
    sent = doc.get("CurrencyRef", {}).get("value")
    of_customer = customer.doc["CurrencyRef"]["value"]
    if not books.multicurrency:
        doc.pop("ExchangeRate", None)
        if sent not in (None, books.home_currency):
            raise business("Turn on multicurrency to use a currency other than the home currency.")
        doc["CurrencyRef"] = currency(books.home_currency)
        return
    if sent is None and new:
        raise missing("CurrencyRef")
    if sent not in (None, of_customer):
        raise business("You can only use one foreign currency per transaction.")
    doc["CurrencyRef"] = currency(of_customer)
    if of_customer == books.home_currency:
        doc["ExchangeRate"] = 1
    else:
        # The company's rate is not looked up: reference "Invoice", ExchangeRate, default 1; seen
        # in production, where euros were booked as dollars (WordPress/wordcamp.org, issue 1250).
        doc.setdefault("ExchangeRate", Decimal(1))
        if books.switches.lose_exchange_rate:
            doc["ExchangeRate"] = Decimal(1)


def amount_of(line: Doc, element: str = "Line.Amount") -> Decimal:
    """Return the line's amount, which must have whole cents."""
    if "Amount" not in line:
        raise missing(element)
    amount: Decimal = line["Amount"]
    if amount != amount.quantize(CENT):
        raise RefusalError("2140", f"Invalid amount. Supplied value:{amount}", element)
    return amount


def line_kind(line: Doc) -> str:
    """Return the line's DetailType; the detail that it names must be there, and no other."""
    kind = line.get("DetailType")
    if not kind:
        raise missing("Line.DetailType")
    fitting = "DescriptionLineDetail" if kind == "DescriptionOnly" else kind
    for name in line:
        if name.endswith("LineDetail") and name != fitting:
            raise RefusalError("2600", f"{name} does not go with DetailType {kind}", f"Line.{name}")
    if kind not in line and kind not in ("DescriptionOnly", "SubTotalLineDetail"):
        raise missing(f"Line.{kind}")
    return str(kind)
