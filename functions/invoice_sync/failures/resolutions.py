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

# Payments with these problems are recorded once a person says so.
_CAN_BE_RECORDED = ("no_room", "removed")
_OF_ALL_INVOICES = ("subscription_lapsed", "reconnect_required")
_WITH_A_RATE = (CurrencyMismatch, PaymentNotRecorded)


@dataclass(frozen=True)
class Resolution:
    """What a person can have done with one click."""

    # The text of the button: two to five words.
    label: str
    # What one click does, in the future tense: it is read before the click.
    sentence: str
    # The argument that it needs.
    argument: Literal["", "customerId", "itemId"] = ""
    # It can also be kept as the connection's setting.
    always: bool = False


RESOLUTIONS: dict[ResolutionName, Resolution] = {
    "use_customer": Resolution(
        "Choose a customer",
        "This invoice, and all invoices of its contact from now on, will go to the QuickBooks"
        " customer that you choose, even if an email changes. Neither the contact nor the customer"
        " will be changed.",
        argument="customerId",
    ),
    "create_customer": Resolution(
        "Create the customer",
        "A new customer will be created in QuickBooks for this contact, even if the settings say"
        " that this app creates none.",
    ),
    "move_to_customer": Resolution(
        "Move to the new customer",
        "The invoice will be moved to the QuickBooks customer of the contact that HubSpot names"
        " now, unless it has payments.",
    ),
    "keep_customer": Resolution(
        "Keep the customer",
        "The invoice will stay with its QuickBooks customer, although HubSpot names a different"
        " contact.",
    ),
    "next_free_name": Resolution(
        "Use the next free name",
        "A new customer will be created in QuickBooks with a number after its name, such as"
        ' "Acme (2)", or the next one that is free.',
    ),
    "sub_customer": Resolution(
        "Create a sub-customer",
        "A new customer will be created in QuickBooks for this contact, below the customer that you"
        " choose.",
        argument="customerId",
    ),
    "use_item": Resolution(
        "Choose a product",
        "Lines with this SKU or name will use the QuickBooks product or service that you choose, on"
        " all invoices.",
        argument="itemId",
    ),
    "service_date_from_billing_start": Resolution(
        "Use the billing start date",
        "The earliest billing start date of the invoice's lines will be the service date of the"
        " lines that have none.",
        always=True,
    ),
    "service_date_from_invoice_date": Resolution(
        "Use the invoice date",
        "The invoice date will be the service date of the lines that have no billing start date.",
        always=True,
    ),
    "reapply_hubspot": Resolution(
        "Restore HubSpot's version",
        "HubSpot's version will replace the invoice in QuickBooks, unless it was changed again"
        " since you looked, has payments, or is in a closed period.",
    ),
    "accept_quickbooks": Resolution(
        "Keep QuickBooks' version",
        "Both invoices will stay as they are and will count as in sync, until one of them is"
        " changed again.",
    ),
    "create_again": Resolution(
        "Create it again",
        "The invoice will be created in QuickBooks again. If a voided invoice has its number, it"
        " will get the next free number.",
    ),
    "adopt": Resolution(
        "It's the same invoice",
        "The invoice that is in QuickBooks already will be used for this one and will not be"
        " changed. Its customer, currency, total and date must be the same, and it must not belong"
        " to a different HubSpot invoice.",
    ),
    "create_anyway": Resolution(
        "Create it anyway",
        "The invoice will be created in QuickBooks, even if one like it is there.",
    ),
    "next_free_number": Resolution(
        "Use the next free number",
        "The invoice will get a number with a suffix in QuickBooks, such as INV-7-1, or the next"
        " one that is free. HubSpot will keep its own number, and no other document will be"
        " renumbered.",
    ),
    "let_quickbooks_number": Resolution(
        "Let QuickBooks number it",
        "QuickBooks will give the invoice its next number. HubSpot will keep its own number.",
    ),
    "bring_in": Resolution(
        "Sync this invoice",
        "The invoice will be synced from now on, although it is older than this connection. This"
        " app will first check whether QuickBooks has it already, under a different number.",
    ),
    "rate_is_one": Resolution(
        "Use the rate 1",
        "On that day both currencies were worth the same. Invoices and payments of that day will be"
        " booked with the exchange rate 1.",
    ),
    "settle_payment": Resolution(
        "Mark payment as recorded",
        "The payment will count as recorded, because QuickBooks has it already or should not have"
        " it. Nothing will be changed in HubSpot or QuickBooks.",
    ),
    "record_payment": Resolution(
        "Record the payment anyway",
        "The payment will be recorded in QuickBooks, whatever is there. What its invoices no longer"
        " owe will stay on the customer's account as a credit.",
    ),
    "stop_syncing": Resolution(
        "Stop syncing this invoice",
        "The invoice will be left alone in both systems and will count as skipped, until a person"
        " resumes syncing it.",
    ),
    "resume_syncing": Resolution(
        "Sync it again",
        "The invoice will be synced again, with what both systems have by then.",
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
        return _with_stop(record.failure)
    if record.status == "skipped" and record.skip_kind == "before_start":
        return ("bring_in",)
    # Whoever chose the wrong one must be able to choose again.
    return ("use_customer", "stop_syncing") if record.status == "synced" else ()


def _with_stop(failure: Failure) -> tuple[ResolutionName, ...]:
    """Return what is offered, with stopping the sync unless the trouble is not the invoice's
    own."""
    offers = resolutions(failure)
    is_own = not entry(failure).retried and failure.code not in _OF_ALL_INVOICES
    return (*offers, "stop_syncing") if is_own and "stop_syncing" not in offers else offers


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
