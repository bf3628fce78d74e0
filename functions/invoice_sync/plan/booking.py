"""Payments as they go to QuickBooks, as they come back, and as they are recognised there. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from invoice_sync.model.connection import Connection
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import PaymentNotRecorded
from invoice_sync.model.hubspot import CommercePayment, Invoice
from invoice_sync.model.markers import names_other_payment, payment_marker
from invoice_sync.model.quickbooks import NewPayment, QuickBooksPayment
from invoice_sync.model.record import PaymentState
from invoice_sync.plan.ledgers import DuePayment, Ledger
from invoice_sync.plan.receipts import money

_OFF_THE_INVOICE = (
    "It was recorded, but in QuickBooks it is no longer on the invoice: it is on a different one,"
    " or on the customer's account. It will not be moved back."
)


def recognise(
    portal_id: str,
    invoice: Invoice,
    states: Sequence[PaymentState],
    read: Sequence[QuickBooksPayment],
    quickbooks_id: str,
) -> tuple[tuple[PaymentState, ...], list[QuickBooksPayment]]:
    """Sort out payments that may be on the QuickBooks invoice and that no state names.

    Ours, by their marker, become recorded. Returns the states, and the others that are on the
    invoice as strangers. What we recorded for another HubSpot payment, and QuickBooks or somebody
    applied here, is no stranger: it cannot be one of these.
    """
    by_id = {state.id: state for state in states}
    in_hubspot = {payment.id: payment for payment in invoice.payments}
    strangers: list[QuickBooksPayment] = []
    for payment in read:
        payment_id = _marked(portal_id, payment, {**in_hubspot, **by_id}, by_id)
        if payment_id and not payment.is_void:
            source = by_id.get(payment_id) or in_hubspot.get(payment_id)
            state = PaymentState(
                id=payment_id,
                state="pending",
                amount=None,
                currency=(source.currency if source else "") or invoice.currency,
                paid_on=source.paid_on if source else None,
            )
            by_id[payment_id] = recorded(state, payment, quickbooks_id)
        elif quickbooks_id in payment.applied and not names_other_payment(
            portal_id, payment.private_note, {**in_hubspot, **by_id}
        ):
            strangers.append(payment)
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
    """Return the state of a payment that QuickBooks has, for the invoice with that id."""
    return state.model_copy(
        update={
            "state": "recorded",
            "amount": payment.total,
            "applied": payment.applied.get(quickbooks_id, Decimal(0)),
            "on_account": payment.on_account,
            "quickbooks_id": payment.id,
            "reason": "",
            "problem": None,
            "request_id": "",
            "missing": None,
        }
    )


def where_it_is(state: PaymentState, ledger: Ledger, members: Sequence[Ledger]) -> str:
    """Return where a recorded payment is, if not all of it is on its invoices."""
    existing = ledger.existing
    off = existing is not None and state.quickbooks_id not in existing.payment_ids
    if off and state.applied != Decimal(0):
        return _OFF_THE_INVOICE
    if len(members) > 1 or state.applied is None or state.amount is None:
        return ""
    rest = state.amount - state.applied
    if rest <= 0:
        return ""
    words = f"{money(rest, state.currency)} of it is not on this invoice in QuickBooks, but on the"
    return f"{words} customer's account or on another invoice."


def new_payment(
    due: DuePayment,
    connection: Connection,
    *,
    send_currency: bool,
    exchange_rate: Decimal | None = None,
) -> NewPayment:
    """Return what goes to QuickBooks for a payment that is due. `exchange_rate`: of its date, for
    one in a foreign currency.

    The fees that a processor kept are not taken off: the books show what the customer paid.
    """
    amount, paid_on = _amount_and_day(due.payment)
    return NewPayment(
        marker=payment_marker(connection.portal_id, due.payment.id),
        customer_id=due.customer_id,
        shares=dict(due.shares),
        amount=amount,
        paid_on=paid_on,
        currency=due.currency,
        send_currency=send_currency,
        reference=due.payment.reference,
        deposit_account_id=connection.settings.deposit_account_id,
        exchange_rate=exchange_rate,
    )


def payment_failure(
    payment: CommercePayment, refusal: Failure, currency: str, *, bad_account: bool = False
) -> Failure:
    """Return the failure of an invoice whose payment QuickBooks turned down.

    `refusal`: the failure that QuickBooks' fault means. `bad_account`: QuickBooks turned it down
    for the deposit account of the settings.
    """
    amount, paid_on = _amount_and_day(payment)
    return Failure(
        detail=PaymentNotRecorded(
            variant="deposit_account" if bad_account else _variant(refusal),
            payment_id=payment.id,
            amount=amount,
            currency=currency,
            paid_on=paid_on,
        ),
        message=refusal.message,
        fault=refusal.fault,
        intuit_tid=refusal.intuit_tid,
    )


def no_rate(due: DuePayment) -> Failure:
    """Return the failure of an invoice whose payment QuickBooks has no exchange rate for."""
    amount, paid_on = _amount_and_day(due.payment)
    return Failure(
        detail=PaymentNotRecorded(
            variant="no_rate",
            payment_id=due.payment.id,
            amount=amount,
            currency=due.currency,
            paid_on=paid_on,
        )
    )


def problem_of(states: Sequence[PaymentState]) -> Failure | None:
    """Return the failure of the first payment with a problem; None if there is none."""
    state = next((state for state in states if state.problem), None)
    if state is None or state.problem is None:
        return None
    return Failure(
        detail=PaymentNotRecorded(
            variant=state.problem,
            payment_id=state.id,
            amount=state.amount,
            currency=state.currency,
            paid_on=state.paid_on,
            why=state.reason,
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
