"""The properties that show the sync on HubSpot's invoices, so that people filter, list and start
workflows by them. Shapes: guide "Properties API"."""

from __future__ import annotations

from typing import Any

from ..failures import entry
from ..model import Record, to_minor_unit
from ..quickbooks.links import invoice_link

OBJECT_TYPE = "invoices"
GROUP = {"name": "quickbooks_sync", "label": "QuickBooks sync"}


def _one(name: str, label: str, kind: str, field: str, *options: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "groupName": GROUP["name"],
        "name": name,
        "label": label,
        "type": kind,
        "fieldType": field,
    }
    if options:
        found["options"] = [
            {
                "label": value.replace("_", " ").capitalize(),
                "value": value,
                "displayOrder": place,
                "hidden": False,
            }
            for place, value in enumerate(options)
        ]
    return found


DEFINITIONS = (
    _one(
        "qbo_sync_status",
        "QuickBooks sync status",
        "enumeration",
        "select",
        "pending",
        "synced",
        "failing",
        "skipped",
    ),
    _one("qbo_failure_code", "QuickBooks failure code", "string", "text"),
    _one("qbo_failure", "QuickBooks failure", "string", "textarea"),
    _one("qbo_invoice_number", "QuickBooks invoice number", "string", "text"),
    _one("qbo_invoice_link", "QuickBooks invoice link", "string", "text"),
    _one(
        "qbo_payment_status",
        "QuickBooks payment status",
        "enumeration",
        "select",
        "unpaid",
        "partly_paid",
        "paid",
        "voided",
    ),
    _one("qbo_balance", "QuickBooks balance", "number", "number"),
    _one("qbo_last_synced", "QuickBooks last synced", "datetime", "date"),
)
# Moves at every look: alone it is no reason to write.
LAST_SYNCED = "qbo_last_synced"


def values(record: Record, quickbooks_base_url: str) -> dict[str, str]:
    """What a record shows; empty text clears. Titles of failures only: their details may name
    people."""
    failure = record.failure if record.status == "failing" else None
    written = record.written if record.quickbooks_id else None
    link = invoice_link(record.quickbooks_id, quickbooks_base_url) if record.quickbooks_id else ""
    return {
        "qbo_sync_status": record.status,
        "qbo_failure_code": failure.code if failure else "",
        "qbo_failure": entry(failure).title if failure else "",
        "qbo_invoice_number": written.number if written else "",
        "qbo_invoice_link": link,
        "qbo_payment_status": written.payment_status if written else "",
        "qbo_balance": f"{to_minor_unit(written.balance, written.currency):f}" if written else "",
        LAST_SYNCED: _utc(record),
    }


def _utc(record: Record) -> str:
    if record.synced_at is None:
        return ""
    return record.synced_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
