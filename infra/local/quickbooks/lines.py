"""The lines of an invoice: checked, completed and put in order as QuickBooks stores them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from .books import Books, Row, money
from .checks import ZERO, amount_of, inactive, line_kind
from .faults import RefusalError, business
from .fields import Doc
from .names import bad_reference

_SHIPPING = "SHIPPING_ITEM_ID"
# Digits after the point of a quantity and a price: those stored, and those compared.
_KEPT, _COMPARED = Decimal("1e-7"), Decimal("1e-5")


class _LineIds:
    """The Ids of an invoice's lines: old ones are kept, new ones have never been used."""

    def __init__(self, books: Books, old: Row | None) -> None:
        self._refuse = old is not None and books.switches.unknown_line_is_refused
        self._free = {line["Id"] for line in old.doc["Line"] if "Id" in line} if old else set()
        self._last = old.last_line if old else 0

    def take(self, line: Doc) -> str:
        sent = line.get("Id")
        if sent in self._free:
            self._free.discard(sent)
            return str(sent)
        if sent is not None and int(sent) > 0 and self._refuse:
            raise bad_reference("Lines", sent)
        self._last += 1
        return str(self._last)


def build_lines(books: Books, sent: Iterable[Doc], old: Row | None) -> list[Doc]:
    """Return the stored lines: sales and descriptions, then the subtotal, then the discount."""
    ids = _LineIds(books, old)
    kept: list[Doc] = []
    discounts: list[Doc] = []
    running = subtotal = ZERO
    for line in sent:
        kind = line_kind(line)
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
                running = ZERO
        else:
            raise RefusalError("5030", f"Lines of type {kind} are not supported", "Line.DetailType")
        number = line.get("LineNum", len(kept) + 1)
        kept.append({"Id": ids.take(line), "LineNum": number, **built})
        amount = built.get("Amount", ZERO)
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


def last_line(lines: Iterable[Doc]) -> int:
    return max((int(line["Id"]) for line in lines if "Id" in line), default=0)


def check_stock(books: Books, lines: Iterable[Doc], txn_date: str) -> None:
    """Refuse lines of inventory without a quantity, or dated before the inventory begins.

    The words of 6520 were recorded (n8n-io/n8n, issue 12956).
    """
    for line in lines:
        detail = line.get("SalesItemLineDetail", {})
        item = books.find("Item", detail.get("ItemRef", {}).get("value", ""))
        if item is None or item.doc["Type"] != "Inventory":
            continue
        if "Qty" not in detail:
            raise RefusalError("6520", "Quantity required for inventory item")
        if txn_date < item.doc.get("InvStartDate", ""):
            raise RefusalError("6270", "Transaction date is prior to start date for inventory item")


def _sales_line(books: Books, line: Doc) -> Doc:
    detail = _known_factors(line["SalesItemLineDetail"])
    amount = amount_of(line)
    if "Qty" in detail and "UnitPrice" in detail:
        _check_product(detail["Qty"], detail["UnitPrice"], amount)
    common = _common(line)
    item_id = detail.get("ItemRef", {}).get("value") or _default_item(books)
    if item_id is None:  # a line without an item is documentation, its amount is ignored
        return {**common, "DetailType": "DescriptionOnly"}
    stored = _without(detail, "ItemRef", "ItemAccountRef", "TaxCodeRef")
    for name in ("Qty", "UnitPrice"):
        if name in stored:
            stored[name] = stored[name].quantize(_KEPT, ROUND_HALF_UP)
    if item_id == _SHIPPING:
        if not books.preference("SalesFormsPrefs.AllowShipping"):
            raise business("Shipping on sales forms is turned off.")
        taxable = False
        stored["ItemRef"] = {"value": item_id}
    else:
        item = _item(books, item_id, detail)
        taxable = bool(item.doc["Taxable"])
        stored["ItemRef"] = books.reference("Item", item_id)
        if "IncomeAccountRef" in item.doc:
            stored["ItemAccountRef"] = item.doc["IncomeAccountRef"]
    tax_code = _tax_code(books, detail, taxable=taxable)
    if tax_code is not None:
        stored["TaxCodeRef"] = {"value": tax_code}
    return {
        **common,
        "Amount": amount,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": stored,
    }


def _known_factors(detail: Doc) -> Doc:
    """Return the detail without a quantity and a price that are both 0: they mean "not given".

    python-quickbooks sends them so beside any amount, and its own tests in a sandbox do.
    """
    if any(detail.get(name, 1) != 0 for name in ("Qty", "UnitPrice")):
        return detail
    return _without(detail, "Qty", "UnitPrice")


def _common(line: Doc) -> Doc:
    """Return what lines of each type store: description, custom fields, project and costs."""
    details = [name for name in line if name.endswith("LineDetail")]
    return _without(line, "Id", "LineNum", "Amount", "DetailType", "LinkedTxn", *details)


def _without(fields: Doc, *names: str) -> Doc:
    return {name: value for name, value in fields.items() if name not in names and value != ""}


def _check_product(quantity: Decimal, price: Decimal, amount: Decimal) -> None:
    """Refuse an amount that is not the product, of which only five digits are looked at.

    Sources differ on the digits; the fewest are assumed.
    """
    compared = [each.quantize(_COMPARED, ROUND_HALF_UP) for each in (quantity, price)]
    if money(compared[0] * compared[1]) != amount:
        raise RefusalError(
            "6070", f"Amount is not equal to UnitPrice * Qty. Supplied value:{amount}"
        )


def _item(books: Books, item_id: str, detail: Doc) -> Row:
    """Return the row of an item that a line with this detail may sell."""
    item = books.find("Item", item_id)
    if item is None:
        raise bad_reference("Items", item_id)
    if not item.doc["Active"]:
        raise inactive(books)
    if item.doc["Type"] in ("Category", "Group", "Bundle"):
        raise business("A category or bundle cannot be used as the item of a sales line.")
    if item.doc["DeferredRevenue"] and "ServiceDate" not in detail:
        raise business(
            "Enter a service date for each product or service with a revenue recognition schedule."
        )
    return item


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
    row = books.find("TaxCode", code)
    if row is None:
        raise bad_reference("TaxCodes", code)
    if not row.doc["Active"]:
        raise inactive(books)
    return str(code)


def _description_line(line: Doc, running: Decimal) -> Doc:
    text = line.get("Description", "")
    if text == "Subtotal:" or text.startswith("Subtotal: "):
        text = f"Subtotal: {money(running)}"
    built = {**_common(line), "Description": text, "DetailType": "DescriptionOnly"}
    if "DescriptionLineDetail" in line:
        built["DescriptionLineDetail"] = line["DescriptionLineDetail"]
    return built


def _discount_line(books: Books, line: Doc, subtotal: Decimal) -> Doc:
    if not books.preference("SalesFormsPrefs.AllowDiscount"):
        raise business("Discounts on sales forms are turned off.")
    detail: Doc = line["DiscountLineDetail"]
    account = detail.get("DiscountAccountRef", {}).get("value")
    sent = books.find("Account", account) if account else None
    if account and sent is None:
        raise bad_reference("Accounts", account)
    if sent is not None and not sent.doc["Active"]:
        raise inactive(books)
    account = account or books.preference("SalesFormsPrefs.DefaultDiscountAccount")
    stored = {"PercentBased": False, **_without(detail, "DiscountPercent")}
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
        amount = amount_of(line)
    if amount < 0:
        raise RefusalError("2290", f"Negative amounts aren't supported. Supplied value:{amount}")
    if amount > max(subtotal, ZERO):
        raise business("The discount amount can't be greater than the subtotal.")
    stored["DiscountAccountRef"] = books.reference("Account", account)
    return {
        **_common(line),
        "Amount": amount,
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": stored,
    }
