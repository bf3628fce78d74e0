"""The properties that show the sync on HubSpot's invoices, for people's filters, lists and
workflows.

Source of the shapes: guide "Properties API".
"""

from __future__ import annotations

from typing import Any

OBJECT_TYPE = "invoices"
GROUP = {"name": "quickbooks_sync", "label": "QuickBooks sync"}


def _property(
    name: str, label: str, value_type: str, field_type: str, *options: str
) -> dict[str, Any]:
    definition: dict[str, Any] = {
        "groupName": GROUP["name"],
        "name": name,
        "label": label,
        "type": value_type,
        "fieldType": field_type,
    }
    if options:
        definition["options"] = [
            {
                "label": value.replace("_", " ").capitalize(),
                "value": value,
                "displayOrder": position,
                "hidden": False,
            }
            for position, value in enumerate(options)
        ]
    return definition


DEFINITIONS = (
    _property(
        "qbo_sync_status",
        "QuickBooks sync status",
        "enumeration",
        "select",
        "pending",
        "synced",
        "failing",
        "skipped",
    ),
    _property("qbo_failure_code", "QuickBooks failure code", "string", "text"),
    _property("qbo_failure", "QuickBooks failure", "string", "textarea"),
    _property("qbo_invoice_number", "QuickBooks invoice number", "string", "text"),
    # Read back too: it tells what our table has forgotten.
    _property("qbo_invoice_link", "QuickBooks invoice link", "string", "text"),
    _property(
        "qbo_payment_status",
        "QuickBooks payment status",
        "enumeration",
        "select",
        "unpaid",
        "partly_paid",
        "paid",
        "voided",
    ),
    _property("qbo_balance", "QuickBooks balance", "number", "number"),
    _property("qbo_last_synced", "QuickBooks last synced", "datetime", "date"),
)
# Changes at every sync: alone it is no reason to write.
LAST_SYNCED = "qbo_last_synced"
