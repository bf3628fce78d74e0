"""An invoice's lines as QuickBooks should have them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from invoice_sync.model.connection import Settings
from invoice_sync.model.hubspot import Invoice, InvoiceLine
from invoice_sync.model.money import to_minor_unit
from invoice_sync.model.quickbooks import DesiredLine

_UNIT_PRICE_DIGITS = 5
HUNDREDTH = Decimal("0.01")


def desired_line(
    line: InvoiceLine,
    invoice: Invoice,
    items: Mapping[tuple[str, str], str],
    settings: Settings,
) -> DesiredLine:
    """Return the QuickBooks line of a HubSpot line, its item id empty where no item fits."""
    unit_price = line.price - line.discount - line.price * line.discount_percentage / 100
    net = line.quantity * unit_price if line.amount is None else line.amount
    amount = to_minor_unit(net, invoice.currency)
    # QuickBooks refuses an amount that is not quantity times unit price to the hundredth (6070),
    # and cuts long fractions; then the amount alone is sent, and the quantity is kept in words.
    product = (line.quantity * unit_price).quantize(HUNDREDTH, ROUND_HALF_UP)
    priced = amount == product and unit_price == round(unit_price, _UNIT_PRICE_DIGITS)
    description = _description(line)
    if not priced:
        description += f" (quantity {line.quantity.normalize():f})"
    return DesiredLine(
        source_id=line.id,
        item_id=item_id(line.sku, line.name, items, settings),
        description=description[:4000],
        quantity=line.quantity if priced else None,
        unit_price=unit_price if priced else None,
        amount=amount,
        service_date=line.billing_start or _other_service_date(invoice, settings),
    )


def _description(line: InvoiceLine) -> str:
    text = ": ".join(part for part in (line.name, line.description) if part)
    if line.discount_percentage:
        return f"{text} ({line.price.normalize():f} less {line.discount_percentage:f} %)"
    if line.discount:
        return f"{text} ({line.price.normalize():f} less {line.discount:f} each)"
    return text


def _other_service_date(invoice: Invoice, settings: Settings) -> date | None:
    """Return the service date of a line without a billing start."""
    if settings.service_date == "invoice_date":
        return invoice.invoice_date
    if settings.service_date == "earliest_billing_start":
        return earliest_billing_start(invoice)
    return None


def earliest_billing_start(invoice: Invoice) -> date | None:
    """Return the earliest billing start of the invoice's lines."""
    return min((line.billing_start for line in invoice.lines if line.billing_start), default=None)


def item_id(sku: str, name: str, items: Mapping[tuple[str, str], str], settings: Settings) -> str:
    """Return the id of the item for a line: by SKU, by name, or the fallback; else empty."""
    return (
        (items.get(("sku", sku.casefold())) if sku else None)
        or (items.get(("name", name.casefold())) if name else None)
        or settings.fallback_item_id
    )
