"""What a decision is made from, and what it can come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from invoice_sync.model.changes import Changes
from invoice_sync.model.quickbooks import (
    Customer,
    DesiredInvoice,
    Item,
    ItemName,
    NewCustomer,
    Preferences,
    QuickBooksInvoice,
    TaxCode,
    Unusable,
)
from invoice_sync.model.record import CustomerChoice, Skip


@dataclass(frozen=True)
class ObservedQuickBooks:
    """What QuickBooks has that the decision about one invoice needs."""

    preferences: Preferences
    # The customers of the invoice's contact, by a saved link or by email.
    customers: tuple[Customer, ...] = ()
    # The invoice has several contacts, and nothing tells which of them pays.
    payer_is_unknown: bool = False
    # Inactive customers with the contact's email, where no active one has it.
    retired: tuple[Customer, ...] = ()
    # What a person decided for a contact that has no customer.
    choice: CustomerChoice | None = None
    items: Mapping[ItemName, str] = field(default_factory=dict)
    # Names that several items have, and nothing tells which is meant.
    rivals: Mapping[ItemName, tuple[Item, ...]] = field(default_factory=dict)
    # The ids of items whose stock QuickBooks keeps, as far as we know: their lines need a quantity.
    inventory: frozenset[str] = frozenset()
    # Names that only a bundle or a category has, neither of which can be on a line.
    unusable: Mapping[ItemName, Unusable] = field(default_factory=dict)
    # The tax codes that the settings name, by id; none where automated sales tax has its own.
    tax_codes: Mapping[str, TaxCode] = field(default_factory=dict)
    # The exchange rate that the invoice's next write has; None in the home currency, or when
    # QuickBooks does not know one.
    exchange_rate: Decimal | None = None
    # The invoice as it is now, None when there is none; says nothing before it was read.
    existing: QuickBooksInvoice | None = None
    existing_was_read: bool = False
    # The invoice has another customer than we wrote, who took over from ours: by a merge, or as its
    # project.
    customer_took_over: bool = False
    # The names of customers by id, where an invoice has another customer than we wrote, or HubSpot
    # names another payer.
    customer_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def known_customers(self) -> Mapping[str, str]:
        """The names of customers by id, as far as they are known."""
        return {each.id: each.display_name for each in self.customers} | {**self.customer_names}


@dataclass(frozen=True)
class InStep:
    """There is nothing to do."""

    # None when the two were not compared.
    desired: DesiredInvoice | None = None
    # None when the QuickBooks invoice was not read.
    existing: QuickBooksInvoice | None = None
    # QuickBooks has something else, and somebody accepted that.
    accepted: bool = False


# Why QuickBooks may have the invoice already, under another number. "brought_in": it is from before
# the connection began, or from an outage. "native_sync": HubSpot's own sync is or was on.
# "held_natively": HubSpot's own sync has this very invoice.
Suspicion = Literal["brought_in", "native_sync", "held_natively"]


@dataclass(frozen=True)
class Create:
    """The invoice is to be created; so is `customer` before it, whose id then goes into it.

    With a `suspicion`, QuickBooks is first looked through for it.
    """

    desired: DesiredInvoice
    customer: NewCustomer | None = None
    suspicion: Suspicion | None = None


@dataclass(frozen=True)
class Update:
    """The QuickBooks invoice is to be changed; `customer` as for Create."""

    desired: DesiredInvoice
    existing: QuickBooksInvoice
    changes: Changes
    customer: NewCustomer | None = None


@dataclass(frozen=True)
class Void:
    """The QuickBooks invoice is to be voided."""

    quickbooks_id: str
    sync_token: str


@dataclass(frozen=True)
class NeedsRead:
    """The plan depends on the QuickBooks invoice: read it and decide again."""


@dataclass(frozen=True)
class Adopt:
    """The invoice is in QuickBooks already; only our record of it is missing."""

    desired: DesiredInvoice
    existing: QuickBooksInvoice
    # It says what HubSpot says. One that we made may not: then it is to be synced.
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
