"""Variants: within a code, the remedy may depend on what happened. Pure."""

from __future__ import annotations

from invoice_sync.failures.catalogue import CATALOGUE, EDIT, INVOICE_OR_SETTING
from invoice_sync.failures.entry import Entry
from invoice_sync.model.failure import Failure

# The entries that differ from the one of their code, by code and the detail's `variant`.
VARIANTS: dict[tuple[str, str], Entry] = {
    ("customer_not_found", "no_contact"): Entry(
        title=CATALOGUE["customer_not_found"].title,
        explanation="The invoice has no contact.",
        in_hubspot=("Associate the invoice with the contact who pays it.",),
        heals_when="The invoice is associated with a contact.",
    ),
    ("customer_not_found", "several"): Entry(
        title=CATALOGUE["customer_not_found"].title,
        explanation="Several QuickBooks customers have the email of the invoice's contact:"
        " {customers}. This app can't tell which one is right, so it hasn't picked one.",
        in_quickbooks=(
            "Merge them if they are the same customer, or give each its own email.",
            "Make customers that you no longer use inactive.",
        ),
        in_app=("Choose the customer.",),
        heals_when="Only one customer with that email is left, or the contact's email changes.",
        resolutions=("use_customer",),
    ),
    ("customer_not_found", "inactive"): Entry(
        title=CATALOGUE["customer_not_found"].title,
        explanation="The QuickBooks customer with the email of the invoice's contact is inactive:"
        " {customer_names}. It was retired, or merged into a different one. This app does not"
        " guess which, and creates no second customer beside it.",
        in_hubspot=("Use a contact whose QuickBooks customer is active.",),
        in_quickbooks=(
            "If it was merged, give the customer that is left the contact's email.",
            "If it was retired by mistake, make it active again.",
        ),
        in_app=("If it was merged, choose the customer that is left.",),
        fixed_by="Anyone who can edit customers in QuickBooks",
        heals_when="A customer with that email is active, or the contact's email changes.",
        resolutions=("use_customer", "create_customer"),
    ),
    ("customer_differs", "several"): Entry(
        title=CATALOGUE["customer_differs"].title,
        explanation="In QuickBooks the invoice is billed to the customer {decided_name}. In HubSpot"
        " it now has a different contact, and this app can't tell which QuickBooks customer is that"
        " contact's: {other_customers}. An invoice that is written is not moved by itself.",
        in_hubspot=CATALOGUE["customer_differs"].in_hubspot,
        in_app=("Choose the customer, or keep the invoice where it is.",),
        fixed_by=CATALOGUE["customer_differs"].fixed_by,
        heals_when=CATALOGUE["customer_differs"].heals_when,
        resolutions=("use_customer", "keep_customer"),
    ),
    ("customer_not_found", "other_company"): Entry(
        title=CATALOGUE["customer_not_found"].title,
        explanation="The QuickBooks customer with the email of the invoice's contact is"
        " {customers}, but the invoice is for {companies}. This app can't tell whether they are the"
        " same.",
        in_hubspot=(
            "Associate the invoice with the company that the contact pays for, or with the contact"
            " who pays for this company.",
        ),
        in_quickbooks=("If they are the same, correct the customer's company name.",),
        in_app=(
            "If they are the same, choose that customer, for all invoices of this contact and"
            " company. If not, have a new one created.",
        ),
        heals_when="The invoice's contact or company changes, or the customer's names or email do.",
        resolutions=("use_customer", "create_customer"),
    ),
    ("customer_not_found", "several_contacts"): Entry(
        title=CATALOGUE["customer_not_found"].title,
        explanation="The invoice has several contacts: {contacts}. HubSpot does not say which of"
        " them pays, and no QuickBooks customer of only one of them has the name of the invoice's"
        " company.",
        in_hubspot=(
            'Give the contact who pays the association label "Billing contact", or remove the'
            " others from the invoice.",
        ),
        in_app=("Choose the customer, for all invoices of these contacts.",),
        heals_when="The invoice's contacts or their labels change, or the customers of these"
        " contacts do.",
        resolutions=("use_customer",),
    ),
    ("customer_not_found", "several_companies"): Entry(
        title=CATALOGUE["customer_not_found"].title,
        explanation="No QuickBooks customer has the email of the invoice's contact, and the invoice"
        " has several companies: {companies}. This app can't tell for which of them to create a"
        " customer.",
        in_hubspot=(
            'Give the company that is billed the association label "Billing company", or remove'
            " the others from the invoice.",
        ),
        in_quickbooks=("Create the customer, with the email of the contact.",),
        in_app=("Choose the customer.",),
        heals_when="The invoice's companies or their labels change, or a customer that matches"
        " appears.",
        resolutions=("use_customer",),
    ),
    ("item_not_found", "path"): Entry(
        title=CATALOGUE["item_not_found"].title,
        explanation="No active QuickBooks product or service is {item}: neither one in a category"
        " of that name, nor one of its own. QuickBooks takes no colon in a product's name.",
        in_hubspot=(EDIT + "give the line item the SKU or the name of a QuickBooks product.",),
        in_quickbooks=(
            "Put a product with the name after the colon into a category with the name before it.",
        ),
        in_app=CATALOGUE["item_not_found"].in_app,
        heals_when="The line items or the settings change, or a product that matches appears.",
        resolutions=("use_item",),
    ),
    ("item_not_found", "bundle"): Entry(
        title="A line item names a bundle of QuickBooks",
        also_known_as=("Bundles cannot be used in transactions",),
        explanation="{item} is a bundle in QuickBooks. A bundle stands for several products at"
        " once, so this app cannot put it on a line.",
        in_hubspot=(
            EDIT + "replace the line with the bundle's own products, or with a different one.",
        ),
        in_quickbooks=("Give a product of its own the SKU, and take it from the bundle.",),
        in_app=("Choose a product or service instead of the bundle for this SKU or name.",),
        heals_when="The line items or the settings change, or a product with that SKU appears.",
        resolutions=("use_item",),
    ),
    ("item_not_found", "category"): Entry(
        title="A line item names a category of QuickBooks",
        also_known_as=("Categories cannot be used in transactions",),
        explanation="{item} is a category of products in QuickBooks, and a category cannot be"
        " sold.",
        in_hubspot=(EDIT + "name a product of the category instead.",),
        in_quickbooks=("Rename the category, and give a product the name.",),
        in_app=("Choose a product or service instead of the category for this SKU or name.",),
        heals_when="The line items or the settings change, or a product with that SKU or name"
        " appears.",
        resolutions=("use_item",),
    ),
    ("item_not_found", "refused"): Entry(
        title="QuickBooks does not sell a product of this invoice",
        explanation="{message}",
        in_app=(
            "Bundles and categories cannot be sold on a line: choose different items in the"
            " settings, if the fallback item or the item for fees is one.",
        ),
        fixed_by="A QuickBooks administrator",
        heals_when="The line items or the settings change, or the product in QuickBooks does.",
    ),
    ("reference_inactive", "setting"): Entry(
        title="Something that this app's settings name is inactive in QuickBooks",
        explanation='In this app\'s settings, "{setting_label}" is {record}. QuickBooks refuses it'
        " because it is inactive, deleted or of a different type now.",
        in_quickbooks=("Make it active again, and retry the invoice.",),
        in_app=('Choose a different one in the settings, under "{setting_label}".',),
        fixed_by="A QuickBooks administrator",
        heals_when="The setting changes, or the invoice no longer needs it.",
    ),
    ("possible_duplicate", "native_sync"): Entry(
        title=CATALOGUE["possible_duplicate"].title,
        explanation="QuickBooks already has {clash}. Its customer, date and total are the same."
        " HubSpot's own QuickBooks sync is or was on for these accounts, so it may have made that"
        " one. This app does not create a second one by itself.",
        in_hubspot=(
            "Turn the invoices of HubSpot's own QuickBooks sync off: two syncs bill everything"
            " twice.",
        ),
        in_app=CATALOGUE["possible_duplicate"].in_app,
        heals_when="A person decides, or retries the invoice after the QuickBooks invoice has"
        " changed.",
        resolutions=("adopt", "create_anyway", "stop_syncing"),
    ),
    ("possible_duplicate", "named"): Entry(
        title=CATALOGUE["possible_duplicate"].title,
        explanation='In HubSpot, the property "QuickBooks invoice link" leads to {clash}. This app'
        " does not know that one, and its private note no longer says that it is this invoice. This"
        " app does not create a second one by itself.",
        in_hubspot=("If the link is wrong, as in a copy of another invoice, clear it.",),
        in_app=CATALOGUE["possible_duplicate"].in_app,
        heals_when="A person decides, or retries the invoice after the link or the QuickBooks"
        " invoice has changed.",
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
            "Check whether the invoice is there, perhaps with a different customer, date or total.",
        ),
        in_app=('If it is not there, choose "Create it anyway".',),
        heals_when="A person decides. A retry searches again, and offers what it finds.",
        resolutions=("create_anyway", "stop_syncing"),
    ),
    ("currency_mismatch", "customer"): Entry(
        title=CATALOGUE["currency_mismatch"].title,
        explanation="The invoice is in {currency}, but its QuickBooks customer, {customers}, is in"
        " {customer_currency}. In QuickBooks a customer has one currency, for good.",
        in_hubspot=("Use a contact whose QuickBooks customer has the invoice's currency.",),
        in_quickbooks=("Add a customer with the same email in the invoice's currency.",),
        in_app=("Have a customer created in the invoice's currency, or choose a different one.",),
        heals_when="The invoice's contact changes, or a customer in its currency appears.",
        resolutions=("create_customer", "use_customer"),
    ),
    ("currency_mismatch", "home_currency"): Entry(
        title="QuickBooks keeps its books in one currency only",
        explanation="The invoice is in {currency}, but QuickBooks keeps its books in"
        " {home_currency} only.",
        in_hubspot=(EDIT + "bill it in the currency of the books.",),
        in_quickbooks=(
            "Turn on multicurrency, which cannot be undone, and add a customer in the invoice's"
            " currency.",
        ),
        fixed_by=INVOICE_OR_SETTING,
        heals_when="The invoice changes, or the QuickBooks setting does.",
    ),
    ("currency_mismatch", "thousandths"): Entry(
        title="QuickBooks has no amounts as small as this invoice's",
        explanation="The invoice has amounts in thousandths of {currency}, but QuickBooks has no"
        " smaller amounts than hundredths.",
        in_hubspot=(EDIT + "round its amounts to hundredths.",),
        heals_when="The invoice's amounts change.",
    ),
    ("total_mismatch", "home"): Entry(
        title="The total would differ in QuickBooks' home currency",
        explanation="With the exchange rate, {hubspot_total} {currency} were due in QuickBooks'"
        " books, but it came to {quickbooks_total}. Nothing was left in QuickBooks.",
        in_quickbooks=("Check the rate of the invoice's day under Currencies in the settings.",),
        fixed_by="An accountant",
        heals_when="QuickBooks takes its rate of that day, at the next check or retry.",
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
        heals_when="The QuickBooks invoice has the rate, at the next check or retry.",
        resolutions=("stop_syncing",),
    ),
    ("currency_mismatch", "no_rate"): Entry(
        title="QuickBooks has no exchange rate",
        explanation="The invoice is in {currency}, and QuickBooks gives no rate of that currency"
        " for {day}, or the rate 1, as it does where none was entered. With that it would"
        " book 1 {currency} as 1 {home_currency}. Nothing was posted.",
        in_quickbooks=(
            "Open Currencies in the settings, look for {currency}, and enter the rate of that day.",
        ),
        in_app=("If {currency} and {home_currency} were really worth the same that day, say so.",),
        fixed_by="An accountant",
        heals_when="QuickBooks has a rate at the next check or retry, or a person decides.",
        resolutions=("rate_is_one",),
    ),
    ("unexpected", "hubspot"): Entry(
        title="HubSpot did not let this app read the invoice",
        explanation="{message}",
        in_hubspot=("Give HubSpot Support this correlation ID: {correlation_id}.",),
        in_app=("If the message says that rights are missing, connect again.",),
        fixed_by="A HubSpot administrator",
        heals_when="HubSpot lets this app read it at the hourly check, or at a retry.",
    ),
    ("unexpected", "app"): Entry(
        title="An error in this app keeps the invoice from being synced",
        explanation="{message}",
        in_app=("Tell whoever runs this app. Once the error is corrected, retry.",),
        fixed_by="Whoever runs this app",
        heals_when="The error is gone at the hourly check, or at a retry.",
    ),
    ("hubspot_record_gone", "not_open"): Entry(
        title="The invoice was taken back in HubSpot",
        explanation="In HubSpot the invoice is a draft again, or has a different status that is not"
        " synced, but this app wrote it to QuickBooks. It never voids or deletes anything there by"
        " itself.",
        in_hubspot=("Open the invoice again, or void it: then it is voided in QuickBooks too.",),
        in_quickbooks=CATALOGUE["hubspot_record_gone"].in_quickbooks,
        in_app=CATALOGUE["hubspot_record_gone"].in_app,
        heals_when="The HubSpot invoice is open again or void, or a person stops syncing it.",
        resolutions=CATALOGUE["hubspot_record_gone"].resolutions,
    ),
    ("modified_outside_hubspot", "accepted"): Entry(
        title="The invoice was changed in HubSpot, and differs in QuickBooks on purpose",
        explanation="The invoice was {hubspot_change} in HubSpot after a person accepted"
        " QuickBooks' version. Only a person can say which of the two is right now.",
        in_hubspot=(EDIT + "undo the change.",),
        in_quickbooks=("Make the same change to the invoice in QuickBooks.",),
        in_app=CATALOGUE["modified_outside_hubspot"].in_app,
        heals_when="The two say the same, or the change in HubSpot is undone.",
        resolutions=("reapply_hubspot", "accept_quickbooks", "stop_syncing"),
    ),
    ("modified_outside_hubspot", "voided"): Entry(
        title="The invoice was voided in QuickBooks",
        explanation="HubSpot still bills {hubspot_total} {currency}, but invoice"
        " {quickbooks_number} was voided in QuickBooks. A voided invoice cannot be brought back.",
        in_hubspot=("Void the invoice in HubSpot too, if it is no longer owed.",),
        in_app=("If it was voided by mistake, have it created again.",),
        heals_when="The invoice is voided in HubSpot.",
        resolutions=("create_again", "stop_syncing"),
    ),
    ("modified_outside_hubspot", "deleted"): Entry(
        title="The invoice was deleted in QuickBooks",
        explanation="HubSpot still bills {hubspot_total} {currency}, but invoice"
        " {quickbooks_number} was deleted in QuickBooks. A deleted invoice cannot be brought back.",
        in_hubspot=("Void the invoice in HubSpot too, if it is no longer owed.",),
        in_quickbooks=("QuickBooks' audit log says who deleted it.",),
        in_app=("If that was a mistake, have the invoice created again.",),
        heals_when="The invoice is voided in HubSpot.",
        resolutions=("create_again", "stop_syncing"),
    ),
    ("modified_outside_hubspot", "paid"): Entry(
        title="The invoice has payments in QuickBooks and was changed in HubSpot",
        explanation="The invoice was {hubspot_change} in HubSpot, but QuickBooks already has"
        " payments on it. This app never changes what has been paid.",
        in_hubspot=(EDIT + "undo the change, and bill the difference on a new invoice.",),
        in_quickbooks=("Unlink the payment from the invoice, retry, and link it again.",),
        fixed_by="Anyone who can edit payments in QuickBooks",
        in_app=("Keep QuickBooks' version.",),
        heals_when="The invoice in HubSpot is changed back, or the payment is unlinked in"
        " QuickBooks.",
        resolutions=("accept_quickbooks", "stop_syncing"),
    ),
}


def entry(failure: Failure) -> Entry:
    """Return what the catalogue says about this failure."""
    variant = VARIANTS.get((failure.code, failure.detail.variant))
    return variant or CATALOGUE[failure.code]
