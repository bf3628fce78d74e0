"""What the auditor notes while people work: what he cannot read off the two systems later."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from infra.local.hubspot import Portal
from infra.local.quickbooks import Realm


@dataclass(frozen=True)
class Edit:
    """A person set a field of a QuickBooks invoice, or of its first line, to a value."""

    quickbooks_id: str
    name: str
    value: Any
    on_line: bool = False


@dataclass
class Ledger:
    """Ids are those of the system that the word before them names."""

    # What people wrote in QuickBooks themselves.
    written_by_hand: set[str] = field(default_factory=set)
    deleted_by_hand: set[str] = field(default_factory=set)
    voided_by_hand: set[str] = field(default_factory=set)
    edits: dict[tuple[str, str], Edit] = field(default_factory=dict)
    payments_by_hand: set[str] = field(default_factory=set)
    payments_deleted_by_hand: set[str] = field(default_factory=set)
    # A customer that QuickBooks merged into another, by id.
    merged: dict[str, str] = field(default_factory=dict)
    # The customer of a QuickBooks invoice as first seen, or as somebody decided.
    customers: dict[str, str] = field(default_factory=dict)
    # HubSpot invoices that are none of ours by how they were made, with the reason.
    not_ours: dict[str, str] = field(default_factory=dict)
    # HubSpot invoices about which somebody decided with a click, and what.
    decisions: dict[str, list[str]] = field(default_factory=dict)
    # Every address that a HubSpot contact, or a QuickBooks customer, has ever had, by its id.
    contact_emails: dict[str, set[str]] = field(default_factory=dict)
    customer_emails: dict[str, set[str]] = field(default_factory=dict)
    # HubSpot payments that came in, by id: the invoices that each hangs on.
    payments: dict[str, tuple[str, ...]] = field(default_factory=dict)

    # Those of them of which something was given back.
    refunds: set[str] = field(default_factory=set)

    def watch_emails(self, portal: Portal, realm: Realm) -> None:
        """Note whose addresses are whose now."""
        for contact_id in portal.ids("contacts"):
            properties = portal.record("contacts", contact_id).properties
            addresses = [properties.get("email") or ""]
            addresses += (properties.get("hs_additional_emails") or "").split(";")
            _note(self.contact_emails, contact_id, addresses)
        for row in realm.customers:
            addresses = row.get("PrimaryEmailAddr", {}).get("Address", "").split(",")
            _note(self.customer_emails, row["Id"], addresses)

    def note_edit(self, edit: Edit) -> None:
        self.edits[edit.quickbooks_id, edit.name] = edit

    def customer_now(self, customer_id: str) -> str:
        """Follow the merges."""
        while customer_id in self.merged:
            customer_id = self.merged[customer_id]
        return customer_id


def _note(owners: dict[str, set[str]], owner: str, addresses: list[str]) -> None:
    noted = {address.strip().casefold() for address in addresses} - {""}
    owners.setdefault(owner, set()).update(noted)
