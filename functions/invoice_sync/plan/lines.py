"""The decision: what to do about one invoice. Pure: no I/O, no clock, no randomness.

The worker, the preview and the audit all ask this one function.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from invoice_sync.model.connection import Settings
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import ItemNotFound
from invoice_sync.model.hubspot import Adjustment, Invoice, InvoiceLine
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
    unit_price = line.price - line.discount - line.price * line.discount_percentage / 100
    net = line.quantity * unit_price if line.amount is None else line.amount
    amount = to_minor_unit(net, invoice.currency)
    description = ": ".join(part for part in (line.name, line.description) if part)
    if line.discount_percentage:
        description += f" ({line.price.normalize():f} less {line.discount_percentage:f} %)"
    elif line.discount:
        description += f" ({line.price.normalize():f} less {line.discount:f} each)"
    # QuickBooks refuses an amount that is not quantity times unit price to the hundredth (6070),
    # and cuts long fractions; then the amount alone is sent, and the quantity is kept in words.
    product = (line.quantity * unit_price).quantize(HUNDREDTH, ROUND_HALF_UP)
    priced = amount == product and unit_price == round(unit_price, _UNIT_PRICE_DIGITS)
    if not priced:
        description += f" (quantity {line.quantity.normalize():f})"
    service_date = line.billing_start
    if service_date is None and settings.service_date == "invoice_date":
        service_date = invoice.invoice_date
    elif service_date is None and settings.service_date == "earliest_billing_start":
        service_date = earliest_billing_start(invoice)
    return DesiredLine(
        item_id=item_id(line.sku, line.name, items, settings),
        description=description[:4000],
        quantity=line.quantity if priced else None,
        unit_price=unit_price if priced else None,
        amount=amount,
        service_date=service_date,
    )


def earliest_billing_start(invoice: Invoice) -> date | None:
    return min((line.billing_start for line in invoice.lines if line.billing_start), default=None)


def item_id(sku: str, name: str, items: Mapping[tuple[str, str], str], settings: Settings) -> str:
    """Empty when there is none."""
    return (
        (items.get(("sku", sku.casefold())) if sku else None)
        or (items.get(("name", name.casefold())) if name else None)
        or settings.fallback_item_id
    )


def no_item(sku: str, name: str) -> Failure:
    return Failure(detail=ItemNotFound(sku=sku, name=name))


def adjustment_amounts(
    adjustments: tuple[Adjustment, ...], running: Decimal, currency: str, sign: int
) -> list[tuple[Adjustment, Decimal]]:
    """Each adjustment's signed amount; percentages are of what the ones before it left."""
    amounts = []
    for adjustment in adjustments:
        raw = running * adjustment.value / 100 if adjustment.percent else adjustment.value
        amount = sign * to_minor_unit(raw, currency)
        running += amount
        amounts.append((adjustment, amount))
    return amounts


def adjustments_total(
    adjustments: tuple[Adjustment, ...], running: Decimal, currency: str, sign: int
) -> Decimal:
    return sum(
        (amount for _, amount in adjustment_amounts(adjustments, running, currency, sign)),
        Decimal(0),
    )
