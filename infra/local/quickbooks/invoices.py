"""Invoices: created, updated, voided and deleted, by the rules of a company's settings.

The rules are those of Intuit's reference page for the invoice and of recorded answers.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from . import doc_numbers
from .balances import settle, unapply, uncount
from .books import Books, Row, money
from .checks import ZERO, check_open, customer_of, set_currency
from .credits import apply_open_credits
from .faults import RefusalError, business, missing
from .fields import TYPES, Doc, check_email, normalise
from .lines import build_lines, check_stock, last_line
from .names import bad_reference
from .taxes import NO_TAX, tax_detail

# What the service fills in by itself; what a client sends of it is ignored.
_COMPUTED = """
    Id SyncToken MetaData domain sparse status TxnStatus LinkedTxn RecurDataRef TotalAmt
    HomeTotalAmt Balance HomeBalance TotalCostAmount HomeTotalCostAmount AllowIPNPayment
    AllowOnlinePayment EInvoiceStatus ECloudStatusTimeStamp invoiceStatus callToAction
    invoiceStatusLog InvoiceLink InvoiceLinkSecurityCode InvoiceLinkExpiryDate
"""
_WRITABLE = [name for name in TYPES["Invoice"] if name not in _COMPUTED.split()]
_ADDRESSES = ("BillAddr", "ShipAddr", "ShipFromAddr")
_DAYS_DUE = 30
VOIDED = "Voided"


# -- the operations


def create_invoice(books: Books, payload: Any, *, allow_duplicate: bool = False) -> Row:
    sent = normalise("Invoice", payload)
    for name in ("Line", "CustomerRef"):
        if not sent.get(name):
            raise missing(name)
    fields = _writable(sent)
    doc = _build(books, fields, None)
    doc_numbers.assign(books, doc, sent, None, allow_duplicate=allow_duplicate)
    row = books.add("Invoice", doc)
    row.last_line = last_line(doc["Line"])
    doc_numbers.index(books, row)
    settle(books, row)
    apply_open_credits(books, row)
    return row


def update_invoice(books: Books, payload: Any, *, allow_duplicate: bool = False) -> Row:
    """Update an invoice.

    A full update clears what it leaves out; a sparse one touches what it sends.
    """
    sent = normalise("Invoice", payload)
    row = books.current("Invoice", sent)
    return change_invoice(
        books, row, sent, sparse=sent.get("sparse", False), allow_duplicate=allow_duplicate
    )


def change_invoice(
    books: Books, row: Row, sent: Doc, *, sparse: bool, allow_duplicate: bool
) -> Row:
    check_open(books, row.doc["TxnDate"])
    fields = _writable(sent)
    if sparse:
        cleared = {name for name, value in sent.items() if value == ""}
        kept = {n: v for n, v in _writable(row.doc).items() if n not in cleared}
        fields = {**kept, **fields}
        moved = "SalesTermRef" in sent or "TxnDate" in sent
        if moved and "DueDate" not in sent and "SalesTermRef" in fields:
            fields.pop("DueDate")
        if "Line" not in sent:
            fields.pop("Line")
        if "TxnTaxDetail" not in sent:
            _carry_tax(books, fields)
    for name in ("CustomerRef",) if sparse else ("Line", "CustomerRef"):
        if not fields.get(name):
            raise missing(name)
    if "Line" in sent and not sent["Line"]:
        raise missing("Line")
    doc = _build(books, fields, row)
    for address in _ADDRESSES:
        if address in doc:
            doc[address] = _reflowed(doc[address], doc["CustomerRef"]["name"])
    doc_numbers.assign(books, doc, sent, row, allow_duplicate=allow_duplicate)
    doc_numbers.unindex(books, row)
    uncount(books, row)
    row.doc = doc
    row.last_line = max(row.last_line, last_line(doc["Line"]))
    doc_numbers.index(books, row)
    settle(books, row)
    books.touch(row)
    return row


def _carry_tax(books: Books, fields: Doc) -> None:
    """Carry the tax over a sparse update that does not mention it.

    Unless lines change, the tax stays as it was; otherwise a code is applied anew, and a bare
    amount stays.
    """
    kept = fields.pop("TxnTaxDetail")
    if "Line" not in fields or books.country != "US":
        return
    if "TxnTaxCodeRef" in kept:
        fields["TxnTaxDetail"] = {"TxnTaxCodeRef": kept["TxnTaxCodeRef"]}
    else:
        fields["TxnTaxDetail"] = {"TotalTax": Decimal(kept["TotalTax"])}


def void_invoice(books: Books, payload: Any) -> Row:
    """Void an invoice: it stays, its amounts become zero, and its memo says so."""
    row = books.current("Invoice", normalise("Invoice", payload))
    return void_row(books, row)


def void_row(books: Books, row: Row) -> Row:
    check_open(books, row.doc["TxnDate"])
    unapply(books, row)
    for line in row.doc["Line"]:
        if "Amount" in line:
            line["Amount"] = 0
        detail = line.get("SalesItemLineDetail", {})
        for name in ("Qty", "UnitPrice", "DiscountAmt", "TaxInclusiveAmt"):
            detail.pop(name, None)
    row.doc["TxnTaxDetail"] = dict(NO_TAX)
    row.doc["TotalAmt"] = ZERO
    if "HomeTotalAmt" in row.doc:
        row.doc["HomeTotalAmt"] = ZERO
    row.doc.pop("Deposit", None)
    note = row.doc.get("PrivateNote", "")
    if not note.startswith(VOIDED):
        row.doc["PrivateNote"] = f"{VOIDED} - {note}" if note else VOIDED
    settle(books, row)
    books.touch(row, "Void")
    return row


def delete_invoice(books: Books, payload: Any) -> Doc:
    row = books.current("Invoice", normalise("Invoice", payload))
    return delete_row(books, row)


def delete_row(books: Books, row: Row) -> Doc:
    check_open(books, row.doc["TxnDate"])
    if row.applied:
        raise business("Unlink the payments of this invoice before you delete it.")
    doc_numbers.unindex(books, row)
    uncount(books, row)
    books.remove(row)
    return {"domain": "QBO", "status": "Deleted", "Id": row.id}


# -- building one


def new_document(books: Books, sent: Doc) -> Doc:
    """Return a new document with an invoice's lines, tax and totals; it has no number yet."""
    return _build(books, _writable(sent), None)


def _writable(fields: Doc) -> Doc:
    return {n: fields[n] for n in _WRITABLE if n in fields and fields[n] != ""}


def _build(books: Books, fields: Doc, old: Row | None) -> Doc:
    doc = dict(fields)
    doc.pop("AutoDocNumber", None)
    doc.setdefault("TxnDate", books.today().isoformat())
    check_open(books, doc["TxnDate"])
    customer = customer_of(books, doc, old)
    doc["CustomerRef"] = books.reference("Customer", customer.id)
    set_currency(books, doc, customer, new=old is None)
    _terms(books, doc)
    _mail(doc)
    for address in _ADDRESSES:
        if address not in doc and address in customer.doc:
            doc[address] = dict(customer.doc[address])
        if address in doc:
            doc[address].setdefault("Id", books.new_id())
    _defaults(books, doc)
    lines = fields.get("Line")
    if lines is None and old is not None:
        doc["Line"] = old.doc["Line"]
    else:
        doc["Line"] = build_lines(books, lines or [], old)
    check_stock(books, doc["Line"], doc["TxnDate"])
    silent = lines is None and "TxnTaxDetail" not in fields
    _set_totals(books, doc, old.doc["TxnTaxDetail"] if old and silent else None)
    return doc


def _defaults(books: Books, doc: Doc) -> None:
    for number, custom in enumerate(doc.get("CustomField", [])):
        if custom.get("DefinitionId") not in ("1", "2", "3"):
            raise RefusalError("3000", "Invalid custom field definition", f"CustomField[{number}]")
    doc.setdefault("CustomField", [])
    doc |= {"AllowIPNPayment": False, "AllowOnlinePayment": False}
    online = bool(books.preference("SalesFormsPrefs.ETransactionPaymentEnabled"))
    for name in ("AllowOnlineCreditCardPayment", "AllowOnlineACHPayment"):
        doc[name] = online and doc.get(name, True)
    doc.setdefault("ApplyTaxAfterDiscount", False)
    doc.setdefault("PrintStatus", "NeedToPrint")
    doc.setdefault("EmailStatus", "NotSet")
    if books.country == "US":
        doc.pop("GlobalTaxCalculation", None)
    else:
        doc.setdefault("GlobalTaxCalculation", "TaxExcluded")
    if doc.get("Deposit") and not books.preference("SalesFormsPrefs.AllowDeposit"):
        raise business("Deposits on sales forms are turned off.")


def _terms(books: Books, doc: Doc) -> None:
    days = _DAYS_DUE
    if "SalesTermRef" in doc:
        term = books.find("Term", doc["SalesTermRef"]["value"])
        if term is None:
            raise bad_reference("Terms", doc["SalesTermRef"]["value"])
        doc["SalesTermRef"] = books.reference("Term", term.id)
        days = term.doc.get("DueDays", _DAYS_DUE)
    if "DueDate" not in doc:
        due = date.fromisoformat(doc["TxnDate"]) + timedelta(days=days)
        doc["DueDate"] = due.isoformat()


def _mail(doc: Doc) -> None:
    address = doc.get("BillEmail", {}).get("Address")
    if address:
        check_email(address, "BillEmail")
    elif doc.get("EmailStatus") == "NeedToSend":
        raise RefusalError("6420", "An email address is required to send this invoice", "BillEmail")


def _reflowed(address: Doc, name: str) -> Doc:
    """Return an address as it comes back after an update: plain lines under the customer's name."""
    lines = [address[f"Line{n}"] for n in range(1, 6) if address.get(f"Line{n}")]
    region = " ".join(address[n] for n in ("CountrySubDivisionCode", "PostalCode") if n in address)
    town = ", ".join(part for part in (address.get("City"), region) if part)
    if lines[:1] != [name]:
        lines = [name, *lines]
    if town:
        lines.append(town)
    if address.get("Country"):
        lines.append(address["Country"])
    return {"Id": address["Id"]} | {f"Line{n}": text for n, text in enumerate(lines[:5], 1)}


def _set_totals(books: Books, doc: Doc, tax: Doc | None) -> None:
    sales = [line for line in doc["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    subtotal: Decimal = sum((Decimal(line["Amount"]) for line in sales), ZERO)
    discount: Decimal = sum(
        (Decimal(x["Amount"]) for x in doc["Line"] if x["DetailType"] == "DiscountLineDetail"),
        ZERO,
    )
    detail = tax or tax_detail(books, doc, sales, subtotal, discount)
    doc["TxnTaxDetail"] = detail
    total = subtotal - discount
    if doc.get("GlobalTaxCalculation") != "TaxInclusive":
        total += Decimal(detail["TotalTax"])
    if total < 0:
        raise business("The transaction amount must be 0 or greater.")
    doc["TotalAmt"] = total
    if "ExchangeRate" in doc:
        doc["HomeTotalAmt"] = money(total * doc["ExchangeRate"])
