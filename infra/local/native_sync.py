"""HubSpot's own QuickBooks sync, at work beside the product between the same two accounts.

It finds or makes the customer and the items, numbers its invoices itself, as it recommends, and
marks what it holds in HubSpot (knowledge base "Use the QuickBooks Online data sync").
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.hubspot import Portal
from infra.local.quickbooks import Realm, sales_line


class NativeSync:
    """Between a portal and a realm. It knows both as a person does, by their public helpers."""

    def __init__(self, portal: Portal, realm: Realm, first_number: int = 5001) -> None:
        self._portal, self._realm, self._next_number = portal, realm, first_number
        self._carried: dict[str, str] = {}

    def to_quickbooks(self, invoice_id: str) -> str:
        """Make the QuickBooks invoice of a HubSpot invoice, once, and return its id."""
        if invoice_id in self._carried:
            return self._carried[invoice_id]
        values = self._portal.record("invoices", invoice_id).properties
        made = self._realm.add_invoice(
            self._customer(invoice_id),
            self._lines(invoice_id, Decimal(values["hs_amount_billed"])),
            str(self._next_number),
            TxnDate=self._day(values["hs_invoice_date"]),
            DueDate=self._day(values["hs_due_date"]),
        )
        self._next_number += 1
        self._portal.hold_by_data_sync(invoice_id)
        self._carried[invoice_id] = str(made["Id"])
        return self._carried[invoice_id]

    def to_hubspot(self, quickbooks_id: str, contact_id: str | None = None) -> str:
        """Copy an invoice of QuickBooks into HubSpot, as the other direction does."""
        invoice = self._realm.invoice(quickbooks_id)
        lines = [
            {"name": line.get("Description", "Item"), "quantity": 1, "price": line["Amount"]}
            for line in invoice["Line"]
            if line["DetailType"] == "SalesItemLineDetail"
        ]
        invoice_id = self._portal.create_invoice(
            contact_id,
            lines=lines,
            number=invoice.get("DocNumber"),
            hs_invoice_source="data_sync",
        )
        self._portal.hold_by_data_sync(invoice_id)
        self._carried[invoice_id] = quickbooks_id
        return invoice_id

    # -- the parts of a QuickBooks invoice

    def _customer(self, invoice_id: str) -> str:
        """Return the customer with the first contact's email, or a new one."""
        contacts = self._portal.associated("invoices", invoice_id, "contacts")
        contact = self._portal.record("contacts", contacts[0]).properties if contacts else {}
        email = contact.get("email", "")
        for customer in self._realm.customers:
            address = customer.get("PrimaryEmailAddr", {}).get("Address", "")
            if email and address.casefold() == email.casefold():
                return str(customer["Id"])
        names = [contact.get("firstname", ""), contact.get("lastname", "")]
        name = " ".join(filter(None, names)) or email or f"HubSpot {invoice_id}"
        return str(self._realm.add_customer(name, email or None)["Id"])

    def _lines(self, invoice_id: str, total: Decimal) -> list[dict[str, Any]]:
        """Return the invoice's lines, and a last one for what its lines do not explain."""
        lines, left = [], total
        for line_id in self._portal.associated("invoices", invoice_id, "line_items"):
            values = self._portal.record("line_items", line_id).properties
            name, amount = values.get("name", "Item"), Decimal(values["amount"])
            lines.append(sales_line(self._item(name), str(amount), Description=name))
            left -= amount
        if left > 0:
            lines.append(sales_line(self._item("Adjustment"), str(left)))
        elif left < 0:
            discount = {"DetailType": "DiscountLineDetail", "Amount": float(-left)}
            lines.append({**discount, "DiscountLineDetail": {"PercentBased": False}})
        return lines

    def _item(self, name: str) -> str:
        for item in self._realm.items:
            if item["Name"].casefold() == name.casefold():
                return str(item["Id"])
        return str(self._realm.add_item(name)["Id"])

    def _day(self, moment: str) -> str:
        zone = ZoneInfo(self._portal.time_zone)
        return datetime.fromisoformat(moment).astimezone(zone).date().isoformat()
