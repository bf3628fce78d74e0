"""Money that is in no book, as the records tell it."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from invoice_sync.model.base import Model
from invoice_sync.model.record import PaymentState, Record

# "payment": it came in. "refund": it went back to the customer. "lowered": HubSpot says that less
# is owed than QuickBooks does, such as after a credit memo.
UnrecordedKind = Literal["payment", "refund", "lowered"]

_LOWERED = (
    "HubSpot says that less is owed than QuickBooks does, and no payment says why: a credit memo,"
    " or an invoice that was marked as paid."
)
_PENDING = "It is being recorded."


class Unrecorded(Model):
    """An amount that is in no book. `amount`: None when HubSpot's value cannot be read.

    `payment_id` is empty with "lowered".
    """

    kind: UnrecordedKind
    invoice_id: str
    number: str
    payment_id: str = ""
    amount: Decimal | None
    currency: str
    paid_on: date | None = None
    reason: str
    since: datetime


def unrecorded(record: Record) -> tuple[Unrecorded, ...]:
    """Return all money of an invoice that is in no book, by what changes together with the counts
    alone (never by what people decided)."""
    return tuple(_of_record(record))


def _of_record(record: Record) -> Iterator[Unrecorded]:
    for state in record.payments:
        yield from _of_payment(record, state)
    if record.lowered:
        yield Unrecorded(
            kind="lowered",
            invoice_id=record.invoice_id,
            number=record.number,
            amount=record.lowered.amount,
            currency=record.balances.currency,
            reason=_LOWERED,
            since=record.lowered.since,
        )


def _of_payment(record: Record, state: PaymentState) -> Iterator[Unrecorded]:
    amounts: tuple[UnrecordedKind, ...] = ("payment", "refund")
    for kind, missing in zip(amounts, (state.missing, state.refund), strict=True):
        if missing:
            yield Unrecorded(
                kind=kind,
                invoice_id=record.invoice_id,
                number=record.number,
                payment_id=state.id,
                amount=missing.amount,
                currency=state.currency,
                paid_on=state.paid_on,
                reason=state.reason or _PENDING,
                since=missing.since,
            )
