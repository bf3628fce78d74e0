"""The properties that show the sync on HubSpot's invoices, so that people filter, list and start
workflows by them. Shapes: guide "Properties API"."""

from __future__ import annotations

from typing import Any

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
