"""The failure catalogue: what each code means, what a person does about it, what we can do.

The titles of the first five are the words that HubSpot's own sync shows, so that people find
what they know (HubSpot Knowledge Base, "Troubleshoot the QuickBooks Online data sync
integration", 2025-09-10; the titles of modified_outside_hubspot and duplicate_document_number
could only be checked in translation).

`text` of explanation and remedy may name values of the failure's `detail` in braces.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from invoice_sync.failures.variants import entry
from invoice_sync.model.failure import Failure


def total_mismatch(
    hubspot: Decimal | None, quickbooks: Decimal, currency: str, *, stays: bool = False
) -> Failure:
    """`stays`: the QuickBooks invoice has that total and could not be taken back."""
    outcome = "It has that total now." if stays else "Nothing was posted."
    detail = {
        "hubspot": "an unknown total" if hubspot is None else str(hubspot),
        "currency": currency,
        "quickbooks": str(quickbooks),
        "outcome": outcome,
    }
    return Failure(code="total_mismatch", detail=detail)


def explain(failure: Failure) -> str:
    """The explanation with this failure's own values."""
    return _filled(entry(failure).explanation, failure)


def fixed_by(failure: Failure) -> str:
    """Who can do something about it."""
    return _filled(entry(failure).fixed_by, failure)


def remedy(failure: Failure) -> dict[str, list[str]]:
    """What a person does about it, by product."""
    found = entry(failure)
    return {
        "hubspot": [_filled(step, failure) for step in found.in_hubspot],
        "quickbooks": [_filled(step, failure) for step in found.in_quickbooks],
    }


def _filled(text: str, failure: Failure) -> str:
    # A value that a failure lacks must not keep the rest from being shown.
    return text.format_map(defaultdict(lambda: "?", {"message": failure.message, **failure.detail}))
