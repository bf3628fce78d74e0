"""One look at the invoices of a portal: what is being looked at, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .hints import Hint
from .http import UnavailableError
from .hubspot.client import HubSpot
from .model import Connection, Customer, Failure, Invoice, Posted, Preferences, Record
from .plan import Skip
from .quickbooks.client import QuickBooks


@dataclass(frozen=True)
class Synced:
    action: str
    quickbooks_id: str
    fingerprint: str
    written: Posted | None
    intuit_tid: str = ""


@dataclass(frozen=True)
class Waiting:
    """Trouble that may pass. `code`: what it is counted as once it has lasted."""

    code: str
    service: str
    seconds: float = 0


@dataclass(frozen=True)
class Again:
    """Read again and decide anew, now."""


Outcome = Synced | Waiting | Again | Failure | Skip


@dataclass
class Job:
    """One invoice in a pass."""

    hint: Hint
    before: Record
    record: Record
    invoice: Invoice | None = None
    look: bool = False
    customers: tuple[Customer, ...] = ()
    existing: Posted | None = None
    outcome: Outcome | None = None
    forgotten: bool = False

    @property
    def open(self) -> bool:
        return self.outcome is None


@dataclass
class Pass:
    """One pass over the invoices of one portal."""

    connection: Connection
    hubspot: HubSpot
    quickbooks: QuickBooks
    owner: str
    now: datetime
    jobs: list[Job]
    preferences: Preferences = field(
        default_factory=lambda: Preferences(
            home_currency="",
            multicurrency=False,
            custom_numbers=False,
            sales_tax=False,
            automated_sales_tax=False,
        )
    )
    items: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def pending(self) -> list[Job]:
        return [job for job in self.jobs if job.open]


def waiting(error: UnavailableError) -> Waiting:
    code = "rate_limited" if error.rate_limited else f"{error.service.lower()}_unavailable"
    return Waiting(code, error.service, error.retry_after)
