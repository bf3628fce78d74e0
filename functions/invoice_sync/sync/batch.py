"""The values that the stages of a batch hand on: observe, decide, apply, record.

    Task            one invoice of the batch
    Observation     what both systems have of it
    Planned         what is to be done about it
    Outcome         what came of that: Synced, Skipped, Failed, Blocked or Waiting
    Result          an observation with its outcome, for the record

Each value is frozen. The record with all that has been noted in it travels in the task, and from
there into the outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Literal

from invoice_sync.clients import Clients
from invoice_sync.errors import FaultError
from invoice_sync.hints import Hint
from invoice_sync.hubspot.client import HubSpot
from invoice_sync.model.connection import Connection, gap_seen
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    HubSpotUnavailable,
    QuickBooksUnavailable,
    RateLimited,
    ReconnectRequired,
)
from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.quickbooks import DesiredInvoice, ItemName, Preferences, QuickBooksInvoice
from invoice_sync.model.record import Action, CustomerChoice, LeftOut, Record, SkipKind
from invoice_sync.plan.identity import identity_of
from invoice_sync.plan.merge import baseline
from invoice_sync.plan.plans import ObservedQuickBooks, Plan
from invoice_sync.plan.rates import RateKey
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.runtime.log import Log
from invoice_sync.store.marks import VISITED
from invoice_sync.store.seen import Versions
from invoice_sync.store.store import Store
from invoice_sync.sync.remembered import Memory

# What came of an invoice that is in step now, for people.
SyncAction = Literal["created", "updated", "voided", "adopted", "in step", "payment recorded"]


@dataclass(frozen=True)
class Assumptions:
    """Decisions that a preview assumes, although nobody has made them yet."""

    customer: CustomerChoice | None = None
    items: Mapping[ItemName, str] = field(default_factory=dict)
    # For these the exchange rate of 1 is right.
    at_par: frozenset[RateKey] = frozenset()


@dataclass(frozen=True)
class Batch:
    """What the invoices of one portal share that are looked at together."""

    connection: Connection
    hubspot: HubSpot
    quickbooks: QuickBooks
    memory: Memory
    clock: Callable[[], datetime]
    started: datetime
    log: Log
    # The owner of the leases on the records; empty in a dry run, which must not write.
    owner: str = ""
    assumptions: Assumptions = Assumptions()
    # After this nothing more is begun; None: there is no hurry.
    until: datetime | None = None
    # The portal's marks, as they were when it began.
    marks: Mapping[str, datetime] = field(default_factory=dict)
    # The ids of all invoices whose lease it may have.
    claimed: set[str] = field(default_factory=set)

    @property
    def is_dry_run(self) -> bool:
        return not self.owner

    @property
    def is_late(self) -> bool:
        return self.has_used(1)

    def has_used(self, part: float) -> bool:
        """Tell whether this part of the time in which it may begin something is over."""
        left = self.until - self.started if self.until else None
        return left is not None and self.clock() >= self.started + left * part


class Batches:
    """Opens batches, each with clients, and so with counts of calls, of its own."""

    def __init__(
        self, store: Store, clients: Clients, clock: Callable[[], datetime], log: Log
    ) -> None:
        self._store, self._clients, self._clock, self._log = store, clients, clock, log

    def open(
        self,
        connection: Connection,
        owner: str = "",
        *,
        remembers: bool = True,
        bulk: bool = False,
        assumptions: Assumptions = Assumptions(),
        until: datetime | None = None,
    ) -> Batch:
        """`remembers`: what is read is remembered for the next batch. `bulk`: its calls give way to
        those that somebody waits for."""
        started = self._clock()
        connection = self._store.starts.with_start(connection, started)
        marks = self._store.marks.get(connection.portal_id)
        gap = gap_seen(connection.gap, marks.get(VISITED), started)
        connection = connection.model_copy(update={"gap": gap})
        return Batch(
            connection=connection,
            hubspot=self._clients.hubspot(connection, bulk=bulk),
            quickbooks=self._clients.quickbooks(connection, bulk=bulk),
            memory=Memory(self._store, connection.realm_id, started, keeps=remembers),
            clock=self._clock,
            started=started,
            log=self._log,
            owner=owner,
            assumptions=assumptions,
            until=until,
            marks=marks,
        )


@dataclass(frozen=True)
class Task:
    """One invoice of a batch."""

    hint: Hint
    # The record as it was claimed.
    before: Record
    # The record with what this batch has noted in it so far.
    record: Record
    # Nothing is decided without reading the invoice in QuickBooks.
    must_read: bool = False
    # The QuickBooks invoice as it was read by its id: queries may not show it yet.
    read: QuickBooksInvoice | None = None
    # What was remembered for this invoice has been forgotten: a refusal is final now.
    has_forgotten: bool = False
    # The types of its items have been read: a refusal of a line's quantity is final now.
    has_read_items: bool = False
    # QuickBooks refused the email address: it is left out.
    without_email: bool = False
    # QuickBooks' own error that a request of this invoice has met.
    own_fault: FaultError | None = None
    # The last plan in a word, for people; empty while there is none.
    decided: str = ""
    # It is only in the batch for a payment that it shares: no message of its own is being worked.
    has_joined: bool = False

    @property
    def invoice_id(self) -> str:
        return self.hint.object_id

    def noted(self, record: Record) -> Task:
        return replace(self, record=record)

    def taken_over(self, record: Record) -> Task:
        """Return the task of an invoice that turned out to be in QuickBooks already."""
        return replace(self, record=record, must_read=True)


@dataclass(frozen=True)
class Trouble:
    """Something that may pass: a service cannot answer now."""

    service: Literal["HubSpot", "QuickBooks"]
    rate_limited: bool = False
    # It refuses our access, although it renewed it.
    access_refused: bool = False
    # How long to wait at least before the next try.
    seconds: float = 0
    # QuickBooks' own error (10000), where it met a request of this very invoice.
    fault: FaultError | None = None
    # Nothing is wrong: the worker's time is over, and the invoice had not had its turn.
    out_of_time: bool = False

    @property
    def failure(self) -> Failure:
        """The failure that people see once the trouble has lasted."""
        if self.rate_limited:
            return Failure(detail=RateLimited(service=self.service))
        if self.access_refused:
            return Failure(detail=ReconnectRequired(service=self.service))
        of_hubspot = self.service == "HubSpot"
        return Failure(detail=HubSpotUnavailable() if of_hubspot else QuickBooksUnavailable())


# Somebody else is at the invoice, or edits it faster than we can: let them finish.
IN_USE = Trouble("QuickBooks")
OUT_OF_TIME = Trouble("QuickBooks", out_of_time=True)


def _nothing_read() -> ObservedQuickBooks:
    return ObservedQuickBooks(Preferences())


@dataclass(frozen=True)
class Observation:
    """What both systems have of one invoice, as far as it was read."""

    task: Task
    # As HubSpot has it; None when it has been deleted there, or was not read.
    invoice: Invoice | None = None
    quickbooks: ObservedQuickBooks = field(default_factory=_nothing_read)
    # The QuickBooks invoice that HubSpot names as this one, though our record and its note do not.
    named: QuickBooksInvoice | None = None
    # Those of `quickbooks.items` that a person chose.
    chosen_items: Mapping[ItemName, str] = field(default_factory=dict)
    # Why nothing can be decided: HubSpot's invoice cannot be understood, or a creation whose answer
    # was lost may still take effect.
    obstacle: Failure | Trouble | None = None
    # The modification times of the invoice and its parts, as HubSpot gave them with what was read.
    versions: Versions = field(default_factory=dict)

    @property
    def record(self) -> Record:
        return self.task.record

    @property
    def existing(self) -> QuickBooksInvoice | None:
        """The invoice as QuickBooks has it, if it was read."""
        return self.quickbooks.existing


@dataclass(frozen=True)
class Planned:
    """The decision about one invoice, and what it was made from."""

    observation: Observation
    plan: Plan | Failure | Trouble

    @property
    def task(self) -> Task:
        return self.observation.task

    @property
    def record(self) -> Record:
        return self.observation.task.record


@dataclass(frozen=True)
class Synced:
    """The invoice itself is in step; its record says so."""

    record: Record
    action: SyncAction
    intuit_tid: str = ""
    # What keeps one of its payments from being recorded.
    payment_trouble: Failure | Trouble | None = None
    # QuickBooks stopped accepting our access while its payments were being recorded.
    has_lost_access: bool = False


@dataclass(frozen=True)
class Skipped:
    """The invoice has no business in QuickBooks."""

    action: ClassVar[Action] = "skipped"
    record: Record
    reason: str
    kind: SkipKind = "not_due"


@dataclass(frozen=True)
class Failed:
    """A person has to do something about the invoice."""

    action: ClassVar[Action] = "failed"
    record: Record
    failure: Failure
    # The invoice as QuickBooks has it now, where it was read or its payments were recorded.
    posted: QuickBooksInvoice | None = None
    # What keeps one of its payments from being recorded now.
    payment_trouble: Failure | Trouble | None = None
    # QuickBooks stopped accepting our access while its payments were being recorded.
    has_lost_access: bool = False


@dataclass(frozen=True)
class Blocked:
    """A service refuses the whole batch: the invoice itself may be fine."""

    action: ClassVar[Action] = "failed"
    record: Record
    refusal: Failure

    @property
    def failure(self) -> Failure:
        """The failure that the record shows. A possible duplicate stays: forgotten, the invoice
        would be created by itself once the refusal is over."""
        before = self.record.failure
        return before if before and before.code == "possible_duplicate" else self.refusal


@dataclass(frozen=True)
class Waiting:
    """Trouble keeps the invoice from being synced now."""

    action: ClassVar[Action] = "waiting"
    record: Record
    trouble: Trouble
    # The invoice as QuickBooks has it now, where its payments were recorded all the same.
    posted: QuickBooksInvoice | None = None


@dataclass(frozen=True)
class Again:
    """Read again and decide anew, in this batch."""

    task: Task


Outcome = Synced | Skipped | Failed | Blocked | Waiting


@dataclass(frozen=True)
class Result:
    """What became of one invoice of a batch."""

    observation: Observation
    outcome: Outcome

    @property
    def task(self) -> Task:
        return self.observation.task

    @property
    def decided(self) -> str:
        """The plan in a word, for people; empty when none could be made."""
        adopted = isinstance(self.outcome, Synced) and self.outcome.action == "adopted"
        return "adopt" if adopted else self.task.decided


def in_step(
    record: Record,
    invoice: QuickBooksInvoice,
    desired: DesiredInvoice | None,
    left_out: tuple[LeftOut, ...] = (),
) -> Record:
    """Return the record of an invoice that is in QuickBooks as it should be, except for what is
    left out. Without `desired` it is still to be compared with HubSpot."""
    return record.model_copy(
        update={
            "quickbooks_id": invoice.id,
            "fingerprint": desired.fingerprint() if desired else "",
            "baseline": baseline(desired, invoice, record.baseline) if desired else None,
            "written": invoice,
            "identity": identity_of(desired, invoice) if desired else record.identity,
            "accepted": "",
            "intent": None,
            "sent": None,
            "left_out": left_out,
        }
    )


def brought_in(record: Record) -> Record:
    """Return the record of an invoice that is to be synced, even if it is from before the start."""
    choices = record.choices.model_copy(update={"brought_in": True})
    return record.model_copy(update={"choices": choices})
