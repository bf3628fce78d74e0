"""Long work for one portal, as the table keeps it: a backfill, a report, a retry of many, the
deletion of its data.

Every job is stored after each of its steps. What it has counted so far and where it goes on are
models of its kind.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, model_serializer

from invoice_sync.model.base import Model

JobKind = Literal["backfill", "report", "retry", "deletion"]
JobState = Literal["planning", "planned", "running", "done", "failed", "cancelled"]
Finding = Literal[
    "matched",
    "missing_in_quickbooks",
    "missing_in_hubspot",
    "only_in_quickbooks",
    "amounts_differ",
    "status_differs",
    "duplicate_suspected",
    "unreadable",
    "skipped",
    "not_due",
]


class SentPortion(Model):
    """Invoices that a job has queued hints for and now waits for."""

    invoice_ids: tuple[str, ...]
    sent_at: datetime


class _StoredJob(Model):
    kind: JobKind
    portal_id: str
    state: JobState = "planning"
    # What stopped a job that failed or was cancelled, for people.
    why: str = ""
    # How many of its last steps met an error of our own.
    errors: int = 0
    # Counts how often the job was stored; the first time it is 1.
    version: int = 0
    requested_at: datetime
    updated_at: datetime

    @property
    def active(self) -> bool:
        """Whether the job has a next step."""
        return self.state in ("planning", "running")

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of the job, unless it is begun anew."""
        return self.state in ("done", "failed", "cancelled")

    def next_version(self, now: datetime, **changes: object) -> Self:
        """Return the job as it is to be stored next, with these changes."""
        update = {**changes, "version": self.version + 1, "updated_at": now}
        return self.model_copy(update=update)

    @model_serializer(mode="wrap")
    def _with_kind(self, serialize: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        # The store leaves out defaults, and without its kind a job cannot be read again.
        return {**serialize(self), "kind": self.kind}


class _PeriodJob(_StoredJob):
    """A job for the invoices dated `start` to `end`, both days included."""

    start: date
    end: date

    @property
    def id(self) -> str:
        """Return the id: one job of a kind for each period. Like all ids in hints it is digits."""
        return f"{self.start:%Y%m%d}{self.end:%Y%m%d}"


class BackfillPlanCounts(Model):
    """What the plan of a backfill found in the invoices that it has looked at."""

    invoices: int = 0
    # By the outcome that a preview foresees; `synced`: in step already.
    by_outcome: Mapping[str, int] = {}
    # Those with the outcome `fail`, by failure code.
    by_code: Mapping[str, int] = {}
    # Where another QuickBooks invoice has the number, by the field in which the two differ.
    numbers_taken_by: Mapping[str, int] = {}
    # What planning itself has read at QuickBooks, and what running the plan will read.
    metered_reads: int = 0
    run_metered_reads: int = 0


class BackfillRunCounts(Model):
    """What a running backfill has done with the invoices of its period."""

    # Finished in any way, and of these those that an existing QuickBooks invoice was adopted for.
    finished: int = 0
    adopted: int = 0
    # Handed to the worker, and of these those that are in QuickBooks now.
    sent: int = 0
    written: int = 0
    failing: int = 0
    # Still in trouble that may pass when the backfill stopped waiting for them.
    left: int = 0


class BackfillPosition(Model):
    # The highest HubSpot id that has been searched.
    after: str = "0"
    # The portion to wait for before the next one.
    awaited: SentPortion | None = None
    # No invoices follow.
    last: bool = False


class BackfillJob(_PeriodJob):
    """Bring the invoices of a period into QuickBooks: first plan, then run."""

    kind: Literal["backfill"] = "backfill"
    plan: BackfillPlanCounts = Field(default_factory=BackfillPlanCounts)
    progress: BackfillRunCounts = Field(default_factory=BackfillRunCounts)
    position: BackfillPosition = Field(default_factory=BackfillPosition)


class ReportPlanCounts(Model):
    """How many invoices a report will compare, and what it will read at QuickBooks."""

    invoices_in_hubspot: int = 0
    invoices_in_quickbooks: int = 0
    metered_reads: int = 0


class FindingTotal(Model):
    """The rows of a report that have one finding and one currency, added up."""

    finding: Finding
    currency: str = ""
    invoices: int = 0
    # What HubSpot bills and what QuickBooks bills, in `currency`, not rounded.
    hubspot: Decimal = Decimal(0)
    quickbooks: Decimal = Decimal(0)


class ReportPosition(Model):
    # The first day that has not been compared; None before the first step.
    next_day: date | None = None


class ReportJob(_PeriodJob):
    """Compare the invoices of a period in both systems, some days at a time."""

    kind: Literal["report"] = "report"
    # Run as soon as it is planned.
    unattended: bool = False
    # How many days a step compares.
    window_days: int = 1
    plan: ReportPlanCounts = Field(default_factory=ReportPlanCounts)
    totals: tuple[FindingTotal, ...] = ()
    position: ReportPosition = Field(default_factory=ReportPosition)


class RetryCounts(Model):
    # How many invoices were failing when the retry began.
    total: int = 0
    # How many hints have been queued.
    queued: int = 0


class RetryPosition(Model):
    # A cursor of the list of failing invoices.
    cursor: str = ""
    # The portion to wait for before the next one.
    awaited: SentPortion | None = None


class RetryJob(_StoredJob):
    """Sync failing invoices again: those of one root cause, of one code, or all."""

    kind: Literal["retry"] = "retry"
    code: str = ""
    cause: str = ""
    progress: RetryCounts = Field(default_factory=RetryCounts)
    position: RetryPosition = Field(default_factory=RetryPosition)

    @property
    def id(self) -> str:
        """Return the id: one retry for each choice. Like all ids in hints it is digits."""
        choice = hashlib.sha256(f"{self.code} {self.cause}".encode()).hexdigest()
        return str(int(choice[:15], 16))


class DeletionPosition(Model):
    # How many items have been deleted.
    items: int = 0


class DeletionJob(_StoredJob):
    """Delete all that is kept for a disconnected portal, some hundred items at a time."""

    kind: Literal["deletion"] = "deletion"
    position: DeletionPosition = Field(default_factory=DeletionPosition)

    @property
    def id(self) -> str:
        """Return the id: a portal has one deletion. Like all ids in hints it is digits."""
        return "1"


Job = Annotated[BackfillJob | ReportJob | RetryJob | DeletionJob, Field(discriminator="kind")]
AnyJob = TypeVar("AnyJob", BackfillJob, ReportJob, RetryJob, DeletionJob)
# Reads a stored job as the class of its kind.
JOB_ADAPTER: TypeAdapter[BackfillJob | ReportJob | RetryJob | DeletionJob] = TypeAdapter(
    Job, config=ConfigDict(defer_build=True)
)
