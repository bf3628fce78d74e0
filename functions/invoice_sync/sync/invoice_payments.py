"""The payments of one invoice, as a value that the steps of recording them hand on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from invoice_sync.model.failure import Failure
from invoice_sync.model.hubspot import CommercePayment, Invoice
from invoice_sync.model.quickbooks import Preferences, QuickBooksInvoice, QuickBooksPayment
from invoice_sync.model.record import PaymentState
from invoice_sync.sync.batch import Result, Synced, Trouble
from invoice_sync.sync.exchange_rates import Rates


@dataclass(frozen=True)
class InvoicePayments:
    """The payments of one invoice that is in step."""

    result: Result
    outcome: Synced
    invoice: Invoice
    # The invoice in QuickBooks, as its payments leave it.
    posted: QuickBooksInvoice
    states: tuple[PaymentState, ...]
    # Other people's payments on the QuickBooks invoice.
    strangers: tuple[QuickBooksPayment, ...] = ()
    # The exchange rates of the payments' dates; empty in the home currency.
    rates: Rates = field(default_factory=dict)
    # The ids of those that were recorded now, and Intuit's id of the last call that did.
    recorded_now: tuple[str, ...] = ()
    intuit_tid: str = ""
    trouble: Failure | Trouble | None = None
    is_disconnected: bool = False
    # Nothing more is to be done about them in this batch.
    is_finished: bool = False

    @property
    def preferences(self) -> Preferences:
        return self.result.observation.quickbooks.preferences

    @property
    def invoice_id(self) -> str:
        return self.result.task.invoice_id

    def stopped(self, by: Failure | Trouble) -> InvoicePayments:
        return replace(self, trouble=by, is_finished=True)

    def state(self, payment: CommercePayment) -> PaymentState:
        return next(state for state in self.states if state.id == payment.id)

    def with_state(self, changed: PaymentState) -> InvoicePayments:
        states = tuple(changed if state.id == changed.id else state for state in self.states)
        return replace(self, states=states)

    def changed(self, payment: CommercePayment, **changes: object) -> InvoicePayments:
        """Return them with changes to the state of one payment."""
        return self.with_state(self.state(payment).model_copy(update=changes))

    def closed(self) -> Result:
        """Return the invoice's result with what became of its payments."""
        before, after = (
            {state.id for state in states if state.state == "recorded"}
            for states in (self.outcome.record.payments, self.states)
        )
        action = self.outcome.action
        if after - before and action == "in step":
            action = "payment recorded"
        changes = {"payments": self.states, "written": self.posted}
        outcome = replace(
            self.outcome,
            record=self.outcome.record.model_copy(update=changes),
            action=action,
            intuit_tid=self.outcome.intuit_tid or self.intuit_tid,
            payment_trouble=self.trouble,
            is_disconnected=self.is_disconnected,
        )
        return replace(self.result, outcome=outcome)
