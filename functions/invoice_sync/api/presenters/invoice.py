"""The status of an invoice, as the API shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from invoice_sync.api.links import Hosts
from invoice_sync.api.presenters.failure import failure_of, known, offered_resolutions
from invoice_sync.api.schemas.invoice import (
    HubSpotPayment,
    InvoiceStanding,
    LeftOutValue,
    PaymentStatus,
    QuickBooksReference,
    RecordedDecision,
    ServiceCalls,
    SyncAttempt,
    SyncStatusAnswer,
)
from invoice_sync.failures.resolutions import offered
from invoice_sync.failures.variants import entry
from invoice_sync.model.limits import LENGTHS, EmailProblem
from invoice_sync.model.money import in_words, to_minor_unit
from invoice_sync.model.record import KEPT_AS_IT_IS, Attempt, Decision, PaymentState, Record
from invoice_sync.quickbooks.pages import invoice_link

_EMAIL_PROBLEMS: dict[EmailProblem, str] = {
    "too_long": f"The email address has more than the {LENGTHS['Email.Address']} characters that"
    " QuickBooks takes.",
    "several": "The email field has more than one address.",
    "not_an_address": "The email field has something that is no email address.",
    "refused": "QuickBooks refused the email address.",
}


def unknown(
    portal_id: str,
    invoice_id: str,
    queued: Mapping[str, datetime],
    *,
    may_act: bool,
    connected: bool,
) -> SyncStatusAnswer:
    """Say that nothing has been heard of an invoice."""
    return SyncStatusAnswer(
        **known(Record(portal_id=portal_id, invoice_id=invoice_id), queued),
        status="unknown",
        reason="",
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
        may_act=may_act,
        connected=connected,
    )


def standing(record: Record, queued: Mapping[str, datetime], *, heard_of: bool) -> InvoiceStanding:
    """Say in a line how an invoice stands."""
    failure = record.failure if record.status == "failing" else None
    return InvoiceStanding(
        **known(record, queued),
        status=record.status if heard_of else "unknown",
        failure_code=failure.code if failure else "",
        failure_title=entry(failure).title if failure else "",
        since=record.failing_since,
    )


def sync_status(
    record: Record,
    attempts: Sequence[Attempt],
    decisions: Sequence[Decision],
    queued: Mapping[str, datetime],
    hosts: Hosts,
    not_shown: str,
    *,
    may_act: bool,
    connected: bool,
) -> SyncStatusAnswer:
    """`queued`: since when invoices wait for the look that somebody asked for, by id. `not_shown`
    says why HubSpot's own invoice does not show the status. `may_act`: whether the user who asks
    may decide and retry. `connected`: whether both systems are."""
    failure = record.failure
    return SyncStatusAnswer(
        **known(record, queued),
        status=record.status,
        reason=record.reason or (KEPT_AS_IT_IS if record.accepted and not failure else ""),
        synced_at=record.synced_at,
        quickbooks=_quickbooks_reference(record, hosts),
        payment=_payment_status(record),
        left_out=[
            LeftOutValue(field=each.field, reason=_EMAIL_PROBLEMS[each.problem])
            for each in record.left_out
        ],
        failure=failure_of(record, failure, hosts) if failure else None,
        resolutions=offered_resolutions(offered(record)),
        attempts=[_attempt(attempt) for attempt in attempts],
        decisions=[_decision(decision) for decision in decisions],
        stopped=record.choices.stopped,
        not_shown=not_shown,
        may_act=may_act,
        connected=connected,
    )


def _quickbooks_reference(record: Record, hosts: Hosts) -> QuickBooksReference | None:
    if not record.quickbooks_id or record.is_gone:
        return None
    return QuickBooksReference(
        id=record.quickbooks_id,
        number=record.written.number if record.written else "",
        link=invoice_link(record.quickbooks_id, hosts.quickbooks),
    )


def _payment_status(record: Record) -> PaymentStatus:
    balances, written = record.balances, record.written
    return PaymentStatus(
        status=balances.payment_status,
        total=_money(balances.quickbooks_total, balances.currency),
        balance=_money(balances.quickbooks, balances.currency),
        currency=balances.currency if balances.quickbooks is not None else "",
        quickbooks_read_at=balances.quickbooks_at,
        hubspot_balance=_money(balances.hubspot, balances.currency),
        hubspot_read_at=balances.hubspot_at,
        difference=_difference(record),
        exchange_rate=_plain(written.exchange_rate) if written else None,
        home_total=_plain(written.home_total) if written else None,
        payments=[_payment(payment) for payment in record.payments],
        unread=record.payments_unread,
    )


def _difference(record: Record) -> str:
    hubspot, quickbooks = record.balances.hubspot, record.balances.quickbooks
    if hubspot is None or quickbooks is None or hubspot == quickbooks:
        return ""
    currency = record.balances.currency
    amount = f"{in_words(abs(hubspot - quickbooks), currency)} {currency}".strip()
    if hubspot > quickbooks:
        return (
            f"QuickBooks says that {amount} less is owed than HubSpot does: a payment or credit"
            " there, or a refund in HubSpot."
        )
    if record.lowered:
        return (
            f"HubSpot says that {amount} less is owed than QuickBooks does, and no payment says"
            " why: a credit memo, or an invoice that was marked as paid. Enter it in QuickBooks."
        )
    return f"HubSpot says that {amount} less is owed than QuickBooks does: see the payments."


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def _payment(payment: PaymentState) -> HubSpotPayment:
    is_recorded = payment.state == "recorded"
    applied = payment.amount if payment.applied is None else payment.applied
    return HubSpotPayment(
        hubspot_id=payment.id,
        state=payment.state,
        amount=_money(payment.amount, payment.currency),
        applied=_money(applied, payment.currency) if is_recorded else "",
        currency=payment.currency,
        date=payment.paid_on.isoformat() if payment.paid_on else "",
        reason=payment.reason,
        quickbooks_id=payment.quickbooks_id,
    )


def _money(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else str(to_minor_unit(amount, currency))


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
