"""Customers, vendors, employees and items: their names, their defaults, their limits."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from .books import Books, Row, currency
from .faults import RefusalError, business, missing, unsupported
from .fields import Doc, check_email, normalise

PEOPLE = ("Customer", "Vendor", "Employee")
_NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
_DELETED = " (deleted)"
_READ_ONLY = {"Id", "SyncToken", "MetaData", "sparse", "domain", "status", "FullyQualifiedName"}
_READ_ONLY |= {"Balance", "BalanceWithJobs", "Level", "OverDueBalance", "SubItem"}
_SUB_LEVELS = 4
# Bundles and projects are made by people only: reference pages "Item" and "Customer".
_BUNDLES = ("Group", "Bundle")


def write(books: Books, kind: str, payload: Any) -> Row:
    """Create a row, or update the one with the payload's Id, in full or sparsely."""
    sent = normalise(kind, payload)
    if "Id" not in sent:
        if sent.get("sparse"):
            raise missing("Id")
        if kind == "Item" and sent.get("Type") in _BUNDLES:
            raise unsupported("create of a bundle")
        sent.pop("IsProject", None)
        return create(books, kind, sent)
    row = books.current(kind, sent)
    if "IsProject" in row.doc:
        sent["IsProject"] = row.doc["IsProject"]
    else:
        sent.pop("IsProject", None)
    return change(books, row, sent, sparse=sent.get("sparse", False))


def create(books: Books, kind: str, sent: Doc) -> Row:
    fields = _given(sent)
    fields["Active"] = True
    build = _item if kind == "Item" else _person
    doc = build(books, kind, fields, None)
    row = books.add(kind, doc)
    _claim(books, row)
    return row


def change(books: Books, row: Row, sent: Doc, *, sparse: bool) -> Row:
    fields = _writable(sent)
    if sparse:
        kept = {name: value for name, value in row.doc.items() if name not in _READ_ONLY}
        fields = {**kept, **fields}
        fields = _given(fields)
        if row.kind != "Item" and not fields.get("DisplayName"):
            fields["DisplayName"] = row.doc["DisplayName"]
    else:
        fields = _given(fields)
        fields.setdefault("Active", True)
    name_field = "Name" if row.kind == "Item" else "DisplayName"
    _activity(books, row, fields, name_field)
    build = _item if row.kind == "Item" else _person
    doc = build(books, row.kind, fields, row)
    _release(books, row)
    old, row.doc = row.doc, doc
    _claim(books, row)
    books.touch(row)
    if old.get("FullyQualifiedName") != doc.get("FullyQualifiedName"):
        _rename_below(books, row)
    if row.kind == "Customer" and parent_of(old) != parent_of(doc):
        _shift_with_jobs(books, parent_of(old), -doc["BalanceWithJobs"])
        _shift_with_jobs(books, parent_of(doc), doc["BalanceWithJobs"])
    return row


def _writable(sent: Doc) -> Doc:
    return {name: value for name, value in sent.items() if name not in _READ_ONLY}


def _given(sent: Doc) -> Doc:
    return {name: value for name, value in _writable(sent).items() if value != ""}


def _activity(books: Books, row: Row, fields: Doc, name_field: str) -> None:
    """Free the name of a row that is deactivated, as the service does: it renames the row."""
    name = str(fields.get(name_field, ""))
    was, will = row.doc["Active"], fields["Active"]
    if was and not will:
        if row.doc.get("Balance"):
            raise RefusalError(
                "6220",
                "The entity you are trying to delete has an open balance. : This customer cannot "
                "be deleted because it has a non-zero balance",
            )
        fields[name_field] = free_name(books, row.kind, name + _DELETED, parent_of(fields))
    elif will and not was:
        fields[name_field] = re.sub(r" \(deleted(-\d+)?\)$", "", name)


def free_name(books: Books, kind: str, name: str, parent_id: str = "") -> str:
    taken = books.item_names if kind == "Item" else books.names
    candidate, number = name, 1
    while _key(kind, candidate, parent_id) in taken:
        candidate, number = f"{name.removesuffix(')')}-{number})", number + 1
    return candidate


def _key(kind: str, name: str, parent_id: str) -> str:
    """Return what must be unique: the name, for an item within its category."""
    folded = " ".join(name.split()).casefold()
    return f"{parent_id}:{folded}" if kind == "Item" else folded


def _claim(books: Books, row: Row) -> None:
    if row.kind == "Item":
        books.item_names[_key("Item", row.doc["Name"], parent_of(row.doc))] = row.id
    else:
        books.names[_key(row.kind, row.doc["DisplayName"], "")] = row.id


def _release(books: Books, row: Row) -> None:
    if row.kind == "Item":
        books.item_names.pop(_key("Item", row.doc["Name"], parent_of(row.doc)), None)
    else:
        books.names.pop(_key(row.kind, row.doc["DisplayName"], ""), None)


def parent_of(doc: Doc) -> str:
    """Return the id of the row above, or nothing."""
    return str(doc.get("ParentRef", {}).get("value", ""))


def _rename_below(books: Books, row: Row) -> None:
    """Bring the full names below a row up to date.

    It is not known that those rows count as changed, so they keep their times.
    """
    for each in books.rows[row.kind].values():
        if parent_of(each.doc) == row.id:
            own = each.doc["Name" if row.kind == "Item" else "DisplayName"]
            above = row.doc["FullyQualifiedName"]
            each.doc["ParentRef"] = {"value": row.id, "name": above}
            each.doc["FullyQualifiedName"] = f"{above}:{own}"
            each.doc["Level"] = row.doc.get("Level", 0) + 1
            _rename_below(books, each)


def shift_balance(books: Books, customer: Row, amount: Decimal) -> None:
    """Add to what a customer owes."""
    customer.doc["Balance"] += amount
    _shift_with_jobs(books, customer.id, amount)


def _shift_with_jobs(books: Books, customer_id: str, amount: Decimal) -> None:
    """Add to BalanceWithJobs, which has all that stand below a customer, from here upwards."""
    customer = books.find("Customer", customer_id)
    while customer is not None:
        customer.doc["BalanceWithJobs"] += amount
        customer = books.find("Customer", parent_of(customer.doc))


def _check_characters(fields: Doc, names: tuple[str, ...]) -> None:
    for name in names:
        refused = [sign for sign in ":\t\n" if sign in str(fields.get(name, ""))]
        if refused:
            raise RefusalError("2040", f"Element contains invalid characters: {refused[0]}", name)


def _person(books: Books, kind: str, fields: Doc, old: Row | None) -> Doc:
    _check_characters(fields, ("DisplayName", *_NAME_PARTS, "PrintOnCheckName"))
    given = fields.get("DisplayName") or " ".join(fields.get(n, "") for n in _NAME_PARTS)
    display = " ".join(given.split())
    if not display:
        raise RefusalError("6080", "No name provided: give a DisplayName or a part of a name")
    holder = books.names.get(_key(kind, display, ""))
    if holder and (old is None or holder != old.id):
        raise RefusalError(
            "6240",
            "The name supplied already exists. : Another customer, vendor or employee is already "
            "using this \nname. Please use a different name.",
        )
    if "PrimaryEmailAddr" in fields:
        check_email(fields["PrimaryEmailAddr"].get("Address", ""), "PrimaryEmailAddr")
    doc = dict(fields)
    doc["DisplayName"] = display
    doc.setdefault("PrintOnCheckName", display[:110])
    if kind == "Employee":
        doc.setdefault("BillableTime", False)
        return doc
    doc["CurrencyRef"] = _currency(books, fields, old)
    doc["Balance"] = old.doc["Balance"] if old else 0
    if kind == "Vendor":
        doc.setdefault("Vendor1099", False)
        return doc
    doc["BalanceWithJobs"] = old.doc["BalanceWithJobs"] if old else 0
    doc.setdefault("Taxable", True)
    doc.setdefault("Job", False)
    doc.setdefault("BillWithParent", False)
    doc.setdefault("PreferredDeliveryMethod", "Print")
    for reference, listed in (("SalesTermRef", "Term"), ("DefaultTaxCodeRef", "TaxCode")):
        if reference in doc:
            doc[reference] = _listed(books, listed, doc[reference]["value"])
    return _placed(books, doc, old)


def _placed(books: Books, doc: Doc, old: Row | None) -> Doc:
    """Place a customer on its own, or below another one."""
    if not parent_of(doc):
        if doc["Job"]:
            raise RefusalError("6150", "ParentRef is required when Job is true", "ParentRef")
        return doc | {"FullyQualifiedName": doc["DisplayName"], "BillWithParent": False}
    place = _below(books, "Customer", doc, doc["DisplayName"], old)
    parent = books.rows["Customer"][parent_of(doc)]
    if parent.doc["CurrencyRef"]["value"] != doc["CurrencyRef"]["value"]:
        raise business("A sub-customer has the currency of its parent customer.")
    return doc | {"Job": True} | place


def _below(books: Books, kind: str, doc: Doc, name: str, old: Row | None) -> Doc:
    """Return the properties that tell where a row stands below the one of its ParentRef."""
    what = f"{kind}s"
    parent = books.find(kind, parent_of(doc))
    if parent is None:
        raise bad_reference(what, parent_of(doc))
    if not parent.doc["Active"] and not (old and parent_of(old.doc) == parent.id):
        raise business(f"You can't place {what.lower()} below an inactive one.")
    above: Row | None = parent
    while above is not None:
        if old is not None and above.id == old.id:
            raise business("A name cannot stand below itself.")
        above = books.find(kind, parent_of(above.doc))
    level = parent.doc.get("Level", 0) + 1
    if level > _SUB_LEVELS:
        raise RefusalError("6180", f"{what} can stand at most four levels below another one")
    full = parent.doc["FullyQualifiedName"]
    return {
        "ParentRef": {"value": parent.id, "name": full},
        "Level": level,
        "FullyQualifiedName": f"{full}:{name}",
    }


def _currency(books: Books, fields: Doc, old: Row | None) -> Doc:
    sent = fields.get("CurrencyRef", {}).get("value")
    if old:
        has: Doc = old.doc["CurrencyRef"]
        if sent and sent != has["value"]:
            raise business("The currency of a customer or vendor cannot be changed.")
        return has
    code = sent or books.home_currency
    if len(code) != 3 or not code.isalpha() or not code.isupper():
        raise RefusalError("2220", f"Invalid currency code. Supplied value:{code}", "CurrencyRef")
    if code != books.home_currency and not books.multicurrency:
        raise business("Turn on multicurrency to use a currency other than the home currency.")
    return currency(code)


def _listed(books: Books, kind: str, row_id: str) -> Doc:
    if books.find(kind, row_id) is None:
        raise bad_reference(f"{kind}s", row_id)
    return books.reference(kind, row_id)


def bad_reference(what: str, row_id: str) -> RefusalError:
    return RefusalError("2500", f"Invalid Reference Id : {what} element id {row_id} not found")


def _item(books: Books, kind: str, fields: Doc, old: Row | None) -> Doc:
    name = " ".join(fields.get("Name", "").split())
    if not name:
        raise missing("Name")
    _check_characters({"Name": name, **fields}, ("Name",))
    holder = books.item_names.get(_key("Item", name, parent_of(fields)))
    if holder and (old is None or holder != old.id):
        raise RefusalError(
            "6240",
            "The name supplied already exists. : Another product or service is already using this "
            "\nname. Please use a different name.",
        )
    kept = {"Type": old.doc["Type"]} if old else {}
    doc = {"Type": "Service", "Taxable": False, **kept, **fields}
    doc |= {"Name": name, "FullyQualifiedName": name}
    if "ParentRef" in doc:
        doc |= {"SubItem": True, **_below(books, "Item", doc, name, old)}
        if books.rows["Item"][parent_of(doc)].doc["Type"] != "Category":
            raise business("The parent of a product or service must be a category.")
    if doc["Type"] == "Category":
        _check_category(doc)
        return doc
    for field in ("UnitPrice", "PurchaseCost"):
        doc.setdefault(field, 0)
    doc.setdefault("TrackQtyOnHand", False)
    doc.setdefault("DeferredRevenue", False)
    _accounts(books, doc)
    return doc


def _check_category(doc: Doc) -> None:
    """Refuse what only a thing to sell has: reference "Item", categories."""
    for field in ("Sku", "IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef"):
        if doc.get(field):
            raise RefusalError("2600", f"A category cannot have {field}", field)


def _accounts(books: Books, doc: Doc) -> None:
    needed = {
        "Inventory": ("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef", "InvStartDate"),
        "Service": ("IncomeAccountRef",),
        "NonInventory": ("IncomeAccountRef",),
    }
    for field in needed.get(doc["Type"], ()):
        if field not in doc:
            raise missing(field)
    for field in ("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef"):
        if field in doc:
            doc[field] = _listed(books, "Account", doc[field]["value"])
    income = books.find("Account", doc.get("IncomeAccountRef", {}).get("value", ""))
    if income and income.doc["AccountType"] != "Income":
        raise RefusalError("6430", "Invalid account type: an income account is required")
