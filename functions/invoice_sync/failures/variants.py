"""Variants: within a code, the remedy may depend on what happened. Pure."""

from __future__ import annotations

from invoice_sync.failures.catalogue import CATALOGUE, EDIT
from invoice_sync.failures.entry import Entry
from invoice_sync.model.failure import Failure

# The entries that differ from the one of their code, by code and the detail's `variant`.
VARIANTS: dict[tuple[str, str], Entry] = {
    ("customer_not_found", "no_contact"): Entry(
        title=CATALOGUE["customer_not_found"].title,
        explanation="The invoice has no contact.",
        in_hubspot=("Associate the invoice with the contact who pays it.",),
        heals_when="The invoice gets a contact.",
    ),
    ("customer_not_found", "several"): Entry(
        title=CATALOGUE["customer_not_found"].title,
        explanation="Several QuickBooks customers have the email of the invoice's contact: those"
        " with the ids {customer_ids}. This app does not guess which one is meant.",
        in_quickbooks=(
            "Merge them if they are the same customer, or give each its own email.",
            "Make customers inactive that are no longer used.",
        ),
        heals_when="Only one customer with that email is left, or the contact's email changes.",
        resolutions=("use_customer",),
    ),
    ("customer_not_found", "inactive"): Entry(
        title=CATALOGUE["customer_not_found"].title,
        explanation="The QuickBooks customer with the email of the invoice's contact is inactive:"
        " {customer_names}. Somebody retired it, or merged it into another one. This app does not"
        " guess which, and makes no second customer beside it.",
        in_hubspot=("Use a contact whose QuickBooks customer is active.",),
        in_quickbooks=(
            "If it was merged, give the customer that is left the contact's email, or choose it"
            " here.",
            "If it was retired by mistake, make it active again.",
        ),
        fixed_by="Somebody who can edit customers in QuickBooks",
        heals_when="A customer with that email is active, or the contact's email changes.",
        resolutions=("use_customer", "create_customer"),
    ),
    ("customer_differs", "several"): Entry(
        title=CATALOGUE["customer_differs"].title,
        explanation="In QuickBooks the invoice is billed to the customer {decided_name}. In HubSpot"
        " it now has another contact, and this app cannot tell which QuickBooks customer is that"
        " contact's; in question are those with the ids {customer_ids}. An invoice that is written"
        " is not moved by itself.",
        in_hubspot=CATALOGUE["customer_differs"].in_hubspot,
        in_quickbooks=CATALOGUE["customer_differs"].in_quickbooks,
        fixed_by=CATALOGUE["customer_differs"].fixed_by,
        heals_when=CATALOGUE["customer_differs"].heals_when,
        resolutions=("use_customer", "keep_customer"),
    ),
    ("customer_not_found", "other_company"): Entry(
        title=CATALOGUE["customer_not_found"].title,
        explanation="The QuickBooks customer with the email of the invoice's contact is"
        " {customer_names}, but the invoice is for {companies}. This app does not guess whether"
        " they are the same.",
        in_hubspot=(
            "Associate the invoice with the company that the contact pays for, or with the contact"
            " who pays for this company.",
        ),
        in_quickbooks=(
            "If they are the same, choose that customer: it is then taken for all invoices of this"
            " contact and company. Or correct the customer's company name.",
        ),
        heals_when="The invoice's contact or company changes, or the customer's names or email do.",
        resolutions=("use_customer", "create_customer"),
    ),
    ("customer_not_found", "several_contacts"): Entry(
        title=CATALOGUE["customer_not_found"].title,
        explanation="The invoice has several contacts: {contacts}. HubSpot does not say which of"
        " them pays, and no QuickBooks customer of only one of them has the name of the invoice's"
        " company. This app does not guess.",
        in_hubspot=(
            'Give the contact who pays the association label "Billing contact", or remove the'
            " others from the invoice.",
        ),
        in_quickbooks=("Or choose the customer here, for all invoices of these contacts.",),
        heals_when="The invoice's contacts or their labels change, or the customers of these"
        " contacts do.",
        resolutions=("use_customer",),
    ),
    ("customer_not_found", "several_companies"): Entry(
        title=CATALOGUE["customer_not_found"].title,
        explanation="No QuickBooks customer has the email of the invoice's contact, and the invoice"
        " has several companies: {companies}. This app does not guess for which of them a customer"
        " is to be created.",
        in_hubspot=(
            'Give the company that is billed the association label "Billing company", or remove'
            " the others from the invoice.",
        ),
        in_quickbooks=("Or create the customer, with the email of the contact.",),
        heals_when="The invoice's companies or their labels change, or such a customer appears.",
        resolutions=("use_customer",),
    ),
    ("item_not_found", "path"): Entry(
        title=CATALOGUE["item_not_found"].title,
        explanation="No active QuickBooks product or service is {item}: neither one in a category"
        " of that name, nor one of its own. QuickBooks takes no colon in a product's name.",
        in_hubspot=(EDIT + "give the line item the SKU or the name of a QuickBooks product.",),
        in_quickbooks=(
            "Put a product with the name after the colon into a category with the name before it.",
            "Or choose a product for these lines here, or a fallback item in this app's settings.",
        ),
        heals_when="The line items or the settings change, or such a product appears.",
        resolutions=("use_item",),
    ),
    ("item_not_found", "bundle"): Entry(
        title="A line item names a bundle of QuickBooks",
        also_known_as=("Bundles cannot be used in transactions",),
        explanation="{item} is a bundle in QuickBooks. A bundle stands for several products at"
        " once, so this app cannot put it on a line.",
        in_hubspot=(
            EDIT + "replace the line with the bundle's own products, or with another product.",
        ),
        in_quickbooks=(
            "Choose a product or service instead of the bundle for this SKU or name.",
            "Or give a product of its own the SKU, and take it from the bundle.",
        ),
        heals_when="The line items or the settings change, or a product with that SKU appears.",
        resolutions=("use_item",),
    ),
    ("item_not_found", "category"): Entry(
        title="A line item names a category of QuickBooks",
        also_known_as=("Categories cannot be used in transactions",),
        explanation="{item} is a category of products in QuickBooks, and a category cannot be"
        " sold.",
        in_hubspot=(EDIT + "name a product of the category instead.",),
        in_quickbooks=(
            "Choose a product or service instead of the category for this SKU or name.",
            "Or rename the category, and give a product the name.",
        ),
        heals_when="The line items or the settings change, or a product with that SKU or name"
        " appears.",
        resolutions=("use_item",),
    ),
    ("item_not_found", "refused"): Entry(
        title="QuickBooks does not sell a product of this invoice",
        explanation="{message}",
        in_quickbooks=(
            "Bundles and categories cannot be sold on a line: choose other items in this app's"
            " settings, if the fallback item or the item for fees is one.",
        ),
        fixed_by="A QuickBooks administrator",
        heals_when="The line items or the settings change, or the product in QuickBooks does.",
    ),
    ("possible_duplicate", "native_sync"): Entry(
        title=CATALOGUE["possible_duplicate"].title,
        explanation="QuickBooks already has the invoice with id {clash_id} and number"
        " {clash_number} for the same customer, date and total. HubSpot's own QuickBooks sync is or"
        " was on for these accounts, so it may have made that one. This app does not create a"
        " second one by itself.",
        in_hubspot=(
            "Turn the invoices of HubSpot's own QuickBooks sync off: two syncs bill everything"
            " twice.",
        ),
        in_quickbooks=("If they are one invoice, let this app adopt the one that is there.",),
        heals_when="Somebody decides, or retries the invoice after the QuickBooks invoice has"
        " changed.",
        resolutions=("adopt", "create_anyway", "stop_syncing"),
    ),
    ("possible_duplicate", "held_natively"): Entry(
        title=CATALOGUE["possible_duplicate"].title,
        explanation="HubSpot's own data sync holds this invoice, so it may have written it to"
        " QuickBooks, or may do so any minute. QuickBooks has no other invoice of the same"
        " customer, date and total now. This app does not create one by itself.",
        in_hubspot=(
            "Turn the invoices of HubSpot's own QuickBooks sync off: two syncs bill everything"
            " twice.",
        ),
        in_quickbooks=(
            "Look whether the invoice is there, perhaps with another customer, date or total. If"
            " it is not, let this app create it.",
        ),
        heals_when="Somebody decides; a retry looks again, and offers the invoice that it finds.",
        resolutions=("create_anyway", "stop_syncing"),
    ),
    ("currency_mismatch", "customer"): Entry(
        title=CATALOGUE["currency_mismatch"].title,
        explanation="The invoice is in {currency}, its QuickBooks customer in {customer_currency}."
        " In QuickBooks a customer has one currency, for good.",
        in_hubspot=("Use a contact whose QuickBooks customer has the invoice's currency.",),
        in_quickbooks=("Add a customer with the same email in the invoice's currency.",),
        heals_when="The invoice's contact changes, or such a customer appears.",
        resolutions=("create_customer", "use_customer"),
    ),
    ("total_mismatch", "home"): Entry(
        title="The total would differ in QuickBooks' home currency",
        explanation="With the exchange rate, {hubspot_total} {currency} were due in QuickBooks'"
        " books, but it came to {quickbooks_total}. Nothing was left in QuickBooks.",
        in_quickbooks=("Check the rate of the invoice's day under Currencies in the settings.",),
        fixed_by="An accountant",
        heals_when="QuickBooks takes the rate that it has for that day, at the next look or retry.",
    ),
    ("total_mismatch", "home_posted"): Entry(
        title="The total differs in QuickBooks' home currency",
        explanation="With the exchange rate, {hubspot_total} {currency} were due in QuickBooks'"
        " books, but it came to {quickbooks_total}. It has that amount now.",
        in_quickbooks=(
            "Open the QuickBooks invoice and enter the exchange rate of its date.",
            "If its period is closed, an accountant decides how the difference is booked.",
        ),
        fixed_by="An accountant",
        heals_when="The QuickBooks invoice has the rate, at the next look or retry.",
        resolutions=("stop_syncing",),
    ),
    ("currency_mismatch", "no_rate"): Entry(
        title="QuickBooks has no exchange rate",
        explanation="The invoice is in {currency}, and QuickBooks gives no rate of that currency"
        " for {day}, or the rate 1, as it does where nobody has entered one. With that it would"
        " book 1 {currency} as 1 {home_currency}. Nothing was posted.",
        in_quickbooks=(
            "Open Currencies in the settings, look for {currency}, and enter the rate of that day.",
            "If {currency} and {home_currency} were really worth the same that day, say so here.",
        ),
        fixed_by="An accountant",
        heals_when="QuickBooks has a rate at the next look or retry, or somebody decides.",
        resolutions=("rate_is_one",),
    ),
    ("unexpected", "hubspot"): Entry(
        title="HubSpot did not let this app read the invoice",
        explanation="{message}",
        in_hubspot=(
            "If the message says that rights are missing, open this app's connect page and give"
            " access again.",
            "HubSpot's support can look the request up by its correlation id {correlation_id}.",
        ),
        fixed_by="A HubSpot administrator",
        heals_when="HubSpot lets this app read it at the hourly look, or at a retry.",
    ),
    ("modified_outside_hubspot", "accepted"): Entry(
        title="The invoice was changed in HubSpot, and differs in QuickBooks on purpose",
        explanation="The invoice was {hubspot_change} in HubSpot after somebody accepted what"
        " QuickBooks has. Only a person can say which of the two is right now.",
        in_hubspot=(EDIT + "undo the change.",),
        in_quickbooks=("Make the same change to the invoice in QuickBooks.",),
        heals_when="The two say the same, or the change in HubSpot is undone.",
        resolutions=("reapply_hubspot", "accept_quickbooks", "stop_syncing"),
    ),
    ("modified_outside_hubspot", "voided"): Entry(
        title="The invoice was voided in QuickBooks",
        explanation="HubSpot still bills {hubspot_total} {currency}, but somebody voided invoice"
        " {quickbooks_number} in QuickBooks. A voided invoice cannot be brought back.",
        in_hubspot=("Void the invoice in HubSpot too, if nobody owes it any more.",),
        in_quickbooks=("If it was voided by mistake, let this app create it again.",),
        heals_when="The invoice is voided in HubSpot.",
        resolutions=("create_again", "stop_syncing"),
    ),
    ("modified_outside_hubspot", "deleted"): Entry(
        title="The invoice was deleted in QuickBooks",
        explanation="HubSpot still bills {hubspot_total} {currency}, but somebody deleted invoice"
        " {quickbooks_number} in QuickBooks. A deleted invoice cannot be brought back.",
        in_hubspot=("Void the invoice in HubSpot too, if nobody owes it any more.",),
        in_quickbooks=(
            "The audit log says who deleted it. If that was a mistake, let this app create it"
            " again.",
        ),
        heals_when="The invoice is voided in HubSpot.",
        resolutions=("create_again", "stop_syncing"),
    ),
    ("modified_outside_hubspot", "paid"): Entry(
        title="The invoice has payments in QuickBooks and was changed in HubSpot",
        explanation="The invoice was {hubspot_change} in HubSpot, but QuickBooks already has"
        " payments on it. This app never changes what has been paid.",
        in_hubspot=(EDIT + "undo the change, and bill the rest with another invoice.",),
        in_quickbooks=("Unlink the payment from the invoice, retry, and link it again.",),
        fixed_by="Somebody who can edit payments in QuickBooks",
        heals_when="HubSpot says again what was paid, or the payment is unlinked.",
        resolutions=("accept_quickbooks", "stop_syncing"),
    ),
}


def entry(failure: Failure) -> Entry:
    """Return what the catalogue says about this failure."""
    variant = VARIANTS.get((failure.code, failure.detail.variant))
    return variant or CATALOGUE[failure.code]
