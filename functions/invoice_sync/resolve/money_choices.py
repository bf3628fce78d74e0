"""What a person may decide about money: an exchange rate, and payments. Pure; see `choices.py`."""

from __future__ import annotations

from datetime import date

from invoice_sync.model.failure_details import CurrencyMismatch, PaymentNotRecorded
from invoice_sync.model.record import Record
from invoice_sync.resolve.choices import Choice, with_choices

# -- exchange rates -----------------------------------------------------------------------


def rate_is_one(record: Record) -> Choice:
    match record.failure and record.failure.detail:
        case CurrencyMismatch(currency=currency, day=date() as day):
            pass
        case PaymentNotRecorded(currency=currency, paid_on=date() as day):
            pass
        case _:
            raise ValueError("the resolution is on offer only for a day without a rate")
    words = f"On {day.isoformat()}, 1 {currency} will be booked as 1 of QuickBooks' home currency."
    return Choice(words, record, at_par=frozenset({(currency, day)}))


# -- payments -----------------------------------------------------------------------------


def settle_payment(record: Record) -> Choice:
    settled = (*record.choices.settled_payments, *_payment_in_question(record))
    words = "The payment will count as recorded. Nothing will be changed in HubSpot or QuickBooks."
    if record.choices.stopped:
        words = words.replace("The payment will count", "All payments of the invoice will count")
    return Choice(words, with_choices(record, settled_payments=settled))


def record_payment(record: Record) -> Choice:
    insisted = (*record.choices.insisted_payments, *_payment_in_question(record))
    words = (
        "The payment will be recorded in QuickBooks. What its invoices no longer owe will stay on"
        " the customer's account as a credit."
    )
    return Choice(words, with_choices(record, insisted_payments=insisted))


def _payment_in_question(record: Record) -> tuple[str, ...]:
    """Return the id of the HubSpot payment that the record fails for, or of all that are listed
    for an invoice that somebody stopped."""
    if record.choices.stopped:
        return tuple(state.id for state in record.payments if state.missing)
    detail = record.failure.detail if record.failure else None
    return (detail.payment_id,) if isinstance(detail, PaymentNotRecorded) else ()
