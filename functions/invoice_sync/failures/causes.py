"""What makes failures one: the customer or the product that many invoices lack. Pure.

A cause is a key: the failure's code, and where that does not say it all a hash of what else has to
be the same. Names and emails are not in it. Without a key a failure is the invoice's own.
"""

from __future__ import annotations

from collections.abc import Callable

from invoice_sync.model.base import digest
from invoice_sync.model.failure import Failure
from invoice_sync.model.hubspot import Invoice

# None: it is the invoice's own. Nothing: the code says it all.
_Values = Callable[[Failure, Invoice | None], tuple[str, ...] | None]
_HEX_DIGITS = 16


def _own(failure: Failure, invoice: Invoice | None) -> None:
    return None


def _code(failure: Failure, invoice: Invoice | None) -> tuple[str, ...]:
    return ()


def _service(failure: Failure, invoice: Invoice | None) -> tuple[str, ...]:
    return (failure.detail.get("service", ""),)


def _customer(failure: Failure, invoice: Invoice | None) -> tuple[str, ...] | None:
    if invoice is None or invoice.contact is None:
        return None
    return (invoice.contact.id, invoice.currency)


def _name(failure: Failure, invoice: Invoice | None) -> tuple[str, ...] | None:
    """Contacts of one company ask for one name: whoever has it is in the way of all of them."""
    name = failure.detail.get("name", "")
    return (name,) if name else _customer(failure, invoice)


def _item(failure: Failure, invoice: Invoice | None) -> tuple[str, ...] | None:
    named = (failure.detail.get("sku", ""), failure.detail.get("name", ""))
    return named if any(named) else None


def _why(failure: Failure, invoice: Invoice | None) -> tuple[str, ...] | None:
    why = failure.detail.get("why", "")
    return (why, failure.detail.get("customerId", "")) if why else None


def _words(failure: Failure, invoice: Invoice | None) -> tuple[str, ...] | None:
    """The service's own; ours of a payment would name its amount and day."""
    return (failure.message, failure.detail.get("fault", "")) if failure.message else None


# One row for each code of the catalogue.
CAUSES: dict[str, _Values] = {
    "customer_not_found": _customer,
    "duplicate_display_name": _name,
    "item_not_found": _item,
    "reference_inactive": _words,
    "payment_not_recorded": _words,
    "unexpected": _words,
    "currency_mismatch": _why,
    "tax_code_missing": _why,
    "rate_limited": _service,
    # Connecting again renews both services, whichever of them it was.
    "reconnect_required": _code,
    "closed_period": _code,
    "subscription_lapsed": _code,
    "quickbooks_unavailable": _code,
    "hubspot_unavailable": _code,
    "service_date_required": _code,
    "modified_outside_hubspot": _own,
    "duplicate_document_number": _own,
    "possible_duplicate": _own,
    "total_mismatch": _own,
    "document_number_too_long": _own,
    "hubspot_record_gone": _own,
}


def cause_of(failure: Failure, invoice: Invoice | None) -> str:
    """The key of the failure's cause, fit for a URL; empty where it is the invoice's own."""
    values = CAUSES.get(failure.code, _own)(failure, invoice)
    if values is None:
        return ""
    if not values:
        return failure.code
    found = digest([" ".join(value.casefold().split()) for value in values])
    return f"{failure.code}.{found[:_HEX_DIGITS]}"
