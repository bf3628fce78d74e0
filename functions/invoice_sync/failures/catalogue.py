"""The failure catalogue: what each code means, what a person does about it, what we can do. Pure.

The titles of the first five are the words that HubSpot's own sync shows, so that people find
what they know (HubSpot Knowledge Base, "Troubleshoot the QuickBooks Online data sync
integration", 2025-09-10; the titles of modified_outside_hubspot and duplicate_document_number
could only be checked in translation).

A text may name fields of the detail of its code in braces (`model/failure_details.py`), and
`{message}`, what the service said. `{reason}` is the one of `reasons` that the failure's variant
tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ResolutionName = Literal[
    "use_customer",
    "create_customer",
    "next_free_name",
    "sub_customer",
    "use_item",
    "service_date_from_billing_start",
    "service_date_from_invoice_date",
    "reapply_hubspot",
    "accept_quickbooks",
    "create_again",
    "adopt",
    "create_anyway",
    "next_free_number",
    "let_quickbooks_number",
    "bring_in",
    "settle_payment",
    "record_payment",
    "stop_syncing",
    "resume_syncing",
]


@dataclass(frozen=True)
class Entry:
    """What people read about a failure."""

    title: str
    explanation: str = "{reason}"
    # By variant.
    reasons: Mapping[str, str] = field(default_factory=dict)
    # What a person does about it in each product, step by step.
    in_hubspot: tuple[str, ...] = ()
    in_quickbooks: tuple[str, ...] = ()
    fixed_by: str = "Anyone who can edit the record"
    heals_when: str = ""
    # What we can do about it when a person clicks.
    resolutions: tuple[ResolutionName, ...] = ()
    # The system keeps trying: nobody need do anything.
    retried: bool = False


_INVOICE_OR_SETTING = "Anyone who can edit the invoice; a QuickBooks administrator for the setting"
_CAME_IN = "A payment of {amount} {currency} of {paid_on} is in no book: "
_NOT_RECORDED = "The payment of {amount} {currency} of {paid_on} is not: "

CATALOGUE: dict[str, Entry] = {
    "customer_not_found": Entry(
        title="An invoice should have an associated customer. Make sure the associated customer"
        " is present in both HubSpot & QuickBooks Online to sync this invoice",
        reasons={
            "no_email": "The invoice's contact has no email.",
            "no_match": "No QuickBooks customer has the email of the invoice's contact.",
        },
        in_hubspot=(
            "Associate the invoice with the contact whose email the QuickBooks customer has,"
            " or correct the contact's email.",
        ),
        in_quickbooks=("Give the customer the email of the HubSpot contact.",),
        heals_when="The contact's email or the invoice's contact changes, or a QuickBooks"
        " customer with that email appears.",
        resolutions=("use_customer", "create_customer"),
    ),
    "duplicate_display_name": Entry(
        title="The display name is a duplicate",
        explanation="QuickBooks already has a customer, vendor or employee named {name}, with"
        " another email. It takes each name only once, so the new customer cannot be created.",
        in_hubspot=("Use the contact that belongs to the existing customer.",),
        in_quickbooks=(
            "If it is the same customer, give it the email of the HubSpot contact.",
            "Otherwise rename one of the two.",
        ),
        heals_when="The customer, vendor or employee with that name is renamed, merged or made"
        " inactive, or gets the contact's email; or the invoice gets another contact.",
        resolutions=("use_customer", "next_free_name", "sub_customer"),
    ),
    "service_date_required": Entry(
        title="Business Validation Error: Enter a service date for the revenue recognition line"
        " item",
        explanation="A product on this invoice has a revenue recognition schedule in QuickBooks,"
        " and such a line needs a service date.",
        in_hubspot=("Give the line items a billing start date.",),
        in_quickbooks=(
            "Remove the revenue recognition schedule from the product, or turn revenue recognition"
            " off.",
        ),
        fixed_by=_INVOICE_OR_SETTING,
        heals_when="The line items change, or the product or the setting in QuickBooks does.",
        resolutions=("service_date_from_billing_start", "service_date_from_invoice_date"),
    ),
    "modified_outside_hubspot": Entry(
        title="The invoice was modified outside of HubSpot",
        reasons={"edited": "Somebody changed the invoice in QuickBooks after this app wrote it."},
        in_hubspot=("Make the same change to the invoice in HubSpot.",),
        in_quickbooks=("Undo the change to the invoice in QuickBooks.",),
        heals_when="The change in QuickBooks is undone, or HubSpot's invoice says the same.",
        resolutions=("reapply_hubspot", "accept_quickbooks", "stop_syncing"),
    ),
    "duplicate_document_number": Entry(
        title="Duplicate Document Number Error: You must specify a different number. This number"
        " has already been used.",
        reasons={
            "document": "In QuickBooks the number {number} already belongs to the {clash_type} with"
            " id {clash_id}.",
            "planned": "The number {number} already belongs to another invoice of this HubSpot"
            " account.",
            "unnamed": "In QuickBooks the number of this invoice already belongs to another"
            " document.",
        },
        in_hubspot=("Give the invoice another number.",),
        in_quickbooks=(
            "Give the other document another number. If it is this very invoice, it can be"
            " adopted.",
        ),
        heals_when="The other document is renumbered or deleted (noticed at once for an invoice or"
        " a credit memo, within the hour for others), or the invoice gets another number.",
        resolutions=("adopt", "next_free_number", "let_quickbooks_number"),
    ),
    "possible_duplicate": Entry(
        title="The invoice may be in QuickBooks already",
        explanation="QuickBooks already has the invoice with id {clash_id} and number"
        " {clash_number} for the same customer, date and total. For an invoice that a backfill or a"
        " person brings in, this app does not create a second one by itself.",
        in_hubspot=("If they are two invoices, retry this one: it is then created.",),
        in_quickbooks=(
            "If they are one invoice, give it the number that it has in HubSpot, and run the"
            " backfill again: it is then adopted.",
        ),
        heals_when="Somebody decides, retries the invoice, or runs the backfill again after the"
        " QuickBooks invoice has changed.",
        resolutions=("adopt", "create_anyway"),
    ),
    "opening_unknown": Entry(
        title="HubSpot does not say when the invoice became open",
        explanation="The invoice was made before this connection began and is {invoice_status} now."
        " HubSpot's history of its status does not tell since when, so this app cannot tell whether"
        " it is one of the old invoices, which it leaves alone.",
        in_hubspot=(
            "Look at the history of the invoice's status, and decide whether it belongs in"
            " QuickBooks.",
        ),
        heals_when="Somebody decides, or HubSpot shows the history again.",
        resolutions=("bring_in", "stop_syncing"),
    ),
    "item_not_found": Entry(
        title="A line item has no matching product in QuickBooks",
        explanation="No active QuickBooks product or service matches {item} by SKU or by name, and"
        " no fallback item is set.",
        in_hubspot=("Give the line item the SKU or the name of a QuickBooks product.",),
        in_quickbooks=(
            "Create or reactivate a product or service with that SKU or name.",
            "Or choose a fallback item in this app's settings.",
        ),
        heals_when="The line items or the settings change, or such a product appears.",
        resolutions=("use_item",),
    ),
    "reference_inactive": Entry(
        title="Something the invoice uses is inactive in QuickBooks",
        explanation="QuickBooks refuses the customer or a product of this invoice because it is"
        " inactive or deleted.",
        in_hubspot=("Use a contact and products that are active in QuickBooks.",),
        in_quickbooks=("Or make the customer and the products of this invoice active again.",),
        heals_when="The customer or product is active again, or the invoice changes.",
        resolutions=("use_customer",),
    ),
    "closed_period": Entry(
        title="The accounting period is closed",
        explanation="The invoice's date is in a period that is closed in QuickBooks. This app never"
        " writes to a closed period.",
        in_hubspot=("Date the invoice in an open period.",),
        in_quickbooks=("Reopen the period, or enter the invoice there by hand.",),
        fixed_by="An accountant",
        heals_when="The invoice's date changes, or the period is reopened.",
    ),
    "currency_mismatch": Entry(
        title="The currency does not fit",
        reasons={
            "home_currency": "The invoice is in {currency}, but QuickBooks keeps its books in"
            " {home_currency} only.",
            "namesake": "The invoice is in {currency}, its contact's QuickBooks customer in"
            " {customer_currency}.",
            "thousandths": "The invoice has amounts in thousandths of {currency}, but QuickBooks"
            " has no smaller amounts than hundredths.",
            "refused": "{message}",
        },
        in_hubspot=("Use a contact whose QuickBooks customer has the invoice's currency.",),
        in_quickbooks=(
            "Turn on multicurrency, which cannot be undone, and add a customer in the invoice's"
            " currency.",
        ),
        fixed_by=_INVOICE_OR_SETTING,
        heals_when="The invoice or its contact changes, or the QuickBooks setting does.",
    ),
    "total_mismatch": Entry(
        title="The total would differ",
        reasons={
            "prevented": "HubSpot bills {hubspot_total} {currency}, but the QuickBooks invoice"
            " would come to {quickbooks_total}. Nothing was posted.",
            "posted": "HubSpot bills {hubspot_total} {currency}, but the QuickBooks invoice comes"
            " to {quickbooks_total}. It has that total now.",
            "unknown": "HubSpot gives no total, and the QuickBooks invoice would come to"
            " {quickbooks_total} {currency}. Nothing was posted.",
        },
        in_hubspot=("Check the invoice's line items, discounts, fees and taxes.",),
        in_quickbooks=("Check the tax and discount settings.",),
        fixed_by="Anyone who can edit the invoice; an accountant for the settings",
        heals_when="The invoice or QuickBooks' settings change.",
    ),
    "document_number_too_long": Entry(
        title="The invoice number is too long for QuickBooks",
        explanation="{number} has {length} characters; QuickBooks takes at most 21.",
        in_hubspot=("Give the invoice a number of at most 21 characters.",),
        heals_when="The invoice's number changes.",
        resolutions=("let_quickbooks_number",),
    ),
    "tax_code_missing": Entry(
        title="The tax cannot be written",
        reasons={
            "sales_tax_off": "The invoice has tax, but sales tax is off in QuickBooks.",
            "tax_unmapped": "No QuickBooks tax code is chosen for {tax}.",
            "untaxed_unmapped": "The invoice has lines without tax, and no QuickBooks tax code is"
            " chosen for them.",
            "several_on_invoice": "QuickBooks takes one tax code for an invoice, but this one has"
            " taxes of several: {taxes}. Choose one code for them, such as a combined rate.",
            "several_on_line": "QuickBooks takes one tax code for a line, but this invoice has"
            " taxes of several: {taxes}. Choose one code for them, such as a combined rate.",
            "line_and_invoice": "The line {line} has a tax of its own, and the invoice has another."
            " QuickBooks takes one tax code for a line.",
            "code_inactive": "Tax code {tax_code_id} of this app's settings, or a rate of it, is"
            " missing or inactive in QuickBooks.",
            "tax_on_tax": "Tax code {tax_code_id} has a tax on tax, which this app does not write.",
            "refused": "{message}",
        },
        in_hubspot=("Remove the tax from the invoice, if it should have none.",),
        in_quickbooks=("Set up sales tax, and choose a tax code in this app's settings.",),
        fixed_by="A QuickBooks administrator",
        heals_when="The invoice's taxes change, or the settings do: sales tax on or off is noticed"
        " at once, new rates of a tax code within a day or at a retry.",
    ),
    "payment_not_recorded": Entry(
        title="A payment could not be recorded in QuickBooks",
        explanation="The invoice itself is in QuickBooks. {reason}",
        reasons={
            "closed_period": _NOT_RECORDED
            + "its date is in a period that is closed in QuickBooks.",
            "reference_inactive": _NOT_RECORDED
            + "QuickBooks does not know the deposit account or the customer, or they are inactive.",
            "subscription_lapsed": _NOT_RECORDED + "the QuickBooks subscription has lapsed.",
            "refused": _NOT_RECORDED + "{message}",
            "no_room": _CAME_IN + "{why}",
            "voided": _CAME_IN + "{why}",
            "removed": _CAME_IN + "{why}",
            "other_invoice": _CAME_IN + "{why}",
            "other_customer": _CAME_IN + "{why}",
            "unclear": _CAME_IN + "{why}",
        },
        in_hubspot=("Check the deposit account in this app's settings.",),
        in_quickbooks=("Correct what is named above, or record the payment there by hand.",),
        fixed_by="An accountant",
        heals_when="QuickBooks takes the payment at the next try, or already has it; or somebody"
        " says that it is there.",
        resolutions=("settle_payment", "record_payment", "stop_syncing"),
    ),
    "subscription_lapsed": Entry(
        title="The QuickBooks subscription has lapsed",
        explanation="QuickBooks takes no new data: the trial or the subscription has ended, or"
        " there is a billing problem.",
        in_quickbooks=("Renew the subscription.",),
        fixed_by="The QuickBooks administrator who pays the subscription",
        heals_when="The subscription is active again: noticed within the hour, or at a retry.",
    ),
    "reconnect_required": Entry(
        title="The connection must be renewed",
        explanation="{service} no longer accepts this app's access.",
        in_hubspot=(
            "Open this app's connect page and give access again: first in HubSpot, then to the same"
            " company in QuickBooks.",
        ),
        fixed_by="An administrator of {service}",
        heals_when="The connection is renewed.",
    ),
    "hubspot_record_gone": Entry(
        title="The invoice was deleted in HubSpot",
        explanation="The invoice no longer exists in HubSpot, but this app wrote it to QuickBooks."
        " It never voids or deletes anything there by itself.",
        in_hubspot=("Restore the invoice, if it was deleted by mistake.",),
        in_quickbooks=(
            "Void or delete the QuickBooks invoice if nobody owes it any more, or keep it; then"
            " stop syncing it.",
        ),
        heals_when="The HubSpot invoice is restored, or somebody stops syncing it.",
        resolutions=("stop_syncing",),
    ),
    "quickbooks_unavailable": Entry(
        title="QuickBooks has not answered for a while",
        explanation="This app keeps trying; nothing is lost.",
        fixed_by="Nobody needs to",
        heals_when="QuickBooks answers again.",
        retried=True,
    ),
    "hubspot_unavailable": Entry(
        title="HubSpot has not answered for a while",
        explanation="This app keeps trying; nothing is lost.",
        fixed_by="Nobody needs to",
        heals_when="HubSpot answers again.",
        retried=True,
    ),
    "rate_limited": Entry(
        title="The API limit has been reached",
        explanation="{service} takes no more calls for now. This app keeps trying; nothing is"
        " lost.",
        fixed_by="Nobody needs to",
        heals_when="The limit allows calls again.",
        retried=True,
    ),
    "unexpected": Entry(
        title="QuickBooks or HubSpot refused the invoice",
        explanation="{message}",
        in_hubspot=("Check the invoice for what the message names, then retry.",),
        in_quickbooks=(
            "Intuit's support can look the request up by its intuit_tid, if it has one.",
        ),
        heals_when="The invoice changes, somebody retries, or it is taken at the hourly look.",
    ),
}
