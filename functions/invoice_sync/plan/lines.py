"""An invoice's lines as QuickBooks should have them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from invoice_sync.model import normal_forms
from invoice_sync.model.base import brief
from invoice_sync.model.connection import Settings
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    InventoryQuantity,
    ItemAmbiguous,
    ItemNotFound,
    ItemQuestion,
    TooManyDigits,
)
from invoice_sync.model.hubspot import Invoice, InvoiceLine
from invoice_sync.model.limits import DECIMALS_COMPARED, carries, has_digits_for
from invoice_sync.model.money import to_minor_unit
from invoice_sync.model.quickbooks import DesiredLine, Item, ItemName
from invoice_sync.model.record import Record
from invoice_sync.plan.identity import kept_item_id
from invoice_sync.plan.plans import ObservedQuickBooks

HUNDREDTH = Decimal("0.01")


def desired_line(
    line: InvoiceLine,
    invoice: Invoice,
    record: Record,
    observed: ObservedQuickBooks,
    settings: Settings,
) -> DesiredLine:
    """Return the QuickBooks line of a HubSpot line, its item id empty where no item fits."""
    unit_price = line.price - line.discount - line.price * line.discount_percentage / 100
    net = line.quantity * unit_price if line.amount is None else line.amount
    amount = to_minor_unit(net, invoice.currency)
    name = source_name(line.sku, line.name)
    item = kept_item_id(record, line.id, name) or item_id(line.sku, line.name, observed, settings)
    priced: Decimal | None = unit_price
    if not carries(line.quantity, unit_price, amount):
        # As a rule only the amount is sent, and the quantity is kept in words. For an inventory
        # item QuickBooks needs the quantity (6520).
        is_inventory = item in observed.inventory
        priced = _unit_price_for(line.quantity, amount) if is_inventory else None
    description = _description(line)
    if priced is None:
        description += f" (quantity {line.quantity.normalize():f})"
    elif priced != unit_price:
        description += f" (unit price {unit_price.normalize():f})"
    return DesiredLine(
        source_id=line.id,
        source_name=name,
        product=line.name or line.sku,
        item_id=item,
        description=description,
        quantity=None if priced is None else line.quantity,
        unit_price=priced,
        amount=amount,
        service_date=line.billing_start or _other_service_date(invoice, settings),
    )


def source_name(sku: str, name: str) -> str:
    """Return the name by which the item of a line or a fee is found: its SKU, or else its name."""
    by_sku = normal_forms.name(sku)
    return brief(f"sku {by_sku}" if by_sku else f"name {normal_forms.item_path(name)}")


def _unit_price_for(quantity: Decimal, amount: Decimal) -> Decimal | None:
    """Return the unit price that gives the amount, if QuickBooks can carry one that does."""
    if not quantity:
        return None
    unit_price = round(amount / quantity, DECIMALS_COMPARED)
    return unit_price if carries(quantity, unit_price, amount) else None


def line_failures(
    line: DesiredLine, source: InvoiceLine, currency: str, observed: ObservedQuickBooks
) -> Iterator[Failure]:
    """Yield what keeps a line from being written as it should be."""
    if line.item_id in observed.inventory and line.quantity is None:
        yield Failure(
            detail=InventoryQuantity(
                variant="amount" if source.quantity else "no_quantity",
                sku=source.sku,
                name=source.name,
                quantity=f"{source.quantity.normalize():f}",
                amount=line.amount,
                currency=currency,
            )
        )
    numbers = {"amount": line.amount, "quantity": line.quantity, "unit price": line.unit_price}
    for name, value in numbers.items():
        if value is not None and not has_digits_for(value):
            where = source.sku or source.name or "a line without a name"
            yield too_many_digits(f"{name} of {where}", value)


def too_many_digits(number: str, value: Decimal) -> Failure:
    return Failure(detail=TooManyDigits(number=number, value=f"{value:f}"))


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


def item_names(sku: str, name: str) -> tuple[ItemName, ...]:
    """Return the names by which the item of a line is looked for, the one that tells most first.
    Two items may have one SKU: then the line's name has to fit too."""
    by_sku, by_name = normal_forms.name(sku), normal_forms.item_path(name)
    names: list[ItemName] = []
    if by_sku and by_name:
        names.append(("both", f"{by_sku}|{by_name}"))
    if by_sku:
        names.append(("sku", by_sku))
    if by_name:
        names.append(("name", by_name))
    return tuple(names)


def has_name(item: Item, name: str) -> bool:
    """Tell whether an item has that name, with its categories or without them."""
    path = normal_forms.item_path(name)
    return path in (normal_forms.item_path(item.full_name), normal_forms.name(item.name))


def item_id(sku: str, name: str, observed: ObservedQuickBooks, settings: Settings) -> str:
    """Return the id of the item for a line: by SKU, by name, or the fallback; else empty, as when
    several items fit."""
    for each in item_names(sku, name):
        if each in observed.items or each in observed.rivals:
            return observed.items.get(each, "")
    return settings.fallback_item_id


def no_item(sku: str, name: str, observed: ObservedQuickBooks) -> Failure:
    """Return the failure of a line that no item fits, or several do. A bundle or a category may
    have its name."""
    names = item_names(sku, name)
    for each in names:
        if rivals := observed.rivals.get(each):
            return Failure(
                detail=ItemAmbiguous(
                    variant="sku" if each[0] == "sku" else "name",
                    sku=sku,
                    name=name,
                    item_ids=tuple(item.id for item in rivals),
                    item_names=tuple(item.full_name or item.name for item in rivals),
                )
            )
    unusable = [observed.unusable[each] for each in names if each in observed.unusable]
    variant: ItemQuestion = unusable[0] if unusable else ""
    if not variant and ":" in name and not sku:
        variant = "path"
    return Failure(detail=ItemNotFound(variant=variant, sku=sku, name=name))
