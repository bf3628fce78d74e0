"""An invoice's amounts: its lines and fees, the discount, the taxes and the total. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from invoice_sync.model.connection import Settings
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import CurrencyMismatch, TotalBelowZero
from invoice_sync.model.hubspot import Adjustment, Invoice
from invoice_sync.model.limits import has_digits_for
from invoice_sync.model.money import to_minor_unit
from invoice_sync.model.quickbooks import DesiredLine
from invoice_sync.model.record import Record
from invoice_sync.plan.compare import total_mismatch
from invoice_sync.plan.identity import kept_item_id
from invoice_sync.plan.lines import (
    HUNDREDTH,
    desired_line,
    item_id,
    line_failures,
    no_item,
    source_name,
    too_many_digits,
)
from invoice_sync.plan.plans import ObservedQuickBooks

# An invoice-level discount, fee or tax with its amount.
Levy = tuple[Adjustment, Decimal]
_ZERO = Decimal(0)
_AUTOMATED = "Automated sales tax"


@dataclass(frozen=True)
class PricedInvoice:
    """An invoice with all amounts known, in its currency."""

    invoice: Invoice
    # The line items, then the fees, in HubSpot's order.
    lines: Sequence[DesiredLine]
    discount: Decimal
    # What lines and fees come to after the discount.
    net: Decimal
    # The invoice-level taxes; they are taxes of `net`.
    levies: Sequence[Levy]
    # All tax, of lines and levies.
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


def price(
    invoice: Invoice, record: Record, observed: ObservedQuickBooks, settings: Settings
) -> tuple[PricedInvoice, tuple[Failure, ...]]:
    """Return the invoice with its amounts, and the failures of its lines and fees."""
    lines = [desired_line(line, invoice, record, observed, settings) for line in invoice.lines]
    invoice = _with_automated_tax(invoice, sum((line.amount for line in lines), _ZERO))
    failures = [
        failure
        for line, source in zip(lines, invoice.lines, strict=True)
        for failure in line_failures(line, source, invoice.currency, observed)
    ]
    subtotal = sum((line.amount for line in lines), _ZERO)
    discounts = adjustment_amounts(invoice.discounts, subtotal, invoice.currency, sign=-1)
    discount = -_total(discounts)
    fees = adjustment_amounts(invoice.fees, subtotal - discount, invoice.currency, sign=1)
    net = subtotal - discount + _total(fees)
    lines += [_fee_line(fee, amount, record, observed, settings) for fee, amount in fees]
    levies, line_tax = _taxes(invoice, net)
    names = [*((line.sku, line.name) for line in invoice.lines)]
    names += [("", fee.label) for fee in invoice.fees]
    without_item = tuple(
        no_item(sku, name, observed)
        for line, (sku, name) in zip(lines, names, strict=True)
        if not line.item_id
    )
    tax = line_tax + _total(levies)
    priced = PricedInvoice(invoice, lines, discount, net, levies, tax)
    return priced, (*without_item, *failures)


def _with_automated_tax(invoice: Invoice, subtotal: Decimal) -> Invoice:
    """Return the invoice with HubSpot's automated sales tax among its taxes.

    HubSpot does not say whether a line's tax contains it. Its total does: what does not come to it
    fails as any other total does.
    """
    of_lines = any(line.automated_tax for line in invoice.lines)
    if not of_lines and not invoice.automated_tax:
        return invoice
    if of_lines:
        lines = (
            line.model_copy(update={"tax": line.tax + line.automated_tax}) for line in invoice.lines
        )
        added = invoice.model_copy(update={"lines": tuple(lines)})
    else:
        levy = Adjustment(id="", label=_AUTOMATED, percent=False, value=invoice.automated_tax)
        added = invoice.model_copy(update={"taxes": (*invoice.taxes, levy)})
    return invoice if _total_of(invoice, subtotal) == invoice.total else added


def _total_of(invoice: Invoice, subtotal: Decimal) -> Decimal:
    currency = invoice.currency
    net = subtotal + _total(adjustment_amounts(invoice.discounts, subtotal, currency, sign=-1))
    net += _total(adjustment_amounts(invoice.fees, net, currency, sign=1))
    levies, line_tax = _taxes(invoice, net)
    return net + line_tax + _total(levies)


def amount_failures(priced: PricedInvoice) -> Iterator[Failure]:
    """Yield what keeps the amounts from being written: another total than HubSpot's, one below
    zero, fractions that QuickBooks does not have, or more digits."""
    invoice, currency = priced.invoice, priced.invoice.currency
    if priced.net < 0:
        detail = TotalBelowZero(variant="planned", net=priced.net, currency=currency)
        yield Failure(detail=detail)
    if invoice.total is None or to_minor_unit(invoice.total, currency) != priced.total:
        yield total_mismatch(invoice.total, priced.total, currency)
    amounts = (*(line.amount for line in priced.lines), priced.discount, priced.tax)
    # QuickBooks' amounts have two decimals, also in currencies that have thousandths.
    if any(amount != amount.quantize(HUNDREDTH) for amount in amounts):
        yield Failure(detail=CurrencyMismatch(variant="thousandths", currency=currency))
    for name, amount in (("discount", priced.discount), ("tax", priced.tax)):
        if not has_digits_for(amount):
            yield too_many_digits(name, amount)


def adjustment_amounts(
    adjustments: tuple[Adjustment, ...], running: Decimal, currency: str, sign: int
) -> list[Levy]:
    """Return each adjustment with its signed amount. A percentage is one of `running` as the
    adjustments before it left it."""
    amounts = []
    for adjustment in adjustments:
        raw = running * adjustment.value / 100 if adjustment.percent else adjustment.value
        amount = sign * to_minor_unit(raw, currency)
        running += amount
        amounts.append((adjustment, amount))
    return amounts


def _fee_line(
    fee: Adjustment,
    amount: Decimal,
    record: Record,
    observed: ObservedQuickBooks,
    settings: Settings,
) -> DesiredLine:
    name = source_name("", fee.label)
    item = (
        kept_item_id(record, fee.id, name)
        or settings.fee_item_id
        or item_id("", fee.label, observed, settings)
    )
    is_inventory = item in observed.inventory
    return DesiredLine(
        source_id=fee.id,
        source_name=name,
        product=fee.label,
        item_id=item,
        description=fee.label,
        quantity=Decimal(1) if is_inventory else None,
        unit_price=amount if is_inventory else None,
        amount=amount,
    )


def _taxes(invoice: Invoice, net: Decimal) -> tuple[list[Levy], Decimal]:
    """Return the invoice-level taxes with their amounts, and the tax of the lines.

    HubSpot does not say whether a second percentage is also a tax on the first tax. Its total does.
    """
    line_tax = to_minor_unit(sum((line.tax for line in invoice.lines), _ZERO), invoice.currency)
    on_top = adjustment_amounts(invoice.taxes, net, invoice.currency, sign=1)
    side_by_side = [
        levy
        for tax in invoice.taxes
        for levy in adjustment_amounts((tax,), net, invoice.currency, sign=1)
    ]
    total = net + line_tax + _total(side_by_side)
    agrees = invoice.total is not None and to_minor_unit(invoice.total, invoice.currency) == total
    return side_by_side if agrees else on_top, line_tax


def _total(levies: Sequence[Levy]) -> Decimal:
    return sum((amount for _, amount in levies), _ZERO)
