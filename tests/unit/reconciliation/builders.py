"""Invoices of both systems, and the report about them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from invoice_sync.model.hubspot import InvoiceSummary
from invoice_sync.model.markers import marker
from invoice_sync.model.quickbooks import QuickBooksInvoice
from invoice_sync.model.record import Record
from invoice_sync.reconciliation.compare import Row, Window, rows

PORTAL = "24680"
START, END = date(2026, 1, 1), date(2026, 1, 31)


def in_hubspot(invoice_id: str, **changes: Any) -> InvoiceSummary:
    values: dict[str, Any] = {
        "id": invoice_id,
        "number": f"INV-{invoice_id}",
        "status": "open",
        "currency": "USD",
        "amount": Decimal("100.00"),
        "invoice_date": date(2026, 1, 10),
        **changes,
    }
    return InvoiceSummary(**values)


def in_quickbooks(number: str, **changes: Any) -> QuickBooksInvoice:
    """Return QuickBooks' side of the HubSpot invoice with the same number; its id is 9<number>."""
    total = changes.pop("total", Decimal("100"))
    values: dict[str, Any] = {
        "id": f"9{number}",
        "sync_token": "0",
        "number": f"INV-{number}",
        "customer_id": "58",
        "currency": "USD",
        "total": total,
        "balance": total,
        "invoice_date": date(2026, 1, 10),
        **changes,
    }
    return QuickBooksInvoice(**values)


def marked(number: str, portal_id: str = PORTAL) -> dict[str, str]:
    """Return the field of a QuickBooks invoice by which we know it as ours."""
    return {"private_note": marker(portal_id, number)}


def recorded(number: str, status: str = "synced", **changes: Any) -> dict[str, Record]:
    values = {"quickbooks_id": f"9{number}", "status": status, **changes}
    return {number: Record(portal_id=PORTAL, invoice_id=number, **values)}


def compared(
    hubspot: list[InvoiceSummary],
    quickbooks: list[QuickBooksInvoice],
    records: dict[str, Record] | None = None,
    **more: Any,
) -> list[Row]:
    """Return the rows of a report whose only window has these invoices."""
    records = records or {}
    window = Window(
        portal_id=PORTAL,
        hubspot=tuple(hubspot),
        quickbooks=tuple(quickbooks),
        records=records,
        links={one.quickbooks_id: one.invoice_id for one in records.values() if one.quickbooks_id},
        **more,
    )
    return rows(window, START, END)
