"""Record HubSpot's payments in QuickBooks, once their invoice is in step.

Each is made safe as a creation of an invoice is: what is about to be sent is noted with its
request id, a lost answer is looked up among the payments on the QuickBooks invoice before anything
is sent again, and the record's lease keeps two workers apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from invoice_sync.errors import (
    FaultError,
    ReconnectRequiredError,
    ServiceError,
    UnavailableError,
)
from invoice_sync.failures.describe import reason
from invoice_sync.model.hubspot import CommercePayment
from invoice_sync.model.quickbooks import QuickBooksInvoice, QuickBooksPayment
from invoice_sync.plan import payments
from invoice_sync.quickbooks import parse, render
from invoice_sync.quickbooks.client import Answer
from invoice_sync.runtime.parallel import together
from invoice_sync.store.store import Store
from invoice_sync.sync import remembered, trouble
from invoice_sync.sync.batch import (
    IN_USE,
    Batch,
    Blocked,
    Failed,
    Result,
    Synced,
    Trouble,
)
from invoice_sync.sync.invoice_payments import InvoicePayments
from invoice_sync.sync.load_quickbooks import QUERY_LAG, find_invoices
from invoice_sync.sync.payment_links import payment_links

# The second one looks up what the first one lost.
_ROUNDS = 2


class Payer:
    def __init__(self, store: Store, new_id: Callable[[], str]) -> None:
        self._store, self._new_id = store, new_id

    def pay(self, batch: Batch, results: Sequence[Result]) -> list[Result]:
        """Give every invoice in step its payments. Returns the results, in the same order, with
        what became of them."""
        open_, decided = [], list[InvoicePayments]()
        for account in filter(None, map(_account, results)):
            plan = payments.plan_payments(account.invoice, account.states, account.posted)
            if plan.due or any(state.request_id for state in account.states):
                open_.append(account)
            else:
                decided.append(replace(account, states=plan.states))
        accounts = (*decided, *self._worked(batch, open_))
        closed = {account.invoice_id: account.closed() for account in accounts}
        return [
            closed.get(result.task.invoice_id) or _with_waiting_payments(result)
            for result in results
        ]

    def _worked(self, batch: Batch, accounts: Sequence[InvoicePayments]) -> list[InvoicePayments]:
        """Record all that is due. An error of a service is that of all that are not finished."""
        current = _by_id(accounts)
        try:
            for _ in range(_ROUNDS):
                for step in (self._looked_up, self._recorded, self._read_again):
                    left = [each for each in current.values() if not each.is_finished]
                    current |= _by_id(step(batch, left))
                    if any(each.is_disconnected for each in current.values()):
                        raise ReconnectRequiredError("QuickBooks")
            changed = [each for each in current.values() if each.recorded_now]
            # Without it, what we worked out ourselves will do until the next look.
            with suppress(UnavailableError, FaultError):
                current |= _by_id(self._read_again(batch, changed))
        except ServiceError as error:
            return [_interrupted(each, error) for each in current.values()]
        return [*current.values()]

    def _looked_up(
        self, batch: Batch, accounts: Sequence[InvoicePayments]
    ) -> list[InvoicePayments]:
        """Read the payments on the QuickBooks invoices that we do not know: ours whose answer was
        lost, and other people's."""
        unknown = {
            each.invoice_id: set(each.posted.payment_ids)
            - {state.quickbooks_id for state in each.states}
            for each in accounts
        }
        ids = {payment_id for ids in unknown.values() for payment_id in ids}
        found = batch.quickbooks.find("Payment", "Id", ids)
        read = {row["Id"]: parse.payment(row) for row in found.rows}
        looked_up = []
        for each in accounts:
            unreadable = sorted(unknown[each.invoice_id] & found.refused.keys())
            if unreadable:
                fault = found.refused[unreadable[0]]
                stop = trouble.of_unreadable(fault, "payment", unreadable[0])
                looked_up.append(each.stopped(stop))
            else:
                looked_up.append(_adopted(batch, each, unknown[each.invoice_id], read))
        return looked_up

    def _recorded(self, batch: Batch, accounts: Sequence[InvoicePayments]) -> list[InvoicePayments]:
        left = [each for each in accounts if not each.is_finished]
        return together(*(partial(self._record, batch, each) for each in left))

    def _record(self, batch: Batch, account: InvoicePayments) -> InvoicePayments:
        """Send what is due, one payment after the other. Never raises: other payments are sent
        beside it."""
        try:
            plan = payments.plan_payments(
                account.invoice, account.states, account.posted, account.strangers
            )
            before = {state.id: state for state in account.states}
            account = replace(account, states=plan.states, trouble=None)
            noted = self._noted(batch, account, plan.due)
        except Exception as error:
            return account.stopped(trouble.bug(error, account.outcome.record, batch.log))
        if noted is None:
            return account.stopped(IN_USE)  # another worker has it now
        unsent = [*plan.due]
        answered = True
        while unsent and answered and not noted.is_finished:
            noted, answered = self._sent(batch, noted, unsent.pop(0))
        for payment in unsent:
            # Not sent after all: only an earlier time, if any, is to be looked up.
            earlier = before.get(payment.id)
            noted = noted.changed(
                payment,
                request_id=earlier.request_id if earlier else "",
                sent_at=earlier.sent_at if earlier else None,
            )
        return replace(noted, is_finished=noted.is_finished or answered)

    def _noted(
        self, batch: Batch, account: InvoicePayments, due: Sequence[CommercePayment]
    ) -> InvoicePayments | None:
        """Note what is about to be sent. None: the lease is no longer ours."""
        if not due:
            return account
        for payment in due:
            request_id = account.state(payment).request_id or self._new_id()
            account = account.changed(payment, request_id=request_id, sent_at=batch.clock())
        record = account.outcome.record.model_copy(update={"payments": account.states})
        return account if self._store.records.note(record, batch.owner, batch.clock()) else None

    def _sent(
        self, batch: Batch, account: InvoicePayments, payment: CommercePayment
    ) -> tuple[InvoicePayments, bool]:
        """Send one payment. Also returns whether the answer is known."""
        try:
            new_payment = payments.new_payment(
                payment,
                account.posted,
                account.invoice,
                batch.connection,
                send_currency=account.result.observation.quickbooks.preferences.multicurrency,
            )
            answer = batch.quickbooks.create(
                "Payment", render.payment(new_payment), account.state(payment).request_id
            )
            return _with_payment(batch, account, payment, answer), True
        except FaultError as fault:
            return _refused(account, payment, fault), True
        except UnavailableError as error:
            passing = trouble.of_unavailable(error)
            if error.outcome_unknown:
                return replace(account, trouble=passing), False
            return account.stopped(passing), True
        except ReconnectRequiredError:
            return replace(account, is_disconnected=True), False
        except Exception as error:
            failure = trouble.bug(error, account.outcome.record, batch.log)
            return account.stopped(failure), False

    @staticmethod
    def _read_again(batch: Batch, accounts: Sequence[InvoicePayments]) -> list[InvoicePayments]:
        """Read the invoices as they are now, in one call for all."""
        invoices, _ = find_invoices(batch, [each.posted.id for each in accounts])
        return [
            replace(each, posted=now)
            # QuickBooks' queries may lag behind: what we know of must be in it.
            if (now := invoices.get(each.posted.id))
            and set(each.recorded_now) <= set(now.payment_ids)
            else each
            for each in accounts
        ]


def _by_id(accounts: Sequence[InvoicePayments]) -> dict[str, InvoicePayments]:
    return {account.invoice_id: account for account in accounts}


def _account(result: Result) -> InvoicePayments | None:
    """Return the payments of an invoice that is in step, as far as HubSpot tells them."""
    outcome, invoice = result.outcome, result.observation.invoice
    if invoice is None or invoice.payments_unread or not isinstance(outcome, Synced):
        return None
    posted = outcome.record.written
    if posted is None:
        return None
    return InvoicePayments(result, outcome, invoice, posted, outcome.record.payments)


def _with_waiting_payments(result: Result) -> Result:
    """Return the result of a failing invoice with payments that wait for it."""
    outcome, invoice = result.outcome, result.observation.invoice
    if invoice is None or invoice.payments_unread or not isinstance(outcome, Failed | Blocked):
        return result
    states = payments.waiting_for_invoice(invoice, outcome.record.payments)
    record = outcome.record.model_copy(update={"payments": states})
    return replace(result, outcome=replace(outcome, record=record))


def _adopted(
    batch: Batch,
    account: InvoicePayments,
    ids: set[str],
    read: dict[str, QuickBooksPayment],
) -> InvoicePayments:
    """Return the account with the payments that were read. While QuickBooks' queries may lag
    behind, it is stopped: nothing must be sent a second time."""
    states, strangers = payments.recognise(
        batch.connection.portal_id,
        account.invoice,
        account.states,
        [read[payment_id] for payment_id in sorted(ids, key=int) if payment_id in read],
        account.posted.id,
    )
    account = replace(account, states=states, strangers=tuple(strangers))
    sent = [state.sent_at for state in states if state.request_id and state.sent_at]
    left = max([QUERY_LAG - (batch.clock() - at) for at in sent], default=timedelta())
    if ids - read.keys():
        # QuickBooks names a payment that its queries do not know yet.
        left = max(left, QUERY_LAG)
    if left > timedelta():
        return account.stopped(Trouble("QuickBooks", seconds=left.total_seconds() + 1))
    return account


def _interrupted(account: InvoicePayments, error: ServiceError) -> InvoicePayments:
    is_disconnected = isinstance(error, ReconnectRequiredError)
    account = replace(account, is_disconnected=is_disconnected)
    if account.is_finished:
        return account
    return account.stopped(account.trouble or trouble.of_error(error))


def _refused(
    account: InvoicePayments, payment: CommercePayment, fault: FaultError
) -> InvoicePayments:
    judged = trouble.of_error(fault)
    if isinstance(judged, Trouble):
        return account.stopped(judged)
    failure = payments.payment_failure(payment, judged, account.invoice.currency)
    account = account.changed(payment, request_id="", sent_at=None, reason=reason(failure))
    # The first one says it; the others are tried all the same.
    return replace(account, trouble=account.trouble or failure)


def _with_payment(
    batch: Batch, account: InvoicePayments, payment: CommercePayment, answer: Answer
) -> InvoicePayments:
    """Return the account with a payment that QuickBooks has recorded."""
    # So the event of it costs no read.
    links = payment_links("Payment", [answer.entity]).items()
    batch.memory.keep({key: value.to_remember() for key, value in links}, remembered.PAYMENTS_KEPT)
    posted = parse.payment(answer.entity)
    recorded = payments.recorded(account.state(payment), posted, account.posted.id)
    return replace(
        account.with_state(recorded),
        recorded_now=(*account.recorded_now, posted.id),
        intuit_tid=answer.intuit_tid,
        posted=_paid(account.posted, posted),
    )


def _paid(invoice: QuickBooksInvoice, payment: QuickBooksPayment) -> QuickBooksInvoice:
    """Return the invoice as a payment leaves it, until it is read again."""
    if payment.id in invoice.payment_ids:
        return invoice
    times: list[datetime] = [at for at in (invoice.updated_at, payment.updated_at) if at]
    return invoice.model_copy(
        update={
            "balance": invoice.balance - payment.applied.get(invoice.id, payment.total),
            "payment_ids": (*invoice.payment_ids, payment.id),
            "updated_at": max(times, default=None),
        }
    )
