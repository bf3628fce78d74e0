"""Customers, vendors, employees and items: their names, their defaults, their limits."""

from __future__ import annotations

import re
from typing import Any

from .books import Books, Row, currency
from .faults import RefusalError, business, missing
from .fields import Doc, check_email, normalise

PEOPLE = ("Customer", "Vendor", "Employee")
_NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
_DELETED = " (deleted)"
_READ_ONLY = {"Id", "SyncToken", "MetaData", "sparse", "domain", "status", "FullyQualifiedName"}
_READ_ONLY |= {"Balance", "BalanceWithJobs", "Level", "OverDueBalance"}
_SUB_LEVELS = 4


def write(books: Books, kind: str, payload: Any) -> Row:
    """Create a row, or update the one with the payload's Id, in full or sparsely."""
    sent = normalise(kind, payload)
    if "Id" not in sent:
        if sent.get("sparse"):
            raise missing("Id")
        return create(books, kind, sent)
    row = books.current(kind, sent)
    return change(books, row, sent, sparse=sent.get("sparse", False))


def create(books: Books, kind: str, sent: Doc) -> Row:
    fields = _writable(sent)
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
        fields = {name: value for name, value in fields.items() if value != ""}
        if row.kind != "Item" and not fields.get("DisplayName"):
            fields["DisplayName"] = row.doc["DisplayName"]
    else:
        fields.setdefault("Active", True)
    name_field = "Name" if row.kind == "Item" else "DisplayName"
    _activity(books, row, fields, name_field)
    build = _item if row.kind == "Item" else _person
    doc = build(books, row.kind, fields, row)
    _release(books, row)
    row.doc = doc
    _claim(books, row)
    books.touch(row)
    return row


def _writable(sent: Doc) -> Doc:
    return {name: value for name, value in sent.items() if name not in _READ_ONLY}


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
        fields[name_field] = free_name(books, row.kind, name + _DELETED)
    elif will and not was:
        fields[name_field] = re.sub(r" \(deleted(-\d+)?\)$", "", name)


def free_name(books: Books, kind: str, name: str) -> str:
    taken = books.item_names if kind == "Item" else books.names
    candidate, number = name, 1
    while _folded(candidate) in taken:
        candidate, number = f"{name.removesuffix(')')}-{number})", number + 1
    return candidate


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _claim(books: Books, row: Row) -> None:
    if row.kind == "Item":
        books.item_names[_folded(row.doc["Name"])] = row.id
    else:
        books.names[_folded(row.doc["DisplayName"])] = row.id


def _release(books: Books, row: Row) -> None:
    if row.kind == "Item":
        books.item_names.pop(_folded(row.doc["Name"]), None)
    else:
        books.names.pop(_folded(row.doc["DisplayName"]), None)


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
    holder = books.names.get(_folded(display))
    if holder and (old is None or holder != old.id):
        raise RefusalError(
            "6240",
            "The name supplied already exists. : Another customer, vendor or employee is already "
            "using this \nname. Please use a different name.",
        )
    doc = dict(fields)
    if "PrimaryEmailAddr" in doc and not doc["PrimaryEmailAddr"].get("Address"):
        del doc["PrimaryEmailAddr"]
    if "PrimaryEmailAddr" in doc:
        check_email(doc["PrimaryEmailAddr"]["Address"], "PrimaryEmailAddr")
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
    doc["BalanceWithJobs"] = doc["Balance"]
    doc.setdefault("Taxable", True)
    doc.setdefault("Job", False)
    doc.setdefault("BillWithParent", False)
    doc.setdefault("PreferredDeliveryMethod", "Print")
    for reference, listed in (("SalesTermRef", "Term"), ("DefaultTaxCodeRef", "TaxCode")):
        if reference in doc:
            doc[reference] = _listed(books, listed, doc[reference]["value"])
    return _placed(books, doc)


def _placed(books: Books, doc: Doc) -> Doc:
    """Place a customer on its own, or below another one."""
    parent_id = doc.get("ParentRef", {}).get("value")
    if doc["Job"] and not parent_id:
        raise RefusalError("6150", "ParentRef is required when Job is true", "ParentRef")
    if not parent_id:
        return doc | {"FullyQualifiedName": doc["DisplayName"]}
    parent = books.find("Customer", parent_id)
    if parent is None:
        raise bad_reference("Customers", parent_id)
    level = parent.doc.get("Level", 0) + 1
    if level > _SUB_LEVELS:
        raise RefusalError("6180", "A customer can stand at most four levels below another one")
    above = parent.doc["FullyQualifiedName"]
    return doc | {
        "Job": True,
        "ParentRef": {"value": parent_id, "name": above},
        "Level": level,
        "FullyQualifiedName": f"{above}:{doc['DisplayName']}",
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
    holder = books.item_names.get(_folded(name))
    if holder and (old is None or holder != old.id):
        raise RefusalError(
            "6240",
            "The name supplied already exists. : Another product or service is already using this "
            "\nname. Please use a different name.",
        )
    kept = {"Type": old.doc["Type"]} if old else {}
    doc = {"Type": "Service", "Taxable": False, "UnitPrice": 0, "PurchaseCost": 0, **kept, **fields}
    doc |= {"Name": name, "FullyQualifiedName": name}
    doc.setdefault("TrackQtyOnHand", False)
    doc.setdefault("DeferredRevenue", False)
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
    if "ParentRef" in doc:
        parent = _listed(books, "Item", doc["ParentRef"]["value"])
        doc |= {
            "SubItem": True,
            "ParentRef": parent,
            "FullyQualifiedName": f"{parent['name']}:{name}",
        }
    return doc
