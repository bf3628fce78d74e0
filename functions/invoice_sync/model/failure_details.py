"""What a failure knows beyond its code: one model for each code of the catalogue.

The texts of the catalogue fill their braces from these fields. `variant` tells apart the reasons
that one code can have; without one it is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from invoice_sync.model.base import Model

FailureCode = Literal[
    "customer_not_found",
    "customer_differs",
    "duplicate_display_name",
    "service_date_required",
    "modified_outside_hubspot",
    "duplicate_document_number",
    "possible_duplicate",
    "opening_unknown",
    "item_not_found",
    "inventory_quantity",
    "inventory_not_started",
    "reference_inactive",
    "closed_period",
    "currency_mismatch",
    "total_mismatch",
    "total_below_zero",
    "too_many_digits",
    "document_number_too_long",
    "tax_code_missing",
    "payment_not_recorded",
    "subscription_lapsed",
    "reconnect_required",
    "hubspot_record_gone",
    "record_unreadable",
    "quickbooks_error",
    "quickbooks_unavailable",
    "hubspot_unavailable",
    "rate_limited",
    "unexpected",
]
# The ways in which a QuickBooks invoice can fail to be the one that we would write. "invoice": it
# agrees, but was made for another HubSpot invoice. "taken": another HubSpot invoice has it.
Mismatch = Literal[
    "invoice", "voided", "taken", "number", "customer", "currency", "total", "date"
]  # fmt: skip


class Detail(Model):
    """The base of all details."""

    code: ClassVar[FailureCode]
    # The fields that a variant cannot do without, as its text names them.
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    variant: str = ""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        needed = self.needs.get(self.variant, ())
        missing = [name for name in needed if getattr(self, name) in (None, "", ())]
        if missing:
            raise ValueError(f"{self.code} {self.variant} needs {', '.join(missing)}")
        return self


class ContactDetail(Detail):
    """The base of failures that are about the customer of the invoice's contact."""

    contact_id: str = ""
    # The QuickBooks customers that are in question.
    customer_ids: tuple[str, ...] = ()


class ClashDetail(Detail):
    """The base of failures that are about another document in QuickBooks."""

    # Empty when QuickBooks does not name the document.
    clash_id: str = ""
    # The type as QuickBooks writes it, such as "Credit Memo".
    clash_type: str = "Invoice"


class CustomerNotFound(ContactDetail):
    code = "customer_not_found"
    needs = {"several": ("customer_ids",)}
    variant: Literal["no_contact", "no_email", "no_match", "several"]


class CustomerDiffers(ContactDetail):
    """HubSpot names another contact than the one that the invoice was written for, and
    `customer_ids` are that contact's customers. `several`: there is more than one."""

    code = "customer_differs"
    variant: Literal["", "several"] = ""
    needs = {"": ("customer_ids", "kept_name", "other_name"), "several": ("customer_ids",)}
    # The customers' names: of the one that the invoice stays with, and of the other.
    kept_name: str = ""
    other_name: str = ""


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
    sync has the invoice, and no other one was found in QuickBooks."""

    code = "possible_duplicate"
    variant: Literal["", "native_sync", "held_natively"] = ""
    needs = {"": ("clash_id",), "native_sync": ("clash_id",)}
    clash_number: str = ""


class OpeningUnknown(Detail):
    """HubSpot does not tell since when the invoice is open."""

    code = "opening_unknown"
    invoice_status: str = "open"


class ItemDetail(Detail):
    """The base of failures that are about the product of a line."""

    sku: str = ""
    name: str = ""

    @property
    def item(self) -> str:
        """The line as people know it: by its SKU or else its name."""
        return self.sku or self.name


class ItemNotFound(ItemDetail):
    """`bundle`, `category`: only one of these has the name. `refused`: QuickBooks says so itself,
    of an item that it let us find."""

    code = "item_not_found"
    variant: Literal["", "bundle", "category", "refused"] = ""


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
    code = "reference_inactive"


class ClosedPeriod(Detail):
    code = "closed_period"
    # The last day of the closed period.
    closed_until: date | None = None


class CurrencyMismatch(ContactDetail):
    """`home_currency`: QuickBooks has no other. `customer`: the contact's QuickBooks customer has
    another currency. `namesake`: so has the one whose name a new customer would need.
    `thousandths`: QuickBooks has no such amounts. `refused`: QuickBooks says so itself."""

    code = "currency_mismatch"
    needs = {
        "home_currency": ("currency", "home_currency"),
        "customer": ("currency", "customer_currency"),
        "namesake": ("currency", "customer_currency"),
        "thousandths": ("currency",),
    }
    variant: Literal["home_currency", "customer", "namesake", "thousandths", "refused"]
    currency: str = ""
    home_currency: str = ""
    customer_currency: str = ""


class TotalMismatch(Detail):
    """`prevented`: nothing was posted. `posted`: the QuickBooks invoice has that total and could
    not be taken back. `unknown`: HubSpot gives no total; nothing was posted."""

    code = "total_mismatch"
    needs = {"prevented": ("hubspot_total",), "posted": ("hubspot_total",)}
    variant: Literal["prevented", "posted", "unknown"]
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
    # Labels of HubSpot taxes, and the tax codes that they have, in the same order.
    taxes: tuple[str, ...] = ()
    tax_code_ids: tuple[str, ...] = ()


class PaymentNotRecorded(Detail):
    """`variant`: the reason for which QuickBooks refused it; `refused`: in its own words."""

    code = "payment_not_recorded"
    variant: Literal["closed_period", "reference_inactive", "subscription_lapsed", "refused"]
    payment_id: str
    amount: Decimal
    currency: str
    paid_on: date


class SubscriptionLapsed(Detail):
    code = "subscription_lapsed"


class ReconnectRequired(Detail):
    code = "reconnect_required"
    # "HubSpot", "QuickBooks" or "HubSpot or QuickBooks".
    service: str


class HubSpotRecordGone(Detail):
    code = "hubspot_record_gone"


class RecordUnreadable(Detail):
    """QuickBooks has the record, but each request that would return it is refused."""

    code = "record_unreadable"
    # In our own words, such as "invoice".
    kind: str = "record"
    # What it was looked for by: its id, or the number, the SKU or the name.
    key: str = ""


class QuickBooksError(Detail):
    """QuickBooks answers this invoice's request with an error of its own, while others pass."""

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
    """`hubspot`: HubSpot refused to let us read the invoice."""

    code = "unexpected"
    variant: Literal["", "hubspot"] = ""
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
