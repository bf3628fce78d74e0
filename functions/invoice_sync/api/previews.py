"""What the API shows of a look that has not happened, and of a decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from invoice_sync.api.views import Preview, Resolution, ShownCandidate, shown_failure
from invoice_sync.plan.compare import differences
from invoice_sync.plan.plans import Create, Skip, Update, Void
from invoice_sync.preview.dry_run import Foreseen
from invoice_sync.quickbooks import render
from invoice_sync.resolve.candidates import Candidate
from invoice_sync.resolve.choices import Choice
from invoice_sync.sync.batch import Trouble


def preview(foreseen: Foreseen) -> Preview:
    desired, existing = foreseen.desired, foreseen.observation.existing
    new = desired.customer if desired and not desired.failures else None
    whole = {
        "invoiceId": foreseen.observation.record.invoice_id,
        "outcome": foreseen.outcome,
        "reason": _reason(foreseen),
        "payload": _payload(foreseen),
        "newCustomer": render.customer(new) if new else None,
        "differences": list(differences(desired.invoice, existing)) if desired and existing else [],
        "failures": [shown_failure(one, None) for one in foreseen.failures],
        "meteredReads": foreseen.metered_reads,
    }
    return Preview.model_validate(whole)


def resolution(
    name: str,
    choice: Choice | None,
    candidates: Sequence[Candidate],
    foreseen: Foreseen | None,
    *,
    affects: int,
    done: bool,
) -> Resolution:
    return Resolution(
        resolution=name,
        done=done,
        says=choice.words if choice else "",
        candidates=[
            ShownCandidate(id=one.id, name=one.name, about=one.about, reasons=list(one.reasons))
            for one in candidates
        ],
        preview=preview(foreseen) if foreseen else None,
        affects=affects,
    )


def _payload(foreseen: Foreseen) -> dict[str, Any] | None:
    decided, desired = foreseen.decided, foreseen.desired
    if isinstance(decided, Void):
        return {"Id": decided.quickbooks_id, "SyncToken": decided.sync_token}
    if desired is None or desired.failures:
        return None
    if isinstance(decided, Update):
        return render.invoice_update(desired.invoice, decided.quickbooks_id, decided.sync_token)
    if not isinstance(decided, Create):
        return None
    payload = render.invoice(desired.invoice)
    if desired.customer:
        del payload["CustomerRef"]  # known once the customer is created
    return payload


def _reason(foreseen: Foreseen) -> str:
    decided = foreseen.decided
    if isinstance(decided, Skip):
        return decided.reason
    if isinstance(decided, Trouble):
        return f"{decided.service} has to answer an earlier request first"
    return ""
