"""The status of an invoice, as the API shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from invoice_sync.api.links import Hosts
from invoice_sync.api.presenters.failure import failure_of
from invoice_sync.api.schemas.invoice import (
    HubSpotPayment,
    LeftOutValue,
    PaymentStatus,
    QuickBooksReference,
    RecordedDecision,
    ServiceCalls,
    SyncAttempt,
    SyncStatusAnswer,
)
from invoice_sync.failures.resolutions import offered
from invoice_sync.model.limits import LENGTHS, EmailProblem
from invoice_sync.model.money import to_minor_unit
from invoice_sync.model.record import Attempt, Decision, PaymentState, Record
from invoice_sync.quickbooks.pages import invoice_link

_EMAIL_PROBLEMS: dict[EmailProblem, str] = {
    "too_long": f"It has more than {LENGTHS['Email.Address']} characters.",
    "several": "It is more than one address.",
    "not_an_address": "It is no email address by the rules of RFC 822.",
    "refused": "QuickBooks refused it.",
}


def unknown(invoice_id: str) -> SyncStatusAnswer:
    """Say that nothing has been heard of an invoice."""
    return SyncStatusAnswer(
        invoice_id=invoice_id,
        status="unknown",
        reason="",
        number="",
        synced_at=None,
        quickbooks=None,
        payment=None,
        left_out=[],
        failure=None,
        resolutions=[],
        attempts=[],
        decisions=[],
        stopped=False,
        not_shown="",
    )


def sync_status(
    record: Record,
    attempts: Sequence[Attempt],
    decisions: Sequence[Decision],
    hosts: Hosts,
    not_shown: str,
) -> SyncStatusAnswer:
    """`not_shown` says why HubSpot's own invoice does not show the status."""
    failure = record.failure
    return SyncStatusAnswer(
        invoice_id=record.invoice_id,
        status=record.status,
        reason=record.reason,
        number=record.number,
        synced_at=record.synced_at,
        quickbooks=_quickbooks_reference(record, hosts),
        payment=_payment_status(record),
        left_out=[
            LeftOutValue(field=each.field, reason=_EMAIL_PROBLEMS[each.problem])
            for each in record.left_out
        ],
        failure=failure_of(record, failure, hosts) if failure else None,
        resolutions=list(offered(record)),
        attempts=[_attempt(attempt) for attempt in attempts],
        decisions=[_decision(decision) for decision in decisions],
        stopped=record.choices.stopped,
        not_shown=not_shown,
    )


def _quickbooks_reference(record: Record, hosts: Hosts) -> QuickBooksReference | None:
    if not record.quickbooks_id:
        return None
    return QuickBooksReference(
        id=record.quickbooks_id,
        number=record.written.number if record.written else "",
        link=invoice_link(record.quickbooks_id, hosts.quickbooks),
    )


def _payment_status(record: Record) -> PaymentStatus:
    written = record.written
    currency = written.currency if written else ""
    return PaymentStatus(
        status=written.payment_status if written else "unknown",
        total=str(to_minor_unit(written.total, currency)) if written else "",
        balance=str(to_minor_unit(written.balance, currency)) if written else "",
        currency=currency,
        payments=[_payment(payment) for payment in record.payments],
        unread=record.payments_unread,
    )


def _payment(payment: PaymentState) -> HubSpotPayment:
    amount = payment.amount
    return HubSpotPayment(
        hubspot_id=payment.id,
        state=payment.state,
        amount="" if amount is None else str(to_minor_unit(amount, payment.currency)),
        currency=payment.currency,
        date=payment.paid_on.isoformat() if payment.paid_on else "",
        reason=payment.reason,
        quickbooks_id=payment.quickbooks_id,
    )


def _attempt(attempt: Attempt) -> SyncAttempt:
    return SyncAttempt(
        at=attempt.at,
        trigger=attempt.trigger,
        event=attempt.event,
        decided=attempt.decided,
        action=attempt.action,
        status=attempt.status,
        code=attempt.code,
        duration_ms=attempt.duration_ms,
        calls=_calls(attempt.calls),
        invoices=attempt.invoices,
        intuit_tid=attempt.intuit_tid,
    )


def _calls(calls: Mapping[str, int]) -> ServiceCalls | None:
    if not calls:
        return None
    return ServiceCalls(
        hubspot=calls.get("hubspot", 0),
        quickbooks=calls.get("quickbooks", 0),
        metered_reads=calls.get("meteredReads", 0),
    )


def _decision(decision: Decision) -> RecordedDecision:
    return RecordedDecision(
        at=decision.at,
        by=decision.by,
        resolution=decision.resolution,
        arguments=decision.arguments,
        code=decision.code,
    )
