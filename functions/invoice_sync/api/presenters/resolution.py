"""Previews and decisions, as the API shows them.

It imports the stages of the sync, and is itself imported only when a route needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoice_sync.api.presenters.failure import differences, explained
from invoice_sync.api.schemas.resolution import (
    CandidatesAnswer,
    PreviewAnswer,
    RankedCandidate,
    ResolutionAnswer,
)
from invoice_sync.model.record import Skip
from invoice_sync.plan.compare import differences_between
from invoice_sync.plan.desired import Desired
from invoice_sync.plan.plans import Create, Update, Void
from invoice_sync.preview.dry_run import Foreseen
from invoice_sync.quickbooks import render
from invoice_sync.resolve.candidates import Candidate
from invoice_sync.resolve.resolver import Considered, Decided
from invoice_sync.resolve.search import Found
from invoice_sync.sync.batch import Trouble


def preview(foreseen: Foreseen) -> PreviewAnswer:
    desired, existing = foreseen.desired, foreseen.observation.existing
    new_customer = desired.customer if desired and not desired.failures else None
    customers = foreseen.observation.quickbooks.known_customers
    fields = (
        differences_between(desired.invoice, existing, customers) if desired and existing else ()
    )
    return PreviewAnswer.model_validate(
        {
            "invoiceId": foreseen.observation.record.invoice_id,
            "outcome": foreseen.outcome,
            "reason": _reason(foreseen),
            "customer": _customer(desired, customers),
            "payload": _payload(foreseen),
            "newCustomer": render.customer(new_customer) if new_customer else None,
            "differences": differences(fields),
            "failures": [explained(failure) for failure in foreseen.failures],
            "meteredReads": foreseen.metered_reads,
        }
    )


def considered(resolution: str, outcome: Considered) -> ResolutionAnswer:
    """Say what a decision would come to, or which values its missing argument may have."""
    return ResolutionAnswer(
        resolution=resolution,
        done=False,
        says=outcome.choice.words if outcome.choice else "",
        candidates=[_candidate(candidate) for candidate in outcome.candidates],
        preview=preview(outcome.foreseen) if outcome.foreseen else None,
        affects=outcome.affects,
    )


def decided(resolution: str, outcome: Decided) -> ResolutionAnswer:
    """Say what has been decided."""
    return ResolutionAnswer(
        resolution=resolution,
        done=True,
        says=outcome.choice.words,
        candidates=[],
        preview=None,
        affects=outcome.affects,
    )


def found(result: Found) -> CandidatesAnswer:
    """Show what a search found."""
    return CandidatesAnswer(
        candidates=[_candidate(candidate) for candidate in result.candidates],
        metered_reads=result.metered_reads,
    )


def _candidate(candidate: Candidate) -> RankedCandidate:
    return RankedCandidate(
        id=candidate.id,
        name=candidate.name,
        about=candidate.about,
        reasons=list(candidate.reasons),
    )


def _customer(desired: Desired | None, names: Mapping[str, str]) -> str:
    if desired is None:
        return ""
    if desired.customer:
        return desired.customer.display_name
    return names.get(desired.invoice.customer_id, "")


def _payload(foreseen: Foreseen) -> dict[str, Any] | None:
    plan, desired = foreseen.decided, foreseen.desired
    if isinstance(plan, Void):
        return {"Id": plan.quickbooks_id, "SyncToken": plan.sync_token}
    if desired is None or desired.failures:
        return None
    if isinstance(plan, Update):
        return render.invoice_update(desired.invoice, plan.existing, plan.changes)
    if not isinstance(plan, Create):
        return None
    payload = render.invoice(desired.invoice)
    if desired.customer:
        del payload["CustomerRef"]  # known once the customer is created
    return payload


def _reason(foreseen: Foreseen) -> str:
    plan = foreseen.decided
    if isinstance(plan, Skip):
        return plan.reason
    if isinstance(plan, Trouble):
        return f"{plan.service} has to answer an earlier request first"
    return ""
