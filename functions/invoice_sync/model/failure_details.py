"""What a failure knows beyond its code: one model for each code of the catalogue.

The texts of the catalogue fill their braces from these fields. `variant` tells apart the reasons
that one code can have; without one it is empty.
"""

from datetime import date
from decimal import Decimal
from typing import Literal

from invoice_sync.model.detail import ClashDetail, ContactDetail, Detail, ItemDetail
from invoice_sync.model.setting_names import BlamedSetting

# The ways in which a QuickBooks invoice can fail to be the one that we would write. "invoice": it
# agrees, but was made for another HubSpot invoice. "taken": another HubSpot invoice has it.
Mismatch = Literal[
    "invoice", "voided", "taken", "number", "customer", "currency", "total", "date"
]  # fmt: skip


# Why an invoice has no customer. "several": customers with the contact's email. "other_company":
# the one with it is of another company. "several_contacts": who pays is not known.
# "several_companies": a new customer could be of any.
CustomerQuestion = Literal[
    "no_contact",
    "no_email",
    "no_match",
    "several",
    "other_company",
    "several_contacts",
    "several_companies",
    "inactive",
]


class CustomerNotFound(ContactDetail):
    code = "customer_not_found"
    needs = {
        "several": ("customer_ids",),
        "other_company": ("customer_ids", "customer_names", "companies"),
        "several_contacts": ("contacts",),
        "several_companies": ("companies",),
        "inactive": ("customer_names",),
    }
    variant: CustomerQuestion
    # The names of the invoice's companies and of its contacts.
    companies: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()


class CustomerDiffers(ContactDetail):
    """A written invoice stays with its customer (`decided_id`), but HubSpot now names another
    contact, whose customer is `named_id`. `several`: that contact has several. The
    customers in question begin with the one that it stays with."""

    code = "customer_differs"
    needs = {"": ("named_id",), "several": ("customer_ids",)}
    variant: Literal["", "several"] = ""
    decided_id: str
    named_id: str = ""
    # Their names; their ids where the names are not known.
    decided_name: str = ""
    named_name: str = ""


class DuplicateDisplayName(ContactDetail):
    """`customer_ids` are the customers that have the name; it may be a vendor or employee too."""

    code = "duplicate_display_name"
    name: str = ""


class ServiceDateRequired(Detail):
    code = "service_date_required"
    # The earliest billing start of the invoice's lines.
    billing_start: date | None = None


class ModifiedOutsideHubSpot(Detail):
    """`edited`: changed in QuickBooks after we wrote it. `accepted` and `paid`: changed or voided
    in HubSpot after somebody accepted what QuickBooks has, or after it was paid there. `voided` and
    `deleted`: in QuickBooks."""

    code = "modified_outside_hubspot"
    needs = {"voided": ("currency",), "deleted": ("currency",)}
    variant: Literal["edited", "accepted", "paid", "voided", "deleted"]
    hubspot_change: Literal["changed", "voided"] = "changed"
    # The digest of the QuickBooks invoice as the user sees it with this failure.
    seen_digest: str = ""
    # With `voided` and `deleted`: the invoice's number in QuickBooks, its total in HubSpot.
    quickbooks_number: str = ""
    hubspot_total: Decimal = Decimal(0)
    currency: str = ""


class DuplicateDocumentNumber(ClashDetail):
    """`document`: the one that `clash_id` names has the number. `planned`: another invoice of the
    same HubSpot account gets it first. `unnamed`: QuickBooks does not say which document it is."""

    code = "duplicate_document_number"
    variant: Literal["document", "planned", "unnamed"]
    number: str = ""
    # Why the document that has the number is not this invoice.
    differs: tuple[Mismatch, ...] = ()


class PossibleDuplicate(ClashDetail):
    """`native_sync`: the other one may come from HubSpot's own sync. `held_natively`: HubSpot's own
    sync has the invoice, and QuickBooks has none like it. `named`: HubSpot says it is that one."""

    code = "possible_duplicate"
    variant: Literal["", "native_sync", "held_natively", "named"] = ""
    needs = {"": ("clash_id",), "native_sync": ("clash_id",), "named": ("clash_id",)}
    clash_number: str = ""


class OpeningUnknown(Detail):
    """HubSpot does not tell since when the invoice is open."""

    code = "opening_unknown"
    invoice_status: str = "open"


# Why a line has no item: see ItemNotFound.
ItemQuestion = Literal["", "path", "bundle", "category", "refused"]


class ItemNotFound(ItemDetail):
    """`path`: the name has a colon, as between an item and its category. `bundle`, `category`: only
    one of these has the name. `refused`: QuickBooks says so itself, of an item that it let us
    find."""

    code = "item_not_found"
    variant: ItemQuestion = ""
    # The setting that names what QuickBooks refused.
    setting: BlamedSetting = ""


class ItemAmbiguous(ItemDetail):
    """Several items have the SKU or the name, and nothing tells which is meant."""

    code = "item_ambiguous"
    needs = {"sku": ("item_ids", "item_names"), "name": ("item_ids", "item_names")}
    variant: Literal["sku", "name"]
    item_ids: tuple[str, ...]
    # With their categories.
    item_names: tuple[str, ...]


class InventoryQuantity(ItemDetail):
    """`amount`: no unit price gives the amount, times the quantity. `no_quantity`: there is an
    amount for no quantity. `refused`: QuickBooks says so itself."""

    code = "inventory_quantity"
    needs = {"amount": ("quantity",), "no_quantity": ("currency",)}
    variant: Literal["amount", "no_quantity", "refused"]
    # As HubSpot has it: it may have more decimals than an amount.
    quantity: str = ""
    amount: Decimal = Decimal(0)
    currency: str = ""


class InventoryNotStarted(Detail):
    code = "inventory_not_started"


class ReferenceInactive(ContactDetail):
    """`setting`: it is what this setting names."""

    code = "reference_inactive"
    needs = {"setting": ("setting", "record")}
    variant: Literal["", "setting"] = ""
    setting: BlamedSetting = ""
    # What the setting names, in words.
    record: str = ""
    # The lines of the invoice, as HubSpot names them.
    products: tuple[str, ...] = ()


class ClosedPeriod(Detail):
    code = "closed_period"
    # The last day of the closed period.
    closed_until: date | None = None


class CurrencyMismatch(ContactDetail):
    """`home_currency`: QuickBooks has no other. `customer`: the contact's QuickBooks customer has
    another currency. `namesake`: so has the one whose name a new customer would need.
    `no_rate`: QuickBooks has no exchange rate for `day`.
    `thousandths`: QuickBooks has no such amounts. `refused`: QuickBooks says so itself."""

    code = "currency_mismatch"
    needs = {
        "home_currency": ("currency", "home_currency"),
        "customer": ("currency", "customer_currency"),
        "namesake": ("currency", "customer_currency"),
        "no_rate": ("currency", "home_currency", "day"),
        "thousandths": ("currency",),
    }
    variant: Literal["home_currency", "customer", "namesake", "no_rate", "thousandths", "refused"]
    currency: str = ""
    home_currency: str = ""
    customer_currency: str = ""
    day: date | None = None


class TotalMismatch(Detail):
    """`prevented`: nothing was posted. `posted`: the QuickBooks invoice has that total and could
    not be taken back. `unknown`: HubSpot gives no total; nothing was posted. `home`: the totals
    agree, but not in the home currency, which `currency` is then; `home_posted`: and the QuickBooks
    invoice could not be taken back."""

    code = "total_mismatch"
    needs = dict.fromkeys(("prevented", "posted", "home", "home_posted"), ("hubspot_total",))
    variant: Literal["prevented", "posted", "unknown", "home", "home_posted"]
    hubspot_total: Decimal | None = None
    quickbooks_total: Decimal
    currency: str


class TotalBelowZero(Detail):
    """`planned`: we foresee it. `refused`: QuickBooks says so itself."""

    code = "total_below_zero"
    needs = {"planned": ("currency",)}
    variant: Literal["planned", "refused"]
    # What lines and fees come to after the discount.
    net: Decimal = Decimal(0)
    currency: str = ""


class TooManyDigits(Detail):
    code = "too_many_digits"
    # The number in question, for people: "amount", "quantity" or "unit price" of a line and so on.
    number: str
    value: str


class DocumentNumberTooLong(Detail):
    code = "document_number_too_long"
    number: str
    length: int


class TaxCodeMissing(Detail):
    code = "tax_code_missing"
    needs = {
        "several_on_invoice": ("taxes", "tax_code_ids"),
        "several_on_line": ("taxes", "tax_code_ids"),
        "code_inactive": ("tax_code_id",),
        "tax_on_tax": ("tax_code_id",),
    }
    variant: Literal[
        "sales_tax_off",
        "tax_unmapped",
        "untaxed_unmapped",
        "several_on_invoice",
        "several_on_line",
        "line_and_invoice",
        "code_inactive",
        "tax_on_tax",
        "refused",
    ]
    # The label of the HubSpot tax that has no tax code.
    tax: str = ""
    # The name of the invoice line in question.
    line: str = ""
    tax_code_id: str = ""
    # The setting that names it.
    setting: BlamedSetting = ""
    tax_code_name: str = ""
    # Labels of HubSpot taxes, and the tax codes that they have, in the same order. A code's name is
    # its id where it is not known.
    taxes: tuple[str, ...] = ()
    tax_code_ids: tuple[str, ...] = ()
    tax_code_names: tuple[str, ...] = ()


class PaymentNotRecorded(Detail):
    """`variant`: the reason for which QuickBooks refused it (`refused`: in its own words), or the
    problem of its state (`record.PaymentProblem`), with `why` in words. `deposit_account`: the
    account of the settings is inactive, gone or of a type that takes no payments. `amount`,
    `paid_on`: None when HubSpot's value cannot be read."""

    code = "payment_not_recorded"
    needs = dict.fromkeys(
        ("no_room", "voided", "removed", "other_invoice", "other_customer", "unclear"), ("why",)
    )
    variant: Literal[
        "closed_period",
        "reference_inactive",
        "deposit_account",
        "subscription_lapsed",
        "no_rate",
        "refused",
        "no_room",
        "voided",
        "removed",
        "other_invoice",
        "other_customer",
        "unclear",
    ]
    payment_id: str
    amount: Decimal | None
    currency: str
    paid_on: date | None
    why: str = ""


class SubscriptionLapsed(Detail):
    code = "subscription_lapsed"


class ReconnectRequired(Detail):
    code = "reconnect_required"
    # "HubSpot", "QuickBooks" or "HubSpot or QuickBooks".
    service: str


class HubSpotRecordGone(Detail):
    code = "hubspot_record_gone"
    variant: Literal["", "not_open"] = ""


class RecordUnreadable(Detail):
    """QuickBooks has the record, but each request that would return it is refused."""

    code = "record_unreadable"
    # In our own words, such as "invoice".
    kind: str = "record"
    # What it was looked for by: its id, or the number, the SKU or the name.
    key: str = ""


class QuickBooksError(Detail):
    """QuickBooks answers this invoice's requests with an error of its own, while others pass."""

    code = "quickbooks_error"


class QuickBooksUnavailable(Detail):
    code = "quickbooks_unavailable"


class HubSpotUnavailable(Detail):
    code = "hubspot_unavailable"


class RateLimited(Detail):
    code = "rate_limited"
    # "HubSpot" or "QuickBooks".
    service: str


class Unexpected(Detail):
    """`hubspot`: HubSpot refused to let us read the invoice. `app`: an error of our own."""

    code = "unexpected"
    variant: Literal["", "hubspot", "app"] = ""
    # HubSpot's support finds the request by it.
    correlation_id: str = "none"


DETAILS: dict[str, type[Detail]] = {
    model.code: model
    for model in (
        CustomerNotFound,
        CustomerDiffers,
        DuplicateDisplayName,
        ServiceDateRequired,
        ModifiedOutsideHubSpot,
        DuplicateDocumentNumber,
        PossibleDuplicate,
        OpeningUnknown,
        ItemNotFound,
        ItemAmbiguous,
        InventoryQuantity,
        InventoryNotStarted,
        ReferenceInactive,
        ClosedPeriod,
        CurrencyMismatch,
        TotalMismatch,
        TotalBelowZero,
        TooManyDigits,
        DocumentNumberTooLong,
        TaxCodeMissing,
        PaymentNotRecorded,
        SubscriptionLapsed,
        ReconnectRequired,
        HubSpotRecordGone,
        RecordUnreadable,
        QuickBooksError,
        QuickBooksUnavailable,
        HubSpotUnavailable,
        RateLimited,
        Unexpected,
    )
}
