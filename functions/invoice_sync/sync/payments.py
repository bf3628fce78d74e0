"""Record HubSpot's payments in QuickBooks, once their invoices are there.

Invoices that share payments are a group: its payments are planned together and sent one after the
other, by `sync.sending`. A lost answer is looked up among the payments on the QuickBooks invoices,
and of their customers and days, before anything is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

from invoice_sync.errors import FaultError, ReconnectRequiredError, ServiceError, UnavailableError
from invoice_sync.model.quickbooks import QuickBooksInvoice, QuickBooksPayment
from invoice_sync.plan import booking
from invoice_sync.plan.ledgers import DuePayment, PaymentPlan
from invoice_sync.plan.payments import STOPPED, plan_payments
from invoice_sync.quickbooks import parse
from invoice_sync.quickbooks.isolate import Found
from invoice_sync.quickbooks.query import dated
from invoice_sync.runtime.parallel import together
from invoice_sync.store.store import Store
from invoice_sync.sync import forgotten, trouble
from invoice_sync.sync.batch import OUT_OF_TIME, Batch, Result, Trouble, Waiting
from invoice_sync.sync.invoice_payments import InvoicePayments, groups
from invoice_sync.sync.load_quickbooks import QUERY_LAG, find_invoices
from invoice_sync.sync.sending import Sender
from invoice_sync.sync.shared_payments import SharedPayments

# The second one looks up what the first one lost.
_ROUNDS = 2
# Two workers that each have an invoice of one payment must not meet again: seconds.
_WAITS = 7

_Group = list[InvoicePayments]


class PaymentRecorder:
    def __init__(self, store: Store, new_id: Callable[[], str]) -> None:
        self._sender = Sender(store, new_id)

    def record(
        self, batch: Batch, results: Sequence[Result], shared: SharedPayments
    ) -> list[Result]:
        """Record the payments of every invoice that is in QuickBooks. Returns the results, in the
        same order, with what became of the payments."""
        accounts = [account for each in results if (account := InvoicePayments.of(each))]
        shared = replace(shared, busy=shared.busy | _passing(results, accounts))
        open_: list[_Group] = []
        decided: list[InvoicePayments] = []
        for group in groups(accounts):
            plan = _plan(batch, group, shared)
            unsure = any(
                each.doubtful or any(state.request_id for state in each.states) for each in group
            )
            if plan.due or unsure:
                # Planned even so: what is interrupted shows as it stands.
                open_.append(_planned(group, plan))
            else:
                decided += _planned(group, plan)
        worked = self._worked(batch, open_, shared)
        now = batch.clock()
        closed = {each.invoice_id: each.closed(now) for each in (*decided, *worked)}
        return [
            closed.get(result.task.invoice_id) or _handed_over(result, shared) for result in results
        ]

    def _worked(
        self, batch: Batch, open_: Sequence[_Group], shared: SharedPayments
    ) -> list[InvoicePayments]:
        """Record all that is due. A service's error counts for all groups that are not finished."""
        current = [*open_]
        try:
            for _ in range(_ROUNDS):
                for step in (_looked_up, self._recorded):
                    if batch.is_late:
                        current = [_stopped(group) for group in current]
                    done = [group for group in current if _is_finished(group)]
                    left = [group for group in current if not _is_finished(group)]
                    current = [*done, *step(batch, left, shared)]
                    if any(each.has_lost_access for group in current for each in group):
                        raise ReconnectRequiredError("QuickBooks")
            # Without it, what we worked out ourselves will do until the next look.
            with suppress(UnavailableError, FaultError):
                current = _read_again(batch, current)
        except ServiceError as error:
            return [_interrupted(each, error) for group in current for each in group]
        return [each for group in current for each in group]

    def _recorded(
        self, batch: Batch, open_: Sequence[_Group], shared: SharedPayments
    ) -> list[_Group]:
        return together(*(partial(self._record, batch, group, shared) for group in open_))

    def _record(self, batch: Batch, group: _Group, shared: SharedPayments) -> _Group:
        """Send what is due, one payment after the other. Never raises: other groups are sent beside
        it."""
        if any(each.is_finished for each in group):
            return [replace(each, is_finished=True) for each in group]
        try:
            plan = _plan(batch, group, shared)
            planned = _planned([replace(each, trouble=None) for each in group], plan)
        except Exception as error:
            record = group[0].record
            return [each.stopped(trouble.bug(error, record, batch.log)) for each in group]
        return self._sender.send(batch, planned, plan.due)


def _passing(results: Sequence[Result], accounts: Sequence[InvoicePayments]) -> set[str]:
    """Return the invoices that can take no payments now for a reason that may pass. A payment that
    they share with others waits, as it does for an invoice that another worker has. (Where the
    trouble lasts, the invoice has failed.)"""
    ready = {each.invoice_id for each in accounts if not each.held_back}
    waiting = {
        each.task.invoice_id
        for each in results
        if isinstance(each.outcome, Waiting) and each.outcome.record.status != "failing"
    }
    return waiting - ready


def _handed_over(result: Result, shared: SharedPayments) -> Result:
    """Return the result of an invoice whose payments are not looked at. If HubSpot no longer has
    it, its money is listed with the other invoices of the payment."""
    observation, record = result.observation, result.outcome.record
    if observation.invoice is not None or observation.obstacle:
        return result
    choices = record.choices
    states = tuple(
        state.model_copy(update={"missing": None, "refund": None})
        if shared.invoices.get(state.id) or state.id in choices.settled_payments
        else state.model_copy(update={"reason": STOPPED})
        if choices.stopped and state.missing
        else state
        for state in record.payments
    )
    record = record.model_copy(update={"payments": states})
    return replace(result, outcome=replace(result.outcome, record=record))


# -- planning and reading -----------------------------------------------------------------


def _plan(batch: Batch, group: _Group, shared: SharedPayments) -> PaymentPlan:
    ledgers = [each.ledger for each in group]
    return plan_payments(ledgers, batch.clock(), shared.invoices, shared.busy)


def _planned(group: _Group, plan: PaymentPlan) -> _Group:
    planned = [each.planned(plan) for each in group]
    return [
        replace(each, trouble=each.trouble or _in_use(each)) if each.invoice_id in plan.busy
        else each
        for each in planned
    ]  # fmt: skip


def _in_use(account: InvoicePayments) -> Trouble:
    """Return the trouble of a payment while another worker has one of its invoices."""
    return Trouble("QuickBooks", seconds=5 + int(account.invoice_id) % _WAITS)


def _stopped(group: _Group) -> _Group:
    """Return the invoices as they stand when the worker's time is over."""
    return [each if each.is_finished else each.stopped(OUT_OF_TIME) for each in group]


def _is_finished(group: _Group) -> bool:
    return all(each.is_finished for each in group)


def _looked_up(batch: Batch, open_: Sequence[_Group], shared: SharedPayments) -> list[_Group]:
    """Read what the plans depend on: invoices that were not read yet; payments on the QuickBooks
    invoices that we do not know, ours whose answer was lost and other people's; and those of ours
    that may have been changed."""
    open_ = _freshened(batch, open_, shared)
    accounts = [each for group in open_ for each in group]
    ids = {payment_id for each in accounts for payment_id in each.unnamed | each.doubtful}
    found = batch.quickbooks.find("Payment", "Id", ids) if ids else Found()
    made_before = forgotten.payments(batch, [_plan(batch, group, shared) for group in open_])
    groups_read = []
    for group in open_:
        by_day = _found_by_day(batch, _to_find_by_day(batch, group, shared))
        rows = (*found.rows, *by_day.rows, *made_before.rows)
        read = {row["Id"]: parse.payment(row) for row in rows}
        stopped = [
            each.stopped(trouble.of_unreadable(fault, "payment", key))
            for each in group
            for key, fault in [*(by_day.refused | made_before.refused).items()][:1]
        ]
        adopted = [_adopted(batch, each, read, found.refused) for each in group]
        groups_read.append(stopped or adopted)
    return groups_read


def _found_by_day(batch: Batch, due: Sequence[DuePayment]) -> Found:
    """Return the payments of these payments' customers and days."""
    days = [each.payment.paid_on for each in due if each.payment.paid_on]
    if not days:
        return Found()
    customers = {each.customer_id for each in due}
    within = dated(min(days), max(days))
    return batch.quickbooks.find("Payment", "CustomerRef", customers, within)


def _to_find_by_day(batch: Batch, group: _Group, shared: SharedPayments) -> list[DuePayment]:
    """Return the payments that may be in QuickBooks without being on any of their invoices."""

    def was_sent(payment_id: str) -> bool:
        return any(each.state(payment_id).request_id for each in group if each.has(payment_id))

    return [
        due
        for due in _plan(batch, group, shared).due
        if was_sent(due.payment.id) or not due.shares or due.again
    ]


def _freshened(batch: Batch, open_: Sequence[_Group], shared: SharedPayments) -> list[_Group]:
    """Read the invoices of payments that are due, where that was not done before."""
    due = {
        invoice_id
        for group in open_
        for payment in _plan(batch, group, shared).due
        for invoice_id in payment.invoice_ids
    }
    stale = [
        each
        for group in open_
        for each in group
        if each.posted and not each.is_fresh and each.invoice_id in due
    ]
    invoices, refused = find_invoices(batch, [each.posted.id for each in stale if each.posted])
    stale_ids = {each.invoice_id for each in stale}
    return [
        [
            _read_now(each, each.posted.id, invoices, refused)
            if each.posted and each.invoice_id in stale_ids
            else each
            for each in group
        ]
        for group in open_
    ]


def _read_now(
    account: InvoicePayments,
    quickbooks_id: str,
    invoices: Mapping[str, QuickBooksInvoice],
    refused: Mapping[str, FaultError],
) -> InvoicePayments:
    if quickbooks_id in refused:
        return account.stopped(
            trouble.of_unreadable(refused[quickbooks_id], "invoice", quickbooks_id)
        )
    return replace(account, posted=invoices.get(quickbooks_id), is_fresh=True)


def _adopted(
    batch: Batch,
    account: InvoicePayments,
    read: dict[str, QuickBooksPayment],
    refused: Mapping[str, FaultError],
) -> InvoicePayments:
    """Return the account with the payments that were read. While QuickBooks' queries may lag
    behind, it is stopped: nothing must be sent a second time."""
    if account.posted is None:
        return account
    for unreadable in sorted((account.unnamed | account.doubtful) & refused.keys()):
        stop = trouble.of_unreadable(refused[unreadable], "payment", unreadable)
        return account.stopped(stop)
    now, ids = batch.clock(), account.unnamed
    recent = {
        state.quickbooks_id
        for state in account.states
        if state.state == "recorded" and state.sent_at and now - state.sent_at < QUERY_LAG
    }
    gone = {each for each in account.doubtful if each not in read}
    reread = {each: read.get(each) for each in account.doubtful - (gone & recent)}
    named = {state.quickbooks_id for state in account.states if state.state == "recorded"}
    states, strangers = booking.recognise(
        batch.connection.portal_id,
        account.invoice,
        account.states,
        [read[each] for each in sorted(read, key=int) if each not in named],
        account.posted.id,
    )
    account = replace(
        account,
        states=states,
        strangers=tuple(strangers),
        reread={**account.reread, **reread},
    )
    sent = [state.sent_at for state in states if state.request_id and state.sent_at]
    left = max([QUERY_LAG - (now - at) for at in sent], default=timedelta())
    if ids - read.keys() or gone & recent:
        # QuickBooks names a payment that its queries do not know yet, or no longer know.
        left = max(left, QUERY_LAG)
    if left > timedelta():
        return account.stopped(Trouble("QuickBooks", seconds=left.total_seconds() + 1))
    return account


def _read_again(batch: Batch, current: Sequence[_Group]) -> list[_Group]:
    """Read the invoices as they are now, in one call for all."""
    changed = {
        each.posted.id: each
        for group in current
        for each in group
        if each.recorded_now and each.posted
    }
    invoices, _ = find_invoices(batch, changed) if changed else ({}, {})

    def again(each: InvoicePayments) -> InvoicePayments:
        now = invoices.get(each.posted.id) if each.posted else None
        # QuickBooks' queries may lag behind: what we know of must be in it.
        known = _on_invoice(each)
        return replace(each, posted=now) if now and known <= {*now.payment_ids} else each

    return [[again(each) for each in group] for group in current]


def _on_invoice(account: InvoicePayments) -> set[str]:
    """Return the ids of those payments recorded now that are on the invoice."""
    return {
        state.quickbooks_id
        for state in account.states
        if state.quickbooks_id in account.recorded_now and state.applied
    }


def _interrupted(account: InvoicePayments, error: ServiceError) -> InvoicePayments:
    has_lost_access = isinstance(error, ReconnectRequiredError)
    account = replace(account, has_lost_access=has_lost_access)
    if account.is_finished:
        return account
    return account.stopped(account.trouble or trouble.of_error(error))
