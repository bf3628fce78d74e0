"""What HubSpot's status of a payment means for the books, whatever QuickBooks has. Pure.

docs/guide/what-is-synced.md has the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from invoice_sync.model.hubspot import CommercePayment
from invoice_sync.model.limits import MOST_DIGITS, has_digits_for
from invoice_sync.model.money import in_words, to_minor_unit
from invoice_sync.model.record import PaymentProblem, PaymentState

# HubSpot's values of hs_latest_status (guide "Payments API").
_CAME_IN = ("succeeded", "disputed_won")
_UNDER_WAY = "processing"
_REFUNDED = ("partially_refunded", "refunded")
_BEING_REFUNDED = "processing_refund"
_DID_NOT_STAY = {
    "failed": "The payment failed.",
    "disputed_lost": "The payment was lost in a dispute.",
}
_IN_DISPUTE = ("disputed_action_required", "disputed_awaiting_decision")
# HubSpot's value of hs_processor_type where QuickBooks took the money itself.
_QUICKBOOKS = "quickbooks"


@dataclass(frozen=True)
class Verdict:
    """Why a payment is not recorded, whatever QuickBooks has."""

    reason: str
    # It may be recorded later, by itself.
    passes: bool = False
    # Money came in with it, as far as HubSpot tells.
    came_in: bool = False
    problem: PaymentProblem | None = None


def verdict(payment: CommercePayment, currency: str) -> Verdict | None:
    """Return why a payment of an invoice in that currency is not recorded; None if it is to be."""
    if payment.processor == _QUICKBOOKS:
        return Verdict("QuickBooks took this payment itself.")
    if payment.status in _DID_NOT_STAY:
        return Verdict(_DID_NOT_STAY[payment.status])
    if payment.status in _IN_DISPUTE:
        return Verdict("The payment is in dispute.", passes=True)
    if payment.status == _UNDER_WAY:
        return Verdict("The payment is still being processed.", passes=True)
    return _of_money(payment, currency)


def _of_money(payment: CommercePayment, currency: str) -> Verdict | None:
    """Return the verdict on a payment that may have come in."""
    reason = _unclear(payment, currency)
    if reason:
        return Verdict(reason, came_in=True, problem="unclear")
    if not payment.amount:
        return Verdict("It is a payment of nothing.")
    if payment.status == _BEING_REFUNDED and not payment.refunded:
        return Verdict("A refund of it is being processed.", passes=True, came_in=True)
    if _is_refunded_whole(payment):
        words = "It was refunded before it was recorded. If the books are to show both, record both"
        return Verdict(f"{words} in QuickBooks.", came_in=True)
    return None


def _unclear(payment: CommercePayment, currency: str) -> str:
    if payment.status not in (*_CAME_IN, *_REFUNDED, _BEING_REFUNDED):
        return f'HubSpot gives it the status "{payment.status}", which is not synced.'
    if payment.amount is None or payment.paid_on is None:
        return "HubSpot gives no amount or no date that can be read."
    if payment.currency not in ("", currency):
        return f"It is in {payment.currency}, the invoice in {currency}."
    if not has_digits_for(payment.amount):
        digits = f"has more than {MOST_DIGITS} digits, which QuickBooks does not keep"
        return f"Its amount {payment.amount:f} {digits}. Correct it, or record it there by hand."
    if payment.amount < 0 or to_minor_unit(payment.amount, currency) != payment.amount:
        return f"{payment.amount} is not an amount that QuickBooks can take."
    return ""


def _is_refunded_whole(payment: CommercePayment) -> bool:
    whole = payment.amount is not None and payment.refunded >= payment.amount
    return whole or (payment.status == "refunded" and not payment.refunded)


def given_back(payment: CommercePayment) -> tuple[bool, Decimal | None]:
    """Return whether money of a payment that came in went back, and how much; None: HubSpot does
    not tell."""
    if payment.status in _DID_NOT_STAY or (payment.status == "refunded" and not payment.refunded):
        return True, payment.amount
    if payment.refunded:
        return True, payment.refunded
    return payment.status in (*_REFUNDED, _BEING_REFUNDED), None


def kept(payment: CommercePayment) -> Decimal:
    """Return what came in with a payment and stayed in."""
    if payment.amount is None or payment.status not in (*_CAME_IN, *_REFUNDED, _BEING_REFUNDED):
        return Decimal(0)
    return payment.amount - payment.refunded


def changed_since(payment: CommercePayment, state: PaymentState) -> str:
    """Return what differs of a payment that is recorded; empty if nothing does."""
    if payment.status in _DID_NOT_STAY:
        return f"It was recorded, but now HubSpot says: {_DID_NOT_STAY[payment.status]}"
    if payment.status in _IN_DISPUTE:
        return "It was recorded, but now HubSpot says: The payment is in dispute."
    if given_back(payment)[0]:
        words = refund_words(payment, state.currency)
        return (
            f"{words} The payment is recorded, the refund is not synced: record it in QuickBooks."
        )
    if payment.amount is not None and payment.amount != state.amount:
        return (
            f"In QuickBooks it is {money(state.amount, state.currency)}, but HubSpot says"
            f" {money(payment.amount, state.currency)}. Neither is changed."
        )
    return ""


def refund_words(payment: CommercePayment, currency: str) -> str:
    if not payment.refunded or payment.amount is None:
        return "It was refunded in HubSpot."
    refunded, whole = money(payment.refunded, currency), money(payment.amount, currency)
    return f"{refunded} of {whole} was refunded in HubSpot."


def money(amount: Decimal | None, currency: str) -> str:
    if amount is None:
        return "an unknown amount"
    return f"{in_words(amount, currency)} {currency}".strip()
