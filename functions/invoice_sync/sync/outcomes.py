"""Load, plan, apply, record: one pass over a batch of hints, each stage in bulk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from invoice_sync.failures.causes import cause_of
from invoice_sync.failures.waits import waits_on
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    ContactDetail,
    Detail,
    HubSpotUnavailable,
    QuickBooksUnavailable,
    RateLimited,
    ServiceDateRequired,
)
from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.record import Attempt, Record
from invoice_sync.plan.lines import earliest_billing_start
from invoice_sync.plan.plans import Skip
from invoice_sync.runtime import metrics
from invoice_sync.store.store import Change, failing_code
from invoice_sync.sync.batch import Batch, Outcome, Synced, Task, Waiting

# Trouble that may pass is not counted as a failure before this.
TROUBLE_COUNTS_AFTER = timedelta(minutes=15)


def after_look(record: Record, invoice: Invoice | None, outcome: Outcome, now: datetime) -> Record:
    """The record as a look's outcome leaves it."""
    changes: dict[str, Any] = {"version": record.version + 1, "updated_at": now}
    if invoice is not None:
        changes |= {"number": invoice.number, "payments_unread": invoice.payments_unread}
    settled = {
        "failure": None,
        "failing_since": None,
        "pending_since": None,
        "reason": "",
        "waits": (),
        "cause": "",
    }
    if isinstance(outcome, Synced):
        choices = record.choices.carried_out()
        changes |= outcome.kept() | {"synced_at": now, "choices": choices}
        if outcome.trouble:
            return _with_trouble(record.model_copy(update=changes), outcome.trouble, record, now)
        changes |= settled | {"status": "synced"}
    elif isinstance(outcome, Skip):
        changes |= settled | {"status": "skipped", "reason": outcome.reason}
    elif isinstance(outcome, Failure):
        outcome = _in_context(outcome, invoice)
        changes |= settled | {
            "status": "failing",
            "failure": outcome,
            "failing_since": record.failing_since or now,
            "waits": waits_on(outcome, invoice),
            "cause": cause_of(outcome, invoice),
        }
    elif isinstance(outcome, Waiting):
        since = record.pending_since or now
        changes["pending_since"] = since
        if record.status == "failing":
            pass  # it fails for a reason that a person should see; that has not changed
        elif now - since >= TROUBLE_COUNTS_AFTER:
            trouble = Failure(detail=_lasting(outcome))
            changes |= {
                "status": "failing",
                "failure": trouble,
                "failing_since": since,
                "cause": cause_of(trouble, invoice),
            }
        else:
            changes["status"] = "pending"
    return record.model_copy(update=changes)


def _in_context(failure: Failure, invoice: Invoice | None) -> Failure:
    """With what a person needs to decide, and QuickBooks' fault does not say."""
    changes: dict[str, object] = {}
    if invoice and isinstance(failure.detail, ServiceDateRequired):
        changes = {"billing_start": earliest_billing_start(invoice)}
    elif invoice and invoice.contact and isinstance(failure.detail, ContactDetail):
        changes = {"contact_id": invoice.contact.id}
    return failure.model_copy(update={"detail": failure.detail.model_copy(update=changes)})


def _lasting(trouble: Waiting) -> Detail:
    """The failure that trouble counts as once it has lasted."""
    match trouble.code:
        case "rate_limited":
            return RateLimited(service=trouble.service)
        case "hubspot_unavailable":
            return HubSpotUnavailable()
    return QuickBooksUnavailable()


def _with_trouble(
    synced: Record, trouble: Failure | Waiting, before: Record, now: datetime
) -> Record:
    """The invoice is in step, a payment is not: what it failed for itself is over."""
    if (
        isinstance(trouble, Waiting)
        and before.failure
        and before.failure.code != "payment_not_recorded"
    ):
        over = {"status": "pending", "failure": None, "failing_since": None, "cause": ""}
        synced = synced.model_copy(update=over)
    return after_look(synced.model_copy(update={"version": before.version}), None, trouble, now)


def measure(job: Task, change: Change, now: datetime) -> None:
    if isinstance(job.outcome, Synced) and job.outcome.action not in (
        "in step",
        "adopted",
    ):
        metrics.count(metrics.INVOICES_SYNCED)
        # Whoever clicks knows when that was.
        if job.hint.trigger == "webhook":
            metrics.duration(metrics.SYNC_LATENCY, now - job.hint.received_at)
    code = failing_code(change.after)
    if code and code != failing_code(change.before):
        metrics.count(metrics.INVOICES_FAILED)
        if code == "unexpected":
            metrics.count(metrics.INVOICES_UNEXPECTED)


def attempt_of(
    this: Batch, job: Task, outcome: Outcome, after: Record, now: datetime
) -> Attempt | None:
    if isinstance(outcome, Synced):
        action, tid = outcome.action, outcome.intuit_tid
        if action == "in step" and isinstance(outcome.trouble, Failure):
            action, tid = "failed", outcome.trouble.intuit_tid
    elif isinstance(outcome, Failure):
        action, tid = "failed", outcome.intuit_tid
    else:
        action, tid = type(outcome).__name__.strip("_").lower(), ""
    if action in ("in step", "skip") and job.before.status == after.status:
        return None
    if job.hint.trigger == "sweep" and failing_code(after) == failing_code(job.before) != "":
        return None  # it fails on: no news every hour
    calls = {
        "hubspot": this.hubspot.calls,
        "quickbooks": this.quickbooks.calls,
        "meteredReads": this.quickbooks.metered_reads,
    }
    return Attempt(
        at=now,
        trigger=job.hint.trigger,
        event=job.hint.event,
        decided=job.decided,
        action=action,
        status=after.status,
        code=after.failure.code if after.failure else "",
        duration_ms=int((now - this.now) / timedelta(milliseconds=1)),
        calls=calls,
        invoices=len(this.jobs),
        intuit_tid=tid,
    )
