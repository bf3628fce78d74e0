"""The decision: what to do about one invoice. Pure: no I/O, no clock, no randomness.

The worker, the preview and the audit all ask this one function.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from invoice_sync.model.failure import Failure
from invoice_sync.model.quickbooks import (
    Customer,
    DesiredInvoice,
    NewCustomer,
    Preferences,
    QuickBooksInvoice,
    TaxCode,
)
from invoice_sync.model.record import CustomerChoice


@dataclass(frozen=True)
class QuickBooksSide:
    """What the plan needs to know of QuickBooks.

    `customers`: those that match the invoice's contact, by saved link or by email; `choice`: what
    somebody decided where none does. `items`: ids by ("sku" | "name", casefolded value).
    `tax_codes`: by id, those that the settings name, in a realm outside the US. `existing`: the
    QuickBooks invoice as it is now, None when there is none; only to be trusted when `looked`.
    """

    preferences: Preferences
    customers: tuple[Customer, ...] = ()
    choice: CustomerChoice | None = None
    items: Mapping[tuple[str, str], str] = field(default_factory=dict)
    tax_codes: Mapping[str, TaxCode] = field(default_factory=dict)
    existing: QuickBooksInvoice | None = None
    looked: bool = False


@dataclass(frozen=True)
class Skip:
    reason: str


@dataclass(frozen=True)
class InStep:
    """Nothing to do. `document` when the invoice was compared, `existing` when it was read.
    `accepted`: what QuickBooks has differs, and somebody took it for right."""

    document: DesiredInvoice | None = None
    existing: QuickBooksInvoice | None = None
    accepted: bool = False


@dataclass(frozen=True)
class Create:
    """`customer` is to be created first, and its id put into the document."""

    document: DesiredInvoice
    customer: NewCustomer | None = None


@dataclass(frozen=True)
class Update:
    document: DesiredInvoice
    quickbooks_id: str
    sync_token: str
    customer: NewCustomer | None = None


@dataclass(frozen=True)
class Void:
    quickbooks_id: str
    sync_token: str


@dataclass(frozen=True)
class NeedsRead:
    """The plan depends on the QuickBooks invoice: read it and ask again."""


@dataclass(frozen=True)
class Adopt:
    """The invoice is in QuickBooks already as `posted`; only our record of it is missing.

    `agrees`: it says what HubSpot says. One of ours may not: then it is to be looked at.
    """

    document: DesiredInvoice
    posted: QuickBooksInvoice
    agrees: bool


Plan = Skip | InStep | Create | Update | Void | NeedsRead
# The plans in words, for people.
WORDS: dict[type, str] = {
    Create: "create",
    Update: "update",
    Void: "void",
    InStep: "inStep",
    Skip: "skip",
}


@dataclass(frozen=True)
class Draft:
    """The document that an invoice calls for, and all that keeps it from being written: with
    `failures`, parts of it are left empty. `customer` is to be created first."""

    document: DesiredInvoice
    customer: NewCustomer | None
    failures: tuple[Failure, ...]
