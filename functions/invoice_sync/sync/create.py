"""Create QuickBooks invoices, each exactly once.

What is about to be sent is noted in the record first, with a request id that stays the same until
an answer is known. After an answer that was lost the invoice is looked up before it is sent again.
In a burst, invoices that were never sent go out in batches; what comes of a lost answer then is
looked up until no request can still have effect, and the rest goes out one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from invoice_sync.errors import FaultError, UnavailableError
from invoice_sync.model.limits import email_problem
from invoice_sync.model.quickbooks import DesiredInvoice, QuickBooksInvoice
from invoice_sync.model.record import Intent, LeftOut, Record
from invoice_sync.plan.compare import amounts_agree, differing_total
from invoice_sync.plan.merge import kept
from invoice_sync.plan.ours import taken_over
from invoice_sync.plan.plans import Create, Update
from invoice_sync.quickbooks import parse, render
from invoice_sync.quickbooks.client import Answer
from invoice_sync.quickbooks.faults import judge
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
    Synced,
    Task,
    Waiting,
    in_step,
)
from invoice_sync.sync.refused import refused


@dataclass(frozen=True)
class Write:
    """A document that is to be sent, with the plan that it comes from."""

    observation: Observation
    plan: Create | Update
    document: DesiredInvoice

    @property
    def task(self) -> Task:
        return self.observation.task

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """The values that HubSpot has and QuickBooks does not get."""
        if self.task.without_email:
            return (LeftOut(problem="refused"),)
        problem = email_problem(self.document.email) if self.document.email else None
        return (LeftOut(problem=problem),) if problem else ()

    def noted(self, record: Record) -> Write:
        observation = replace(self.observation, task=self.task.noted(record))
        return replace(self, observation=observation)


class Creator:
    def __init__(self, store: Store, new_id: Callable[[], str]) -> None:
        self._store, self._new_id = store, new_id

    def create(self, batch: Batch, write: Write) -> Outcome | Again:
        """Send the document. Never raises: other creations run beside it."""
        if batch.is_late:
            return Waiting(write.task.record, OUT_OF_TIME)
        return trouble.contained(batch, write.task, partial(self._begin, batch, write))

    def create_together(self, batch: Batch, writes: Sequence[Write]) -> dict[str, Outcome | Again]:
        """Send documents that were never sent before in one request, and return the outcomes by
        invoice id. Never raises: other creations run beside it."""
        request_id, outcomes = self._new_id(), dict[str, Outcome | Again]()
        sent: list[Write] = []
        payloads: list[dict[str, Any]] = []
        for write in writes:
            try:
                payload = render.invoice(write.document)
                noted = self._noted_in_batch(batch, write, request_id)
            except Exception as error:
                failure = trouble.bug(error, write.task.record, batch.log)
                outcomes[write.task.invoice_id] = Failed(write.task.record, failure)
                continue
            if noted is None:
                outcomes[write.task.invoice_id] = Waiting(write.task.record, IN_USE)
                continue
            sent.append(noted)
            payloads.append(payload)
        come_to = self._sent_together(batch, payloads, request_id) if sent else []
        for write, come_to_it in zip(sent, come_to, strict=True):
            call = partial(come_to_it, write)
            outcomes[write.task.invoice_id] = trouble.contained(batch, write.task, call)
        return outcomes

    def _noted_in_batch(self, batch: Batch, write: Write, request_id: str) -> Write | None:
        intent = _new_intent(write.document, request_id, batch.clock(), batched=True)
        update: dict[str, object] = {"intent": intent, "sent": kept(write.document)}
        noted = self.note(batch, write.task.record.model_copy(update=update))
        return write.noted(noted) if noted else None

    def _sent_together(
        self, batch: Batch, payloads: Sequence[dict[str, Any]], request_id: str
    ) -> list[Callable[[Write], Outcome | Again]]:
        """Send the payloads. Returns for each what makes an outcome of its write."""
        try:
            answers = batch.quickbooks.create_invoices(payloads, request_id)
        except FaultError:
            # Refused as a whole, before any of them: each one by itself tells which is at fault.
            return [partial(self._alone, batch)] * len(payloads)
        except Exception as error:
            return [partial(self._unanswered, batch, error)] * len(payloads)
        return [partial(self._answered_in_batch, batch, answer) for answer in answers]

    def _alone(self, batch: Batch, write: Write) -> Outcome | Again:
        return self.create(batch, write.noted(self._renoted(batch, write.task.record, None)))

    def _unanswered(self, batch: Batch, error: Exception, write: Write) -> Outcome | Again:
        if isinstance(error, UnavailableError) and not error.outcome_unknown:
            record = self._renoted(batch, write.task.record, None)
            return Waiting(record, trouble.of_unavailable(error))
        raise error

    def _answered_in_batch(
        self, batch: Batch, answer: Answer | FaultError, write: Write
    ) -> Outcome | Again:
        if isinstance(answer, FaultError):
            return self._refused(batch, write, answer)
        return self._answered(batch, write, answer)

    def note(self, batch: Batch, record: Record) -> Record | None:
        """Store a record before a call whose answer may be lost. None: another worker has it."""
        return record if self._store.records.note(record, batch.owner, batch.clock()) else None

    def _begin(self, batch: Batch, write: Write) -> Outcome | Again:
        before = write.task.record
        intent = self._intent(batch, before, write.document)
        # What was sent first: once the invoice is found, it is compared with this.
        first = before.sent if before.intent and before.sent else kept(write.document)
        noted = self.note(batch, before.model_copy(update={"intent": intent, "sent": first}))
        if noted is None:
            return Waiting(before, IN_USE)
        sent = write.noted(noted)
        send = partial(self._send, batch, sent, intent, earlier=before.intent)
        return trouble.contained(batch, sent.task, send)

    def _intent(self, batch: Batch, record: Record, document: DesiredInvoice) -> Intent:
        now = batch.clock()
        if record.intent is None:
            return _new_intent(document, self._new_id(), now)
        changes: dict[str, object] = {"last_sent_at": now}
        if record.intent.batched:
            changes |= {"request_id": self._new_id(), "batched": False}
        return record.intent.model_copy(update=changes)

    def _send(
        self, batch: Batch, write: Write, intent: Intent, *, earlier: Intent | None
    ) -> Outcome | Again:
        """`earlier`: the intent whose answer was unknown before this call."""
        payload = render.invoice(write.document)
        try:
            answer = batch.quickbooks.create("Invoice", payload, intent.request_id)
        except UnavailableError as error:
            if error.outcome_unknown:
                # Look for it at once; often QuickBooks is well again.
                return Again(replace(write.task, own_fault=error.fault))
            # This request never took effect; one before it still may have.
            record = self._renoted(batch, write.task.record, earlier)
            return Waiting(record, trouble.of_unavailable(error))
        except FaultError as fault:
            return self._refused(batch, write, fault)
        if earlier:
            return _answered_again(batch, write.task, answer)
        return self._answered(batch, write, answer)

    def _refused(self, batch: Batch, write: Write, fault: FaultError) -> Outcome | Again:
        sent = write.task.record
        if judge(fault).verdict != "wait":
            # A definite refusal: there is nothing to look for.
            write = write.noted(self._renoted(batch, sent, None))
        call = partial(refused, batch, write.observation, fault, sent)
        return trouble.contained(batch, write.task, call)

    def _renoted(self, batch: Batch, record: Record, intent: Intent | None) -> Record:
        changed = record.model_copy(
            update={"intent": intent, "sent": record.sent if intent else None}
        )
        return self.note(batch, changed) or record

    def _answered(self, batch: Batch, write: Write, answer: Answer) -> Outcome | Again:
        task, invoice = write.task, parse.invoice(answer.entity)
        if not amounts_agree(write.document, invoice):
            return self._withdraw(batch, write, invoice, answer.intuit_tid)
        record = in_step(task.record, invoice, write.document, write.left_out)
        return Synced(record, "created", answer.intuit_tid)

    def _withdraw(
        self, batch: Batch, write: Write, invoice: QuickBooksInvoice, intuit_tid: str
    ) -> Outcome | Again:
        """Delete an invoice for which QuickBooks came to another total than HubSpot: it must not
        stay."""
        record = taken_over(write.task.record, invoice).model_copy(update={"fingerprint": ""})
        # Noted before it is deleted: if that fails, it must not be made a second time.
        self.note(batch, record)

        def delete() -> Failed:
            failure = differing_total(write.document, invoice, posted=False)
            left = record
            try:
                batch.quickbooks.delete_invoice(invoice.id, invoice.sync_token)
                gone = record.model_copy(update={"quickbooks_id": "", "written": None})
                left = self.note(batch, gone) or record
            except (FaultError, UnavailableError):
                failure = differing_total(write.document, invoice, posted=True)
            return Failed(left, failure.model_copy(update={"intuit_tid": intuit_tid}))

        return trouble.contained(batch, write.task.noted(record), delete)


def _new_intent(
    document: DesiredInvoice, request_id: str, now: datetime, *, batched: bool = False
) -> Intent:
    return Intent(
        request_id=request_id,
        fingerprint=document.fingerprint(),
        number=document.number,
        first_sent_at=now,
        last_sent_at=now,
        batched=batched,
    )


def _answered_again(batch: Batch, task: Task, answer: Answer) -> Again:
    """Read an invoice whose answer may be that to the first request, and decide anew: the answer
    says what HubSpot said then, and people may have edited, voided or deleted the invoice since. It
    is read by its id, because queries may not show it yet.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    invoice = parse.invoice(answer.entity)
    row = batch.quickbooks.read("Invoice", invoice.id)
    now = parse.invoice(row) if row else None
    record = taken_over(task.record, now or invoice)
    return Again(replace(task.taken_over(record), read=now))
