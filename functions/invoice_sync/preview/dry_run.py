"""A sync that writes nothing: the real decision, and what otherwise only a write would reveal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from invoice_sync.errors import FaultError
from invoice_sync.hints import Hint, Trigger
from invoice_sync.model.connection import Connection, Settings
from invoice_sync.model.failure import Failure
from invoice_sync.model.hubspot import Invoice, StatusChange
from invoice_sync.model.quickbooks import NewCustomer, Preferences
from invoice_sync.model.record import CustomerChoice, Record, Skip
from invoice_sync.plan.desired import Desired, desire
from invoice_sync.plan.doubles import named_duplicate
from invoice_sync.plan.names import folded_name, names_to_try
from invoice_sync.plan.numbers import gets_new_number
from invoice_sync.plan.ours import obstacles_to_adoption
from invoice_sync.plan.plans import WORDS, Adopt, Create, Plan, Update, Void
from invoice_sync.plan.rates import RateKey
from invoice_sync.preview.refusals import UNREADABLE_KINDS, Judge, NameHolder, Seen
from invoice_sync.quickbooks import parse
from invoice_sync.quickbooks.query import ANY_STATE, dated
from invoice_sync.store.store import Store
from invoice_sync.sync import load_hubspot, trouble
from invoice_sync.sync.batch import (
    Assumptions,
    Batch,
    Batches,
    Observation,
    Planned,
    Task,
    Trouble,
    brought_in,
)
from invoice_sync.sync.decide import decide_all
from invoice_sync.sync.load_quickbooks import read_invoices

Decision = Plan | Failure | Trouble | Adopt
_NAMES: dict[type, str] = {**WORDS, Adopt: "adopt", Trouble: "wait"}
# Nothing that QuickBooks shows lets us foresee these.
_ONLY_REFUSALS_TELL = (
    "service_date_required",
    "reference_inactive",
    "inventory_not_started",
    "quickbooks_error",
    "subscription_lapsed",
    "unexpected",
)


@dataclass(frozen=True)
class Rehearsed:
    """What would become of one invoice."""

    observation: Observation
    decided: Decision
    # What QuickBooks would refuse the write for, in its order.
    refusals: tuple[Failure, ...] = ()

    @property
    def failure(self) -> Failure | None:
        if isinstance(self.decided, Failure):
            return self.decided
        return self.refusals[0] if self.refusals else None

    @property
    def outcome(self) -> str:
        """The plan in a word: one of `_NAMES`, or "fail"."""
        return "fail" if self.failure else _NAMES[type(self.decided)]


@dataclass(frozen=True)
class Rehearsal:
    invoices: list[Rehearsed]
    # What the rehearsal cost at QuickBooks.
    metered_reads: int


@dataclass(frozen=True)
class Hypothesis:
    """What a person is about to decide."""

    # With the choice in it; None: as it is stored.
    record: Record | None = None
    settings: Settings | None = None
    customer: CustomerChoice | None = None
    # Item ids by ("sku" | "name", casefolded value).
    items: Mapping[tuple[str, str], str] = field(default_factory=dict)
    at_par: frozenset[RateKey] = frozenset()


@dataclass(frozen=True)
class Foreseen:
    """What a sync of one invoice would come to."""

    observation: Observation
    decided: Decision
    # What is to be written, even if something keeps it from being written; None: nothing.
    desired: Desired | None
    # All that the sync would meet, in that order.
    failures: tuple[Failure, ...]
    metered_reads: int = 0

    @property
    def outcome(self) -> str:
        """The plan in a word: one of `_NAMES`, or "fail"."""
        return "fail" if self.failures else _NAMES[type(self.decided)]


class DryRun:
    def __init__(self, store: Store, batches: Batches) -> None:
        self._store, self._batches = store, batches

    def rehearse(self, connection: Connection, invoice_ids: Iterable[str]) -> Rehearsal:
        """Return what would become of these invoices.

        Raises UnavailableError, ReconnectRequiredError, HubSpotRefusedError, FaultError.
        """
        batch = self._batches.open(connection, bulk=True)
        tasks = self._tasks(batch, [*dict.fromkeys(invoice_ids)], "backfill")
        plans = decide_all(batch, load_hubspot.load(batch, tasks))
        seen = self._look_up(batch, plans, beside=True)
        # In the order in which they were made, which is that in which they will be sent.
        plans.sort(key=lambda planned: int(planned.task.invoice_id))
        return Rehearsal(judged(plans, seen), batch.quickbooks.metered_reads)

    def foresee(
        self,
        connection: Connection,
        invoice_id: str,
        hypothesis: Hypothesis,
        *,
        refusals: bool = True,
        invoice: Invoice | None = None,
    ) -> Foreseen:
        """Return what a sync of this invoice would come to, were it decided so. A draft is judged
        as if it were opened now. `refusals`: also look for what QuickBooks would refuse, which
        costs reads that a sync does not make. `invoice`: as an earlier answer to the same question
        has it; None: it is read. Raises as `rehearse` does."""
        if hypothesis.settings:
            connection = connection.model_copy(update={"settings": hypothesis.settings})
        assumptions = Assumptions(hypothesis.customer, hypothesis.items, hypothesis.at_par)
        batch = self._batches.open(connection, remembers=False, assumptions=assumptions)
        (task,) = self._tasks(batch, [invoice_id], "resolve")
        if hypothesis.record:
            task = replace(task, before=hypothesis.record, record=hypothesis.record)
        if invoice:
            (observation,) = load_hubspot.with_histories(batch, [Observation(task, invoice)])
        else:
            (observation,) = load_hubspot.load(batch, [task])
        (planned,) = decide_all(batch, [_as_opened(observation, batch.started)])
        foreseen = self._foreseen(batch, planned, refusals=refusals)
        if hypothesis == Hypothesis() and not foreseen.failures:
            foreseen = replace(foreseen, failures=_told_before(planned))
        return replace(foreseen, metered_reads=batch.quickbooks.metered_reads)

    def _tasks(self, batch: Batch, invoice_ids: Sequence[str], trigger: Trigger) -> list[Task]:
        portal_id, now = batch.connection.portal_id, batch.started
        records = self._store.records.get_many(portal_id, invoice_ids)
        tasks = []
        for invoice_id in invoice_ids:
            new = Record(portal_id=portal_id, invoice_id=invoice_id)
            record = records.get(invoice_id, new)
            noted = brought_in(record) if trigger == "backfill" else record
            tasks.append(Task(Hint(portal_id, invoice_id, trigger, now, now), record, noted))
        return tasks

    def _foreseen(self, batch: Batch, planned: Planned, *, refusals: bool) -> Foreseen:
        observation, plan = planned.observation, planned.plan
        if not _has_desired(planned) or observation.invoice is None:
            return Foreseen(observation, plan, None, (plan,) if isinstance(plan, Failure) else ())
        desired = desire(
            observation.invoice, observation.record, observation.quickbooks, batch.connection
        )
        if adoption := self._chosen_adoption(batch, planned):
            return Foreseen(observation, adoption, desired, ())
        failures = _failures_of(planned, desired)
        write = _write_of(planned, desired)
        if write and refusals:
            looks = isinstance(write, Create) and write.suspicion is not None
            seen = self._look_up(batch, [replace(planned, plan=write)], beside=looks)
            judge = Judge(observation.quickbooks.preferences, seen)
            if isinstance(plan, Create) and (
                ours := judge.adoption_of_ours(observation.record, write.desired)
            ):
                return Foreseen(observation, ours, desired, ())
            failures += judge.refusals(observation.record, write)
            desired = replace(desired, customer=_as_named(desired.customer, seen))
        return Foreseen(observation, plan, desired, failures)

    def _chosen_adoption(self, batch: Batch, planned: Planned) -> Adopt | None:
        """Return the adoption of the invoice that somebody chose, if it is the same."""
        plan, record = planned.plan, planned.record
        if not record.choices.adopt or not isinstance(plan, Create) or plan.customer:
            return None
        preferences = planned.observation.quickbooks.preferences
        for invoice in read_invoices(batch, [record.choices.adopt]).values():
            links = self._store.realm.links(batch.connection.realm_id, [invoice.id])
            if not obstacles_to_adoption(record, plan.desired, invoice, preferences, links):
                return Adopt(plan.desired, invoice, agrees=True)
        return None

    def _look_up(self, batch: Batch, plans: Sequence[Planned], *, beside: bool) -> Seen:
        """Read what the planned writes may collide with, in as few calls as can be; each query is
        metered. `beside`: also what may be there under another number."""
        writes = [
            (each.record, each.plan) for each in plans if isinstance(each.plan, Create | Update)
        ]
        numbers = {plan.desired.number for record, plan in writes if gets_new_number(plan)} - {""}
        new = [plan.customer for _, plan in writes if plan.customer]
        names = {name for customer in new for name in names_to_try(customer)}
        queries: list[tuple[str, str, Iterable[str], str]] = [
            ("Customer", "DisplayName", names, ANY_STATE),
            ("Vendor", "DisplayName", names, ANY_STATE),
            ("Employee", "DisplayName", names, ANY_STATE),
            ("Invoice", "DocNumber", numbers, ""),
        ]
        creates = [
            plan.desired for _, plan in writes if isinstance(plan, Create) and not plan.customer
        ]
        if creates and beside:
            days = [document.invoice_date for document in creates]
            ids = {document.customer_id for document in creates}
            queries.append(("Invoice", "CustomerRef", ids, dated(min(days), max(days))))
        found = batch.quickbooks.find_each(queries)
        customers, vendors, employees, same_number, *rest = (each.rows for each in found)
        numbered = [parse.invoice(row) for row in same_number]
        neighbours = [parse.invoice(row) for rows in rest for row in rows]
        ids = {invoice.id for invoice in (*numbered, *neighbours)}
        return Seen(
            numbered=numbered,
            beside=neighbours,
            people=[
                *(NameHolder("customer", parse.customer(row)) for row in customers),
                *(NameHolder("vendor", parse.customer(row)) for row in vendors),
                *(NameHolder("employee", parse.customer(row)) for row in employees),
            ],
            links=self._store.realm.links(batch.connection.realm_id, ids),
            unreadable={
                (kind, key): _unreadable(fault, kind, key)
                for kind, each in zip(UNREADABLE_KINDS, found, strict=False)
                for key, fault in each.refused.items()
            },
        )


def _unreadable(fault: FaultError, kind: str, key: str) -> Failure:
    what = trouble.of_unreadable(fault, kind, key)
    return what if isinstance(what, Failure) else trouble.own_error(fault)


def judged(plans: Sequence[Planned], seen: Seen) -> list[Rehearsed]:
    """Judge the plans. What is there already is settled first: it then cannot be the double of
    another one. Pure."""
    loaded = (each.observation.quickbooks.preferences for each in plans if _is_write(each))
    judge = Judge(next(loaded, Preferences()), seen)
    adoptions = [
        judge.adoption(each.record, each.plan) if isinstance(each.plan, Create) else None
        for each in plans
    ]
    return [
        Rehearsed(each.observation, adoption)
        if adoption
        else Rehearsed(
            each.observation,
            each.plan,
            (*_named(each), *judge.refusals(each.record, each.plan), *_told_before(each)),
        )
        for each, adoption in zip(plans, adoptions, strict=True)
    ]


def _told_before(planned: Planned) -> tuple[Failure, ...]:
    """Return what QuickBooks refused the invoice for at the last look, where only a refusal tells:
    what heals it wakes the invoice, so the next write meets the same."""
    before = planned.record.failure
    if before is None or not _is_write(planned):
        return ()
    is_told = before.code in _ONLY_REFUSALS_TELL or before.detail.variant == "refused"
    return (before,) if is_told else ()


def _named(planned: Planned) -> tuple[Failure, ...]:
    failure = named_duplicate(planned.record, planned.observation.named)
    return (failure,) if failure and isinstance(planned.plan, Create) else ()


def _is_write(planned: Planned) -> bool:
    return isinstance(planned.plan, Create | Update)


def _as_opened(observation: Observation, now: datetime) -> Observation:
    """Return the observation of a draft as if it were opened now."""
    invoice = observation.invoice
    if invoice is None or invoice.status != "draft":
        return observation
    history = (StatusChange(status="draft", at=now), StatusChange(status="open", at=now))
    opened = invoice.model_copy(update={"status": "open", "status_history": history})
    return replace(observation, invoice=opened)


def _has_desired(planned: Planned) -> bool:
    """Tell whether a document can be shown for the invoice, even if it is not to be written."""
    plan = planned.plan
    if planned.observation.obstacle or isinstance(plan, Skip | Void | Trouble):
        return False
    # For both of these QuickBooks was not read.
    codes = ("unexpected", "opening_unknown")
    return not (isinstance(plan, Failure) and plan.code in codes)


def _failures_of(planned: Planned, desired: Desired) -> tuple[Failure, ...]:
    """Return all that keeps the invoice from being written, before QuickBooks is asked."""
    plan, record = planned.plan, planned.record
    failures = list(desired.failures)
    before, choices = record.failure, record.choices
    undecided = not (choices.adopt or choices.create_anyway)
    stays = isinstance(plan, Create) and plan.suspicion is None and undecided
    if before and before.code == "possible_duplicate" and stays:
        failures.append(before)  # it stays, until somebody decides
    if isinstance(plan, Failure) and plan not in failures:
        failures.insert(0, plan)
    return tuple(failures)


def _write_of(planned: Planned, desired: Desired) -> Create | Update | None:
    """Return the write whose refusals are to be found: an earlier failure must not hide them."""
    if desired.failures and not planned.record.quickbooks_id:
        return Create(desired.invoice, desired.customer)
    return planned.plan if isinstance(planned.plan, Create | Update) else None


def _as_named(customer: NewCustomer | None, seen: Seen) -> NewCustomer | None:
    """Return a new customer with the name that it would get."""
    if customer is None or not customer.numbered:
        return customer
    taken = {folded_name(person.holder.display_name) for person in seen.people}
    free = (name for name in names_to_try(customer) if folded_name(name) not in taken)
    return customer.model_copy(update={"display_name": next(free, customer.display_name)})
