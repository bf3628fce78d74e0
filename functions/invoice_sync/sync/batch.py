"""One look at the invoices of a portal: what is being looked at, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from invoice_sync.hints import Hint
from invoice_sync.hubspot.client import HubSpot
from invoice_sync.model.connection import Connection
from invoice_sync.model.failure import Failure
from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.quickbooks import Customer, Preferences, QuickBooksInvoice, TaxCode
from invoice_sync.model.record import CustomerChoice, Record
from invoice_sync.plan.plans import Skip
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.runtime.log import Log


@dataclass(frozen=True)
class Waiting:
    """Trouble that may pass. `code`: what it is counted as once it has lasted."""

    code: str
    service: str
    seconds: float = 0


@dataclass(frozen=True)
class Synced:
    """The invoice itself is in step. `trouble`: what keeps one of its payments from it.
    `accepted`: as in Record."""

    action: str
    quickbooks_id: str
    fingerprint: str
    written: QuickBooksInvoice | None
    intuit_tid: str = ""
    trouble: Failure | Waiting | None = None
    accepted: str = ""

    def kept(self) -> dict[str, object]:
        """What the record keeps of it."""
        return {
            "quickbooks_id": self.quickbooks_id,
            "fingerprint": self.fingerprint,
            "written": self.written,
            "accepted": self.accepted,
            "intent": None,
            "sent": None,
        }


@dataclass(frozen=True)
class Again:
    """Read again and decide anew, now."""


Outcome = Synced | Waiting | Again | Failure | Skip


@dataclass
class Task:
    """One invoice in a pass. `choice`: what somebody decided about the contact's customer.
    `decided`: the last plan in a word; empty when nothing came so far."""

    hint: Hint
    before: Record
    record: Record
    invoice: Invoice | None = None
    look: bool = False
    customers: tuple[Customer, ...] = ()
    choice: CustomerChoice | None = None
    existing: QuickBooksInvoice | None = None
    outcome: Outcome | None = None
    decided: str = ""
    forgotten: bool = False

    @property
    def open(self) -> bool:
        return self.outcome is None


@dataclass
class Batch:
    """One pass over the invoices of one portal. `chosen_items`: those of `items` that somebody
    chose for lines that no item fits. `remembers`: what is read is kept for the next pass."""

    connection: Connection
    hubspot: HubSpot
    quickbooks: QuickBooks
    owner: str
    now: datetime
    log: Log
    jobs: list[Task]
    preferences: Preferences = field(default_factory=Preferences)
    items: dict[tuple[str, str], str] = field(default_factory=dict)
    chosen_items: dict[tuple[str, str], str] = field(default_factory=dict)
    tax_codes: dict[str, TaxCode] = field(default_factory=dict)
    remembers: bool = True

    @property
    def pending(self) -> list[Task]:
        return [job for job in self.jobs if job.open]
