"""Apply: carry the plans of a batch out in QuickBooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from invoice_sync.errors import FaultError, ReconnectRequiredError, ServiceError
from invoice_sync.model.failure import Failure
from invoice_sync.model.quickbooks import DesiredInvoice
from invoice_sync.model.record import Baseline, Identity, Record, Skip
from invoice_sync.plan.compare import (
    amounts_agree,
    differing_total,
    digest_as_accepted,
    number_taken,
)
from invoice_sync.plan.identity import identity_of
from invoice_sync.plan.merge import baseline, kept
from invoice_sync.plan.numbers import (
    folded_number,
    gets_new_number,
    ours_of,
    taken_by,
    with_number,
)
from invoice_sync.plan.ours import obstacles_to_adoption, taken_over
from invoice_sync.plan.plans import Create, InStep, NeedsRead, Update, Void
from invoice_sync.quickbooks import parse, render
from invoice_sync.quickbooks.client import BATCH, Answer
from invoice_sync.runtime.chunks import chunks
from invoice_sync.runtime.parallel import together
from invoice_sync.store.store import Store
from invoice_sync.sync import trouble
from invoice_sync.sync.batch import (
    IN_USE,
    OUT_OF_TIME,
    Again,
    Batch,
    Failed,
    Observation,
    Outcome,
    Planned,
    Skipped,
    Synced,
    Task,
    Trouble,
    Waiting,
    in_step,
)
from invoice_sync.sync.circles import move_aside
from invoice_sync.sync.create import Creator, Write
from invoice_sync.sync.customers import CustomerMaker
from invoice_sync.sync.doubles import refuse_doubles
from invoice_sync.sync.load_quickbooks import read_invoices
from invoice_sync.sync.refused import refused

# From so many new invoices on they are created in batches. A batch is answered when its last
# invoice is made: fewer invoices are quicker one by one, side by side.
BURST = BATCH
# By invoice id.
Outcomes = dict[str, Outcome | Again]


class Applier:
    def __init__(self, store: Store, new_id: Callable[[], str]) -> None:
        self._store = store
        self._creator, self._customers = Creator(store, new_id), CustomerMaker(store, new_id)

    def apply(self, batch: Batch, plans: Sequence[Planned]) -> Outcomes:
        """Carry the plans out. Each gets an outcome: a service's error is the outcome of all
        invoices that were not finished before it."""
        outcomes: Outcomes = {}
        try:
            for step in self._steps(batch, plans):
                outcomes |= step
        except ServiceError as error:
            for planned in plans:
                reached = outcomes.get(planned.task.invoice_id, Again(planned.task))
                if isinstance(reached, Again):
                    blocked = trouble.blocked(reached.task.record, error)
                    outcomes[planned.task.invoice_id] = blocked
        return outcomes

    def _steps(self, batch: Batch, plans: Sequence[Planned]) -> Iterator[Outcomes]:
        """Yield outcomes as they come. One that is `Again` may be replaced by a later step.

        Raises UnavailableError, ReconnectRequiredError, FaultError.
        """
        yield {each.task.invoice_id: ended for each in plans if (ended := _without_call(each))}
        writes = [
            Write(each.observation, each.plan, _document(each.task, each.plan))
            for each in plans
            if isinstance(each.plan, Create | Update)
        ]
        adopted = self._adopt_chosen(batch, writes)
        yield adopted
        writes = [write for write in writes if write.task.invoice_id not in adopted]
        made = self._customers.make(batch, writes)
        yield made.ended
        writes = [
            replace(write, document=_with_customer(write, made.ids))
            for write in writes
            if write.task.invoice_id not in made.ended
        ]
        doubles = refuse_doubles(self._store, batch, writes)
        yield doubles
        writes = [write for write in writes if write.task.invoice_id not in doubles]
        taken = _refuse_taken_numbers(batch, writes)
        yield taken
        refused_writes = [write for write in writes if write.task.invoice_id in taken]
        writes = [write for write in writes if write.task.invoice_id not in taken]
        created = self._create(batch, writes)
        yield created
        if any(map(trouble.has_lost_access, created.values())):
            raise ReconnectRequiredError("QuickBooks")
        updated = dict(taken)
        for step in self._update(batch, writes):
            updated |= step
            yield step
        yield self._moved_aside(batch, [*refused_writes, *writes], updated)
        yield from _void(batch, plans)

    def _adopt_chosen(self, batch: Batch, writes: Sequence[Write]) -> Outcomes:
        """Adopt the invoices that a person chose, but only where they say the same."""
        chosen = [
            write
            for write in writes
            if isinstance(write.plan, Create)
            and write.task.record.choices.adopt
            and not write.plan.customer
        ]
        invoices = read_invoices(batch, [write.task.record.choices.adopt for write in chosen])
        links = self._store.realm.links(batch.connection.realm_id, invoices)
        outcomes: Outcomes = {}
        for write in chosen:
            record, document = write.task.record, write.document
            invoice = invoices.get(record.choices.adopt)
            if invoice is None:
                continue  # it was deleted: then there is nothing that could be there twice
            preferences = write.observation.quickbooks.preferences
            obstacles = obstacles_to_adoption(record, document, invoice, preferences, links)
            outcomes[write.task.invoice_id] = (
                Failed(record, number_taken(document, invoice, obstacles))
                if obstacles
                else Synced(in_step(record, invoice, document), "adopted")
            )
            if not obstacles:
                links[invoice.id] = (record.portal_id, record.invoice_id)
        return outcomes

    def _create(self, batch: Batch, writes: Sequence[Write]) -> Outcomes:
        creates = [write for write in writes if isinstance(write.plan, Create)]
        burst = [write for write in creates if _may_go_with_others(write)]
        if len(burst) < BURST or batch.is_late:
            burst = []
        batches = chunks(burst, BATCH)
        in_batch = {write.task.invoice_id for write in burst}
        alone = [write for write in creates if write.task.invoice_id not in in_batch]
        outcomes = together(
            *(partial(self._creator.create_together, batch, members) for members in batches),
            *(partial(self._creator.create, batch, write) for write in alone),
        )
        ended: Outcomes = {}
        for outcomes_of_batch in outcomes[: len(batches)]:
            ended |= outcomes_of_batch
        for write, outcome in zip(alone, outcomes[len(batches) :], strict=True):
            ended[write.task.invoice_id] = outcome
        return ended

    def _update(self, batch: Batch, writes: Sequence[Write]) -> Iterator[Outcomes]:
        rendered: list[tuple[Write, dict[str, Any]]] = []
        for write in writes:
            if not isinstance(write.plan, Update):
                continue
            if batch.is_late:
                yield {write.task.invoice_id: Waiting(write.task.record, OUT_OF_TIME)}
                continue
            try:
                plan = write.plan
                payload = render.invoice_update(write.document, plan.existing, plan.changes)
            except Exception as error:
                failure = trouble.bug(error, write.task.record, batch.log)
                yield {write.task.invoice_id: Failed(write.task.record, failure)}
                continue
            rendered.append((write, payload))
        notes = together(*(partial(self._noted_update, batch, write) for write, _ in rendered))
        sent: list[tuple[Write, dict[str, Any]]] = []
        for (write, payload), noted in zip(rendered, notes, strict=True):
            if noted:
                sent.append((write.noted(noted), payload))
                # What it comes to if the call fails.
                yield {write.task.invoice_id: Again(write.task.noted(noted))}
            else:
                yield {write.task.invoice_id: Waiting(write.task.record, IN_USE)}
        answers = batch.quickbooks.change_invoices([payload for _, payload in sent])
        for (write, _), answer in zip(sent, answers, strict=True):
            changed = _changed(batch, write.observation, answer, write)
            yield {write.task.invoice_id: changed}

    def _moved_aside(self, batch: Batch, writes: Sequence[Write], outcomes: Outcomes) -> Outcomes:
        """Let those whose number is taken make room for each other."""
        moved: Outcomes = {}
        for write in writes:
            outcome = outcomes.get(write.task.invoice_id)
            if isinstance(outcome, Failed) and outcome.failure.code == "duplicate_document_number":
                call = partial(move_aside, self._store, batch, write, outcome)
                task = write.task.noted(outcome.record)
                moved[write.task.invoice_id] = trouble.contained(batch, task, call)
        return moved

    def _noted_update(self, batch: Batch, write: Write) -> Record | None:
        """Note what is sent. By now QuickBooks' invoice has turned out to be as we wrote it,
        perhaps with an earlier update that was never answered either."""
        record, existing = write.task.record, write.observation.existing
        before: dict[str, object] = {"written": existing, "sent": kept(write.document)}
        if record.sent and existing:
            before["baseline"] = baseline(record.sent, existing, record.baseline, answered=False)
        return self._creator.note(batch, record.model_copy(update=before))


def _may_go_with_others(write: Write) -> bool:
    """Tell whether an invoice may be created in a batch: it was never sent before, and after a lost
    answer it can be found by its number."""
    preferences = write.observation.quickbooks.preferences
    is_numbered = preferences.custom_numbers and bool(write.document.number)
    return is_numbered and write.task.record.intent is None


def _document(task: Task, plan: Create | Update) -> DesiredInvoice:
    """Return what is to be sent."""
    if not task.without_email:
        return plan.desired
    return plan.desired.model_copy(update={"email": ""})


def _without_call(planned: Planned) -> Outcome | Again | None:
    """Return the outcome of a plan that needs no call; None for one that does."""
    plan, record = planned.plan, planned.record
    if isinstance(plan, Failure | Trouble):
        return trouble.ended(record, plan)
    if isinstance(plan, Skip):
        return Skipped(record, plan.reason, plan.kind)
    if isinstance(plan, InStep):
        return Synced(_found_in_step(record, plan), "in step")
    return Again(planned.task) if isinstance(plan, NeedsRead) else None


def _found_in_step(record: Record, plan: InStep) -> Record:
    accepted = record.accepted
    if plan.existing:
        voided = plan.desired is None
        accepted = (
            digest_as_accepted(plan.existing, voided_in_hubspot=voided) if plan.accepted else ""
        )
    changes: dict[str, object] = {
        "fingerprint": plan.desired.fingerprint() if plan.desired else record.fingerprint,
        "written": plan.existing or record.written,
        "identity": _found_identity(record, plan),
        "baseline": _found_baseline(record, plan),
        "accepted": accepted,
        "intent": None,
        "sent": None,
    }
    return record.model_copy(update=changes)


def _found_identity(record: Record, plan: InStep) -> Identity | None:
    if plan.desired is None:
        return record.identity
    if plan.existing is None:
        # The customer is the same, but its contact may be another one now.
        contact = {"contact_id": plan.desired.contact_id}
        return record.identity.model_copy(update=contact) if record.identity else None
    return identity_of(plan.desired, plan.existing)


def _found_baseline(record: Record, plan: InStep) -> Baseline | None:
    if plan.desired is None or plan.existing is None:
        return record.baseline
    return baseline(plan.desired, plan.existing, record.baseline)


def _with_customer(write: Write, ids: dict[Any, str]) -> DesiredInvoice:
    if write.plan.customer is None:
        return write.document
    return write.document.model_copy(update={"customer_id": ids[write.plan.customer]})


def _refuse_taken_numbers(batch: Batch, writes: Sequence[Write]) -> Outcomes:
    """Look for the numbers. With custom transaction numbers off, QuickBooks takes a number a second
    time without a word (Intuit's reference "Invoice")."""
    numbered = [
        write
        for write in writes
        if write.document.number
        and not write.observation.quickbooks.preferences.custom_numbers
        and gets_new_number(write.plan)
    ]
    if not numbered:
        return {}
    numbers = {write.document.number for write in numbered}
    found = batch.quickbooks.find("Invoice", "DocNumber", numbers)
    invoices = [parse.invoice(row) for row in found.rows]
    outcomes: Outcomes = {}
    given: set[str] = set()
    for write in numbered:
        task, number = write.task, write.document.number
        if number in found.refused:
            unreadable = trouble.of_unreadable(found.refused[number], "invoice", number)
            outcomes[task.invoice_id] = trouble.ended(task.record, unreadable)
            continue
        if folded_number(number) in given:
            outcomes[task.invoice_id] = Again(task)  # by then QuickBooks knows who came first
            continue
        given.add(folded_number(number))
        ours = ours_of(task.record, with_number(number, invoices))
        if ours is not None and not task.record.quickbooks_id:
            outcomes[task.invoice_id] = Again(task.taken_over(taken_over(task.record, ours)))
        elif holders := taken_by(task.record, number, invoices):
            outcomes[task.invoice_id] = Failed(
                task.record, number_taken(write.document, holders[0])
            )
    return outcomes


def _void(batch: Batch, plans: Sequence[Planned]) -> Iterator[Outcomes]:
    voids = [(each.observation, each.plan) for each in plans if isinstance(each.plan, Void)]
    if batch.is_late:
        yield {each.task.invoice_id: Waiting(each.record, OUT_OF_TIME) for each, _ in voids}
        return
    payloads = [{"Id": plan.quickbooks_id, "SyncToken": plan.sync_token} for _, plan in voids]
    answers = batch.quickbooks.change_invoices(payloads, void=True)
    for (observation, _), answer in zip(voids, answers, strict=True):
        yield {observation.task.invoice_id: _changed(batch, observation, answer, None)}


def _changed(
    batch: Batch,
    observation: Observation,
    answer: Answer | FaultError,
    write: Write | None,
) -> Outcome | Again:
    """Return the outcome of an update, or without a write of a void. Raises as `refused`."""
    if isinstance(answer, FaultError):
        return refused(batch, observation, answer)
    record, invoice = observation.record, parse.invoice(answer.entity)
    if write is None:
        return Synced(in_step(record, invoice, None), "voided", answer.intuit_tid)
    document = write.document
    if not amounts_agree(document, invoice):
        failure = differing_total(document, invoice, posted=True)
        failure = failure.model_copy(update={"intuit_tid": answer.intuit_tid})
        return Failed(record.model_copy(update={"written": invoice, "fingerprint": ""}), failure)
    updated = in_step(record, invoice, document, write.left_out)
    return Synced(updated, "updated", answer.intuit_tid)
