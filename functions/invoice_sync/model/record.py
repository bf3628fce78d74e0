"""The record: what we keep about one invoice, with its payments, its history and the claims."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from pydantic import Field

from invoice_sync.model.base import Model
from invoice_sync.model.failure import Failure
from invoice_sync.model.limits import EmailProblem
from invoice_sync.model.quickbooks import DesiredInvoice, QuickBooksInvoice, payment_status

Status = Literal["pending", "synced", "failing", "skipped"]
# What kind of invoice a skipped one is. "not_due": nobody owes it, or not yet. "left_out": not ours
# to sync. "before_start": it became open before the connection began.
SkipKind = Literal["not_due", "left_out", "before_start"]


@dataclass(frozen=True)
class Skip:
    """Why an invoice has no business in QuickBooks, in words for people."""

    reason: str
    kind: SkipKind = "not_due"


# Why an invoice that is synced differs in QuickBooks, in words for people.
KEPT_AS_IT_IS = "It differs in QuickBooks: somebody decided to keep QuickBooks' version"


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


class Intent(Model):
    """A creation that was sent and may have taken effect: its answer is not known yet.

    It may have been sent several times, always with the same `request_id`. `batched`: that is the
    id of a batch with others, which nobody sends again; the invoice goes alone then.
    """

    request_id: str
    fingerprint: str
    number: str
    first_sent_at: datetime
    last_sent_at: datetime
    batched: bool = False


class Sides(NamedTuple):
    """Digests of one field as we wrote it: HubSpot's value then, and what QuickBooks answered."""

    hubspot: str
    quickbooks: str


class BaselineLine(Model):
    """A line as we wrote it last. `quickbooks_id`: the id that QuickBooks gave it."""

    quickbooks_id: str
    fields: dict[str, Sides] = Field(default_factory=dict)


class Baseline(Model):
    """What we wrote last: the base of a three-way merge (see `plan/merge.py`). `lines`: by the id
    of the line item or fee in HubSpot. `content`: the digest of who owed what in HubSpot."""

    fields: dict[str, Sides] = Field(default_factory=dict)
    lines: dict[str, BaselineLine] = Field(default_factory=dict)
    content: str = ""


# Why a payment that came in is not recorded, where a person has to act. "no_room": people entered
# payments in QuickBooks that leave less to pay. "voided": its invoice is void there. "removed": it
# was recorded, and somebody deleted or voided it. "other_invoice": another invoice of it is not in
# QuickBooks yet. "other_customer": its invoices have different customers there. "unclear": HubSpot
# does not say what it is.
PaymentProblem = Literal[
    "no_room", "voided", "removed", "other_invoice", "other_customer", "unclear"
]


class Missing(Model):
    """Money that is in no book: how much (None: that cannot be read), and since when we know."""

    amount: Decimal | None
    since: datetime


class PaymentState(Model):
    """What became of one HubSpot payment.

    `recorded`: it is in QuickBooks, with `amount` in all, `applied` on this invoice (None: all of
    it) and `on_account` on none; a `reason` then says what differs now. `pending`: it will be,
    `not_synced`: it will not be, for this reason. `sent_at`: when it was sent last; with a
    `request_id` no answer is known. `quickbooks_id`: of the payment in QuickBooks; with
    `not_synced`, of somebody else's that it is taken to be. `missing`: what of it came in and is in
    no book, `refund`: what was given back of it and is in no book. Of a payment of several
    invoices, one of them keeps both.
    """

    id: str
    state: Literal["recorded", "not_synced", "pending"]
    amount: Decimal | None
    currency: str = ""
    paid_on: date | None = None
    reason: str = ""
    problem: PaymentProblem | None = None
    quickbooks_id: str = ""
    applied: Decimal | None = None
    on_account: Decimal = Decimal(0)
    request_id: str = ""
    sent_at: datetime | None = None
    missing: Missing | None = None
    refund: Missing | None = None


class PaymentClaim(Model):
    """One HubSpot payment in one realm, whatever invoices it hangs on: who may send it.

    `request_id`: of the payment that was sent, last at `sent_at`. `quickbooks_id`: what came of it;
    empty while no answer is known, and when it was refused.
    """

    payment_id: str
    request_id: str = ""
    sent_at: datetime | None = None
    quickbooks_id: str = ""


class CustomerClaim(Model):
    """The QuickBooks customer of one HubSpot contact: who may create it.

    `request_id`: of the one that was sent, last at `sent_at` and under `names`; empty while no
    answer is open. `customer_id`: of the one that was made last.
    """

    contact_id: str
    request_id: str = ""
    names: tuple[str, ...] = ()
    sent_at: datetime | None = None
    customer_id: str = ""


class Balances(Model):
    """What is still to be paid of an invoice, as each system said when it was last read. None: not
    read, or not there. Amounts are in `currency`, that of the QuickBooks invoice."""

    currency: str = ""
    hubspot: Decimal | None = None
    hubspot_at: datetime | None = None
    quickbooks: Decimal | None = None
    quickbooks_total: Decimal | None = None
    quickbooks_voided: bool = False
    quickbooks_at: datetime | None = None

    @property
    def payment_status(self) -> Literal["unknown", "voided", "paid", "unpaid", "partly_paid"]:
        if self.quickbooks is None or self.quickbooks_total is None:
            return "unknown"
        return payment_status(
            self.quickbooks_total, self.quickbooks, is_void=self.quickbooks_voided
        )


class Summary(Model):
    """What people know an invoice by, as HubSpot had it at our last look. `amount` is in
    `currency`. `customer`: the contact who pays. What is not known is None or empty."""

    amount: Decimal | None = None
    currency: str = ""
    invoice_date: date | None = None
    due_date: date | None = None
    customer: str = ""
    company: str = ""


class LeftOut(Model):
    """A value of HubSpot's that QuickBooks would refuse, or has refused, so that the invoice is
    there without it."""

    field: Literal["email"] = "email"
    problem: EmailProblem


class Choices(Model):
    """What people decided about one invoice.

    `brought_in`: it is synced although it became open before the connection began. `number`: the
    one for QuickBooks, HubSpot's with a suffix. `quickbooks_number`: QuickBooks gives it one.
    `settled_payments`: ids of HubSpot payments that a person took for recorded;
    `insisted_payments`: of those to be recorded whatever QuickBooks has.

    These hold only until the invoice is in step. `overwrite`, `accept`: what QuickBooks had
    (`digest_as_seen`) when a person chose to write HubSpot's version over it, or to keep it.
    `adopt`: the id of the QuickBooks invoice that it is. `create_anyway`: it is none of the
    invoices in QuickBooks.
    """

    stopped: bool = False
    brought_in: bool = False
    service_date: Literal["", "earliest_billing_start", "invoice_date"] = ""
    number: str = ""
    quickbooks_number: bool = False
    overwrite: str = ""
    accept: str = ""
    adopt: str = ""
    create_anyway: bool = False
    settled_payments: tuple[str, ...] = ()
    insisted_payments: tuple[str, ...] = ()

    def carried_out(self) -> "Choices":
        """The choices that still hold once the invoice is in step."""
        done = {"overwrite": "", "accept": "", "adopt": "", "create_anyway": False}
        return self.model_copy(update=done)


class CustomerChoice(Model):
    """What somebody decided about the customer of a contact: that one, or else a new one, for whose
    `numbered` and `parent_id` see NewCustomer."""

    customer_id: str = ""
    numbered: bool = False
    parent_id: str = ""


class KnownLine(Model):
    """The item of a written line. `source_name`: by which it was found; another name in HubSpot
    calls for another item."""

    source_name: str
    item_id: str


class Identity(Model):
    """Who owes a written invoice, and for what. It is decided once: only a person changes it.

    `contact_id`: HubSpot's payer, for whom `customer_id` was decided. `lines`: by the id of the
    line item or fee in HubSpot.
    """

    contact_id: str = ""
    customer_id: str
    lines: dict[str, KnownLine] = Field(default_factory=dict)


class Decision(Model):
    """One resolution that somebody chose, for the audit. `by`: their email. `code`: of the failure
    that it was chosen for."""

    at: datetime
    by: str
    resolution: str
    arguments: dict[str, str] = Field(default_factory=dict)
    code: str = ""


class NextLook(Model):
    """A message that is under way for an invoice in lasting trouble: when it comes, what it means
    (`Hint.weight`), and whether it asks for a look at QuickBooks."""

    at: datetime
    weight: int = 0
    reads: bool = False


class Record(Model):
    """What we know of one invoice. `version` grows with every change of its state.

    `reason`, `skip_kind`: why a skipped invoice is skipped.

    `written` is what QuickBooks answered to our last write, `sent` an update or a creation whose
    answer is not known: QuickBooks may have either. `waits`: the keys of what a failing invoice
    waits for (`failures/waits.py`). `cause`: the key of what it fails for, where other invoices
    fail for the same (`failures/causes.py`). `accepted`: the digest (`digest_as_accepted`) of what
    QuickBooks has and a person accepted, though it differs from HubSpot. `lowered`: by how much
    HubSpot's balance is lower than QuickBooks' for another reason than payments, such as a credit
    memo. `former_ids`: QuickBooks invoices of ours that were given up. `left_out`: the values that
    our last write left out. `identity`: None until the invoice is written.
    """

    portal_id: str
    invoice_id: str
    version: int = 0
    status: Status = "pending"
    reason: str = ""
    skip_kind: SkipKind | None = None
    number: str = ""
    summary: Summary = Field(default_factory=Summary)
    failure: Failure | None = None
    failing_since: datetime | None = None
    waits: tuple[str, ...] = ()
    cause: str = ""
    pending_since: datetime | None = None
    next_look: NextLook | None = None
    quickbooks_id: str = ""
    fingerprint: str = ""
    written: QuickBooksInvoice | None = None
    identity: Identity | None = None
    baseline: Baseline | None = None
    intent: Intent | None = None
    sent: DesiredInvoice | None = None
    payments: tuple[PaymentState, ...] = ()
    payments_unread: str = ""
    balances: Balances = Field(default_factory=Balances)
    lowered: Missing | None = None
    choices: Choices = Field(default_factory=Choices)
    accepted: str = ""
    former_ids: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    synced_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def was_written(self) -> bool:
        """Whether QuickBooks has had the invoice from us, as far as we know."""
        return bool(self.quickbooks_id or self.intent or self.former_ids)

    @property
    def is_gone(self) -> bool:
        """Whether somebody deleted the QuickBooks invoice, and nobody has decided about it yet."""
        return self.failure is not None and self.failure.is_deletion

    @property
    def is_of_nothing(self) -> bool:
        """Whether HubSpot has no such invoice, nor had one that we saw: somebody named its id."""
        is_known = self.number or self.payments or self.summary != Summary()
        is_decided = self.choices != Choices()
        return self.status == "skipped" and not (is_known or is_decided or self.was_written)


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
