"""The values of the decision about payments: what it is made from, and what it comes to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from invoice_sync.model.failure import Failure
from invoice_sync.model.hubspot import CommercePayment, Invoice
from invoice_sync.model.quickbooks import QuickBooksInvoice, QuickBooksPayment
from invoice_sync.model.record import PaymentState


@dataclass(frozen=True)
class Ledger:
    """One invoice with its payments, and what is known of them in QuickBooks."""

    invoice: Invoice
    states: tuple[PaymentState, ...]
    # None: it is not in QuickBooks.
    existing: QuickBooksInvoice | None = None
    # It is as QuickBooks has it now, not as it was read some time ago.
    is_fresh: bool = False
    # Why nothing may be recorded on it now; empty: something may.
    held_back: str = ""
    # It is not synced, and never will be by itself.
    is_skipped: bool = False
    # Not synced because a person stopped it: nothing is recorded on it, but its money is listed.
    is_stopped: bool = False
    # Other people's payments on it, as far as they were read.
    strangers: tuple[QuickBooksPayment, ...] = ()
    # Payments that were read again, by their QuickBooks id; None: it is no longer there.
    reread: Mapping[str, QuickBooksPayment | None] = field(default_factory=dict)
    # The ids of payments that a person took for recorded, and of those to be recorded in any case.
    settled: frozenset[str] = frozenset()
    insisted: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        return self.invoice.id

    @property
    def takes_payments(self) -> bool:
        return self.existing is not None and not self.existing.voided and not self.held_back

    def state(self, payment_id: str) -> PaymentState | None:
        return next((state for state in self.states if state.id == payment_id), None)


@dataclass(frozen=True)
class DuePayment:
    """A payment that is to be recorded now."""

    payment: CommercePayment
    # HubSpot's ids of the invoices that it hangs on, as far as they are planned.
    invoice_ids: tuple[str, ...]
    # What goes to which QuickBooks invoice, by its id. The rest stays on the customer's account.
    shares: Mapping[str, Decimal]
    customer_id: str
    currency: str
    # A person wants it, though it was recorded before and removed.
    again: bool


@dataclass(frozen=True)
class PaymentPlan:
    """What to do about the payments of some invoices, by HubSpot's ids of those."""

    states: Mapping[str, tuple[PaymentState, ...]]
    # To be recorded now, in this order. Their states are pending, without a reason.
    due: tuple[DuePayment, ...] = ()
    # What a person has to see about an invoice's payments.
    failures: Mapping[str, Failure] = field(default_factory=dict)
    # The invoices with a payment that another worker may be at.
    busy: frozenset[str] = frozenset()
