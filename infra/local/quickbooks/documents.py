"""Invoices and payments: what is refused, what is computed, what comes back.

The rules are those of Intuit's reference page for the invoice and of recorded answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from .books import CENT, Books, Row, currency, money
from .faults import INACTIVE, RefusalError, business, missing, unsupported
from .fields import Doc, check_email, normalise
from .names import bad_reference

_STORED = """
    DocNumber TxnDate PrivateNote CustomerMemo BillAddr ShipAddr ShipFromAddr BillEmail
    BillEmailCc BillEmailBcc SalesTermRef DueDate EmailStatus PrintStatus CustomField
    ApplyTaxAfterDiscount ExchangeRate CurrencyRef CustomerRef ShipDate TrackingNum Deposit
    GlobalTaxCalculation AllowOnlineCreditCardPayment AllowOnlineACHPayment Line TxnTaxDetail
    AutoDocNumber PONumber
"""
_WRITABLE = _STORED.split()
_NO_TAX: Doc = {"TotalTax": 0}
_ZERO = Decimal(0)
_DAYS_DUE = 30
VOIDED = "Voided"


# -- invoices: the operations
def create_invoice(books: Books, payload: Any, *, allow_duplicate: bool = False) -> Row:
    sent = normalise("Invoice", payload)
    for name in ("Line", "CustomerRef"):
        if not sent.get(name):
            raise missing(name)
    fields = _writable(sent)
    doc = _build(books, fields, None)
    _number(books, doc, sent, None, allow_duplicate=allow_duplicate)
    row = books.add("Invoice", doc)
    _index(books, row)
    settle(books, row)
    return row


def update_invoice(books: Books, payload: Any, *, allow_duplicate: bool = False) -> Row:
    """Full updates null what they leave out; sparse ones touch only what they send."""
    sent = normalise("Invoice", payload)
    row = books.current("Invoice", sent)
    return change_invoice(
        books, row, sent, sparse=sent.get("sparse", False), allow_duplicate=allow_duplicate
    )


def change_invoice(
    books: Books, row: Row, sent: Doc, *, sparse: bool, allow_duplicate: bool
) -> Row:
    _check_open(books, row.doc["TxnDate"])
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
    for address in ("BillAddr", "ShipAddr"):
        if address in doc:
            doc[address] = _reflowed(doc[address], doc["CustomerRef"]["name"])
    _number(books, doc, sent, row, allow_duplicate=allow_duplicate)
    _unindex(books, row)
    _uncount(books, row)
    row.doc = doc
    _index(books, row)
    settle(books, row)
    books.touch(row)
    return row


def _carry_tax(books: Books, fields: Doc) -> None:
    """A sparse update that is silent about tax: unless lines change, the tax stays as it was;
    otherwise a code is applied anew, and a bare amount stays."""
    kept = fields.pop("TxnTaxDetail")
    if "Line" not in fields or books.country != "US":
        return
    if "TxnTaxCodeRef" in kept:
        fields["TxnTaxDetail"] = {"TxnTaxCodeRef": kept["TxnTaxCodeRef"]}
    else:
        fields["TxnTaxDetail"] = {"TotalTax": Decimal(kept["TotalTax"])}


def void_invoice(books: Books, payload: Any) -> Row:
    """The invoice stays, its amounts become zero, and the memo tells."""
    row = books.current("Invoice", normalise("Invoice", payload))
    return void_row(books, row)


def void_row(books: Books, row: Row) -> Row:
    _check_open(books, row.doc["TxnDate"])
    _unapply(books, row)
    for line in row.doc["Line"]:
        if "Amount" in line:
            line["Amount"] = 0
        detail = line.get("SalesItemLineDetail", {})
        detail.pop("Qty", None)
        detail.pop("UnitPrice", None)
    row.doc["TxnTaxDetail"] = dict(_NO_TAX)
    row.doc["TotalAmt"] = _ZERO
    if "HomeTotalAmt" in row.doc:
        row.doc["HomeTotalAmt"] = _ZERO
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
    _check_open(books, row.doc["TxnDate"])
    if row.applied:
        raise business("Unlink the payments of this invoice before you delete it.")
    _unindex(books, row)
    _uncount(books, row)
    books.remove(row)
    return {"domain": "QBO", "status": "Deleted", "Id": row.id}


# -- invoices: building one
def _writable(fields: Doc) -> Doc:
    return {n: fields[n] for n in _WRITABLE if n in fields and fields[n] != ""}


def _build(books: Books, fields: Doc, old: Row | None) -> Doc:
    doc = dict(fields)
    doc.pop("AutoDocNumber", None)
    doc.setdefault("TxnDate", books.today().isoformat())
    _check_open(books, doc["TxnDate"])
    customer = _customer(books, doc, old)
    doc["CustomerRef"] = books.reference("Customer", customer.id)
    _currencies(books, doc, customer, new=old is None)
    _terms(books, doc)
    _mail(doc)
    for address in ("BillAddr", "ShipAddr"):
        if address not in doc and address in customer.doc:
            doc[address] = dict(customer.doc[address])
        if address in doc:
            doc[address].setdefault("Id", books.new_id())
    _defaults(books, doc)
    lines = fields.get("Line")
    if lines is None and old is not None:
        doc["Line"] = old.doc["Line"]
    else:
        doc["Line"] = _lines(books, lines or [], old.doc["Line"] if old else [])
    silent = lines is None and "TxnTaxDetail" not in fields
    _totals(books, doc, old.doc["TxnTaxDetail"] if old and silent else None)
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


def _check_open(books: Books, txn_date: str) -> None:
    closed = books.preference("AccountingInfoPrefs.BookCloseDate")
    if closed and txn_date <= closed:
        raise RefusalError(
            "6210",
            "The account period has closed and the account books cannot be updated through through "
            "the QBO Services API. Please use the QBO website to make these changes.",
        )


def inactive(books: Books) -> RefusalError:
    """Recorded with either code; a switch says which."""
    code = books.switches.inactive_reference_code
    words = {"610": "Object Not Found", "2500": "Invalid Reference Id"}[code]
    return RefusalError(code, f"{words} : {INACTIVE}")


def _customer(books: Books, doc: Doc, old: Row | None) -> Row:
    customer_id = doc["CustomerRef"]["value"]
    customer = books.find("Customer", customer_id)
    if customer is None:
        raise bad_reference("Customers", customer_id)
    unchanged = old is not None and old.doc["CustomerRef"]["value"] == customer_id
    if not customer.doc["Active"] and not unchanged:
        raise inactive(books)
    return customer


def _currencies(books: Books, doc: Doc, customer: Row, *, new: bool) -> None:
    wanted = doc.get("CurrencyRef", {}).get("value")
    has = customer.doc["CurrencyRef"]["value"]
    if not books.multicurrency:
        doc.pop("ExchangeRate", None)
        if wanted not in (None, books.home_currency):
            raise business("Turn on multicurrency to use a currency other than the home currency.")
        doc["CurrencyRef"] = currency(books.home_currency)
        return
    if wanted is None and new:
        raise missing("CurrencyRef")
    if wanted not in (None, has):
        raise business("You can only use one foreign currency per transaction.")
    doc["CurrencyRef"] = currency(has)
    if has == books.home_currency:
        doc["ExchangeRate"] = 1
    else:
        doc.setdefault("ExchangeRate", books.exchange_rates.get(has, Decimal(1)))


def _terms(books: Books, doc: Doc) -> None:
    days = _DAYS_DUE
    if "SalesTermRef" in doc:
        term = books.find("Term", doc["SalesTermRef"]["value"])
        if term is None:
            raise bad_reference("Terms", doc["SalesTermRef"]["value"])
        doc["SalesTermRef"] = books.reference("Term", term.id)
        days = term.doc["DueDays"]
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
    """After an update, addresses come back as plain lines under the customer's name."""
    lines = [address[f"Line{n}"] for n in range(1, 6) if address.get(f"Line{n}")]
    place = " ".join(address[n] for n in ("CountrySubDivisionCode", "PostalCode") if n in address)
    town = ", ".join(part for part in (address.get("City"), place) if part)
    if lines[:1] != [name]:
        lines = [name, *lines]
    if town:
        lines.append(town)
    if address.get("Country"):
        lines.append(address["Country"])
    return {"Id": address["Id"]} | {f"Line{n}": text for n, text in enumerate(lines[:5], 1)}


# -- lines
def _lines(books: Books, sent: Iterable[Doc], old: list[Doc]) -> list[Doc]:
    """The stored lines: sales and descriptions, then the subtotal, then the discount."""
    known = {line["Id"] for line in old if "Id" in line}
    highest = max((int(each) for each in known), default=0)
    kept: list[Doc] = []
    discounts: list[Doc] = []
    running = subtotal = _ZERO
    for line in sent:
        kind = _kind(line)
        if kind == "SubTotalLineDetail":
            continue
        if kind == "DiscountLineDetail":
            discounts.append(line)
            continue
        if kind == "SalesItemLineDetail":
            built = _sales_line(books, line)
        elif kind == "DescriptionOnly":
            built = _description_line(line, running)
            if built.get("Description", "").startswith("Subtotal: "):
                running = _ZERO
        else:
            raise RefusalError("5030", f"Lines of type {kind} are not supported", "Line.DetailType")
        line_id = line.get("Id")
        if line_id not in known:
            highest += 1
            line_id = str(highest)
        known.discard(line_id)
        kept.append({"Id": line_id, "LineNum": len(kept) + 1, **built})
        amount = built.get("Amount", _ZERO)
        running += amount
        subtotal += amount
    if not any(
        line["DetailType"] == "SalesItemLineDetail"
        or line.get("Description", "").startswith("Subtotal: ")
        for line in kept
    ):
        raise business("You must enter at least one product or service.")
    kept.append({"Amount": subtotal, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}})
    if len(discounts) > 1:
        raise business("A transaction can have only one discount line.")
    return kept + [_discount_line(books, line, subtotal) for line in discounts]


def _kind(line: Doc) -> str:
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


def _amount(line: Doc, element: str = "Line.Amount") -> Decimal:
    if "Amount" not in line:
        raise missing(element)
    amount: Decimal = line["Amount"]
    if amount != amount.quantize(CENT):
        raise RefusalError("2140", f"Invalid amount. Supplied value:{amount}", element)
    return amount


def _sales_line(books: Books, line: Doc) -> Doc:
    detail: Doc = line["SalesItemLineDetail"]
    amount = _amount(line)
    if "Qty" in detail and "UnitPrice" in detail:
        product = money(detail["Qty"] * detail["UnitPrice"])
        if product != amount:
            raise RefusalError(
                "6070", f"Amount is not equal to UnitPrice * Qty. Supplied value:{amount}"
            )
    common = {"Description": line["Description"]} if line.get("Description") else {}
    item_id = detail.get("ItemRef", {}).get("value") or _default_item(books)
    if item_id is None:  # a line without an item is documentation, its amount is ignored
        return {**common, "DetailType": "DescriptionOnly"}
    stored: Doc = {}
    if "ServiceDate" in detail:
        stored["ServiceDate"] = detail["ServiceDate"]
    taxable = False
    if item_id == "SHIPPING_ITEM_ID":
        if not books.preference("SalesFormsPrefs.AllowShipping"):
            raise business("Shipping on sales forms is turned off.")
        stored["ItemRef"] = {"value": item_id}
    else:
        item = books.find("Item", item_id)
        if item is None:
            raise bad_reference("Items", item_id)
        if not item.doc["Active"]:
            raise inactive(books)
        if item.doc["Type"] in ("Category", "Group", "Bundle"):
            raise business("A category or bundle cannot be used as the item of a sales line.")
        if item.doc["DeferredRevenue"] and "ServiceDate" not in detail:
            raise business(
                "Enter a service date for each product or service with a revenue recognition "
                "schedule."
            )
        taxable = bool(item.doc["Taxable"])
        stored["ItemRef"] = books.reference("Item", item_id)
        if "IncomeAccountRef" in item.doc:
            stored["ItemAccountRef"] = item.doc["IncomeAccountRef"]
    for name in ("UnitPrice", "Qty"):
        if name in detail:
            stored[name] = detail[name]
    tax_code = _tax_code(books, detail, taxable=taxable)
    if tax_code is not None:
        stored["TaxCodeRef"] = {"value": tax_code}
    return {
        **common,
        "Amount": amount,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": stored,
    }


def _default_item(books: Books) -> str | None:
    for each in books.preference("OtherPrefs.NameValue") or []:
        if each["Name"] == "SalesFormsPrefs.DefaultItem":
            return str(each["Value"])
    return None


def _tax_code(books: Books, detail: Doc, *, taxable: bool) -> str | None:
    code = detail.get("TaxCodeRef", {}).get("value")
    using = books.preference("TaxPrefs.UsingSalesTax")
    if books.country == "US":
        if code not in (None, "TAX", "NON"):
            raise RefusalError(
                "6100", f"Invalid line TaxCode: use TAX or NON. Supplied value:{code}"
            )
        return str(code or ("TAX" if taxable and using else "NON"))
    if not using:
        return None
    if code is None:
        tax = "VAT" if books.country == "GB" else "GST/HST"
        raise business(f"Make sure all your transactions have a {tax} rate before you save.")
    found = books.find("TaxCode", code)
    if found is None:
        raise bad_reference("TaxCodes", code)
    if not found.doc["Active"]:
        raise inactive(books)
    return str(code)


def _description_line(line: Doc, running: Decimal) -> Doc:
    text = line.get("Description", "")
    if text == "Subtotal:" or text.startswith("Subtotal: "):
        text = f"Subtotal: {money(running)}"
    return {"Description": text, "DetailType": "DescriptionOnly"}


def _discount_line(books: Books, line: Doc, subtotal: Decimal) -> Doc:
    if not books.preference("SalesFormsPrefs.AllowDiscount"):
        raise business("Discounts on sales forms are turned off.")
    detail: Doc = line["DiscountLineDetail"]
    account = detail.get("DiscountAccountRef", {}).get("value")
    if account and books.find("Account", account) is None:
        raise bad_reference("Accounts", account)
    account = account or books.preference("SalesFormsPrefs.DefaultDiscountAccount")
    stored: Doc = {"PercentBased": detail.get("PercentBased", False)}
    if stored["PercentBased"]:
        if "DiscountPercent" not in detail:
            raise RefusalError(
                "6090", "Discount line needs DiscountPercent when PercentBased is true"
            )
        stored["DiscountPercent"] = detail["DiscountPercent"]
        amount = money(subtotal * detail["DiscountPercent"] / 100)
    elif "Amount" not in line:
        raise RefusalError("6090", "Discount line needs an Amount when PercentBased is false")
    else:
        amount = _amount(line)
    if amount < 0:
        raise RefusalError("2290", f"Negative amounts aren't supported. Supplied value:{amount}")
    stored["DiscountAccountRef"] = books.reference("Account", account)
    return {"Amount": amount, "DetailType": "DiscountLineDetail", "DiscountLineDetail": stored}


# -- totals
def _totals(books: Books, doc: Doc, tax: Doc | None) -> None:
    sales = [line for line in doc["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    subtotal: Decimal = sum((Decimal(line["Amount"]) for line in sales), _ZERO)
    discount: Decimal = sum(
        (Decimal(x["Amount"]) for x in doc["Line"] if x["DetailType"] == "DiscountLineDetail"),
        _ZERO,
    )
    detail = tax or _tax(books, doc, sales, subtotal, discount)
    doc["TxnTaxDetail"] = detail
    total = subtotal - discount
    if doc.get("GlobalTaxCalculation") != "TaxInclusive":
        total += Decimal(detail["TotalTax"])
    if total < 0:
        raise business("The transaction amount must be 0 or greater.")
    doc["TotalAmt"] = total
    if "ExchangeRate" in doc:
        doc["HomeTotalAmt"] = money(total * doc["ExchangeRate"])


def _tax(books: Books, doc: Doc, sales: list[Doc], subtotal: Decimal, discount: Decimal) -> Doc:
    sent: Doc = doc.get("TxnTaxDetail", {})
    total = sent.get("TotalTax")
    for line in sent.get("TaxLine", []):
        if _kind(line) != "TaxLineDetail":
            raise RefusalError("2170", f"Invalid Enumeration : {line['DetailType']}", "TaxLine")
    if total is None and sent.get("TaxLine"):
        total = sum((line.get("Amount", _ZERO) for line in sent["TaxLine"]), _ZERO)
    if total is not None:
        _amount({"Amount": Decimal(total)}, "TxnTaxDetail.TotalTax")
    not_applicable = doc.get("GlobalTaxCalculation") == "NotApplicable"
    if not_applicable and "TxnTaxDetail" in doc:
        raise RefusalError("6170", "TxnTaxDetail is not allowed with NotApplicable")
    automated = books.preference("TaxPrefs.PartnerTaxEnabled")
    if not books.preference("TaxPrefs.UsingSalesTax") or automated is False or not_applicable:
        return dict(_NO_TAX)
    if books.country != "US":
        share = 1 - discount / subtotal if subtotal and books.switches.tax_after_discount else 1
        return _tax_abroad(books, sent, sales, Decimal(share))
    code = sent.get("TxnTaxCodeRef", {}).get("value")
    if automated:  # the engine replaces the code, and honours an explicit amount
        code = "2"
    if code is None:
        return {"TotalTax": total} if total is not None else dict(_NO_TAX)
    if books.find("TaxCode", code) is None:
        raise bad_reference("TaxCodes", code)
    taxable_lines = [
        line for line in sales if line["SalesItemLineDetail"]["TaxCodeRef"]["value"] == "TAX"
    ]
    taxable: Decimal = sum((Decimal(line["Amount"]) for line in taxable_lines), _ZERO)
    if not taxable_lines:
        total = None  # there is nothing that an amount could be a tax of
    if doc.get("ApplyTaxAfterDiscount") and subtotal:
        taxable -= money(discount * taxable / subtotal)
    (rate_id,) = _rates(books, code)
    amount = money(taxable * _per_cent(books, rate_id) / 100) if total is None else total
    line = _tax_line(books, rate_id, taxable, amount)
    return {"TxnTaxCodeRef": {"value": code}, "TotalTax": line["Amount"], "TaxLine": [line]}


def _tax_abroad(books: Books, sent: Doc, sales: list[Doc], share: Decimal) -> Doc:
    """Calculated from the lines' codes. A tax line overrides the amount of its rate (production
    payloads of fylein/fyle-qbo-api); a bare total overrides nothing."""
    nets: dict[str, Decimal] = {}
    taxes: dict[str, Decimal] = {}
    for line in sales:
        net = Decimal(line["Amount"]) * share
        for rate_id in _rates(books, line["SalesItemLineDetail"]["TaxCodeRef"]["value"]):
            tax = net * _per_cent(books, rate_id) / 100
            if books.switches.tax_rounded_per_line:
                tax = money(tax)
            nets[rate_id] = nets.get(rate_id, _ZERO) + net
            taxes[rate_id] = taxes.get(rate_id, _ZERO) + tax
    if books.switches.honour_tax_lines:
        taxes |= _overrides(sent, taxes.keys())
    lines = [_tax_line(books, one, money(nets[one]), money(taxes[one])) for one in taxes]
    return {"TotalTax": sum((one["Amount"] for one in lines), _ZERO), "TaxLine": lines}


def _overrides(sent: Doc, wanted: Iterable[str]) -> dict[str, Decimal]:
    """A rate may be listed once (reference "Purchase", TaxRateRef). All rates of the lines' codes
    have to be there: seen in production, with these words in French, for purchases."""
    if not sent.get("TaxLine"):
        return {}
    given = [line["TaxLineDetail"].get("TaxRateRef", {}).get("value") for line in sent["TaxLine"]]
    for rate_id in given:
        if rate_id not in wanted:
            raise business(f"Invalid tax rate id - {rate_id}")
    if sorted(given) != sorted(wanted):
        raise business("QuickBooks encountered an error while calculating tax.")
    return {
        rate_id: _amount(line, "TxnTaxDetail.TaxLine.Amount")
        for rate_id, line in zip(given, sent["TaxLine"], strict=True)
    }


def _rates(books: Books, code: str) -> list[str]:
    details = books.rows["TaxCode"][code].doc["SalesTaxRateList"]["TaxRateDetail"]
    return [detail["TaxRateRef"]["value"] for detail in details]


def _per_cent(books: Books, rate_id: str) -> Decimal:
    per_cent: Decimal = books.rows["TaxRate"][rate_id].doc["RateValue"]
    return per_cent


def _tax_line(books: Books, rate_id: str, net: Decimal, amount: Decimal) -> Doc:
    return {
        "Amount": amount,
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": {"value": rate_id},
            "PercentBased": True,
            "TaxPercent": _per_cent(books, rate_id),
            "NetAmountTaxable": net,
        },
    }


def settle(books: Books, row: Row) -> None:
    """Bring balance, linked payments and the customer's balance up to date."""
    excess = sum(row.applied.values(), _ZERO) - row.doc["TotalAmt"]
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
    deposit = row.doc.get("Deposit", _ZERO)
    balance = row.doc["TotalAmt"] - deposit - sum(row.applied.values(), _ZERO)
    row.doc["Balance"] = balance
    if "ExchangeRate" in row.doc:
        row.doc["HomeBalance"] = money(balance * row.doc["ExchangeRate"])
    row.doc["LinkedTxn"] = [{"TxnId": each, "TxnType": "Payment"} for each in row.applied]
    _count(books, row, balance)


def _count(books: Books, row: Row, balance: Decimal) -> None:
    customer = books.find("Customer", row.doc["CustomerRef"]["value"])
    if customer is None:
        return
    customer.doc["Balance"] += balance - row.counted
    customer.doc["BalanceWithJobs"] = customer.doc["Balance"]
    row.counted = balance
    # Seen in recordings: an invoice moves its customer's time, not its SyncToken.
    books.touch(customer, None, bump=False)


def _uncount(books: Books, row: Row) -> None:
    _count(books, row, _ZERO)


def _unapply(books: Books, row: Row) -> None:
    for payment_id, amount in row.applied.items():
        payment = books.rows["Payment"][payment_id]
        payment.doc["UnappliedAmt"] += amount
        payment.doc["Line"] = [
            line for line in payment.doc["Line"] if line["LinkedTxn"][0]["TxnId"] != row.id
        ]
    row.applied.clear()


# -- document numbers
def _number(books: Books, doc: Doc, sent: Doc, old: Row | None, *, allow_duplicate: bool) -> None:
    custom = bool(books.preference("SalesFormsPrefs.CustomTxnNumbers"))
    number = doc.get("DocNumber")
    if number is None:
        if sent.get("AutoDocNumber") or (not custom and old is None):
            doc["DocNumber"] = books.next_number()
        elif not custom and old is not None and "DocNumber" in old.doc:
            doc["DocNumber"] = old.doc["DocNumber"]
        return
    if old is not None and old.doc.get("DocNumber") == number:
        return
    if allow_duplicate or not (custom or books.switches.check_numbers_always):
        return
    holders = [each for each in books.numbers.get(number, []) if old is None or each != old.id]
    if holders:
        raise RefusalError(
            "6140",
            "Duplicate Document Number Error : You must specify a different number. This number "
            f"has already been used. DocNumber={number} is assigned to TxnType=Invoice with "
            f"TxnId={holders[0]}",
        )


def _index(books: Books, row: Row) -> None:
    if "DocNumber" in row.doc:
        books.numbers.setdefault(row.doc["DocNumber"], []).append(row.id)


def _unindex(books: Books, row: Row) -> None:
    holders = books.numbers.get(row.doc.get("DocNumber", ""), [])
    if row.id in holders:
        holders.remove(row.id)


# -- payments
def create_payment(books: Books, payload: Any) -> Row:
    sent = normalise("Payment", payload)
    if "Id" in sent:
        raise unsupported("update of a Payment")
    for name in ("CustomerRef", "TotalAmt"):
        if name not in sent:
            raise missing(name)
    total = _amount({"Amount": sent["TotalAmt"]}, "TotalAmt")
    if total < 0:
        raise RefusalError("2290", f"Negative amounts aren't supported. Supplied value:{total}")
    doc: Doc = {n: sent[n] for n in ("TxnDate", "PrivateNote", "PaymentRefNum") if n in sent}
    doc.setdefault("TxnDate", books.today().isoformat())
    _check_open(books, doc["TxnDate"])
    doc["CustomerRef"] = {"value": sent["CustomerRef"]["value"]}
    customer = _customer(books, doc, None)
    doc["CustomerRef"] = books.reference("Customer", customer.id)
    doc |= {n: sent[n] for n in ("CurrencyRef", "ExchangeRate") if n in sent}
    _currencies(books, doc, customer, new=True)
    account = _deposit_account(books, sent)
    shares = _shares(books, sent, customer)
    applied = sum((amount for _, amount in shares), _ZERO)
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
    """Of type Bank or Other Current Asset (reference "Payment"); else Undeposited Funds."""
    account = str(sent.get("DepositToAccountRef", {"value": "4"})["value"])
    found = books.find("Account", account)
    if found is None:
        raise bad_reference("Accounts", account)
    if not found.doc["Active"]:
        raise inactive(books)
    if found.doc["AccountType"] not in ("Bank", "Other Current Asset"):
        raise RefusalError("6430", "Invalid account type used : DepositToAccountRef")
    return account


def remove_payment(books: Books, row: Row) -> None:
    """As a person deletes it: what it paid is open again."""
    _check_open(books, row.doc["TxnDate"])
    for invoice in books.rows["Invoice"].values():
        if invoice.applied.pop(row.id, None) is not None:
            settle(books, invoice)
            _touch_paid(books, invoice)
    books.remove(row)


def apply_credit(books: Books, invoice: Row, amount: Decimal) -> Row:
    """A credit memo is applied by a payment over nothing that names both (from memory)."""
    if amount > invoice.doc["Balance"]:
        raise business("The amount you are trying to apply is more than the open balance.")
    credit = {"TxnId": books.new_id(), "TxnType": "CreditMemo"}
    doc = {
        "TxnDate": books.today().isoformat(),
        "CustomerRef": invoice.doc["CustomerRef"],
        "CurrencyRef": invoice.doc["CurrencyRef"],
        "TotalAmt": _ZERO,
        "UnappliedAmt": _ZERO,
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
        amount = _amount(line)
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
