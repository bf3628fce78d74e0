"""Failures with example values, for the page of the catalogue."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, get_args

from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import DETAILS
from invoice_sync.plan.payments import (
    NO_ROOM,
    OTHER_CUSTOMER,
    REMOVED,
    VOIDED,
    WAITS_FOR_OTHER,
)

# By name of the field; a code may have others.
_VALUES: dict[str, Any] = {
    "contact_id": "301",
    "customer_ids": ("58", "61"),
    "customer_names": ("Acme Inc.", "Acme Industrial"),
    "companies": ("Acme Holding", "Acme Retail"),
    "contacts": ("Jo Doe", "Kim Roe"),
    "decided_id": "58",
    "named_id": "61",
    "decided_name": "Acme Inc.",
    "named_name": "Globex",
    "name": "Consulting",
    "sku": "CON-HOUR",
    "billing_start": date(2026, 1, 15),
    "quickbooks_number": "INV-2016",
    "hubspot_total": Decimal("1200.00"),
    "quickbooks_total": Decimal("1250.00"),
    "net": Decimal("-20.00"),
    "currency": "EUR",
    "home_currency": "USD",
    "customer_currency": "USD",
    "day": date(2026, 1, 31),
    "clash_id": "146",
    "clash_customer": "Globex",
    "clash_date": date(2026, 1, 31),
    "clash_number": "A-77",
    "number": "INV-2016",
    "length": 24,
    "item_ids": ("21", "22"),
    "item_names": ("Plans:Gold", "Legacy:Gold"),
    "products": ("Consulting", "Support"),
    "quantity": "3",
    "record": '"Consulting"',
    "amount": Decimal("100.00"),
    "closed_until": date(2025, 12, 31),
    "tax_code_id": "5",
    "tax_code_name": "HST ON",
    "tax": "VAT 20%",
    "line": "Consulting",
    "taxes": ("GST", "PST"),
    "tax_code_ids": ("5", "7"),
    "tax_code_names": ("GST", "PST BC"),
    "payment_id": "901",
    "paid_on": date(2026, 1, 31),
    "service": "QuickBooks",
    "kind": "customer",
    "key": "58",
    "correlation_id": "0195d3f1-7a52-7c7e-9a5b-2f1f6f0c9f61",
    "value": "123456789012345.67",
}
_OF_CODE: dict[tuple[str, str], Any] = {
    ("reference_inactive", "customer_ids"): ("58",),
    ("reference_inactive", "customer_names"): ("Acme Inc.",),
    ("duplicate_display_name", "name"): "Acme Inc.",
    ("item_not_found", "sku"): "",
    ("inventory_quantity", "sku"): "WIDGET-9",
    ("document_number_too_long", "number"): "ACME-EUROPE-2026-000123",
    ("document_number_too_long", "length"): 23,
    ("too_many_digits", "number"): "unit price",
}
_OF_VARIANT: dict[tuple[str, str, str], Any] = {
    ("reference_inactive", "setting", "setting"): "fallbackItemId",
    ("item_not_found", "path", "name"): "Plans:Gold",
    ("item_ambiguous", "name", "item_names"): ("Services:Consulting", "Legacy:Consulting"),
    ("item_not_found", "bundle", "name"): "Starter kit",
    ("item_not_found", "category", "name"): "Plans",
    ("customer_not_found", "other_company", "customer_ids"): ("58",),
    ("customer_not_found", "other_company", "customer_names"): ("Acme Inc.",),
    ("customer_differs", "several", "customer_ids"): ("58", "61", "62"),
    ("customer_differs", "several", "customer_names"): ("Acme Inc.", "Globex", "Globex Retail"),
    ("currency_mismatch", "customer", "customer_ids"): ("58",),
    ("currency_mismatch", "customer", "customer_names"): ("Acme Inc.",),
    ("currency_mismatch", "namesake", "customer_ids"): ("58",),
    ("currency_mismatch", "namesake", "customer_names"): ("Acme Inc.",),
}
# Why a payment is in no book.
_WHY = {
    "no_room": NO_ROOM.format(open="800.00 EUR"),
    "voided": VOIDED,
    "removed": REMOVED,
    "other_invoice": WAITS_FOR_OTHER.format(number="INV-2017"),
    "other_customer": OTHER_CUSTOMER,
    "unclear": "It is in USD, the invoice in EUR. Record it in QuickBooks.",
}
# What the services say, by code; where nothing is known, it is left open.
_MESSAGES = {
    "inventory_not_started": "Transaction date is prior to start date for inventory item",
    "inventory_quantity": "Amount is not equal to UnitPrice * Qty",
    "item_not_found": "Bundles cannot be used in transactions",
    "currency_mismatch": "You can only use one foreign currency per transaction.",
    "tax_code_missing": "Make sure all your transactions have a GST/HST rate before you save.",
    "total_below_zero": "The transaction amount must be 0 or greater",
    "record_unreadable": "Error processing query",
    "quickbooks_error": "An application error has occurred while processing your request",
}
_UNKNOWN = "[The words of QuickBooks or HubSpot.]"


def variants(code: str) -> tuple[str, ...]:
    """Return all variants that a code can have."""
    return get_args(DETAILS[code].model_fields["variant"].annotation) or ("",)


def example(code: str, variant: str) -> Failure:
    """Return a failure of a code and variant, with example values."""
    model = DETAILS[code]
    values = {
        name: _value(code, variant, name)
        for name, field in model.model_fields.items()
        if name != "variant" and (field.is_required() or _has_example(code, variant, name))
    }
    detail = model(**values, variant=variant)
    return Failure(detail=detail, message=_MESSAGES.get(code, _UNKNOWN))


def _has_example(code: str, variant: str, name: str) -> bool:
    known = (code, name) in _OF_CODE or (code, variant, name) in _OF_VARIANT
    return known or name in _VALUES or (name == "why" and variant in _WHY)


def _value(code: str, variant: str, name: str) -> Any:
    if name == "why":
        return _WHY[variant]
    of_code = _OF_CODE.get((code, name), _VALUES.get(name))
    return _OF_VARIANT.get((code, variant, name), of_code)
