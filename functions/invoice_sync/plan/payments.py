"""The decision about the payments of one invoice. Pure.

Money that came in and stayed in is recorded in QuickBooks, once. Whatever is not recorded is shown
with its reason. Nothing that is in QuickBooks is changed, deleted or recorded a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from invoice_sync.model.connection import Connection
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import PaymentNotRecorded
from invoice_sync.model.hubspot import CommercePayment, Invoice
from invoice_sync.model.markers import payment_marker
from invoice_sync.model.money import to_minor_unit
from invoice_sync.model.quickbooks import NewPayment, QuickBooksInvoice, QuickBooksPayment
from invoice_sync.model.record import PaymentState, Record

# HubSpot's values of hs_latest_status (guide "Payments API").
_CAME_IN = ("succeeded", "disputed_won")
_UNDER_WAY = "processing"
_REFUNDED = ("processing_refund", "partially_refunded", "refunded")
_REASONS = {
    "failed": "The payment failed.",
    "disputed_lost": "The payment was lost in a dispute.",
    "disputed_action_required": "The payment is in dispute.",
    "disputed_awaiting_decision": "The payment is in dispute.",
}
# HubSpot's value of hs_processor_type where QuickBooks took the money itself.
_QUICKBOOKS = "quickbooks"

_WAITS_FOR_INVOICE = "It is recorded once the invoice itself is in step."
_BEING_PROCESSED = "The payment is still being processed."
_GONE = "It was deleted in HubSpot, or taken off the invoice there; QuickBooks still has it."
_THEIRS = (
    "QuickBooks already has a payment of this amount on the invoice, which this app did not"
    " record; it is taken to be the same. If it is another one, record this one there by hand."
)
_OFF_THE_INVOICE = (
    "It was recorded, but in QuickBooks it is no longer on the invoice: somebody deleted, voided or"
    " moved it. It is not recorded again."
)


@dataclass(frozen=True)
class PaymentPlan:
    """What to do about an invoice's payments."""

    states: tuple[PaymentState, ...]
    # To be recorded now, in this order. Their states are among `states`, as pending.
    due: tuple[CommercePayment, ...] = ()


def plan_payments(
    invoice: Invoice,
    states: Sequence[PaymentState],
    existing: QuickBooksInvoice,
    strangers: Sequence[QuickBooksPayment] = (),
) -> PaymentPlan:
    """Decide about each payment of an invoice that is in step.

    `strangers`: payments on the QuickBooks invoice that no state names, as far as they were read.
    A payment that was sent and has no answer must have been looked up before.
    """
    if invoice.payments_unread:
        return PaymentPlan(tuple(states))
    return _Planner(invoice, states, existing, strangers).plan()


class _Planner:
    """Goes through the payments in order: each takes a stranger or a part of the balance."""

    def __init__(
        self,
        invoice: Invoice,
        states: Sequence[PaymentState],
        existing: QuickBooksInvoice,
        strangers: Sequence[QuickBooksPayment],
    ) -> None:
        self._invoice, self._existing = invoice, existing
        self._known = {state.id: state for state in states}
        self._balance = existing.balance
        # A payment of nothing only applies a credit memo: no money came in with it.
        self._strangers = [payment for payment in strangers if payment.total]

    def plan(self) -> PaymentPlan:
        payments = sorted(self._invoice.payments, key=_order)
        states = {payment.id: self._state(payment) for payment in payments}
        gone = [
            _with(state, reason=_GONE)
            for state in self._known.values()
            if state.id not in states and state.state == "recorded"
        ]
        due = [payment for payment in payments if _is_due(states[payment.id])]
        return PaymentPlan((*states.values(), *gone), tuple(due))

    def _state(self, payment: CommercePayment) -> PaymentState:
        before = self._known.get(payment.id)
        if before and before.state == "recorded":
            return _with(before, reason=_changed_since(payment, before, self._existing))
        state = _pending(payment, self._invoice)
        unfit = _unfit(payment, self._invoice)
        if unfit or payment.amount is None:
            return _with(state, state="not_synced", reason=unfit)
        if payment.status == _UNDER_WAY:
            return _with(state, reason=_BEING_PROCESSED)
        stranger_id = self._take_stranger(payment.amount, before)
        if stranger_id:
            return _with(state, state="not_synced", reason=_THEIRS, quickbooks_id=stranger_id)
        no_room = _no_room(payment.amount, self._balance, self._existing)
        if no_room:
            return _with(state, state="not_synced", reason=no_room)
        self._balance -= payment.amount
        sent = {"request_id": before.request_id, "sent_at": before.sent_at} if before else {}
        return _with(state, **sent)

    def _take_stranger(self, amount: Decimal, before: PaymentState | None) -> str:
        """Return the id of somebody else's payment that is taken to be this one; empty if there is
        none."""
        stranger_id = ""
        if before and before.quickbooks_id in self._existing.payment_ids:
            stranger_id = before.quickbooks_id
        else:
            same = (
                payment.id
                for payment in self._strangers
                if payment.applied.get(self._existing.id) == amount
            )
            stranger_id = next(same, "")
        self._strangers = [payment for payment in self._strangers if payment.id != stranger_id]
        return stranger_id


def _is_due(state: PaymentState) -> bool:
    return state.state == "pending" and not state.reason


def _pending(payment: CommercePayment, invoice: Invoice, reason: str = "") -> PaymentState:
    return PaymentState(
        id=payment.id,
        state="pending",
        amount=payment.amount,
        currency=payment.currency or invoice.currency,
        paid_on=payment.paid_on,
        reason=reason,
    )


def needs_quickbooks(invoice: Invoice, record: Record, *, asked: bool) -> bool:
    """Whether QuickBooks must be read for the payments of an invoice that it has.

    `asked`: by a person, who may know more of QuickBooks than we do.
    """
    if invoice.payments_unread:
        return False
    if record.written is None or any(state.request_id for state in record.payments):
        return bool(invoice.payments or record.payments)
    plan = plan_payments(invoice, record.payments, record.written)
    unrecorded = any(state.state != "recorded" for state in plan.states)
    return bool(plan.due) or (asked and unrecorded)


def waiting_for_invoice(
    invoice: Invoice, states: Sequence[PaymentState]
) -> tuple[PaymentState, ...]:
    """Return the states of the payments while the invoice itself is not in step."""
    known = {state.id for state in states}
    new = [payment for payment in invoice.payments if payment.id not in known]
    return (*states, *(_pending(payment, invoice, _WAITS_FOR_INVOICE) for payment in new))


def recognise(
    portal_id: str,
    invoice: Invoice,
    states: Sequence[PaymentState],
    on_invoice: Sequence[QuickBooksPayment],
    quickbooks_id: str,
) -> tuple[tuple[PaymentState, ...], list[QuickBooksPayment]]:
    """Sort out the payments on the QuickBooks invoice that no state names.

    Ours, by their marker, become recorded. Returns the states, and the others as strangers.
    """
    by_id = {state.id: state for state in states}
    in_hubspot = {payment.id: payment for payment in invoice.payments}
    strangers: list[QuickBooksPayment] = []
    for payment in on_invoice:
        payment_id = _marked(portal_id, payment, {**in_hubspot, **by_id}, by_id)
        if not payment_id:
            strangers.append(payment)
            continue
        source = by_id.get(payment_id) or in_hubspot.get(payment_id)
        state = PaymentState(
            id=payment_id,
            state="pending",
            amount=None,
            currency=(source.currency if source else "") or invoice.currency,
            paid_on=source.paid_on if source else None,
        )
        by_id[payment_id] = recorded(state, payment, quickbooks_id)
    return tuple(by_id.values()), strangers


def _marked(
    portal_id: str,
    payment: QuickBooksPayment,
    candidates: Mapping[str, object],
    states: Mapping[str, PaymentState],
) -> str:
    """Return the HubSpot payment that the marker names, unless it is recorded; else nothing."""
    for payment_id in candidates:
        state = states.get(payment_id)
        is_recorded = state is not None and state.state == "recorded"
        if payment_marker(portal_id, payment_id) in payment.private_note and not is_recorded:
            return payment_id
    return ""


def recorded(state: PaymentState, payment: QuickBooksPayment, quickbooks_id: str) -> PaymentState:
    """Return the state of a payment that QuickBooks has, on the invoice with that id."""
    return _with(
        state,
        state="recorded",
        amount=payment.applied.get(quickbooks_id, payment.total),
        quickbooks_id=payment.id,
        reason="",
        request_id="",
        sent_at=None,
    )


def new_payment(
    payment: CommercePayment, existing: QuickBooksInvoice, invoice: Invoice, connection: Connection,
    *, send_currency: bool, exchange_rate: Decimal | None,
) -> NewPayment:  # fmt: skip
    """Return what goes to QuickBooks for a payment that is due.

    The fees that a processor kept are not taken off: the books show what the customer paid.
    """
    amount, paid_on = _amount_and_day(payment)
    return NewPayment(
        marker=payment_marker(connection.portal_id, payment.id),
        customer_id=existing.customer_id,
        invoice_id=existing.id,
        amount=amount,
        paid_on=paid_on,
        currency=invoice.currency,
        send_currency=send_currency,
        reference=payment.reference,
        deposit_account_id=connection.settings.deposit_account_id,
        exchange_rate=exchange_rate,
    )


def payment_failure(payment: CommercePayment, refusal: Failure, currency: str) -> Failure:
    """Return the failure of an invoice whose payment QuickBooks turned down.

    `refusal`: the failure that QuickBooks' fault means.
    """
    amount, paid_on = _amount_and_day(payment)
    return Failure(
        detail=PaymentNotRecorded(
            variant=_variant(refusal),
            payment_id=payment.id,
            amount=amount,
            currency=currency,
            paid_on=paid_on,
        ),
        message=refusal.message,
        fault=refusal.fault,
        intuit_tid=refusal.intuit_tid,
    )


def no_rate(payment: CommercePayment, currency: str) -> Failure:
    """Return the failure of an invoice whose payment QuickBooks has no exchange rate for."""
    amount, paid_on = _amount_and_day(payment)
    return Failure(
        detail=PaymentNotRecorded(
            variant="no_rate",
            payment_id=payment.id,
            amount=amount,
            currency=currency,
            paid_on=paid_on,
        )
    )


def _variant(
    refusal: Failure,
) -> Literal["closed_period", "reference_inactive", "subscription_lapsed", "refused"]:
    match refusal.code:
        case "closed_period" | "reference_inactive" | "subscription_lapsed" as code:
            return code
    return "refused"


def _amount_and_day(payment: CommercePayment) -> tuple[Decimal, date]:
    if payment.amount is None or payment.paid_on is None:
        raise ValueError("a payment without an amount or a date is never due")
    return payment.amount, payment.paid_on


# -- reasons ------------------------------------------------------------------------------


def _unfit(payment: CommercePayment, invoice: Invoice) -> str:
    """Return why a payment cannot be recorded whatever QuickBooks has; empty if it can."""
    if payment.processor == _QUICKBOOKS:
        return "QuickBooks took this payment itself."
    if payment.amount is None or payment.paid_on is None:
        return "HubSpot gives no amount or no date that can be read."
    if payment.currency not in ("", invoice.currency):
        return f"It is in {payment.currency}, the invoice in {invoice.currency}."
    if payment.amount <= 0 or to_minor_unit(payment.amount, invoice.currency) != payment.amount:
        return f"{payment.amount} is not an amount that QuickBooks can take."
    if refund := _refund(payment, invoice.currency):
        return f"{refund} Payments with a refund are not synced: record both in QuickBooks."
    if payment.status in _REASONS:
        return _REASONS[payment.status]
    if payment.status not in (*_CAME_IN, _UNDER_WAY):
        return f'HubSpot gives it the status "{payment.status}", which is not synced.'
    return ""


def _refund(payment: CommercePayment, currency: str) -> str:
    if not payment.refunded and payment.status not in _REFUNDED:
        return ""
    if not payment.refunded or payment.amount is None:
        return "It was refunded in HubSpot."
    refunded, whole = _money(payment.refunded, currency), _money(payment.amount, currency)
    return f"{refunded} of {whole} was refunded in HubSpot."


def _changed_since(
    payment: CommercePayment, state: PaymentState, existing: QuickBooksInvoice
) -> str:
    """Return what has changed since a payment was recorded; empty if nothing has."""
    if state.quickbooks_id not in existing.payment_ids:
        return _OFF_THE_INVOICE
    if refund := _refund(payment, state.currency):
        return (
            f"{refund} The payment is recorded, the refund is not synced: record it in QuickBooks."
        )
    if payment.status in _REASONS:
        return f"It was recorded, but now HubSpot says: {_REASONS[payment.status]}"
    if payment.amount is not None and payment.amount != state.amount:
        return (
            f"It was recorded as {_money(state.amount, state.currency)}, but now HubSpot says"
            f" {_money(payment.amount, state.currency)}."
        )
    return ""


def _no_room(amount: Decimal, balance: Decimal, existing: QuickBooksInvoice) -> str:
    """Return why the invoice takes no payment of this amount; empty if it does."""
    if existing.voided:
        return "The invoice is void in QuickBooks."
    if amount <= balance:
        return ""
    if balance <= 0:
        return "In QuickBooks nothing is left to pay on the invoice."
    return f"In QuickBooks only {_money(balance, existing.currency)} is left to pay on the invoice."


def _money(amount: Decimal | None, currency: str) -> str:
    if amount is None:
        return "an unknown amount"
    return f"{to_minor_unit(amount, currency)} {currency}".strip()


def _order(payment: CommercePayment) -> tuple[date, int]:
    return payment.paid_on or date.max, int(payment.id)


def _with(state: PaymentState, /, **changes: object) -> PaymentState:
    return state.model_copy(update=changes)
