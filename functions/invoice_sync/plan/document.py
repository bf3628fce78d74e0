"""The decision: what to do about one invoice. Pure: no I/O, no clock, no randomness.

The worker, the preview and the audit all ask this one function.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import chain

from invoice_sync.model.connection import Connection, Settings
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import CurrencyMismatch, DocumentNumberTooLong
from invoice_sync.model.hubspot import Adjustment, Invoice
from invoice_sync.model.markers import marker
from invoice_sync.model.money import to_minor_unit
from invoice_sync.model.quickbooks import (
    Customer,
    DesiredInvoice,
    DesiredLine,
    NewCustomer,
    Preferences,
)
from invoice_sync.model.record import Record
from invoice_sync.plan.compare import total_mismatch
from invoice_sync.plan.customer import invoice_customer
from invoice_sync.plan.lines import (
    HUNDREDTH,
    adjustment_amounts,
    adjustments_total,
    desired_line,
    item_id,
    no_item,
)
from invoice_sync.plan.plans import Draft, QuickBooksSide
from invoice_sync.plan.tax import Taxable, Taxation, taxation

DOCUMENT_NUMBER_LENGTH = 21


# -- the document -------------------------------------------------------------------------


def drafted(
    invoice: Invoice, record: Record, quickbooks: QuickBooksSide, connection: Connection
) -> Draft:
    """What the invoice calls for in QuickBooks, whatever is there."""
    preferences = quickbooks.preferences
    settings = _chosen(connection.settings, record)
    found: list[Failure] = [*_currency_failures(invoice, preferences)]
    customer = invoice_customer(invoice, quickbooks, settings, connection.portal_id)
    if isinstance(customer, Failure):
        found.append(customer)
    chosen = record.choices.number
    # A choice ends when HubSpot gives the invoice another number.
    number = chosen if chosen.rpartition("-")[0] == invoice.number else invoice.number
    number = number if settings.document_number == "hubspot" else ""
    if len(number) > DOCUMENT_NUMBER_LENGTH:
        too_long = DocumentNumberTooLong(number=number, length=len(number))
        found.append(Failure(detail=too_long))
    lines = [desired_line(line, invoice, quickbooks.items, settings) for line in invoice.lines]
    subtotal = sum((line.amount for line in lines), Decimal(0))
    discount = -adjustments_total(invoice.discounts, subtotal, invoice.currency, sign=-1)
    running = subtotal - discount
    for fee, amount in adjustment_amounts(invoice.fees, running, invoice.currency, sign=1):
        fee_item_id = settings.fee_item_id or item_id("", fee.label, quickbooks.items, settings)
        lines.append(DesiredLine(item_id=fee_item_id, description=fee.label, amount=amount))
        running += amount
    named = chain(
        ((line.sku, line.name) for line in invoice.lines), (("", fee.label) for fee in invoice.fees)
    )
    found += [no_item(*names) for line, names in zip(lines, named, strict=True) if not line.item_id]
    levies, line_tax = _taxes(invoice, running)
    tax = sum((amount for _, amount in levies), line_tax)
    total = running + tax
    if invoice.total is None or to_minor_unit(invoice.total, invoice.currency) != total:
        found.append(total_mismatch(invoice.total, total, invoice.currency))
    found += _thousandths(invoice.currency, *(line.amount for line in lines), discount, tax)
    taxable = Taxable(invoice, lines, discount, running, levies, tax)
    taxed = taxation(taxable, preferences, settings, quickbooks.tax_codes)
    if isinstance(taxed, Failure):
        found.append(taxed)
        taxed = Taxation(tuple("" for _ in lines))
    days = (invoice.due_date - invoice.invoice_date).days
    document = DesiredInvoice(
        marker=marker(connection.portal_id, invoice.id),
        customer_id=customer.id if isinstance(customer, Customer) else "",
        number=number,
        ask_for_number=not number and preferences.custom_numbers,
        invoice_date=invoice.invoice_date,
        due_date=invoice.due_date,
        term_id=settings.terms.get(str(days), ""),
        currency=invoice.currency,
        send_currency=preferences.multicurrency,
        email=invoice.contact.email if invoice.contact else "",
        memo=_memo(invoice),
        lines=tuple(
            line.model_copy(update={"tax_code": code})
            for line, code in zip(lines, taxed.line_codes, strict=True)
        ),
        discount=discount,
        discount_account_id=settings.discount_account_id if discount else "",
        tax=tax,
        tax_code_id=taxed.code_id,
        tax_after_discount=taxed.after_discount,
        tax_calculation=taxed.calculation,
        tax_lines=taxed.lines,
        total=total,
    )
    new = customer if isinstance(customer, NewCustomer) else None
    # Two lines may lack the same item.
    return Draft(document, new, tuple(dict.fromkeys(found)))


def _chosen(settings: Settings, record: Record) -> Settings:
    """The settings as they are for this invoice."""
    choices = record.choices
    changes = {
        **({"service_date": choices.service_date} if choices.service_date else {}),
        **({"document_number": "hubspot"} if choices.number else {}),
        **({"document_number": "quickbooks"} if choices.quickbooks_number else {}),
    }
    return settings.model_copy(update=changes)


def _currency_failures(invoice: Invoice, preferences: Preferences) -> list[Failure]:
    home = preferences.home_currency or invoice.currency
    if invoice.currency == home or preferences.multicurrency:
        return []
    detail = CurrencyMismatch(
        variant="home_currency", currency=invoice.currency, home_currency=home
    )
    return [Failure(detail=detail)]


def _thousandths(currency: str, *amounts: Decimal) -> list[Failure]:
    """QuickBooks' amounts have two decimals, also of currencies that have thousandths."""
    if all(amount == amount.quantize(HUNDREDTH) for amount in amounts):
        return []
    return [Failure(detail=CurrencyMismatch(variant="thousandths", currency=currency))]


def _taxes(invoice: Invoice, net: Decimal) -> tuple[list[tuple[Adjustment, Decimal]], Decimal]:
    """The invoice-level taxes with their amounts, and the tax of the lines.

    HubSpot does not say whether a second percentage is also one of the first tax. Its total does.
    """
    line_tax = to_minor_unit(
        sum((line.tax for line in invoice.lines), Decimal(0)), invoice.currency
    )
    on_top = adjustment_amounts(invoice.taxes, net, invoice.currency, sign=1)
    side_by_side = [
        pair
        for tax in invoice.taxes
        for pair in adjustment_amounts((tax,), net, invoice.currency, sign=1)
    ]
    total = net + sum((amount for _, amount in side_by_side), line_tax)
    agrees = invoice.total is not None and to_minor_unit(invoice.total, invoice.currency) == total
    return side_by_side if agrees else on_top, line_tax


def _memo(invoice: Invoice) -> str:
    order = invoice.purchase_order_number
    parts = [f"Purchase order: {order}" if order else "", invoice.comments]
    return "\n".join(part for part in parts if part)[:1000]
