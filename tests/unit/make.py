"""Small builders: a complete, plain object, of which a test changes what it is about."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any, get_args

from invoice_sync.model.connection import Connection, Settings
from invoice_sync.model.detail import Detail
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import DETAILS, Mismatch
from invoice_sync.model.hubspot import Contact, Invoice, InvoiceLine
from invoice_sync.model.quickbooks import (
    Customer,
    DesiredInvoice,
    Preferences,
    QuickBooksInvoice,
    QuickBooksLine,
)
from invoice_sync.model.record import Record
from invoice_sync.model.setting_names import BlamedSetting
from invoice_sync.plan.plans import ObservedQuickBooks

CONTACT = Contact(id="301", email="ap@acme.example", first_name="Ada", last_name="Byron")
PREFERENCES = Preferences(
    home_currency="USD",
    multicurrency=False,
    custom_numbers=True,
    sales_tax=False,
    automated_sales_tax=False,
)


def connection(**settings: Any) -> Connection:
    return Connection(
        portal_id="24680",
        realm_id="9130",
        token_secret_id="tokens",
        settings=Settings(**settings),
    )


def line(**changes: Any) -> InvoiceLine:
    whole: dict[str, Any] = {
        "id": "1",
        "name": "Consulting",
        "quantity": Decimal(2),
        "price": Decimal("50"),
        **changes,
    }
    return InvoiceLine(**whole)


def invoice(**changes: Any) -> Invoice:
    whole: dict[str, Any] = {
        "id": "512",
        "number": "INV-1",
        "status": "open",
        "currency": "USD",
        "invoice_date": date(2026, 2, 3),
        "due_date": date(2026, 3, 5),
        "total": Decimal("100.00"),
        "lines": (line(),),
        "contact": CONTACT,
        **changes,
    }
    whole.setdefault("payers", (whole["contact"],) if whole["contact"] else ())
    whole.setdefault("companies", (whole["company"],) if whole.get("company") else ())
    return Invoice(**whole)


def record(**changes: Any) -> Record:
    return Record(portal_id="24680", invoice_id="512", **changes)


def observed(**changes: Any) -> ObservedQuickBooks:
    whole: dict[str, Any] = {
        "preferences": PREFERENCES,
        "customers": (Customer(id="58", display_name="Acme", email="ap@acme.example"),),
        "items": {("name", "consulting"): "21"},
        **changes,
    }
    return ObservedQuickBooks(**whole)


def posted(document: DesiredInvoice, **changes: Any) -> QuickBooksInvoice:
    """What QuickBooks has after a document was written."""
    whole: dict[str, Any] = {
        "id": "146",
        "sync_token": "0",
        "number": document.number,
        "customer_id": document.customer_id,
        "currency": document.currency,
        "lines": tuple(
            QuickBooksLine(
                id=str(position),
                description=one.description,
                service_date=one.service_date,
                tax_code=one.tax_code,
                item_id=one.item_id,
                quantity=one.quantity,
                unit_price=one.unit_price,
                amount=one.amount,
            )
            for position, one in enumerate(document.lines, start=1)
        ),
        "invoice_date": document.invoice_date,
        "due_date": document.due_date,
        "term_id": document.term_id,
        "memo": document.memo,
        "email": document.email,
        "discount": document.discount,
        "tax": document.tax,
        "total": document.total,
        "balance": document.total,
        "private_note": document.marker,
        **changes,
    }
    return QuickBooksInvoice(**whole)


# A value for each type of field that a failure's detail may have.
_VALUES: dict[Any, Any] = {
    str: "12",
    int: 22,
    date | None: date(2026, 1, 31),
    date: date(2026, 1, 31),
    Decimal | None: Decimal("100.50"),
    Decimal: Decimal("100.50"),
    tuple[str, ...]: ("58", "59"),
    tuple[Mismatch, ...]: ("total", "date"),
    BlamedSetting: "fallbackItemId",
}


def variants(model: type[Detail]) -> tuple[str, ...]:
    """Return all variants that a code can have."""
    return get_args(model.model_fields["variant"].annotation) or ("",)


def every_detail() -> list[Detail]:
    """Build the details of every code and variant: with all values, and with as few as can be."""
    details = []
    for model in DETAILS.values():
        for variant, full in product(variants(model), (True, False)):
            values = {
                name: _value(field.annotation)
                for name, field in model.model_fields.items()
                if name != "variant"
                and (full or field.is_required() or name in model.needs.get(variant, ()))
            }
            details.append(model(**values, variant=variant))
    return details


def failure(code: str) -> Failure:
    """Return a failure of that code, its first variant, with all values."""
    return Failure(detail=next(one for one in every_detail() if one.code == code))


def detail_name(detail: Detail) -> str:
    return f"{detail.code} {detail.variant}".strip()


def _value(annotation: Any) -> Any:
    return _VALUES[annotation] if annotation in _VALUES else get_args(annotation)[-1]
