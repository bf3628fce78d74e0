"""The payments of one invoice, as a value that the steps of recording them hand on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from invoice_sync.model.failure import Failure
from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.quickbooks import QuickBooksInvoice, QuickBooksPayment
from invoice_sync.model.record import PaymentState, Record
from invoice_sync.plan import balances
from invoice_sync.plan.ledgers import Ledger, PaymentPlan
from invoice_sync.plan.payments import WAITS_FOR_INVOICE
from invoice_sync.plan.receipts import money
from invoice_sync.sync.batch import Failed, Outcome, Result, Skipped, Synced, Trouble, Waiting

_WAITS_FOR_SERVICE = "It is recorded once HubSpot and QuickBooks can be reached again."


@dataclass(frozen=True)
class InvoicePayments:
    """The payments of one invoice of the batch."""

    result: Result
    invoice: Invoice
    # The invoice in QuickBooks, as its payments leave it; None: it is not there.
    posted: QuickBooksInvoice | None
    is_fresh: bool
    # Why nothing may be recorded on it now; empty: something may.
    held_back: str
    states: tuple[PaymentState, ...]
    # Other people's payments on the QuickBooks invoice.
    strangers: tuple[QuickBooksPayment, ...] = ()
    reread: Mapping[str, QuickBooksPayment | None] = field(default_factory=dict)
    # The ids of those that were recorded now, and Intuit's id of the last call that did.
    recorded_now: tuple[str, ...] = ()
    intuit_tid: str = ""
    # What a person has to see about one of them.
    failure: Failure | None = None
    trouble: Failure | Trouble | None = None
    has_lost_access: bool = False
    # Nothing more is to be done about them in this batch.
    is_finished: bool = False

    @classmethod
    def of(cls, result: Result) -> InvoicePayments | None:
        """Return the payments of an invoice, as far as HubSpot tells them."""
        invoice, record = result.observation.invoice, result.outcome.record
        if invoice is None or invoice.payments_unread:
            return None
        posted, is_fresh = _posted(result)
        held_back = _held_back(result, invoice, posted)
        return cls(result, invoice, posted, is_fresh, held_back, record.payments)

    @property
    def invoice_id(self) -> str:
        return self.result.task.invoice_id

    @property
    def record(self) -> Record:
        return self.result.outcome.record

    @property
    def ledger(self) -> Ledger:
        choices = self.record.choices
        return Ledger(
            self.invoice,
            self.states,
            self.posted,
            is_fresh=self.is_fresh,
            held_back=self.held_back,
            is_skipped=isinstance(self.result.outcome, Skipped),
            is_stopped=isinstance(self.result.outcome, Skipped) and choices.stopped,
            strangers=self.strangers,
            reread=self.reread,
            settled=frozenset(choices.settled_payments),
            insisted=frozenset(choices.insisted_payments),
        )

    @property
    def unnamed(self) -> set[str]:
        """The ids of payments on the QuickBooks invoice that no state names."""
        linked = self.posted.payment_ids if self.posted else ()
        return set(linked) - {state.quickbooks_id for state in self.states}

    @property
    def doubtful(self) -> set[str]:
        """The ids of recorded payments that may have been changed in QuickBooks since."""
        if self.posted is None or not self.is_fresh:
            return set()
        record = self.result.task.before
        before = record.written
        was_unreadable = record.failure is not None and record.failure.code == "record_unreadable"
        same = before is not None and (self.posted.balance, {*self.posted.payment_ids}) == (
            before.balance,
            {*before.payment_ids},
        )
        same = same and not was_unreadable
        asked = bool(self.result.task.hint.realm_id)
        return {
            state.quickbooks_id
            for state in self.states
            if state.state == "recorded"
            and state.quickbooks_id not in self.recorded_now
            and state.quickbooks_id not in self.reread
            and (
                not same
                or (asked and state.on_account)
                or (state.quickbooks_id not in self.posted.payment_ids and state.applied != 0)
            )
        }

    def stopped(self, by: Failure | Trouble) -> InvoicePayments:
        return replace(self, trouble=self.trouble or by, is_finished=True)

    def planned(self, plan: PaymentPlan) -> InvoicePayments:
        states, failure = plan.states[self.invoice_id], plan.failures.get(self.invoice_id)
        return replace(self, states=states, failure=failure)

    def has(self, payment_id: str) -> bool:
        return any(state.id == payment_id for state in self.states)

    def state(self, payment_id: str) -> PaymentState:
        return next(state for state in self.states if state.id == payment_id)

    def with_state(self, changed: PaymentState) -> InvoicePayments:
        states = tuple(changed if state.id == changed.id else state for state in self.states)
        return replace(self, states=states)

    def changed(self, payment_id: str, **changes: object) -> InvoicePayments:
        """Return them with changes to the state of one payment."""
        return self.with_state(self.state(payment_id).model_copy(update=changes))

    def to_note(self) -> Record:
        """Return the record with what was sent. What it says of money in no book stays as it is
        stored: that changes only together with the counts."""
        stored = {state.id: state for state in self.result.task.before.payments}
        for state in self.states:
            if state.request_id:
                sent = {"request_id": state.request_id, "sent_at": state.sent_at}
                kept = stored.get(state.id) or state.model_copy(
                    update={"missing": None, "refund": None}
                )
                stored[state.id] = kept.model_copy(update=sent)
        return self.record.model_copy(update={"payments": tuple(stored.values())})

    def closed(self, now: datetime) -> Result:
        """Return the invoice's result with what became of its payments."""
        outcome, record = self.result.outcome, self.record
        before, after = (
            {state.id for state in states if state.state == "recorded"}
            for states in (record.payments, self.states)
        )
        choices = record.choices
        insisted = tuple(each for each in choices.insisted_payments if each not in after)
        changes: dict[str, object] = {
            "payments": self.states,
            "choices": choices.model_copy(update={"insisted_payments": insisted}),
        }
        record = record.model_copy(update=changes)
        if isinstance(outcome, Synced | Failed):
            posted = self.posted if self.is_fresh else None
            lowered = balances.lowered(self.invoice, record, self.posted, now)
            record = record.model_copy(update={"lowered": lowered})
        if isinstance(outcome, Synced):
            action = outcome.action
            if after - before and action == "in step":
                action = "payment recorded"
            return replace(
                self.result,
                outcome=replace(
                    outcome,
                    record=record.model_copy(update={"written": self.posted}),
                    action=action,
                    intuit_tid=outcome.intuit_tid or self.intuit_tid,
                    payment_trouble=self.trouble or self.failure,
                    has_lost_access=self.has_lost_access,
                ),
            )
        if isinstance(outcome, Failed):
            return replace(
                self.result,
                outcome=replace(
                    outcome,
                    record=_with_payments_written(record, posted),
                    posted=posted,
                    payment_trouble=self.trouble,
                    has_lost_access=self.has_lost_access,
                ),
            )
        if isinstance(outcome, Waiting) and _is_own_error(outcome):
            posted = self.posted if self.is_fresh else None
            record = _with_payments_written(record, posted)
            return replace(self.result, outcome=replace(outcome, record=record, posted=posted))
        return replace(self.result, outcome=replace(outcome, record=record))


def groups(accounts: Iterable[InvoicePayments]) -> list[list[InvoicePayments]]:
    """Return the invoices by groups that share payments, directly or through others."""
    result: list[list[InvoicePayments]] = []
    for account in accounts:
        ids = {payment.id for payment in account.invoice.payments}
        joined = [group for group in result if ids & _payment_ids(group)]
        result = [group for group in result if group not in joined]
        result.append([*(each for group in joined for each in group), account])
    return result


def _payment_ids(group: Sequence[InvoicePayments]) -> set[str]:
    return {payment.id for each in group for payment in each.invoice.payments}


def _posted(result: Result) -> tuple[QuickBooksInvoice | None, bool]:
    """Return the invoice as QuickBooks has it, as far as we know, and whether that is fresh."""
    outcome, observation = result.outcome, result.observation
    read = observation.existing if observation.quickbooks.existing_was_read else None
    record = outcome.record
    if isinstance(outcome, Synced):
        written_now = outcome.action != "in step"
        return record.written, written_now or read is not None
    if not record.quickbooks_id:
        return None, False
    if read is not None and read.id == record.quickbooks_id:
        return read, True
    was_read = observation.quickbooks.existing_was_read
    return (None, True) if was_read else (record.written, False)


def _held_back(result: Result, invoice: Invoice, posted: QuickBooksInvoice | None) -> str:
    outcome = result.outcome
    if isinstance(outcome, Synced | Skipped):
        return ""
    if posted is None:
        return WAITS_FOR_INVOICE
    if not (isinstance(outcome, Failed) or _is_own_error(outcome)):
        return _WAITS_FOR_SERVICE
    if posted.voided or balances.agrees(invoice, posted):
        return ""
    return (
        f"It is recorded once the totals of the invoice agree: HubSpot has"
        f" {money(invoice.total, invoice.currency)}, QuickBooks"
        f" {money(posted.total, posted.currency)}."
    )


def _is_own_error(outcome: Outcome) -> bool:
    """Tell whether QuickBooks answers a request of this very invoice with an error of its own: that
    may last for days, and the payments are other requests."""
    return isinstance(outcome, Waiting) and outcome.trouble.fault is not None


def _with_payments_written(record: Record, posted: QuickBooksInvoice | None) -> Record:
    """Return the record of a failing invoice with its payments in what was written last. The rest
    of that stays: it says what people changed since."""
    if record.written is None or posted is None or posted.id != record.written.id:
        return record
    paid = {
        "balance": posted.balance,
        "payment_ids": posted.payment_ids,
    }
    return record.model_copy(update={"written": record.written.model_copy(update=paid)})
