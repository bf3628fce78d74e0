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
# What a line carries beside its amount and its detail; an update that leaves it out takes it away.
_COMMON = ("Description", "CustomField", "LinkedTxn", "ProjectRef", "CustomExtensions")
# Decimals of a quantity and a price: kept at seven, compared at five (third parties; they differ).
_KEPT, _COMPARED = Decimal("1e-7"), Decimal("1e-5")


def build_lines(
    books: Books, sent: Iterable[Doc], old: list[Doc] | None, txn_date: str
) -> list[Doc]:
    """Return the stored lines: sales and descriptions, then the subtotal, then the discount.

    In an update a line with the Id of an `old` one takes its place, one without Id is new, and any
    other Id is refused. In a creation (`old` is None) Ids mean nothing.
    """
    free_ids = {line["Id"] for line in old or [] if "Id" in line}
    highest = max((int(each) for each in free_ids), default=0)
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
            built = _sales_line(books, line, txn_date)
        elif kind == "DescriptionOnly":
            built = _description_line(line, running)
            if built.get("Description", "").startswith("Subtotal: "):
                running = ZERO
        else:
            raise RefusalError("5030", f"Lines of type {kind} are not supported", "Line.DetailType")
        line_id = line.get("Id") if old is not None else None
        if line_id is None:
            highest += 1
            line_id = str(highest)
        elif line_id in free_ids:
            free_ids.discard(line_id)
        else:
            raise bad_reference("Lines", line_id)
        kept.append({"Id": line_id, "LineNum": len(kept) + 1, **built})
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


def _sales_line(books: Books, line: Doc, txn_date: str) -> Doc:
    detail = _factors(line["SalesItemLineDetail"])
    amount = amount_of(line)
    _check_product(detail, amount)
    common = {name: line[name] for name in _COMMON if line.get(name)}
    item_id = detail.get("ItemRef", {}).get("value") or _default_item(books)
    if item_id is None:  # a line without an item is documentation, its amount is ignored
        return {**common, "DetailType": "DescriptionOnly"}
    stored: Doc = {name: value for name, value in detail.items() if value not in ("", None)}
    if item_id == _SHIPPING:
        if not books.preference("SalesFormsPrefs.AllowShipping"):
            raise business("Shipping on sales forms is turned off.")
        taxable = False
        stored["ItemRef"] = {"value": item_id}
    else:
        item = _item(books, item_id, detail, txn_date)
        taxable = bool(item.doc["Taxable"])
        stored["ItemRef"] = books.reference("Item", item_id)
        if "IncomeAccountRef" in item.doc:
            stored["ItemAccountRef"] = item.doc["IncomeAccountRef"]
    tax_code = _tax_code(books, detail, taxable=taxable)
    stored.pop("TaxCodeRef", None)
    if tax_code is not None:
        stored["TaxCodeRef"] = {"value": tax_code}
    return {
        **common,
        "Amount": amount,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": stored,
    }


def _factors(detail: Doc) -> Doc:
    """Return the detail with its quantity and its price as they are kept.

    python-quickbooks sends both as 0, and a TaxInclusiveAmt of 0, where they are not known.
    """
    kept = dict(detail)
    if (
        not any(kept.get(name) for name in ("Qty", "UnitPrice"))
        and len({"Qty", "UnitPrice"} & kept.keys()) == 2
    ):
        del kept["Qty"], kept["UnitPrice"]
    if not kept.get("TaxInclusiveAmt"):
        kept.pop("TaxInclusiveAmt", None)
    for name in ("Qty", "UnitPrice"):
        if name in kept:
            kept[name] = Decimal(kept[name]).quantize(_KEPT, ROUND_HALF_UP)
    return kept


def _check_product(detail: Doc, amount: Decimal) -> None:
    if "Qty" not in detail or "UnitPrice" not in detail:
        return
    quantity, price = (
        Decimal(detail[name]).quantize(_COMPARED, ROUND_HALF_UP) for name in ("Qty", "UnitPrice")
    )
    if money(quantity * price) != amount:
        raise RefusalError(
            "6070", f"Amount is not equal to UnitPrice * Qty. Supplied value:{amount}"
        )


def _item(books: Books, item_id: str, detail: Doc, txn_date: str) -> Row:
    """Return the row of an item that a line with this detail may sell."""
    item = books.find("Item", item_id)
    if item is None:
        raise bad_reference("Items", item_id)
    if not item.doc["Active"]:
        raise inactive(books)
    if item.doc["Type"] == "Inventory":
        if not detail.get("Qty"):
            raise RefusalError("6520", "Quantity required for inventory item", "Line.Qty")
        if txn_date < item.doc["InvStartDate"]:
            raise RefusalError("6270", "Transaction date is prior to start date for inventory item")
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
    common = {name: line[name] for name in _COMMON if line.get(name)}
    stored = {**common, "Description": text, "DetailType": "DescriptionOnly"}
    if line.get("DescriptionLineDetail"):
        stored["DescriptionLineDetail"] = line["DescriptionLineDetail"]
    return stored


def _discount_line(books: Books, line: Doc, subtotal: Decimal) -> Doc:
    if not books.preference("SalesFormsPrefs.AllowDiscount"):
        raise business("Discounts on sales forms are turned off.")
    detail: Doc = line["DiscountLineDetail"]
    account = detail.get("DiscountAccountRef", {}).get("value")
    if account and books.find("Account", account) is None:
        raise bad_reference("Accounts", account)
    account = account or books.preference("SalesFormsPrefs.DefaultDiscountAccount")
    stored: Doc = {name: detail[name] for name in ("ClassRef", "TaxCodeRef") if name in detail}
    stored["PercentBased"] = detail.get("PercentBased", False)
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
    if amount > subtotal:
        raise business("The discount amount can't be greater than the subtotal")
    stored["DiscountAccountRef"] = books.reference("Account", account)
    return {"Amount": amount, "DetailType": "DiscountLineDetail", "DiscountLineDetail": stored}
