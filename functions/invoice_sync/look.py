"""One look at the invoices of a portal: what is being looked at, and how it ended."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from .hints import Hint
from .http import UnavailableError
from .hubspot.client import HubSpot
from .model import (
    Connection,
    Customer,
    CustomerChoice,
    Failure,
    Invoice,
    Posted,
    Preferences,
    Record,
    TaxCode,
)
from .plan import Skip
from .quickbooks.client import QuickBooks

# Seconds. Intuit's "API call limits and throttles" says a minute; HubSpot's window is ten seconds.
_PAUSE_AFTER_LIMIT = {"QuickBooks": 60.0, "HubSpot": 10.0}


class Log(Protocol):
    def info(self, msg: object, *, extra: Mapping[str, object] | None = None) -> None: ...
    def warning(self, msg: object, *, extra: Mapping[str, object] | None = None) -> None: ...
    def error(self, msg: object, *, extra: Mapping[str, object] | None = None) -> None: ...


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
    written: Posted | None
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
class Job:
    """One invoice in a pass. `choice`: what somebody decided about the contact's customer.
    `decided`: the last plan in a word; empty when nothing came so far."""

    hint: Hint
    before: Record
    record: Record
    invoice: Invoice | None = None
    look: bool = False
    customers: tuple[Customer, ...] = ()
    choice: CustomerChoice | None = None
    existing: Posted | None = None
    outcome: Outcome | None = None
    decided: str = ""
    forgotten: bool = False

    @property
    def open(self) -> bool:
        return self.outcome is None


@dataclass
class Pass:
    """One pass over the invoices of one portal. `chosen_items`: those of `items` that somebody
    chose for lines that no item fits. `remembers`: what is read is kept for the next pass."""

    connection: Connection
    hubspot: HubSpot
    quickbooks: QuickBooks
    owner: str
    now: datetime
    log: Log
    jobs: list[Job]
    preferences: Preferences = field(default_factory=Preferences)
    items: dict[tuple[str, str], str] = field(default_factory=dict)
    chosen_items: dict[tuple[str, str], str] = field(default_factory=dict)
    tax_codes: dict[str, TaxCode] = field(default_factory=dict)
    remembers: bool = True

    @property
    def pending(self) -> list[Job]:
        return [job for job in self.jobs if job.open]


def waiting(error: UnavailableError) -> Waiting:
    if not error.rate_limited:
        return Waiting(f"{error.service.lower()}_unavailable", error.service, error.retry_after)
    pause = _PAUSE_AFTER_LIMIT.get(error.service, 0)
    return Waiting("rate_limited", error.service, max(pause, error.retry_after))


def bug(error: Exception, job: Job, log: Log) -> Failure:
    """An error of our own, kept to the one invoice that met it: its neighbours in the batch must
    not wait for a correction. The error's text is not logged: it may hold personal data."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
    log.error(
        "an error of our own",
        extra={
            "portalId": job.record.portal_id,
            "invoiceId": job.record.invoice_id,
            "error": type(error).__name__,
            "where": where,
        },
    )
    words = f"An error in this app ({type(error).__name__} at {where}). Please report it."
    return Failure(code="unexpected", message=words)
