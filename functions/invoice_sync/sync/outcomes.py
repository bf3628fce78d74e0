"""What an outcome does to the record, to its history and to the metrics."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from invoice_sync.failures.causes import cause_of
from invoice_sync.failures.waits import waits_on
from invoice_sync.model.base import cut
from invoice_sync.model.detail import ContactDetail
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import ServiceDateRequired
from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.money import countable
from invoice_sync.model.quickbooks import QuickBooksInvoice
from invoice_sync.model.record import Action, Attempt, Record, Summary
from invoice_sync.plan.balances import read_balances
from invoice_sync.plan.lines import earliest_billing_start
from invoice_sync.runtime import metrics
from invoice_sync.store.changes import Change, failing_code
from invoice_sync.store.seen import Versions
from invoice_sync.sync.batch import (
    Batch,
    Blocked,
    Failed,
    Outcome,
    Result,
    Skipped,
    Synced,
    Trouble,
    Waiting,
)
from invoice_sync.sync.trouble import LASTING, OWN_ERROR_AFTER, own_error

_LONGEST_REASON = 500
# What a failing invoice shows while a service cannot answer.
_PASSING = ("quickbooks_unavailable", "hubspot_unavailable", "rate_limited", "quickbooks_error")

_SETTLED = {
    "failure": None,
    "failing_since": None,
    "pending_since": None,
    "reason": "",
    "skip_kind": None,
    "waits": (),
    "cause": "",
}
_NO_LONGER_THERE = {"quickbooks": None, "quickbooks_total": None, "quickbooks_voided": False}


def next_record(result: Result, now: datetime, last_write: datetime | None = None) -> Record:
    """Return the record as the outcome leaves it, with the next version. `last_write`: when
    QuickBooks last took something of another invoice of the realm."""
    outcome, invoice = result.outcome, result.observation.invoice
    record = _seen(result, now)
    if isinstance(outcome, Skipped):
        return _skipped(record, outcome)
    if isinstance(outcome, Failed | Blocked):
        return _failing(record, outcome.failure, invoice, now)
    if isinstance(outcome, Waiting):
        return _pending(record, outcome.trouble, invoice, now, last_write)
    synced = _with(record, synced_at=now, choices=record.choices.carried_out())
    obstacle = outcome.payment_trouble
    if obstacle is None:
        return _with(synced, _SETTLED, status="synced")
    if isinstance(obstacle, Failure):
        return _failing(synced, obstacle, None, now)
    if synced.failure and synced.failure.code != "payment_not_recorded":
        # The invoice is in step, but a payment is not: its own failure is over.
        over = {"failure": None, "failing_since": None, "cause": ""}
        synced = _with(synced, over, status="pending")
    return _pending(synced, obstacle, None, now, last_write)


def _skipped(record: Record, outcome: Skipped) -> Record:
    """Return the record of a skipped invoice. Nobody owes it, but money that came in on an invoice
    that a person stopped did come in. A difference that only its balances show is dropped: nobody
    compares them any more."""
    payments = record.payments
    if not record.choices.stopped:
        nothing = {"missing": None, "refund": None}
        payments = tuple(state.model_copy(update=nothing) for state in payments)
    return _with(
        record,
        _SETTLED,
        status="skipped",
        reason=cut(outcome.reason, _LONGEST_REASON),
        skip_kind=outcome.kind,
        payments=payments,
        lowered=None,
    )


def _seen(result: Result, now: datetime) -> Record:
    outcome, invoice, record = result.outcome, result.observation.invoice, result.outcome.record
    changes: dict[str, Any] = {"version": record.version + 1, "updated_at": now}
    if invoice is not None:
        changes |= {
            "number": cut(invoice.number),
            "summary": _summary(invoice),
            "payments_unread": invoice.payments_unread,
        }
        if invoice.payments_unread:
            changes["lowered"] = None  # what payments would explain is not known
    posted = _posted(outcome, result)
    balances = read_balances(record.balances, invoice, posted, now)
    if isinstance(outcome, Failed) and outcome.failure.is_deletion:
        balances = balances.model_copy(update=_NO_LONGER_THERE)
    changes["balances"] = balances
    return record.model_copy(update=changes)


def _summary(invoice: Invoice) -> Summary:
    contact, company = invoice.contact, invoice.company
    return Summary(
        amount=countable(invoice.total, invoice.currency),
        currency=invoice.currency,
        invoice_date=invoice.invoice_date,
        due_date=invoice.due_date,
        customer=cut(contact.person_name) if contact else "",
        company=cut(company.name if company else contact.company_name if contact else ""),
    )


def _posted(outcome: Outcome, result: Result) -> QuickBooksInvoice | None:
    """Return the QuickBooks invoice as this look left or found it; None if it did neither."""
    existing = result.observation.existing
    if isinstance(outcome, Synced):
        read = existing is not None or outcome.action != "in step"
        return outcome.record.written if read else None
    return (outcome.posted if isinstance(outcome, Failed | Waiting) else None) or existing


def _failing(record: Record, failure: Failure, invoice: Invoice | None, now: datetime) -> Record:
    failure = _in_context(failure, invoice)
    return _with(
        record,
        _SETTLED,
        status="failing",
        failure=failure,
        failing_since=record.failing_since or now,
        waits=waits_on(failure, invoice),
        cause=cause_of(failure, invoice),
    )


def _pending(
    record: Record,
    trouble: Trouble,
    invoice: Invoice | None,
    now: datetime,
    last_write: datetime | None,
) -> Record:
    since = record.pending_since or now
    record = _with(record, pending_since=since)
    others_pass = last_write is not None and last_write >= since
    if trouble.fault and others_pass and now - since >= OWN_ERROR_AFTER:
        record = _with_own_error(record, own_error(trouble.fault), invoice)
    if record.status == "failing":
        return record  # it goes on failing, for a reason that a person should see
    if now - since < LASTING:
        return _with(record, status="pending")
    return _with(
        record,
        status="failing",
        failure=trouble.failure,
        failing_since=since,
        cause=cause_of(trouble.failure, invoice),
    )


def _with_own_error(record: Record, failure: Failure, invoice: Invoice | None) -> Record:
    """Return the record with QuickBooks' own error as its failure. It is tried again as before. A
    reason that a person should see stays."""
    if record.failure and record.failure.code not in _PASSING:
        return record
    return _with(
        record,
        status="failing",
        failure=failure,
        failing_since=record.failing_since or record.pending_since,
        cause=cause_of(failure, invoice),
    )


def seen_by(result: Result) -> Versions | None:
    """Return what a good look has read in HubSpot; None after any other look. A failing invoice is
    looked at for every hint, even one that tells nothing new. So is an invoice of which a payment
    was recorded: the next look reads what QuickBooks made of it."""
    outcome = result.outcome
    is_good = isinstance(outcome, Skipped) or (
        isinstance(outcome, Synced)
        and outcome.payment_trouble is None
        and _recorded(outcome.record) == _recorded(result.task.before)
    )
    return (result.observation.versions or None) if is_good else None


def _recorded(record: Record) -> set[str]:
    return {state.id for state in record.payments if state.state == "recorded"}


def wrote(outcome: Outcome) -> bool:
    """Tell whether QuickBooks took all that it was asked to write for an invoice."""
    return (
        isinstance(outcome, Synced)
        and outcome.action not in ("in step", "adopted")
        and outcome.payment_trouble is None
    )


def _with(record: Record, settled: dict[str, Any] | None = None, **changes: object) -> Record:
    return record.model_copy(update={**(settled or {}), **changes})


def _in_context(failure: Failure, invoice: Invoice | None) -> Failure:
    """Return the failure with what a person needs to decide and QuickBooks' fault does not say."""
    changes: dict[str, object] = {}
    if invoice and isinstance(failure.detail, ServiceDateRequired):
        changes = {"billing_start": earliest_billing_start(invoice)}
    elif invoice and invoice.contact and isinstance(failure.detail, ContactDetail):
        changes = {"contact_id": invoice.contact.id}
    return failure.model_copy(update={"detail": failure.detail.changed(**changes)})


def trouble_of(outcome: Outcome) -> Trouble | None:
    """Return what keeps the invoice, or one of its payments, from being synced now."""
    if isinstance(outcome, Waiting):
        return outcome.trouble
    obstacle = outcome.payment_trouble if isinstance(outcome, Synced | Failed) else None
    return obstacle if isinstance(obstacle, Trouble) else None


def attempt_of(
    batch: Batch, result: Result, after: Record, now: datetime, *, invoices: int
) -> Attempt | None:
    """Return the entry for the invoice's history; None when nothing worth telling happened.
    `invoices`: how many shared the batch."""
    before, hint = result.task.before, result.task.hint
    action, intuit_tid = _action(result.outcome)
    trouble = trouble_of(result.outcome)
    if isinstance(result.outcome, Waiting) and trouble and trouble.out_of_time:
        return None  # it has not had its turn
    if action in ("in step", "skipped") and before.status == after.status:
        return None
    if hint.trigger == "sweep" and failing_code(after) == failing_code(before) != "":
        return None  # it fails on: no news every hour
    return Attempt(
        at=now,
        trigger=hint.trigger,
        event=hint.event,
        decided=result.decided,
        action=action,
        status=after.status,
        code=after.failure.code if after.failure else "",
        duration_ms=int((now - batch.started) / timedelta(milliseconds=1)),
        calls={
            "hubspot": batch.hubspot.calls,
            "quickbooks": batch.quickbooks.calls,
            "meteredReads": batch.quickbooks.metered_reads,
        },
        invoices=invoices,
        intuit_tid=intuit_tid,
    )


def _action(outcome: Outcome) -> tuple[Action, str]:
    """Return what was done, for people, and the `intuit_tid` of the call that did it."""
    if isinstance(outcome, Failed | Blocked):
        return outcome.action, outcome.failure.intuit_tid
    if not isinstance(outcome, Synced):
        return outcome.action, ""
    obstacle = outcome.payment_trouble
    if outcome.action == "in step" and isinstance(obstacle, Failure):
        return "failed", obstacle.intuit_tid
    return outcome.action, outcome.intuit_tid


def measure(result: Result, change: Change, now: datetime) -> None:
    """Count what became of an invoice, once it is stored."""
    outcome, hint = result.outcome, result.task.hint
    if isinstance(outcome, Synced) and outcome.action not in ("in step", "adopted"):
        metrics.count(metrics.INVOICES_SYNCED)
        # Not for a click: the person knows when that was.
        if hint.trigger == "webhook":
            metrics.duration(metrics.SYNC_LATENCY, now - hint.received_at)
    code = failing_code(change.after)
    if code and code != failing_code(change.before):
        metrics.count(metrics.INVOICES_FAILED)
        if code == "unexpected":
            metrics.count(metrics.INVOICES_UNEXPECTED)
