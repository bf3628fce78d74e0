"""Our own vocabulary. Money is Decimal, times are aware UTC, ids are strings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from invoice_sync.model.base import Model
from invoice_sync.model.failure import Failure
from invoice_sync.model.limits import EmailProblem
from invoice_sync.model.quickbooks import DesiredInvoice, QuickBooksInvoice

Status = Literal["pending", "synced", "failing", "skipped"]
# What kind of invoice a skipped one is. "not_due": nobody owes it, or not yet. "left_out": not ours
# to sync. "before_start": it became open before the connection began.
SkipKind = Literal["not_due", "left_out", "before_start"]


@dataclass(frozen=True)
class Skip:
    """Why an invoice has no business in QuickBooks, in words for people."""

    reason: str
    kind: SkipKind = "not_due"


# What came of an attempt, in words for people. "in step": there was nothing to do. "waiting": a
# service could not answer.
Action = Literal[
    "created",
    "updated",
    "voided",
    "adopted",
    "in step",
    "payment recorded",
    "skipped",
    "failed",
    "waiting",
]


class DecidedLine(Model):
    """The item of a line, and the product's name in HubSpot that it was decided for."""

    name: str
    item_id: str


class Identity(Model):
    """Who owes an invoice, and for what. It is decided when the invoice is written; afterwards only
    a person changes it.

    `contact_id`: the HubSpot contact for whom `customer_id` was decided. `project_id`: the project
    or sub-customer of that customer where somebody put the invoice in QuickBooks. `lines`: by the
    id of the line or fee in HubSpot.
    """

    contact_id: str = ""
    customer_id: str
    project_id: str = ""
    lines: dict[str, DecidedLine] = Field(default_factory=dict)

    @property
    def standing_id(self) -> str:
        """The customer that the QuickBooks invoice has."""
        return self.project_id or self.customer_id


class Intent(Model):
    """A creation that was sent and may have taken effect: its answer is not known yet.

    It may have been sent several times, always with the same `request_id`. `identity`: who and what
    it was sent for.
    """

    request_id: str
    fingerprint: str
    number: str
    first_sent_at: datetime
    last_sent_at: datetime
    identity: Identity | None = None


class PaymentState(Model):
    """What became of one HubSpot payment.

    `recorded`: it is in QuickBooks, with `amount`; a `reason` then says what differs now.
    `pending`: it will be, `not_synced`: it will not be, for this reason. `request_id`: it was
    sent, last at `sent_at`, and no answer is known. `quickbooks_id`: of the payment in
    QuickBooks; with `not_synced`, of somebody else's that it is taken to be.
    """

    id: str
    state: Literal["recorded", "not_synced", "pending"]
    amount: Decimal | None
    currency: str = ""
    paid_on: date | None = None
    reason: str = ""
    quickbooks_id: str = ""
    request_id: str = ""
    sent_at: datetime | None = None


class LeftOut(Model):
    """A value of HubSpot's that QuickBooks would refuse, or has refused, so that the invoice is
    there without it."""

    field: Literal["email"] = "email"
    problem: EmailProblem


class Choices(Model):
    """What people decided about one invoice.

    `brought_in`: synced although it became open before the connection began. `number`: in
    QuickBooks, HubSpot's with a suffix; with `quickbooks_number` it gives one. `keep_despite`: the
    HubSpot contact for whom it is not moved to another customer. What follows holds until the
    invoice is in step. `overwrite`, `accept`: what QuickBooks had (`digest_as_seen`) when somebody
    chose to write HubSpot's version over it, or to keep it. `adopt`: the id of the QuickBooks
    invoice that it is. `create_anyway`: it is none of those there.
    """

    stopped: bool = False
    brought_in: bool = False
    service_date: Literal["", "earliest_billing_start", "invoice_date"] = ""
    number: str = ""
    quickbooks_number: bool = False
    keep_despite: str = ""
    overwrite: str = ""
    accept: str = ""
    adopt: str = ""
    create_anyway: bool = False

    def carried_out(self) -> Choices:
        """What is left of them once the invoice is in step."""
        done = {"overwrite": "", "accept": "", "adopt": "", "create_anyway": False}
        return self.model_copy(update=done)


class CustomerChoice(Model):
    """What somebody decided about the customer of a contact: that one, or else a new one, for whose
    `numbered` and `parent_id` see NewCustomer."""

    customer_id: str = ""
    numbered: bool = False
    parent_id: str = ""


class Decision(Model):
    """One resolution that somebody chose, for the audit. `by`: their e-mail. `code`: of the failure
    that it was chosen for."""

    at: datetime
    by: str
    resolution: str
    arguments: dict[str, str] = Field(default_factory=dict)
    code: str = ""


class Record(Model):
    """What we know of one invoice. `version` moves with every change of its state.

    `reason`, `skip_kind`: why a skipped one is.

    `identity`: of an invoice that was written. `written` is what QuickBooks answered to our last
    write, `sent` an update whose answer is not known: QuickBooks may have either. `waits`: keys of
    what a failing one waits for (`waits.py`), `cause`: the key of what it fails for, where others
    fail for the same (`causes.py`). `accepted`: what QuickBooks has (`digest_as_seen`) and somebody
    took for right, though it differs from HubSpot. `former_ids`: QuickBooks invoices of ours that
    were given up. `left_out`: of our last write.
    """

    portal_id: str
    invoice_id: str
    version: int = 0
    status: Status = "pending"
    reason: str = ""
    skip_kind: SkipKind | None = None
    number: str = ""
    failure: Failure | None = None
    failing_since: datetime | None = None
    waits: tuple[str, ...] = ()
    cause: str = ""
    pending_since: datetime | None = None
    quickbooks_id: str = ""
    fingerprint: str = ""
    written: QuickBooksInvoice | None = None
    identity: Identity | None = None
    intent: Intent | None = None
    sent: DesiredInvoice | None = None
    payments: tuple[PaymentState, ...] = ()
    payments_unread: str = ""
    choices: Choices = Choices()
    accepted: str = ""
    former_ids: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    synced_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def was_written(self) -> bool:
        """Whether QuickBooks has had the invoice from us, as far as we know."""
        return bool(self.quickbooks_id or self.intent or self.former_ids)


class Attempt(Model):
    """One look at an invoice that changed something.

    `decided`: the plan in a word, empty when none could be made. `action`: what came of it.
    `duration_ms`, `calls` (to "hubspot" and "quickbooks", and of those "meteredReads"): of the
    whole look, which `invoices` shared. `intuit_tid`: of the call that wrote or was refused.
    """

    at: datetime
    trigger: str
    event: str = ""
    decided: str = ""
    action: Action
    status: Status
    code: str = ""
    duration_ms: int
    calls: dict[str, int] = Field(default_factory=dict)
    invoices: int = 1
    intuit_tid: str = ""
