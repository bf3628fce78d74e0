"""What the page shows of the account, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ...quickbooks import Realm
from ..money import rounded
from ..portal import Portal
from ..records import Record
from ..types import BY_ALIAS

Json = dict[str, Any]
_NEIGHBOURS = ("invoices", "contacts", "companies", "deals")
_QUICKBOOKS_KINDS = {
    "invoice": ("invoices", "Invoice"),
    "recvpayment": ("payments", "Payment"),
    "creditmemo": ("credits", "Credit memo"),
    "customerdetail": ("customers", "Customer"),
}


def invoices(portal: Portal) -> list[Json]:
    """Return a row for each invoice, the newest first."""
    return [_row(portal, portal.record("invoices", id_)) for id_ in portal.ids("invoices")[::-1]]


def record(portal: Portal, type_name: str, record_id: str) -> Json:
    """Return a record with its neighbours. `type_name` is singular.

    Raises LookupError when there is no such record.
    """
    kind = BY_ALIAS[type_name]
    found = portal.record(kind.name, record_id)
    return {
        "id": found.id,
        "typeId": kind.type_id,
        "name": _name(found),
        "properties": found.properties,
        "parts": _parts(portal, record_id) if kind.name == "invoices" else {},
        "neighbours": [
            {"id": other, "type": BY_ALIAS[end].singular, "name": _name(portal.record(end, other))}
            for end in _NEIGHBOURS
            if end != kind.name
            for other in portal.associated(kind.name, record_id, end)
        ],
    }


def associations(
    portal: Portal, link: tuple[str, str, str], names: Sequence[str], offset: int, length: int
) -> Json:
    """Return a page of the records at the other end, as `useAssociations` gets it.

    `link`: a record's type and id, and the type at the other end; ids of types will do. Raises
    LookupError when there is no such record or type.
    """
    start, record_id, end = BY_ALIAS[link[0]].name, link[1], BY_ALIAS[link[2]].name
    portal.record(start, record_id)
    ids = portal.associated(start, record_id, end)
    chosen = ids[offset : offset + length]
    results = []
    for other in chosen:
        properties = portal.record(end, other).properties
        kept = {name: properties.get(name) for name in names}
        results.append({"toObjectId": int(other), "associationTypes": [], "properties": kept})
    after = offset + len(chosen)
    return {"results": results, "hasMore": after < len(ids), "nextOffset": after}


def quickbooks(realm: Realm, page: str, row_id: str) -> Json:
    """Return a document or customer of QuickBooks. `page` is named as in QuickBooks' addresses.

    Raises LookupError when there is none.
    """
    rows, kind = _QUICKBOOKS_KINDS[page]
    for row in getattr(realm, rows):
        if row["Id"] == row_id:
            title = row.get("DocNumber") or row.get("DisplayName") or row_id
            return {"title": f"{kind} {title}", "facts": _facts(row), "lines": _lines(row)}
    raise LookupError(row_id)


def _row(portal: Portal, invoice: Record) -> Json:
    values = invoice.properties
    return {
        "id": invoice.id,
        "number": values.get("hs_number", ""),
        "customer": _customer(portal, invoice.id),
        "amount": values.get("hs_amount_billed", ""),
        "currency": values.get("hs_currency", ""),
        "status": values.get("hs_invoice_status", ""),
        "syncStatus": values.get("qbo_sync_status", ""),
        "link": values.get("qbo_invoice_link", ""),
    }


def _parts(portal: Portal, invoice_id: str) -> dict[str, list[Json]]:
    """Return an invoice's lines and payments, by the headings of the page."""
    parts = {
        "Line items": [
            {"name": f"{line['quantity']} x {line['name']}", "amount": line.get("amount", "")}
            for line in _associated(portal, invoice_id, "line_items")
        ],
        "Payments": [
            {"name": payment["hs_latest_status"], "amount": payment["hs_initial_amount"]}
            for payment in _associated(portal, invoice_id, "commerce_payments")
        ],
    }
    return {heading: ones for heading, ones in parts.items() if ones}


def _associated(portal: Portal, invoice_id: str, end: str) -> list[Mapping[str, str]]:
    ids = portal.associated("invoices", invoice_id, end)
    return [portal.record(end, other).properties for other in ids]


def _customer(portal: Portal, invoice_id: str) -> str:
    for end in ("companies", "contacts"):
        for other in portal.associated("invoices", invoice_id, end):
            return _name(portal.record(end, other))
    return ""


def _name(one: Record) -> str:
    values = one.properties
    person = " ".join(filter(None, (values.get("firstname"), values.get("lastname"))))
    names = (values.get("hs_number"), values.get("name"), values.get("dealname"), person)
    return next(filter(None, (*names, values.get("email"))), f"{one.type} {one.id}")


def _facts(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    currency = row.get("CurrencyRef", {}).get("value", "USD")
    facts = {
        "Customer": row.get("CustomerRef", {}).get("name", ""),
        "Email": row.get("PrimaryEmailAddr", {}).get("Address", ""),
        "Date": row.get("TxnDate", ""),
        "Due": row.get("DueDate", ""),
        "Total": _money(row.get("TotalAmt"), currency),
        "Balance": _money(row.get("Balance"), currency),
        "Private note": row.get("PrivateNote", ""),
    }
    return [(name, value) for name, value in facts.items() if value]


def _money(amount: object, currency: str) -> str:
    if amount is None:
        return ""
    return f"{rounded(Decimal(str(amount)), currency):,} {currency}".rstrip()


def _lines(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    lines, currency = [], row.get("CurrencyRef", {}).get("value", "USD")
    for line in row.get("Line", []):
        item = line.get("SalesItemLineDetail", {}).get("ItemRef", {}).get("name", "")
        kind = line.get("DetailType", "Applied").removesuffix("LineDetail")
        lines.append(
            (line.get("Description") or item or kind, _money(line.get("Amount"), currency))
        )
    return lines
