"""What would become of invoices: the real decision, and what otherwise only a write would reveal.

Nothing is written, in neither system nor in our records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from invoice_sync.model.connection import Settings
from invoice_sync.model.failure import Failure
from invoice_sync.model.quickbooks import NewCustomer, Preferences
from invoice_sync.model.record import CustomerChoice, Record
from invoice_sync.plan.document import drafted
from invoice_sync.plan.plans import WORDS, Adopt, Create, Draft, NeedsRead, Plan, Skip, Update, Void
from invoice_sync.preview.refusals import Judge, Seen, folded
from invoice_sync.quickbooks import parse
from invoice_sync.quickbooks.query import ANY_STATE, dated
from invoice_sync.store.store import Store
from invoice_sync.sync.apply import decide_task, names_of, not_the_same, renumbers, side
from invoice_sync.sync.batch import Again, Batch, Synced, Task, Waiting
from invoice_sync.sync.load_quickbooks import QuickBooksLoader


@dataclass(frozen=True)
class Rehearsed:
    """One invoice. `refusals`: what QuickBooks would refuse the write for, in its order."""

    job: Task
    decided: Plan | Failure | Waiting | Adopt
    refusals: tuple[Failure, ...] = ()

    @property
    def failure(self) -> Failure | None:
        if isinstance(self.decided, Failure):
            return self.decided
        return self.refusals[0] if self.refusals else None

    @property
    def outcome(self) -> str:
        """One of OUTCOMES."""
        if self.failure:
            return "fail"
        return _NAMES[type(self.decided)]


_NAMES: dict[type, str] = {**WORDS, Adopt: "adopt", Waiting: "wait"}
OUTCOMES = (*_NAMES.values(), "fail")


@dataclass(frozen=True)
class Rehearsal:
    """`metered_reads`: what it cost at QuickBooks."""

    invoices: list[Rehearsed]
    metered_reads: int


def rehearse(this: Batch, loader: QuickBooksLoader, store: Store) -> list[Rehearsed]:
    """`this` has been loaded: all of its jobs, as for a look."""
    planned = _planned(this, loader)
    writes = [(job, one) for job, one in planned if isinstance(one, Create | Update)]
    seen = _look_up(this, writes, store, beside=True)
    # In the order in which they were made, which is that in which they will be sent.
    ordered = sorted(planned, key=lambda pair: int(pair[0].hint.object_id))
    return judged(ordered, this.preferences, seen)


@dataclass(frozen=True)
class Hypothesis:
    """What somebody is about to decide. `record`: with the choice in it; None: as it is stored.
    `items`: by ("sku" | "name", casefolded value)."""

    record: Record | None = None
    settings: Settings | None = None
    customer: CustomerChoice | None = None
    items: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Foreseen:
    """What a look would come to. `draft`: what is to be written, also when something keeps it from
    that; None where nothing is. `failures`: all that it would meet, the first of them first."""

    job: Task
    decided: Plan | Failure | Waiting | Adopt
    draft: Draft | None
    failures: tuple[Failure, ...]
    preferences: Preferences
    metered_reads: int = 0

    @property
    def outcome(self) -> str:
        """One of OUTCOMES."""
        return "fail" if self.failures else _NAMES[type(self.decided)]


def foresee(this: Batch, loader: QuickBooksLoader, store: Store, *, refusals: bool) -> Foreseen:
    """The one invoice of `this`, which has been loaded as for a look. `refusals`: also what
    QuickBooks would refuse, which costs reads that a look does not make."""
    ((job, decided),) = _planned(this, loader)
    if job.outcome or job.invoice is None or isinstance(decided, Skip | Void):
        met = [decided] if isinstance(decided, Failure) else []
        return Foreseen(job, decided, None, tuple(met), this.preferences)
    if isinstance(decided, Failure) and decided.code == "unexpected":
        return Foreseen(job, decided, None, (decided,), this.preferences)
    draft = drafted(job.invoice, job.record, side(this, job), this.connection)
    met = list(draft.failures)
    known, choices = job.record.failure, job.record.choices
    undecided = not (choices.adopt or choices.create_anyway)
    if known and known.code == "possible_duplicate" and isinstance(decided, Create) and undecided:
        met.append(known)  # it stays, until somebody decides
    if isinstance(decided, Failure) and decided not in met:
        met.insert(0, decided)
    adopted = _adopted(this, job, decided, store)
    if adopted:
        return Foreseen(job, adopted, draft, (), this.preferences)
    write = decided if isinstance(decided, Create | Update) else None
    if draft.failures and not job.record.quickbooks_id:
        # What it fails for first must not hide what QuickBooks would refuse.
        write = Create(draft.document, draft.customer)
    if write and refusals:
        looked_up = _look_up(this, [(job, write)], store, beside=False)
        judge = Judge(this.preferences, looked_up)
        own = judge.own(job, write.document) if isinstance(decided, Create) else None
        if own:
            return Foreseen(job, own, draft, (), this.preferences)
        met += judge.refusals(job, write)
        draft = replace(draft, customer=_free_name(draft.customer, looked_up))
    return Foreseen(job, decided, draft, tuple(met), this.preferences)


def _adopted(
    this: Batch, job: Task, decided: Plan | Failure | Waiting, store: Store
) -> Adopt | None:
    """The invoice that somebody chose, if it is the same."""
    wanted = job.record.choices.adopt
    if not wanted or not isinstance(decided, Create) or decided.customer:
        return None
    for row in this.quickbooks.where_in("Invoice", "Id", [wanted]):
        posted, document = parse.invoice(row), decided.document
        links = store.linked(this.connection.realm_id, [posted.id])
        if not not_the_same(job.record, document, posted, this.preferences, links):
            return Adopt(document, posted, agrees=True)
    return None


def _free_name(customer: NewCustomer | None, seen: Seen) -> NewCustomer | None:
    """As it will be called."""
    if customer is None or not customer.numbered:
        return customer
    taken = {folded(one.display_name) for _, one in seen.people}
    free = next((one for one in names_of(customer) if folded(one) not in taken), "")
    return customer.model_copy(update={"display_name": free or customer.display_name})


def judged(
    planned: Sequence[tuple[Task, Plan | Failure | Waiting]],
    preferences: Preferences,
    seen: Seen,
) -> list[Rehearsed]:
    """Pure. What is there already is settled first: it then cannot be another one's double."""
    judge = Judge(preferences, seen)
    found = [judge.found(job, one) if isinstance(one, Create) else None for job, one in planned]
    return [
        Rehearsed(job, adopt) if adopt else Rehearsed(job, one, judge.refusals(job, one))
        for (job, one), adopt in zip(planned, found, strict=True)
    ]


def _planned(this: Batch, loader: QuickBooksLoader) -> list[tuple[Task, Plan | Failure | Waiting]]:
    """What would be done about each, with a look at those in QuickBooks that it depends on."""
    first = [(job, _decided(this, job)) for job in this.jobs]
    looks = [job for job, decided in first if isinstance(decided, NeedsRead)]
    for job in looks:
        job.look = True
    loader.existing(this, looks)
    return [
        (job, decide_task(this, job) if isinstance(one, NeedsRead) else one) for job, one in first
    ]


def _decided(this: Batch, job: Task) -> Plan | Failure | Waiting:
    outcome = job.outcome
    if outcome is None:
        return decide_task(this, job)
    if isinstance(outcome, Synced | Again):
        raise TypeError("a rehearsal carries nothing out")
    return outcome


def _look_up(
    this: Batch, writes: Sequence[tuple[Task, Create | Update]], store: Store, *, beside: bool
) -> Seen:
    """In as few calls as can be; each query is metered. `beside`: also what may be there under
    another number."""
    numbers = {one.document.number for job, one in writes if renumbers(job, one.document)} - {""}
    names = {name for _, one in writes if one.customer for name in names_of(one.customer)}
    creates = [one.document for _, one in writes if isinstance(one, Create) and not one.customer]
    wanted: list[tuple[str, str, set[str], str]] = [
        ("Customer", "DisplayName", names, ANY_STATE),
        ("Vendor", "DisplayName", names, ANY_STATE),
        ("Employee", "DisplayName", names, ANY_STATE),
        ("Invoice", "DocNumber", numbers, ""),
    ]
    if creates and beside:
        days = [one.invoice_date for one in creates]
        ids = {one.customer_id for one in creates}
        wanted.append(("Invoice", "CustomerRef", ids, dated(min(days), max(days))))
    customers, vendors, employees, same_number, *rest = this.quickbooks.where_each(wanted)
    kinds = {"customer": customers, "vendor": vendors, "employee": employees}
    by_number = [parse.invoice(row) for row in same_number]
    by_customer = [parse.invoice(row) for rows in rest for row in rows]
    return Seen(
        numbered=by_number,
        beside=by_customer,
        people=[(kind, parse.customer(row)) for kind, rows in kinds.items() for row in rows],
        links=store.linked(
            this.connection.realm_id, [one.id for one in (*by_number, *by_customer)]
        ),
    )
