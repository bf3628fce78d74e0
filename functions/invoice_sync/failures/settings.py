"""Which setting causes a failure or could heal it, and what a changed setting may heal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from invoice_sync.model.detail import Detail, FailureCode
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    CustomerNotFound,
    DocumentNumberTooLong,
    DuplicateDisplayName,
    DuplicateDocumentNumber,
    ItemNotFound,
    PaymentNotRecorded,
    ServiceDateRequired,
    TaxCodeMissing,
)
from invoice_sync.model.setting_names import SettingName

# A line's item can be refused in each of these ways.
_ITEM: frozenset[FailureCode] = frozenset(
    {
        "item_not_found",
        "reference_inactive",
        "inventory_quantity",
        "inventory_not_started",
        "service_date_required",
    }
)
_TAX: frozenset[FailureCode] = frozenset({"tax_code_missing", "total_mismatch"})
# What QuickBooks says of a bad account or term is not always known to us.
_REFERENCE: frozenset[FailureCode] = frozenset({"reference_inactive", "unexpected"})
# The failures that a change of the setting may heal. A possible duplicate is never retried because
# of a setting: a retry creates it.
_HEALS: Mapping[SettingName, frozenset[FailureCode]] = {
    "createCustomers": frozenset({"customer_not_found", "currency_mismatch"}),
    "displayName": frozenset({"duplicate_display_name"}),
    "onDisplayNameClash": frozenset({"duplicate_display_name"}),
    "documentNumber": frozenset({"duplicate_document_number", "document_number_too_long"}),
    "serviceDate": frozenset({"service_date_required"}),
    "fallbackItemId": _ITEM,
    "feeItemId": _ITEM,
    "discountAccountId": _REFERENCE,
    "taxCodeId": _TAX,
    "untaxedCodeId": _TAX,
    "taxCodes": _TAX,
    "terms": _REFERENCE,
    "recordPayments": frozenset({"payment_not_recorded"}),
    "depositAccountId": frozenset({"payment_not_recorded"}),
    "sources": frozenset(),
    "nativeSync": frozenset(),
    "mayAct": frozenset(),
}


def codes_healed_by(settings: Iterable[SettingName]) -> list[FailureCode]:
    """Return the codes of the failures that a change of these settings may heal, sorted."""
    return sorted({code for setting in settings for code in _HEALS.get(setting, ())})


def setting_of(failure: Failure) -> SettingName | None:
    """Return the setting that causes this very failure, or else the one that could heal it; None
    where no setting does."""
    blamed: SettingName | None = getattr(failure.detail, "setting", None) or None
    return blamed or _healing(failure.detail)


def _healing(detail: Detail) -> SettingName | None:
    match detail:
        case CustomerNotFound(variant="no_match" | "no_email"):
            return "createCustomers"
        case DuplicateDisplayName():
            return "onDisplayNameClash"
        case DuplicateDocumentNumber() | DocumentNumberTooLong():
            return "documentNumber"
        case ServiceDateRequired():
            return "serviceDate"
        case ItemNotFound():
            return "fallbackItemId"
        case TaxCodeMissing(variant="untaxed_unmapped"):
            return "untaxedCodeId"
        case TaxCodeMissing(variant=variant) if variant != "sales_tax_off":
            return "taxCodes"
        case PaymentNotRecorded(variant="deposit_account"):
            return "depositAccountId"
    return None
