"""Resolutions: what we can do about a failure when a person clicks. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from invoice_sync.failures.entry import ResolutionName
from invoice_sync.failures.variants import entry
from invoice_sync.model.detail import ClashDetail, ContactDetail, Detail
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    CurrencyMismatch,
    InventoryQuantity,
    PaymentNotRecorded,
    ServiceDateRequired,
)
from invoice_sync.model.record import Record

# The payments of these are kept back only until somebody says so.
_CAN_BE_RECORDED = ("no_room", "removed")
_WITH_A_RATE = (CurrencyMismatch, PaymentNotRecorded)


@dataclass(frozen=True)
class Resolution:
    """What a person can have done with one click."""

    # The text of the button.
    label: str
    does: str
    # The argument that it needs.
    takes: Literal["", "customerId", "itemId"] = ""
    # It can also be kept as the connection's setting.
    always: bool = False


RESOLUTIONS: dict[ResolutionName, Resolution] = {
    "use_customer": Resolution(
        "Use this customer",
        "Invoices of this contact go to the chosen QuickBooks customer from now on, even if an"
        " email changes. Neither the contact nor the customer is changed.",
        takes="customerId",
    ),
    "create_customer": Resolution(
        "Create the customer",
        "A QuickBooks customer is created for this contact, whatever the settings say.",
    ),
    "move_to_customer": Resolution(
        "Move it to that customer",
        "The invoice moves to the QuickBooks customer of the contact that HubSpot names now. This"
        " is not done if it has payments.",
    ),
    "keep_customer": Resolution(
        "Keep its customer",
        "The invoice stays with its QuickBooks customer, although HubSpot names another contact.",
    ),
    "next_free_name": Resolution(
        "Create it with the next free name",
        "A QuickBooks customer is created for this contact with a number after its name, such as"
        ' "Acme (2)", or the next one that is free.',
    ),
    "sub_customer": Resolution(
        "Create it below that customer",
        "A QuickBooks customer is created for this contact, as a sub-customer of the chosen one.",
        takes="customerId",
    ),
    "use_item": Resolution(
        "Use this product",
        "Lines with this SKU or name get the chosen QuickBooks product or service, on all"
        " invoices.",
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
        "HubSpot's version replaces what was changed in QuickBooks. This is not done if the invoice"
        " was changed again since you looked, has payments, or is in a closed period.",
    ),
    "accept_quickbooks": Resolution(
        "Keep QuickBooks' version",
        "The invoice counts as in step although the two differ, until one of them changes again."
        " Nothing is changed in HubSpot.",
    ),
    "create_again": Resolution(
        "Create it again",
        "The invoice is created in QuickBooks again. If a voided one has its number, it gets the"
        " next free number.",
    ),
    "adopt": Resolution(
        "It is the same invoice",
        "The existing QuickBooks invoice is taken for this one and stays as it is. Customer,"
        " currency, total and date have to agree, and it must not belong to another HubSpot"
        " invoice.",
    ),
    "create_anyway": Resolution(
        "Create it anyway",
        "The existing QuickBooks invoice is another one; this one is created beside it.",
    ),
    "next_free_number": Resolution(
        "Take the next free number",
        'The invoice gets the number "INV-7-1" in QuickBooks, or the next one that is free. HubSpot'
        " keeps its own number, and no other document is renumbered.",
    ),
    "let_quickbooks_number": Resolution(
        "Let QuickBooks number it",
        "QuickBooks gives the invoice its next number. HubSpot keeps its own number.",
    ),
    "bring_in": Resolution(
        "Sync this one",
        "The invoice is synced from now on, though it is from before the connection began. First"
        " this app looks whether QuickBooks has it already, under another number.",
    ),
    "rate_is_one": Resolution(
        "The rate is 1",
        "On that day both currencies were worth the same: invoices and payments of that day are"
        " booked with the exchange rate 1.",
    ),
    "settle_payment": Resolution(
        "It is in the books",
        "The payment counts as recorded: QuickBooks has it already, or is not to have it. Nothing"
        " is changed in either system.",
    ),
    "record_payment": Resolution(
        "Record it anyway",
        "The payment is recorded in QuickBooks whatever is there. What does not fit on its invoices"
        " stays on the customer's account.",
    ),
    "stop_syncing": Resolution(
        "Stop syncing this invoice",
        "The invoice is left alone in both systems and counts as skipped, until somebody resumes"
        " syncing it.",
    ),
    "resume_syncing": Resolution(
        "Sync it again",
        "An invoice that somebody stopped is synced again.",
    ),
}


def resolutions(failure: Failure) -> tuple[ResolutionName, ...]:
    """Return what can be done about this very failure with one click."""
    return tuple(name for name in entry(failure).resolutions if _is_possible(name, failure.detail))


def offered(record: Record) -> tuple[ResolutionName, ...]:
    """Return what may be decided about the invoice now."""
    if record.choices.stopped:
        listed = any(state.missing for state in record.payments)
        return ("resume_syncing", "settle_payment") if listed else ("resume_syncing",)
    if record.status == "failing" and record.failure:
        return resolutions(record.failure)
    if record.status == "skipped" and record.skip_kind == "before_start":
        return ("bring_in",)
    # Whoever chose the wrong one must be able to choose again.
    return ("use_customer",) if record.status == "synced" else ()


def _is_possible(resolution: ResolutionName, detail: Detail) -> bool:
    """Tell whether the detail has the values that the resolution needs."""
    match resolution:
        case "service_date_from_billing_start":
            return isinstance(detail, ServiceDateRequired) and detail.billing_start is not None
        case "use_item":
            return not isinstance(detail, InventoryQuantity) or detail.item != ""
        case "adopt":
            # Only an invoice can be one of ours.
            return (
                isinstance(detail, ClashDetail)
                and detail.clash_type == "Invoice"
                and detail.clash_id != ""
            )
        case "rate_is_one":
            return detail.variant == "no_rate" if isinstance(detail, _WITH_A_RATE) else False
        case "settle_payment":
            return isinstance(detail, PaymentNotRecorded)
        case "record_payment":
            return isinstance(detail, PaymentNotRecorded) and detail.variant in _CAN_BE_RECORDED
        case "sub_customer":
            return isinstance(detail, ContactDetail) and bool(detail.customer_ids)
    return True
