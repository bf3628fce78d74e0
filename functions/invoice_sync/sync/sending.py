"""Send payments to QuickBooks, each once.

A payment is claimed for the realm before it is sent, whatever invoices it hangs on: the claim keeps
its request id and what came of it. The records of its invoices keep the same, so that the next look
at any of them knows what was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from invoice_sync.errors import (
    FaultError,
    ReconnectRequiredError,
    ServiceError,
    UnavailableError,
)
from invoice_sync.failures.describe import reason
from invoice_sync.model.failure import Failure
from invoice_sync.model.quickbooks import Preferences, QuickBooksInvoice, QuickBooksPayment
from invoice_sync.model.record import PaymentClaim
from invoice_sync.plan import booking
from invoice_sync.plan.ledgers import DuePayment
from invoice_sync.quickbooks import parse, render
from invoice_sync.quickbooks.client import Answer
from invoice_sync.store.store import Store
from invoice_sync.sync import remembered, trouble
from invoice_sync.sync.bad_settings import is_of_deposit_account
from invoice_sync.sync.batch import IN_USE, OUT_OF_TIME, Batch, Trouble
from invoice_sync.sync.exchange_rates import read_rates
from invoice_sync.sync.invoice_payments import InvoicePayments
from invoice_sync.sync.payment_links import PaymentLinks
from invoice_sync.sync.shared_payments import LEASE_SECONDS

_Group = list[InvoicePayments]


class Sender:
    def __init__(self, store: Store, new_id: Callable[[], str]) -> None:
        self._store, self._new_id = store, new_id

    def send(
        self, batch: Batch, group: Sequence[InvoicePayments], due: Sequence[DuePayment]
    ) -> _Group:
        """Send what is due of a group, one payment after the other, until an answer is lost.

        Those that are finished need no other look. Never raises: other groups are sent beside it.
        """
        current = [*group]
        for payment in due:
            if batch.is_late:
                return [each.stopped(OUT_OF_TIME) for each in current]
            try:
                current, is_known = self._send(batch, current, payment)
            except Exception as error:
                failure = trouble.bug(error, current[0].record, batch.log)
                return [each.stopped(failure) for each in current]
            if not is_known:
                return current
        return [replace(each, is_finished=True) for each in current]

    def _send(self, batch: Batch, group: _Group, due: DuePayment) -> tuple[_Group, bool]:
        """Send one payment. Also returns whether it is known what came of it."""
        try:
            rate = _rate(batch, group, due)
        except ReconnectRequiredError:
            return [replace(each, has_lost_access=True) for each in group], False
        if isinstance(rate, Failure):
            return _failed(group, due, rate), True
        if isinstance(rate, Trouble):
            return _stopped(group, due, rate), True
        realm_id, portal_id = batch.connection.realm_id, batch.connection.portal_id
        payments, payment_id = self._store.payments, due.payment.id
        claim = payments.claim(
            realm_id, portal_id, payment_id, batch.owner, batch.clock(), LEASE_SECONDS
        )
        if claim is None:
            return _stopped(group, due, IN_USE), True
        try:
            return self._claimed(batch, group, due, claim, rate)
        finally:
            payments.release(realm_id, portal_id, payment_id, batch.owner)

    def _claimed(
        self,
        batch: Batch,
        group: _Group,
        due: DuePayment,
        claim: PaymentClaim,
        rate: Decimal | None,
    ) -> tuple[_Group, bool]:
        payment_id = due.payment.id
        noted_id = next(
            (each.state(payment_id).request_id for each in group if each.has(payment_id)), ""
        )
        if claim.quickbooks_id and not due.again:
            # Our records forgot it. Another look tells what has become of it.
            there = claim.quickbooks_id
            return _changed(group, due, state="recorded", quickbooks_id=there), False
        if claim.request_id and claim.request_id != noted_id and not claim.quickbooks_id:
            return _changed(group, due, request_id=claim.request_id, sent_at=claim.sent_at), False
        unanswered = "" if claim.quickbooks_id else claim.request_id or noted_id
        now = batch.clock()
        sent = PaymentClaim(
            payment_id=payment_id, request_id=unanswered or self._new_id(), sent_at=now
        )
        new = _rendered(batch, group, due, rate)
        before = group
        group = _changed(group, due, request_id=sent.request_id, sent_at=now)
        if not self._noted(batch, group, due, sent):
            return _stopped(before, due, IN_USE), True
        return self._create(batch, group, due, sent, before, new)

    def _noted(self, batch: Batch, group: _Group, due: DuePayment, claim: PaymentClaim) -> bool:
        """Note what is about to be sent. Returns False when a lease is no longer ours."""
        return self._keep(batch, claim) and all(
            self._store.records.note(each.to_note(), batch.owner, batch.clock())
            for each in group
            if each.invoice_id in due.invoice_ids
        )

    def _keep(self, batch: Batch, claim: PaymentClaim) -> bool:
        connection = batch.connection
        return self._store.payments.note(
            connection.realm_id, connection.portal_id, claim.payment_id, claim, batch.owner
        )

    def _create(
        self,
        batch: Batch,
        group: _Group,
        due: DuePayment,
        claim: PaymentClaim,
        before: _Group,
        payload: dict[str, Any],
    ) -> tuple[_Group, bool]:
        nothing_sent = PaymentClaim(payment_id=claim.payment_id)
        try:
            answer = batch.quickbooks.create("Payment", payload, claim.request_id)
        except FaultError as fault:
            judged = trouble.of_error(fault)
            if not isinstance(judged, Trouble):
                self._keep(batch, nothing_sent)
            return _refused(batch, group, due, fault), True
        except UnavailableError as error:
            passing = trouble.of_unavailable(error)
            if error.outcome_unknown:
                return [replace(each, trouble=passing) for each in group], False
            return _stopped(before, due, passing), True
        except ReconnectRequiredError:
            return [replace(each, has_lost_access=True) for each in group], False
        made = parse.payment(answer.entity)
        self._keep(batch, PaymentClaim(payment_id=claim.payment_id, quickbooks_id=made.id))
        was_sent = any(
            each.has(claim.payment_id) and each.state(claim.payment_id).request_id
            for each in before
        )
        # An answer may have left out the invoices that the payment is on.
        is_whole = made.applied == due.shares
        now = answer if is_whole and not was_sent else _as_it_is_now(batch, answer)
        if now is None:
            # Another look tells what has become of it.
            gone = {"state": "recorded", "quickbooks_id": made.id, "request_id": ""}
            return _changed(group, due, **gone), False
        return _with_payment(batch, group, due, now), True


def _as_it_is_now(batch: Batch, answer: Answer) -> Answer | None:
    """Return an answer with the payment as it is now. One to a repeated request may be the first,
    from before somebody changed the payment. None: it is gone or void, or cannot be read."""
    with suppress(ServiceError):
        row = batch.quickbooks.read("Payment", parse.payment(answer.entity).id)
        if row and not parse.payment(row).is_void:
            return replace(answer, entity=row)
    return None


def _rate(batch: Batch, group: _Group, due: DuePayment) -> Decimal | Failure | Trouble | None:
    """Return the exchange rate of the payment's date; None in the home currency."""
    day = due.payment.paid_on
    preferences = _preferences(group)
    if day is None or not preferences.is_foreign(due.currency):
        return None
    key = due.currency, day
    try:
        rates = read_rates(batch, [key], preferences.home_currency)
    except FaultError as fault:
        return trouble.of_error(fault)
    except UnavailableError as error:
        return trouble.of_unavailable(error)
    return rates.get(key) or booking.no_rate(due)


def _preferences(group: _Group) -> Preferences:
    return group[0].result.observation.quickbooks.preferences


def _rendered(batch: Batch, group: _Group, due: DuePayment, rate: Decimal | None) -> dict[str, Any]:
    send_currency = _preferences(group).multicurrency
    return render.payment(
        booking.new_payment(due, batch.connection, send_currency=send_currency, exchange_rate=rate)
    )


def _changed(group: _Group, due: DuePayment, **changes: object) -> _Group:
    return [
        each.changed(due.payment.id, **changes) if each.invoice_id in due.invoice_ids else each
        for each in group
    ]


def _stopped(group: _Group, due: DuePayment, by: Trouble) -> _Group:
    return [each.stopped(by) if each.invoice_id in due.invoice_ids else each for each in group]


def _refused(batch: Batch, group: _Group, due: DuePayment, fault: FaultError) -> _Group:
    judged = trouble.of_error(fault)
    if isinstance(judged, Trouble):
        return _stopped(group, due, judged)
    bad_account = is_of_deposit_account(batch, judged)
    failure = booking.payment_failure(due.payment, judged, due.currency, bad_account=bad_account)
    return _failed(group, due, failure)


def _failed(group: _Group, due: DuePayment, failure: Failure) -> _Group:
    changed = _changed(group, due, request_id="", sent_at=None, reason=reason(failure))
    # The first one says it; the others are tried all the same.
    return [
        replace(each, trouble=each.trouble or failure)
        if each.invoice_id in due.invoice_ids
        else each
        for each in changed
    ]


def _with_payment(batch: Batch, group: _Group, due: DuePayment, answer: Answer) -> _Group:
    """Return the invoices with a payment that QuickBooks has recorded."""
    payment = parse.payment(answer.entity)
    members = [each for each in group if each.invoice_id in due.invoice_ids]
    # So the event of it costs no read, and a later one leads to all its invoices.
    ids = {each.posted.id for each in members if each.posted}
    links = PaymentLinks.from_row(answer.entity)
    links = replace(links, invoice_ids=tuple(sorted({*links.invoice_ids, *ids})))
    key = remembered.payment("Payment", payment.id)
    batch.memory.keep({key: links.to_remember()}, remembered.PAYMENTS_KEPT)
    return [
        _recorded(each, due, payment, answer.intuit_tid) if each in members else each
        for each in group
    ]


def _recorded(
    account: InvoicePayments, due: DuePayment, payment: QuickBooksPayment, intuit_tid: str
) -> InvoicePayments:
    posted = account.posted
    state = account.state(due.payment.id)
    recorded = booking.recorded(state, payment, posted.id if posted else "")
    return replace(
        account.with_state(recorded),
        recorded_now=(*account.recorded_now, payment.id),
        intuit_tid=intuit_tid,
        posted=_paid(posted, payment) if posted else None,
        is_fresh=account.is_fresh or posted is not None,
    )


def _paid(invoice: QuickBooksInvoice, payment: QuickBooksPayment) -> QuickBooksInvoice:
    """Return the invoice as a payment leaves it, until it is read again."""
    share = payment.applied.get(invoice.id)
    if share is None or payment.id in invoice.payment_ids:
        return invoice
    times: list[datetime] = [at for at in (invoice.updated_at, payment.updated_at) if at]
    return invoice.model_copy(
        update={
            "balance": invoice.balance - share,
            "payment_ids": (*invoice.payment_ids, payment.id),
            "updated_at": max(times, default=None),
        }
    )
