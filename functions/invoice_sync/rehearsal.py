"""What would become of invoices: the real decision, and what otherwise only a write would reveal.

Nothing is written, in neither system nor in our records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from .apply import decide, names_of, not_the_same, renumbers, side
from .load import QuickBooksLoader, is_own
from .look import Again, Job, Pass, Synced, Waiting
from .model import (
    MARKER,
    Customer,
    CustomerChoice,
    Document,
    Failure,
    NewCustomer,
    Posted,
    Preferences,
    Record,
    Settings,
)
from .plan import (
    WORDS,
    Create,
    Draft,
    Look,
    Plan,
    Skip,
    Update,
    Void,
    disagreements,
    drafted,
)
from .quickbooks import mapping
from .quickbooks.client import ANY_STATE, dated
from .quickbooks.faults import clash
from .store import Store


@dataclass(frozen=True)
class Adopt:
    """The invoice is in QuickBooks already as `posted`; only our record of it is missing.

    `agrees`: it says what HubSpot says. One of ours may not: then it is to be looked at.
    """

    document: Document
    posted: Posted
    agrees: bool


@dataclass(frozen=True)
class Rehearsed:
    """One invoice. `refusals`: what QuickBooks would refuse the write for, in its order."""

    job: Job
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


@dataclass(frozen=True)
class Seen:
    """What QuickBooks has of what the planned writes would need for themselves.

    `numbered`: invoices with one of their numbers. `beside`: invoices of their customers and days.
    `people`: customers, vendors and employees with one of their names, by the kind. `links`: whose
    the invoices are, by their ids: portal and HubSpot invoice.
    """

    numbered: Sequence[Posted] = ()
    beside: Sequence[Posted] = ()
    people: Sequence[tuple[str, Customer]] = ()
    links: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def rehearse(this: Pass, loader: QuickBooksLoader, store: Store) -> list[Rehearsed]:
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

    job: Job
    decided: Plan | Failure | Waiting | Adopt
    draft: Draft | None
    failures: tuple[Failure, ...]
    preferences: Preferences
    metered_reads: int = 0

    @property
    def outcome(self) -> str:
        """One of OUTCOMES."""
        return "fail" if self.failures else _NAMES[type(self.decided)]


def foresee(this: Pass, loader: QuickBooksLoader, store: Store, *, refusals: bool) -> Foreseen:
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
        judge = _Judge(this.preferences, looked_up)
        own = judge.own(job, write.document) if isinstance(decided, Create) else None
        if own:
            return Foreseen(job, own, draft, (), this.preferences)
        met += judge.refusals(job, write)
        draft = replace(draft, customer=_free_name(draft.customer, looked_up))
    return Foreseen(job, decided, draft, tuple(met), this.preferences)


def _adopted(this: Pass, job: Job, decided: Plan | Failure | Waiting, store: Store) -> Adopt | None:
    """The invoice that somebody chose, if it is the same."""
    wanted = job.record.choices.adopt
    if not wanted or not isinstance(decided, Create) or decided.customer:
        return None
    for row in this.quickbooks.where_in("Invoice", "Id", [wanted]):
        posted, document = mapping.posted(row), decided.document
        links = store.linked(this.connection.realm_id, [posted.id])
        if not not_the_same(job.record, document, posted, this.preferences, links):
            return Adopt(document, posted, agrees=True)
    return None


def _free_name(customer: NewCustomer | None, seen: Seen) -> NewCustomer | None:
    """As it will be called."""
    if customer is None or not customer.numbered:
        return customer
    taken = {_folded(one.display_name) for _, one in seen.people}
    free = next((one for one in names_of(customer) if _folded(one) not in taken), "")
    return customer.model_copy(update={"display_name": free or customer.display_name})


def judged(
    planned: Sequence[tuple[Job, Plan | Failure | Waiting]],
    preferences: Preferences,
    seen: Seen,
) -> list[Rehearsed]:
    """Pure. What is there already is settled first: it then cannot be another one's double."""
    judge = _Judge(preferences, seen)
    found = [judge.found(job, one) if isinstance(one, Create) else None for job, one in planned]
    return [
        Rehearsed(job, adopt) if adopt else Rehearsed(job, one, judge.refusals(job, one))
        for (job, one), adopt in zip(planned, found, strict=True)
    ]


def _planned(this: Pass, loader: QuickBooksLoader) -> list[tuple[Job, Plan | Failure | Waiting]]:
    """What would be done about each, with a look at those in QuickBooks that it depends on."""
    first = [(job, _decided(this, job)) for job in this.jobs]
    looks = [job for job, decided in first if isinstance(decided, Look)]
    for job in looks:
        job.look = True
    loader.existing(this, looks)
    return [(job, decide(this, job) if isinstance(one, Look) else one) for job, one in first]


def _decided(this: Pass, job: Job) -> Plan | Failure | Waiting:
    outcome = job.outcome
    if outcome is None:
        return decide(this, job)
    if isinstance(outcome, Synced | Again):
        raise TypeError("a rehearsal carries nothing out")
    return outcome


def _look_up(
    this: Pass, writes: Sequence[tuple[Job, Create | Update]], store: Store, *, beside: bool
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
    by_number = [mapping.posted(row) for row in same_number]
    by_customer = [mapping.posted(row) for rows in rest for row in rows]
    return Seen(
        numbered=by_number,
        beside=by_customer,
        people=[(kind, mapping.customer(row)) for kind, rows in kinds.items() for row in rows],
        links=store.linked(
            this.connection.realm_id, [one.id for one in (*by_number, *by_customer)]
        ),
    )


class _Judge:
    """One planned write after the other: an earlier one takes its number and its name."""

    def __init__(self, preferences: Preferences, seen: Seen) -> None:
        self._preferences, self._seen = preferences, seen
        self._by_number: dict[str, list[Posted]] = {}
        for one in seen.numbered:
            self._by_number.setdefault(one.number.casefold(), []).append(one)
        self._by_customer: dict[str, list[Posted]] = {}
        for one in seen.beside:
            self._by_customer.setdefault(one.customer_id, []).append(one)
        self._numbers: set[str] = set()
        self._names: dict[str, NewCustomer] = {}
        self._adopted: set[str] = set()

    def found(self, job: Job, planned: Create) -> Adopt | None:
        """The QuickBooks invoice that is this very one, if there is one and only one."""
        if job.record.intent:
            return None  # a creation of unknown outcome: a look settles that
        document = planned.document
        exact = [one for one in self._same_number(document) if self._stands_for(job, document, one)]
        if own := self.own(job, document):
            return own
        if len(exact) != 1:
            return None
        self._adopted.add(exact[0].id)
        return Adopt(document, exact[0], agrees=True)

    def own(self, job: Job, document: Document) -> Adopt | None:
        """One that we made."""
        near = (
            *self._same_number(document),
            *self._by_customer.get(document.customer_id, ()),
        )
        for one in near:
            if is_own(job, one) and self._free(job, one):
                self._adopted.add(one.id)
                return Adopt(document, one, not self._differs(document, one))
        return None

    def refusals(self, job: Job, planned: Plan | Failure | Waiting) -> tuple[Failure, ...]:
        if not isinstance(planned, Create | Update):
            return ()
        each = (
            self._name(planned.customer),
            self._period(planned.document),
            self._number(planned.document) if renumbers(job, planned.document) else None,
            self._twice(job, planned) if isinstance(planned, Create) else None,
        )
        failures = tuple(one for one in each if one)
        if not failures:
            self._numbers.add(planned.document.number.casefold())
            if planned.customer:
                self._names[_folded(planned.customer.display_name)] = planned.customer
        return failures

    def _differs(self, document: Document, posted: Posted) -> list[str]:
        found = disagreements(document, posted, self._preferences.home_currency)
        return ["voided", *found] if posted.voided else found

    def _same_number(self, document: Document) -> list[Posted]:
        return self._by_number.get(document.number.casefold(), []) if document.number else []

    def _free(self, job: Job, posted: Posted) -> bool:
        """No other record holds it."""
        own = (job.record.portal_id, job.record.invoice_id)
        return posted.id not in self._adopted and self._seen.links.get(posted.id, own) == own

    def _stands_for(self, job: Job, document: Document, posted: Posted) -> bool:
        """It says the same, and was not made for another HubSpot invoice."""
        return (
            not self._differs(document, posted)
            and self._free(job, posted)
            and not MARKER.search(posted.private_note)
        )

    def _name(self, customer: NewCustomer | None) -> Failure | None:
        """As a creation does it: a customer of that name is only ours with our e-mail or marker."""
        if customer is None or customer.numbered:
            return None
        name = _folded(customer.display_name)
        holders = [
            (kind, one) for kind, one in self._seen.people if _folded(one.display_name) == name
        ]
        for kind, one in holders:
            same_email = one.email.casefold() == customer.email.casefold() != ""
            ours = same_email or customer.marker in one.notes
            if kind == "customer" and one.active and ours:
                return None
        if not holders and self._names.get(name, customer) == customer:
            return None
        ids = " ".join(one.id for kind, one in holders if kind == "customer")
        return Failure(
            code="duplicate_display_name",
            detail={"name": customer.display_name, "customerId": ids, "service": "QuickBooks"},
        )

    def _period(self, document: Document) -> Failure | None:
        closed = self._preferences.book_close_date
        if closed is None or document.invoice_date > closed:
            return None
        return Failure(code="closed_period", detail={"closedUntil": closed.isoformat()})

    def _number(self, document: Document) -> Failure | None:
        if not document.number:
            return None
        holders = self._same_number(document)
        if holders:
            # The one that comes closest says most.
            closest = min(holders, key=lambda one: len(self._differs(document, one)))
            differs = self._differs(document, closest) or ["invoice"]
            detail = clash(document.number, "Invoice", closest.id)
        elif document.number.casefold() in self._numbers:
            differs = ["invoice"]
            detail = {
                "number": document.number,
                "clash": "another invoice of this HubSpot account",
            }
        else:
            return None
        return Failure(
            code="duplicate_document_number", detail={**detail, "differs": " ".join(differs)}
        )

    def _twice(self, job: Job, planned: Create) -> Failure | None:
        """Somebody may have entered it by hand, under another number."""
        document = planned.document.model_copy(update={"number": ""})
        if planned.customer or self._same_number(planned.document):
            return None
        for one in self._by_customer.get(document.customer_id, ()):
            if self._stands_for(job, document, one):
                shown = f'number "{one.number}"' if one.number else "no number"
                return Failure(
                    code="possible_duplicate",
                    detail={
                        "clashId": one.id,
                        "clash": f"the invoice with id {one.id} and {shown}",
                    },
                )
        return None


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
