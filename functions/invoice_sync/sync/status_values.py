"""The values of the properties that show the sync on HubSpot's invoices, by which people filter,
list and start workflows. Shapes: guide "Properties API"."""

from __future__ import annotations

from decimal import Decimal

from invoice_sync.failures.variants import entry
from invoice_sync.hubspot.property_definitions import LAST_SYNCED
from invoice_sync.model.money import to_minor_unit
from invoice_sync.model.record import Record
from invoice_sync.quickbooks.pages import invoice_link


def values(record: Record, quickbooks_base_url: str) -> dict[str, str]:
    """Return what a record shows, by property; empty text clears. Of failures only the titles:
    their details may name people."""
    failure = record.failure if record.status == "failing" else None
    quickbooks_id = "" if record.is_gone else record.quickbooks_id
    written = record.written if quickbooks_id else None
    balances, currency = record.balances, record.balances.currency
    in_quickbooks = quickbooks_id and balances.quickbooks is not None
    link = invoice_link(quickbooks_id, quickbooks_base_url) if quickbooks_id else ""
    in_invoice = {"qbo_invoice_number": written.number if written else "", "qbo_invoice_link": link}
    return {
        "qbo_sync_status": record.status,
        "qbo_failure_code": failure.code if failure else "",
        "qbo_failure": entry(failure).title if failure else "",
        # HubSpot may know of an invoice that our table has forgotten (`sync.forgotten`).
        **(in_invoice if record.was_written else {}),
        "qbo_payment_status": balances.payment_status if in_quickbooks else "",
        "qbo_balance": _money(balances.quickbooks, currency) if in_quickbooks else "",
        LAST_SYNCED: _utc(record),
    }


def _money(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else f"{to_minor_unit(amount, currency):f}"


def _utc(record: Record) -> str:
    if record.synced_at is None:
        return ""
    return record.synced_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
