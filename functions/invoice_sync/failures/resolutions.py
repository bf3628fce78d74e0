"""The failure catalogue: what each code means, what a person does about it, what we can do.

The titles of the first five are the words that HubSpot's own sync shows, so that people find
what they know (HubSpot Knowledge Base, "Troubleshoot the QuickBooks Online data sync
integration", 2025-09-10; the titles of modified_outside_hubspot and duplicate_document_number
could only be checked in translation).

`text` of explanation and remedy may name values of the failure's `detail` in braces.
"""

from __future__ import annotations

from dataclasses import dataclass

from invoice_sync.failures.variants import entry
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    ClashDetail,
    ContactDetail,
    Detail,
    ServiceDateRequired,
)


@dataclass(frozen=True)
class Resolution:
    """What a person can have done with one click. `label`: of the button. `takes`: the argument
    that it needs; `always`: it can also be kept as the connection's setting."""

    label: str
    does: str
    takes: str = ""
    always: bool = False


RESOLUTIONS: dict[str, Resolution] = {
    "use_customer": Resolution(
        "Use this customer",
        "Invoices of the contact go to the chosen QuickBooks customer, now and from now on, also"
        " when an e-mail changes. Neither the contact nor the customer is changed.",
        takes="customerId",
    ),
    "create_customer": Resolution(
        "Create the customer",
        "A QuickBooks customer is created for this contact, whatever the setting says.",
    ),
    "next_free_name": Resolution(
        "Create it with the next free name",
        'A QuickBooks customer is created for this contact, called "Name (2)" or the next number'
        " that is free.",
    ),
    "sub_customer": Resolution(
        "Create it below that customer",
        "A QuickBooks customer is created for this contact as a sub-customer of the chosen one.",
        takes="customerId",
    ),
    "use_item": Resolution(
        "Use this product",
        "Lines of that SKU or name get the chosen QuickBooks product or service, on all invoices.",
        takes="itemId",
    ),
    "service_date_from_billing_start": Resolution(
        "Take the billing start",
        "Lines without a billing start get the earliest billing start of the invoice's lines as"
        " their service date.",
        always=True,
    ),
    "service_date_from_invoice_date": Resolution(
        "Take the invoice date",
        "Lines without a billing start get the invoice's date as their service date.",
        always=True,
    ),
    "reapply_hubspot": Resolution(
        "Write HubSpot's version again",
        "What was changed in QuickBooks is written over with what HubSpot says. Not done when it"
        " was changed again since you looked, has payments, or lies in a closed period.",
    ),
    "accept_quickbooks": Resolution(
        "Keep QuickBooks' version",
        "The invoice counts as in step although the two differ, until one of them changes again."
        " Nothing is changed in HubSpot.",
    ),
    "create_again": Resolution(
        "Create it again",
        "The invoice is created in QuickBooks once more. Where the voided one keeps the number, it"
        " gets the next free one.",
    ),
    "adopt": Resolution(
        "It is the same invoice",
        "The QuickBooks invoice that is there is taken for this one, and stays as it is. Only if"
        " customer, currency, total and date agree and it belongs to no other HubSpot invoice.",
    ),
    "create_anyway": Resolution(
        "Create it anyway",
        "It is another invoice than the one that is there, and is created beside it.",
    ),
    "next_free_number": Resolution(
        "Take the next free number",
        'The invoice is called "INV-7-1" in QuickBooks, or the next number that is free. HubSpot'
        " keeps its own, and no other document is renumbered.",
    ),
    "let_quickbooks_number": Resolution(
        "Let QuickBooks number it",
        "QuickBooks gives the invoice its next number. HubSpot keeps its own.",
    ),
    "stop_syncing": Resolution(
        "Stop syncing this invoice",
        "The invoice is left alone in both systems and counts as skipped, until somebody resumes.",
    ),
    "resume_syncing": Resolution(
        "Sync it again",
        "An invoice that somebody stopped is looked at again.",
    ),
}


def resolutions(failure: Failure) -> tuple[str, ...]:
    """Return what can be done about this very failure with one click."""
    return tuple(name for name in entry(failure).resolutions if _is_possible(name, failure.detail))


def _is_possible(resolution: str, detail: Detail) -> bool:
    """Whether the detail has the values that the resolution needs."""
    match resolution:
        case "service_date_from_billing_start":
            return isinstance(detail, ServiceDateRequired) and detail.billing_start is not None
        case "adopt":
            # Only an invoice can be one of ours.
            return (
                isinstance(detail, ClashDetail)
                and detail.clash_type == "Invoice"
                and detail.clash_id != ""
            )
        case "sub_customer":
            return isinstance(detail, ContactDetail) and bool(detail.customer_ids)
    return True
