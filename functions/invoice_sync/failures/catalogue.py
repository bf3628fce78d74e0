"""The failure catalogue: what each code means, what a person does about it, what we can do. Pure.

The titles of the first five are the words that HubSpot's own sync shows, to the letter, so that
people find what they know (HubSpot Knowledge Base, "Troubleshoot the QuickBooks Online data sync
integration", 2025-09-10). Its causes and cures are among the remedies.

No remedy asks for what HubSpot makes impossible: an invoice that has a payment, or that a
subscription made, cannot be edited, and none gets another number once it is finalised (Knowledge
Base, "Manage invoices").

A text may name fields of the detail of its code in braces (`model/failure_details.py`), and
`{message}`, the service's own words. `{reason}` is the entry of `reasons` for the failure's
variant.
"""

from __future__ import annotations

from invoice_sync.failures.entry import Entry
from invoice_sync.failures.services import SERVICES

INVOICE_OR_SETTING = "Anyone who can edit the invoice; a QuickBooks administrator for the setting"
# HubSpot's rule, before each remedy that edits an invoice.
EDIT = "If HubSpot still lets you edit the invoice (it has no payment, no subscription made it): "
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
            "Change the contact on the invoice to the one whose email the QuickBooks customer has,"
            " or correct the contact's email.",
        ),
        in_quickbooks=("Give the customer the email of the HubSpot contact.",),
        in_app=("Choose the customer, or have it created.",),
        heals_when="The contact's email or the invoice's contact changes, or a QuickBooks"
        " customer with that email appears.",
        resolutions=("use_customer", "create_customer"),
    ),
    "customer_differs": Entry(
        title="HubSpot names a different payer than the QuickBooks invoice",
        explanation="In QuickBooks the invoice is billed to the customer {decided_name}. In HubSpot"
        " it now has a different contact, whose QuickBooks customer is {named_name}. This app"
        " never moves an invoice to a different customer by itself.",
        in_hubspot=("Associate the invoice with its former contact again, if that one pays it.",),
        in_app=("Move the invoice to the other customer, or keep it where it is.",),
        fixed_by="Anyone who knows who pays the invoice",
        heals_when="A person decides, or the invoice has its former contact again.",
        resolutions=("move_to_customer", "keep_customer"),
    ),
    "duplicate_display_name": Entry(
        title="The display name is a duplicate",
        explanation="QuickBooks already has a customer, vendor or employee named {name}, with"
        " a different email. It takes each name only once, so the new customer cannot be created.",
        in_hubspot=("Use the contact that belongs to the existing customer.",),
        in_quickbooks=(
            "If it is the same customer, give it the email of the HubSpot contact.",
            "If they are different customers, rename one of them.",
        ),
        in_app=(
            "If several contacts of one company are billed, make display names of the person's"
            " name, or of both, in the settings. Otherwise the first customer takes the company's"
            " name, and all later ones fail.",
        ),
        heals_when="The other record is renamed, merged, made inactive or given this contact's"
        " email, or the invoice is given a different contact.",
        resolutions=("use_customer", "next_free_name", "sub_customer"),
    ),
    "service_date_required": Entry(
        title="Business Validation Error: Enter a service date for the revenue recognition line"
        " item",
        explanation="A product on this invoice has a revenue recognition schedule in QuickBooks,"
        " and such a line needs a service date.",
        in_hubspot=(EDIT + "give the line items a billing start date.",),
        in_quickbooks=(
            "Remove the revenue recognition schedule from the product, or turn revenue recognition"
            " off and recognise the revenue separately.",
        ),
        in_app=(
            "Use the billing start date or the invoice date as the service date. The settings can"
            " do so for all invoices.",
        ),
        fixed_by=INVOICE_OR_SETTING,
        heals_when="The line items change, or the product or the setting in QuickBooks does.",
        resolutions=("service_date_from_billing_start", "service_date_from_invoice_date"),
    ),
    "modified_outside_hubspot": Entry(
        title="Line item or invoice amount modifications in HubSpot native invoices cannot be made"
        " through external applications. Please make any necessary changes directly in HubSpot",
        also_known_as=(
            "Line Item or Invoice Amount Modifications in HubSpot Native Invoices Cannot Be Made"
            " Through External Applications. Please Make Any Necessary Changes Directly in HubSpot",
            "The invoice was modified outside of HubSpot",
        ),
        reasons={"edited": "The invoice was changed in QuickBooks after this app wrote it."},
        in_hubspot=(EDIT + "make the change there, after it is undone in QuickBooks.",),
        in_quickbooks=("Undo the change to the invoice: to its lines, its tax or its amounts.",),
        in_app=("Restore HubSpot's version, or keep QuickBooks' version.",),
        heals_when="The change in QuickBooks is undone, or HubSpot is changed to match it.",
        resolutions=("reapply_hubspot", "accept_quickbooks", "stop_syncing"),
    ),
    "duplicate_document_number": Entry(
        title="Duplicate Document Number Error: You must specify a different number. This number"
        " has already been used",
        reasons={
            "document": "In QuickBooks the number {number} already belongs to {clash}.",
            "planned": "The number {number} already belongs to another invoice of this HubSpot"
            " account.",
            "unnamed": "In QuickBooks the number of this invoice already belongs to another"
            " document.",
        },
        in_quickbooks=(
            "Give the other document, an invoice or a credit memo, a different number.",
            "If it happens again and again, QuickBooks goes on with HubSpot's prefix and number by"
            " itself: turn Custom Transaction Numbers off after renumbering.",
        ),
        in_app=(
            "If the other document is this very invoice, say so. If not, use the next free number,"
            " or let QuickBooks number this invoice.",
        ),
        heals_when="The other document is renumbered or deleted (noticed at once for an invoice or"
        " a credit memo, within the hour for others), or the invoice has a different number.",
        resolutions=("adopt", "next_free_number", "let_quickbooks_number"),
    ),
    "possible_duplicate": Entry(
        title="The invoice may be in QuickBooks already",
        explanation="QuickBooks already has {clash}. Its customer, date and total are the same. For"
        " an invoice that a backfill or a person brings in, this app does not create a second one"
        " by itself.",
        in_quickbooks=(
            "If it is the same invoice, you can also give it the number that it has in HubSpot, and"
            " run the backfill again.",
        ),
        in_app=(
            'If it is the same invoice, choose "It\'s the same invoice".',
            'If these are two different invoices, choose "Create it anyway".',
        ),
        heals_when="A person decides, retries the invoice, or runs the backfill again after the"
        " QuickBooks invoice has changed.",
        resolutions=("adopt", "create_anyway"),
    ),
    "opening_unknown": Entry(
        title="HubSpot does not say when the invoice became open",
        explanation="The invoice was made before this connection began and is {invoice_status} now."
        " HubSpot's history of its status does not tell since when, so this app cannot tell whether"
        " it is one of the old invoices, which it leaves alone.",
        in_hubspot=(
            "Check the history of the invoice's status, and find out whether it belongs in"
            " QuickBooks.",
        ),
        in_app=("Sync the invoice, or stop syncing it.",),
        heals_when="A person decides, or HubSpot shows the history again.",
        resolutions=("bring_in", "stop_syncing"),
    ),
    "item_not_found": Entry(
        title="A line item has no matching product in QuickBooks",
        explanation="No active QuickBooks product or service matches {item} by SKU or by name, and"
        " no fallback item is set.",
        in_hubspot=(EDIT + "give the line item the SKU or the name of a QuickBooks product.",),
        in_quickbooks=("Create or reactivate a product or service with that SKU or name.",),
        in_app=("Choose a product for these lines, or a fallback item in the settings.",),
        heals_when="The line items or the settings change, or a product that matches appears.",
        resolutions=("use_item",),
    ),
    "item_ambiguous": Entry(
        title="Several QuickBooks products fit a line item",
        also_known_as=("Duplicate SKUs in QuickBooks",),
        reasons={
            "sku": "Several active QuickBooks products have the SKU {sku}: {item_names}. The line's"
            " name does not tell them apart, so this app hasn't picked one.",
            "name": "Several active QuickBooks products have the name {name}: {item_names}. This"
            " app can't tell which one is right, so it hasn't picked one.",
        },
        in_hubspot=(
            EDIT + "give the line item a SKU or a name, with its category, that one product has.",
        ),
        in_quickbooks=(
            "Give each product a SKU of its own, or make products that you no longer sell"
            " inactive.",
        ),
        in_app=("Choose the product for these lines.",),
        heals_when="Only one product fits, or the line items change.",
        resolutions=("use_item",),
    ),
    "inventory_quantity": Entry(
        title="An inventory product needs a quantity that agrees with the amount",
        also_known_as=(
            "Quantity required for inventory item",
            "Amount is not equal to UnitPrice * Qty",
        ),
        reasons={
            "amount": "{item} is an inventory product in QuickBooks, which needs the quantity of"
            " such a line. But no unit price of five decimals times {quantity} comes to {amount}"
            " {currency}.",
            "no_quantity": "{item} is an inventory product in QuickBooks, which needs the quantity"
            " of such a line. HubSpot bills {amount} {currency} for a quantity of 0.",
            "refused": "{message}",
        },
        in_hubspot=(
            EDIT + "choose a quantity and a price whose product is the amount to the cent, such as"
            " two lines instead of one.",
        ),
        in_quickbooks=("If the line is sold with a different product, adjust the stock by hand.",),
        in_app=("Choose a service or a non-inventory item for this SKU or name.",),
        fixed_by="Anyone who can edit the invoice; whoever looks after the stock",
        heals_when="The line items change, or the product in QuickBooks does.",
        resolutions=("use_item",),
    ),
    "inventory_not_started": Entry(
        title="The invoice's date is before the start date of an inventory product",
        also_known_as=("Transaction date is prior to start date for inventory item",),
        explanation="QuickBooks keeps the stock of a product on this invoice from a day on that is"
        " later than the invoice's date, and takes no earlier sale of it. It said: {message}",
        in_hubspot=(EDIT + "date it on or after the product's start date.",),
        in_quickbooks=(
            "Edit the product, choose Starting value beside its quantity, and set its As of date to"
            " the invoice's date or an earlier one.",
            "Or make the product a non-inventory item, if its stock is not counted.",
        ),
        fixed_by="Anyone who can edit products in QuickBooks",
        heals_when="The product in QuickBooks changes, or the invoice's date does.",
    ),
    "reference_inactive": Entry(
        title="Something the invoice uses is inactive in QuickBooks",
        explanation="QuickBooks refuses the customer or a product of this invoice because it is"
        " inactive or deleted.{used}",
        in_hubspot=("Use a contact and products that are active in QuickBooks.",),
        in_quickbooks=("Make the customer and the products of this invoice active again.",),
        in_app=("Choose a different customer.",),
        heals_when="The customer or product is active again, or the invoice changes.",
        resolutions=("use_customer",),
    ),
    "closed_period": Entry(
        title="The accounting period is closed",
        explanation="The invoice's date is in a period that is closed in QuickBooks. This app never"
        " writes to a closed period.",
        in_hubspot=(EDIT + "date it in an open period.",),
        in_quickbooks=("Reopen the period, or enter the invoice there by hand.",),
        fixed_by="An accountant",
        heals_when="The invoice's date changes, or the period is reopened.",
    ),
    "currency_mismatch": Entry(
        title="The invoice's currency differs from the QuickBooks customer's",
        reasons={
            "namesake": "The invoice is in {currency}, but its contact's QuickBooks customer,"
            " {customers}, is in {customer_currency}.",
            "refused": "{message}",
        },
        in_hubspot=("Use a contact whose QuickBooks customer has the invoice's currency.",),
        in_quickbooks=("Add a customer in the invoice's currency.",),
        fixed_by=INVOICE_OR_SETTING,
        heals_when="The invoice or its contact changes, or the QuickBooks setting does.",
    ),
    "total_mismatch": Entry(
        title="QuickBooks would calculate a different total",
        reasons={
            "prevented": "HubSpot bills {hubspot_total} {currency}, but the QuickBooks invoice"
            " would come to {quickbooks_total}. Nothing was posted.",
            "posted": "HubSpot bills {hubspot_total} {currency}, but the QuickBooks invoice comes"
            " to {quickbooks_total}. It has that total now.",
            "unknown": "HubSpot gives no total, and the QuickBooks invoice would come to"
            " {quickbooks_total} {currency}. Nothing was posted.",
        },
        in_hubspot=(
            "Check the invoice's line items, discounts, fees and taxes. If it can no longer be"
            " edited and is wrong, void it and bill it anew.",
        ),
        in_quickbooks=("Check the settings for tax and discounts.",),
        in_app=("Check the tax codes and the item for fees in the settings.",),
        fixed_by="Anyone who can edit the invoice; an accountant for the settings",
        heals_when="The invoice or QuickBooks' settings change.",
    ),
    "total_below_zero": Entry(
        title="The discount is greater than the subtotal",
        also_known_as=(
            "The discount amount can't be greater than the subtotal",
            "The transaction amount must be 0 or greater",
        ),
        reasons={
            "planned": "After its discounts the invoice comes to {net} {currency}. QuickBooks takes"
            " no invoice of less than 0.",
            "refused": "{message}",
        },
        in_hubspot=(
            EDIT + "lower the discount to the sum of the lines and fees at most.",
            "Otherwise void it and bill it anew.",
        ),
        in_quickbooks=("What you owe the customer can be entered there as a credit memo.",),
        heals_when="The invoice's lines, fees or discounts change.",
    ),
    "too_many_digits": Entry(
        title="A number has more digits than QuickBooks takes",
        explanation="The {number} is {value}. QuickBooks takes 15 digits at most, and this app"
        " rounds no number of an invoice.",
        in_hubspot=(EDIT + "correct the number.", "Otherwise void it and bill it anew."),
        heals_when="The invoice changes.",
    ),
    "document_number_too_long": Entry(
        title="The invoice number is too long for QuickBooks",
        explanation="{number} has {length} characters; QuickBooks takes at most 21.",
        in_hubspot=(
            "A finalised invoice keeps its number: shorten the prefix in HubSpot's invoice settings"
            " for the next ones.",
        ),
        in_app=("Let QuickBooks number this one.",),
        heals_when="The invoice's number changes.",
        resolutions=("let_quickbooks_number",),
    ),
    "tax_code_missing": Entry(
        title="No QuickBooks tax code for this tax",
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
            "tax_on_tax": "Tax code {tax_code} has a tax on tax, which this app does not write.",
            "refused": "{message}",
        },
        in_hubspot=(EDIT + "remove the tax, if it should have none.",),
        in_quickbooks=("Set up sales tax, with the tax code that the invoice needs.",),
        in_app=("Choose a tax code for the tax in the settings.",),
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
            + "its customer, or another record that it names, is inactive or deleted in"
            " QuickBooks.",
            "deposit_account": _NOT_RECORDED
            + "the deposit account of this app's settings is inactive or deleted in"
            " QuickBooks, or of a type that takes no payments.",
            "subscription_lapsed": _NOT_RECORDED + "the QuickBooks subscription has lapsed.",
            "no_rate": _NOT_RECORDED + "it has no exchange rate for {currency} on the day of the"
            " payment, or the rate 1, as it does where none was entered.",
            "refused": _NOT_RECORDED + "{message}",
            "no_room": _CAME_IN + "{why}",
            "voided": _CAME_IN + "{why}",
            "removed": _CAME_IN + "{why}",
            "other_invoice": _CAME_IN + "{why}",
            "other_customer": _CAME_IN + "{why}",
            "unclear": _CAME_IN + "{why}",
        },
        in_quickbooks=("Correct what is named above, or record the payment there by hand.",),
        in_app=(
            "Check the deposit account in the settings.",
            "If the payment is in QuickBooks, or should not be there, mark it as recorded.",
        ),
        fixed_by="An accountant",
        heals_when="QuickBooks takes the payment at the next try, or already has it; or a person"
        " says that it is there.",
        resolutions=("settle_payment", "record_payment", "rate_is_one", "stop_syncing"),
    ),
    **SERVICES,
}
