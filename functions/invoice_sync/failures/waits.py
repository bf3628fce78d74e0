"""Waits: what a failing invoice waits for in QuickBooks. Pure.

A wait is a key. A change in QuickBooks gives keys too, and the invoices that wait for one of them
are synced again. A key too many costs a sync; for a key too few an invoice waits until the sweep.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NewType

from invoice_sync.model import normal_forms
from invoice_sync.model.detail import ContactDetail, ItemDetail
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    ClosedPeriod,
    CurrencyMismatch,
    DuplicateDisplayName,
    DuplicateDocumentNumber,
    InventoryNotStarted,
    InventoryQuantity,
    ItemAmbiguous,
    PaymentNotRecorded,
    ReferenceInactive,
    ServiceDateRequired,
    TaxCodeMissing,
    TotalMismatch,
)
from invoice_sync.model.hubspot import Invoice

# What may change in QuickBooks and be waited for. Not a key of `sync.remembered`.
WaitKey = NewType("WaitKey", str)
# The realm's settings.
PREFERENCES = WaitKey("PREFERENCES")
# Any vendor or employee: which of them has a name is not known.
OTHER_NAMES = WaitKey("OTHER_NAMES")
EMAILS, ITEMS = "EMAIL#", "ITEM#"
_WAITING_FOR_SETTINGS = (
    ServiceDateRequired,
    ClosedPeriod,
    CurrencyMismatch,
    TotalMismatch,
    TaxCodeMissing,
    PaymentNotRecorded,
)
# The product that QuickBooks refuses is one of the lines'.
_WAITING_FOR_ITEMS = (
    InventoryNotStarted,
    InventoryQuantity,
    ReferenceInactive,
    ServiceDateRequired,
)
# A record has to fit into a transaction of a hundred actions; the rest waits for the sweep.
_MOST, _LONGEST = 25, 700


def waits_on(failure: Failure, invoice: Invoice | None) -> tuple[WaitKey, ...]:
    """Return the keys of all that may clear the failure of that invoice."""
    detail = failure.detail
    keys: list[WaitKey] = []
    if isinstance(detail, ContactDetail):
        payers = invoice.payers if invoice else ()
        keys += [email_key(email) for payer in payers for email in payer.emails]
        keys += [customer_key(customer_id) for customer_id in detail.customer_ids]
    if isinstance(detail, DuplicateDisplayName):
        keys.append(OTHER_NAMES)
    if isinstance(detail, ItemDetail):
        keys += _item_keys(detail.sku, detail.name)
    if isinstance(detail, ItemAmbiguous):
        keys += map(item_key, detail.item_ids)
    if isinstance(detail, _WAITING_FOR_ITEMS) and invoice:
        for line in invoice.lines:
            keys += _item_keys(line.sku, line.name)
    if isinstance(detail, DuplicateDocumentNumber) and detail.clash_id:
        keys.append(invoice_key(detail.clash_id))
    if isinstance(detail, _WAITING_FOR_SETTINGS):
        keys.append(PREFERENCES)
    # Nothing in QuickBooks has so long a name.
    return tuple(key for key in dict.fromkeys(keys) if len(key) <= _LONGEST)[:_MOST]


def told_by_customers(rows: Iterable[Mapping[str, Any]]) -> list[WaitKey]:
    """Return the keys of customers that changed, from QuickBooks' rows."""
    keys = []
    for row in rows:
        keys.append(customer_key(str(row["Id"])))
        keys += map(email_key, emails_of(row))
    return keys


def emails_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the addresses of a customer, from QuickBooks' row: its field may hold several."""
    return normal_forms.emails(row.get("PrimaryEmailAddr", {}).get("Address", ""))


def told_by_items(rows: Iterable[Mapping[str, Any]]) -> list[WaitKey]:
    """Return the keys of items that changed, from QuickBooks' rows: by SKU, and by name with and
    without the categories."""
    keys = []
    for row in rows:
        keys += _item_keys(row.get("Sku", ""), row.get("Name", ""))
        keys += _item_keys("", row.get("FullyQualifiedName", ""))
    return keys


def customer_key(customer_id: str) -> WaitKey:
    return WaitKey(f"CUSTOMER#{customer_id}")


def invoice_key(quickbooks_id: str) -> WaitKey:
    return WaitKey(f"INVOICE#{quickbooks_id}")


def item_key(item_id: str) -> WaitKey:
    return WaitKey(f"{ITEMS}id#{item_id}")


def email_key(email: str) -> WaitKey:
    """`email`: in its normal form."""
    return WaitKey(f"{EMAILS}{email}")


def _item_keys(sku: str, name: str) -> list[WaitKey]:
    values = (("sku", normal_forms.name(sku)), ("name", normal_forms.item_path(name)))
    return [WaitKey(f"{ITEMS}{kind}#{value}") for kind, value in values if value]
