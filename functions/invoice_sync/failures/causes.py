"""Root causes that failures can share, such as a product that many invoices lack. Pure.

A cause is a key: the failure's code, and where the code does not say it all, a hash of what else
has to be the same. Names and emails cannot be read from it. A failure without a key is its
invoice's own.
"""

from __future__ import annotations

from invoice_sync.model import normal_forms
from invoice_sync.model.base import digest
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    ClosedPeriod,
    CurrencyMismatch,
    CustomerNotFound,
    DuplicateDisplayName,
    HubSpotUnavailable,
    InventoryNotStarted,
    ItemAmbiguous,
    ItemNotFound,
    PaymentNotRecorded,
    QuickBooksUnavailable,
    RateLimited,
    ReconnectRequired,
    RecordUnreadable,
    ReferenceInactive,
    ServiceDateRequired,
    SubscriptionLapsed,
    TaxCodeMissing,
    Unexpected,
)
from invoice_sync.model.hubspot import Invoice

_HEX_DIGITS = 16


def cause_of(failure: Failure, invoice: Invoice | None) -> str:
    """Return the key of the failure's cause, fit for a URL; empty where it is the invoice's own."""
    values = _same_for_all(failure, invoice)
    if values is None:
        return ""
    if not values:
        return failure.code
    hashed = digest([normal_forms.name(value) for value in values])
    return f"{failure.code}.{hashed[:_HEX_DIGITS]}"


# Left out of the key: something that is renamed is still the same cause.
_NAMES = {"contact_id", "customer_names", "tax_code_name", "tax_code_names"}


def _same_for_all(failure: Failure, invoice: Invoice | None) -> tuple[str, ...] | None:
    """Return what is the same for all failures of one cause, beside the code: nothing where the
    code says it all, None where each failure is its invoice's own."""
    match failure.detail:
        case CustomerNotFound():
            return _customer(invoice)
        case DuplicateDisplayName(name=name):
            # Contacts of one company need the same name: its holder is in the way of all.
            return (name,) if name else _customer(invoice)
        case ItemAmbiguous(sku=sku, name=name):
            return (sku, name)
        case ItemNotFound(sku=sku, name=name, variant=variant):
            if variant == "refused":
                return (failure.message, failure.fault, failure.detail.setting)
            return (variant, sku, name) if sku or name else None
        case ReferenceInactive(variant="setting", setting=setting):
            return ("setting", setting)
        case ReferenceInactive() | PaymentNotRecorded() | InventoryNotStarted() | Unexpected():
            # The service's own words; ours of a payment would name its amount and day.
            return (failure.message, failure.fault) if failure.message else None
        case CurrencyMismatch() | TaxCodeMissing():
            values = failure.detail.model_dump(exclude=_NAMES).values()
            return (failure.message, *map(str, values))
        case RecordUnreadable(kind=kind, key=key):
            return (kind, key)
        case RateLimited(service=service):
            return (service,)
        case (
            # Connecting again renews both services, whichever of them it was.
            ReconnectRequired()
            | ClosedPeriod()
            | SubscriptionLapsed()
            | QuickBooksUnavailable()
            | HubSpotUnavailable()
            | ServiceDateRequired()
        ):
            return ()
    return None


def _customer(invoice: Invoice | None) -> tuple[str, ...] | None:
    if invoice is None or not invoice.payers:
        return None
    payers = [payer.id for payer in invoice.payers]
    companies = [company.id for company in invoice.companies]
    return (*payers, "of", *companies, invoice.currency)
