"""The decision about the payments of one invoice. Pure, as `plan` is.

Money that came in and stayed in is recorded in QuickBooks, once. Whatever is not recorded is shown
with its reason. Nothing that is in QuickBooks is changed, deleted or recorded a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
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
_UNSENT: dict[str, object] = {"request_id": "", "sent_at": None}
# Of HubSpot's hs_processor_type: QuickBooks took the money itself.
_QUICKBOOKS = "quickbooks"

WAITS_FOR_INVOICE = "It is recorded once the invoice itself is in step."


@dataclass(frozen=True)
class Decided:
    """`due`: to be recorded now, in this order. Their states are among `states`, as pending."""

    states: tuple[PaymentState, ...]
    due: tuple[CommercePayment, ...] = ()


def decide(
    invoice: Invoice,
    states: Sequence[PaymentState],
    posted: QuickBooksInvoice,
    strangers: Sequence[QuickBooksPayment] = (),
) -> Decided:
    """What to do about each payment. `posted`: the invoice in QuickBooks, `strangers`: payments on
    it that no state names, as far as they were read.

    A payment that was sent and has no answer must have been looked up before.
    """
    if invoice.payments_unread:
        return Decided(tuple(states))
    known = {state.id: state for state in states}
    # A payment over nothing only applies a credit memo: no money came in with it.
    free = [one for one in strangers if one.total]
    balance = posted.balance
    decided: list[PaymentState] = []
    due: list[CommercePayment] = []
    for payment in sorted(invoice.payments, key=_place):
        before = known.pop(payment.id, None)
        if before and before.state == "recorded":
            reason = _changed_since(payment, before, posted)
            decided.append(before.model_copy(update={"reason": reason}))
            continue
        state = PaymentState(
            id=payment.id,
            state="pending",
            amount=payment.amount,
            currency=payment.currency or invoice.currency,
            paid_on=payment.paid_on,
            request_id=before.request_id if before else "",
            sent_at=before.sent_at if before else None,
        )
        reason, theirs = _unfit(payment, invoice), ""
        if not reason and payment.status == _UNDER_WAY:
            words = "The payment is still being processed."
            decided.append(_with(state, reason=words, **_UNSENT))
            continue
        if not reason and payment.amount is not None:
            theirs = _taken_for(payment.amount, before, posted, free)
            reason = _THEIRS if theirs else _no_room(payment.amount, balance, posted)
        if reason:
            found = {"state": "not_synced", "reason": reason, "quickbooks_id": theirs}
            decided.append(_with(state, **found, **_UNSENT))
            free = [one for one in free if one.id != theirs]
        else:
            decided.append(state)
            due.append(payment)
            balance -= payment.amount or Decimal(0)
    gone = "It was deleted in HubSpot, or taken off the invoice there; QuickBooks still has it."
    decided += [_with(one, reason=gone) for one in known.values() if one.state == "recorded"]
    return Decided(tuple(decided), tuple(due))


def needs_look(invoice: Invoice, record: Record, *, asked: bool) -> bool:
    """Whether QuickBooks must be read for the payments of an invoice that is there. `asked`: by a
    person, who may know more of QuickBooks than we do."""
    if invoice.payments_unread:
        return False
    if record.written is None or any(state.request_id for state in record.payments):
        return bool(invoice.payments or record.payments)
    decided = decide(invoice, record.payments, record.written)
    return bool(decided.due) or (asked and any(one.state != "recorded" for one in decided.states))


def waiting(invoice: Invoice, states: Sequence[PaymentState]) -> tuple[PaymentState, ...]:
    """The states while the invoice itself is not in step."""
    known = {state.id for state in states}
    return (
        *states,
        *(
            PaymentState(
                id=payment.id,
                state="pending",
                amount=payment.amount,
                currency=payment.currency or invoice.currency,
                paid_on=payment.paid_on,
                reason=WAITS_FOR_INVOICE,
            )
            for payment in invoice.payments
            if payment.id not in known
        ),
    )


def adopt(
    portal_id: str,
    invoice: Invoice,
    states: Sequence[PaymentState],
    found: Sequence[QuickBooksPayment],
    quickbooks_id: str,
) -> tuple[tuple[PaymentState, ...], list[QuickBooksPayment]]:
    """Payments on the QuickBooks invoice that are not known yet: ours, by their marker, become
    recorded; the others are strangers."""
    by_id = {state.id: state for state in states}
    of_hubspot = {payment.id: payment for payment in invoice.payments}
    strangers: list[QuickBooksPayment] = []
    for posted in found:
        own = next(
            (
                one
                for one in {**of_hubspot, **by_id}
                if payment_marker(portal_id, one) in posted.private_note
                and (one not in by_id or by_id[one].state != "recorded")
            ),
            None,
        )
        if own is None:
            strangers.append(posted)
            continue
        known, payment = by_id.get(own), of_hubspot.get(own)
        currency = known.currency if known else payment.currency if payment else ""
        by_id[own] = recorded(
            PaymentState(
                id=own,
                state="pending",
                amount=None,
                currency=currency or invoice.currency,
                paid_on=known.paid_on if known else payment.paid_on if payment else None,
            ),
            posted,
            quickbooks_id,
        )
    return tuple(by_id.values()), strangers


def recorded(state: PaymentState, payment: QuickBooksPayment, quickbooks_id: str) -> PaymentState:
    """The state of a payment that QuickBooks has, on the invoice of that id."""
    amount = payment.applied.get(quickbooks_id, payment.total)
    found = {"state": "recorded", "amount": amount, "quickbooks_id": payment.id, "reason": ""}
    return _with(state, **found, **_UNSENT)


def receipt(
    payment: CommercePayment, posted: QuickBooksInvoice, invoice: Invoice, connection: Connection,
    *, send_currency: bool,
) -> NewPayment:  # fmt: skip
    """What goes to QuickBooks for a payment that is due. The fees that a processor kept are not
    taken off: the books show what the customer paid."""
    amount, paid_on = _amount_and_day(payment)
    return NewPayment(
        marker=payment_marker(connection.portal_id, payment.id),
        customer_id=posted.customer_id,
        invoice_id=posted.id,
        amount=amount,
        paid_on=paid_on,
        currency=invoice.currency,
        send_currency=send_currency,
        reference=payment.reference,
        deposit_account_id=connection.settings.deposit_account_id,
    )


def refused(payment: CommercePayment, refusal: Failure, currency: str) -> Failure:
    """The failure of an invoice whose payment QuickBooks turned down. `refusal`: its judgement."""
    amount, paid_on = _amount_and_day(payment)
    return Failure(
        detail=PaymentNotRecorded(
            variant=_refusal(refusal),
            payment_id=payment.id,
            amount=amount,
            currency=currency,
            paid_on=paid_on,
        ),
        message=refusal.message,
        fault=refusal.fault,
        intuit_tid=refusal.intuit_tid,
    )


def _refusal(
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

_THEIRS = (
    "QuickBooks already has a payment over this amount on the invoice, which this app did not"
    " record; it is taken to be the same. If it is another one, record this one there by hand."
)
_OFF_THE_INVOICE = (
    "It was recorded, but in QuickBooks it is no longer on the invoice: somebody deleted, voided or"
    " moved it. It is not recorded again."
)


def _unfit(payment: CommercePayment, invoice: Invoice) -> str:
    """Why it is nothing to record, whatever QuickBooks has."""
    if payment.processor == _QUICKBOOKS:
        return "QuickBooks took this payment itself."
    if payment.amount is None or payment.paid_on is None:
        return "HubSpot gives no amount or no date that can be read."
    if payment.currency not in ("", invoice.currency):
        return f"It is in {payment.currency}, the invoice in {invoice.currency}."
    if payment.amount <= 0 or to_minor_unit(payment.amount, invoice.currency) != payment.amount:
        return f"{payment.amount} is no amount that QuickBooks can take."
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
    of = f"{_shown(payment.refunded, currency)} of {_shown(payment.amount, currency)}"
    return f"{of} was refunded in HubSpot."


def _changed_since(payment: CommercePayment, state: PaymentState, posted: QuickBooksInvoice) -> str:
    """What is no longer as it was recorded; empty when nothing is."""
    if state.quickbooks_id not in posted.payment_ids:
        return _OFF_THE_INVOICE
    if refund := _refund(payment, state.currency):
        return (
            f"{refund} The payment is recorded, the refund is not synced: record it in QuickBooks."
        )
    if payment.status in _REASONS:
        return f"It was recorded, but now HubSpot says: {_REASONS[payment.status]}"
    if payment.amount is not None and payment.amount != state.amount:
        return (
            f"It was recorded over {_shown(state.amount, state.currency)}, but now HubSpot says"
            f" {_shown(payment.amount, state.currency)}."
        )
    return ""


def _taken_for(
    amount: Decimal,
    before: PaymentState | None,
    posted: QuickBooksInvoice,
    free: Sequence[QuickBooksPayment],
) -> str:
    """The id of somebody else's payment that is taken to be this one; empty when there is none."""
    if before and before.quickbooks_id in posted.payment_ids:
        return before.quickbooks_id
    same = (one.id for one in free if one.applied.get(posted.id) == amount)
    return next(same, "")


def _no_room(amount: Decimal, balance: Decimal, posted: QuickBooksInvoice) -> str:
    if posted.voided:
        return "The invoice is void in QuickBooks."
    if amount <= balance:
        return ""
    if balance <= 0:
        return "In QuickBooks nothing is left to pay on the invoice."
    left = _shown(balance, posted.currency)
    return f"In QuickBooks only {left} is left to pay on the invoice."


def _shown(amount: Decimal | None, currency: str) -> str:
    if amount is None:
        return "an unknown amount"
    return f"{to_minor_unit(amount, currency)} {currency}".strip()


def _place(payment: CommercePayment) -> tuple[date, int]:
    return payment.paid_on or date.max, int(payment.id)


def _with(before: PaymentState, /, **changes: object) -> PaymentState:
    return before.model_copy(update=changes)
