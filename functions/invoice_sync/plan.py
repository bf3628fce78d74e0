"""The decision: what to do about one invoice. Pure: no I/O, no clock, no randomness.

The worker, the preview and the audit all ask this one function.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import NoReturn

from .failures import total_mismatch
from .model import (
    Adjustment,
    Connection,
    Customer,
    Difference,
    Document,
    DocumentLine,
    Failure,
    Invoice,
    InvoiceLine,
    NewCustomer,
    Posted,
    Preferences,
    Record,
    Settings,
    TaxCode,
    marker,
    to_minor_unit,
)
from .tax import Taxable, taxation

_SYNCED_STATUSES = ("open", "paid")
_DOCUMENT_NUMBER_LENGTH = 21
_UNIT_PRICE_DIGITS = 5
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class QuickBooksSide:
    """What the plan needs to know of QuickBooks.

    `customers`: those that match the invoice's contact, by saved link or by email. `items`:
    ids by ("sku" | "name", casefolded value). `tax_codes`: by id, those that the settings name, in
    a realm outside the US. `existing`: the QuickBooks invoice as it is now, None when there is
    none; only to be trusted when `looked`.
    """

    preferences: Preferences
    customers: tuple[Customer, ...] = ()
    items: Mapping[tuple[str, str], str] = field(default_factory=dict)
    tax_codes: Mapping[str, TaxCode] = field(default_factory=dict)
    existing: Posted | None = None
    looked: bool = False


@dataclass(frozen=True)
class Skip:
    reason: str


@dataclass(frozen=True)
class InStep:
    """Nothing to do. `document` when the invoice was compared, `existing` when it was read."""

    document: Document | None = None
    existing: Posted | None = None


@dataclass(frozen=True)
class Create:
    """`customer` is to be created first, and its id put into the document."""

    document: Document
    customer: NewCustomer | None = None


@dataclass(frozen=True)
class Update:
    document: Document
    quickbooks_id: str
    sync_token: str
    customer: NewCustomer | None = None


@dataclass(frozen=True)
class Void:
    quickbooks_id: str
    sync_token: str


@dataclass(frozen=True)
class Look:
    """The plan depends on the QuickBooks invoice: read it and ask again."""


Plan = Skip | InStep | Create | Update | Void | Look


class _CannotPlan(Exception):  # noqa: N818 - control flow inside this module only
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


def skip_reason(invoice: Invoice, record: Record) -> str:
    """Why this invoice has no business in QuickBooks; empty when it has."""
    if invoice.source == "data_sync":
        return "HubSpot itself copied this invoice in from another system"
    if invoice.status == "draft":
        return "The invoice is a draft"
    if invoice.status == "voided" and not (record.quickbooks_id or record.intent):
        return "The invoice was voided before it reached QuickBooks"
    if invoice.status not in (*_SYNCED_STATUSES, "voided"):
        return f'The status "{invoice.status}" is not synced'
    return ""


def plan(
    invoice: Invoice | None, record: Record, quickbooks: QuickBooksSide, connection: Connection
) -> Plan | Failure:
    """Decide. `invoice` is None when HubSpot no longer has it."""
    if invoice is None:
        if record.quickbooks_id:
            return Failure(code="hubspot_record_gone")
        return Skip("The invoice was deleted in HubSpot")
    reason = skip_reason(invoice, record)
    if reason:
        return Skip(reason)
    if invoice.status == "voided":
        return _plan_void(record, quickbooks)
    try:
        document, customer = _document(invoice, quickbooks, connection)
    except _CannotPlan as cannot:
        return cannot.failure
    if record.quickbooks_id:
        return _plan_existing(document, customer, record, quickbooks)
    return Create(document, customer)


def _plan_void(record: Record, quickbooks: QuickBooksSide) -> Plan | Failure:
    if record.written and record.written.voided:
        return InStep()
    if not record.quickbooks_id:
        return Skip("The invoice was voided before it reached QuickBooks")
    if not quickbooks.looked:
        return Look()
    existing = quickbooks.existing
    if existing is None or existing.voided:
        return InStep(existing=existing)
    if existing.has_payments:
        return _modified(
            "paid", "The invoice was voided in HubSpot, but QuickBooks has payments on it."
        )
    if record.written and (found := differences(None, _ours(record, existing), existing)):
        return _edited(found)
    return Void(existing.id, existing.sync_token)


def _plan_existing(
    document: Document,
    customer: NewCustomer | None,
    record: Record,
    quickbooks: QuickBooksSide,
) -> Plan | Failure:
    if not quickbooks.looked:
        unchanged = record.fingerprint == document.fingerprint() and customer is None
        return InStep(document) if unchanged else Look()
    existing = quickbooks.existing
    if existing is None:
        return _gone("deleted", document, record)
    if existing.voided:
        return _gone("voided", document, record)
    agrees = customer is None and content(document) == content(existing)
    if record.written and not agrees:
        found = differences(document, _ours(record, existing), existing)
        if found:
            return _edited(found)
        # An invoice that was adopted may have other lines to the same total.
        if existing.has_payments and record.fingerprint != document.fingerprint():
            return _modified(
                "paid",
                "The invoice was changed in HubSpot, but QuickBooks already has payments on it.",
                _rows(document, existing, existing),
            )
    if record.fingerprint == document.fingerprint():
        if existing.total != document.total:
            return differing_total(document, existing, stays=True)
        return InStep(document, existing)
    return Update(document, existing.id, existing.sync_token, customer)


def differing_total(document: Document, posted: Posted, *, stays: bool) -> Failure:
    return total_mismatch(document.total, posted.total, document.currency, stays=stays)


# -- comparing ----------------------------------------------------------------------------


def content(side: Document | Posted) -> dict[str, object]:
    """What has to be equal for two invoices to say the same: who owes how much for what.

    The currency is the customer's, so it needs no comparison of its own.
    """
    return {
        "customer": side.customer_id,
        "lines": tuple(
            (line.item_id, line.amount, line.quantity, line.unit_price) for line in side.lines
        ),
        "discount": side.discount,
        "tax": side.tax,
        "total": side.total,
    }


def _ours(record: Record, existing: Posted) -> Posted:
    """What we last wrote: what QuickBooks has, if an update without an answer says the same."""
    unanswered = record.sent and content(record.sent) == content(existing)
    return existing if unanswered or record.written is None else record.written


def differences(
    document: Document | None, written: Posted, existing: Posted
) -> tuple[Difference, ...]:
    """Fields that were changed in QuickBooks since we wrote them."""
    return _rows(document, written, existing) if content(written) != content(existing) else ()


def _rows(document: Document | None, written: Posted, existing: Posted) -> tuple[Difference, ...]:
    ours = content(document) if document else {}
    before, now = content(written), content(existing)
    compared = before if before != now else ours
    currency = existing.currency or (document.currency if document else "")
    return tuple(
        Difference(
            field=name,
            hubspot=_shown(ours.get(name, ""), currency),
            written=_shown(before[name], currency),
            quickbooks=_shown(now[name], currency),
        )
        for name in now
        if compared.get(name) != now[name]
    )


def _shown(value: object, currency: str) -> str:
    """The same words for the same value, whichever side it comes from: 300 and 300.00 are one."""
    if isinstance(value, Decimal):
        return str(to_minor_unit(value, currency))
    if isinstance(value, tuple):
        return "; ".join(_shown_line(*line, currency=currency) for line in value)
    return str(value)


def _shown_line(
    item_id: str,
    amount: Decimal,
    quantity: Decimal | None,
    unit_price: Decimal | None,
    *,
    currency: str,
) -> str:
    shown = to_minor_unit(amount, currency)
    if quantity is None or unit_price is None:
        return f"item {item_id}: {shown}"
    return f"item {item_id}: {quantity.normalize():f} x {unit_price.normalize():f} = {shown}"


def _edited(found: tuple[Difference, ...]) -> Failure:
    return _modified("edited", "The invoice was changed in QuickBooks after we wrote it.", found)


def _gone(change: str, document: Document, record: Record) -> Failure:
    """Voided or deleted: there is no field to compare, and nothing of it can be undone."""
    number = record.written.number if record.written else document.number
    return Failure(
        code="modified_outside_hubspot",
        detail={
            "change": change,
            "number": number,
            "hubspot": str(document.total),
            "currency": document.currency,
        },
    )


def _modified(change: str, why: str, found: tuple[Difference, ...] = ()) -> Failure:
    return Failure(
        code="modified_outside_hubspot", detail={"change": change, "why": why}, differences=found
    )


# -- the document -------------------------------------------------------------------------


def _document(
    invoice: Invoice, quickbooks: QuickBooksSide, connection: Connection
) -> tuple[Document, NewCustomer | None]:
    settings, preferences = connection.settings, quickbooks.preferences
    _check_currency(invoice, preferences)
    customer = _customer(invoice, quickbooks, settings, connection.portal_id)
    number = invoice.number if settings.document_number == "hubspot" else ""
    if len(number) > _DOCUMENT_NUMBER_LENGTH:
        _fail("document_number_too_long", number=number, length=str(len(number)))
    lines = [_line(line, invoice, quickbooks.items, settings) for line in invoice.lines]
    subtotal = sum((line.amount for line in lines), Decimal(0))
    discount = -_applied(invoice.discounts, subtotal, invoice.currency, sign=-1)
    running = subtotal - discount
    for fee, amount in _each(invoice.fees, running, invoice.currency, sign=1):
        item_id = settings.fee_item_id or _item("", fee.label, quickbooks.items, settings)
        lines.append(DocumentLine(item_id=item_id, description=fee.label, amount=amount))
        running += amount
    levies, line_tax = _taxes(invoice, running)
    tax = sum((amount for _, amount in levies), line_tax)
    total = running + tax
    if invoice.total is None or to_minor_unit(invoice.total, invoice.currency) != total:
        raise _CannotPlan(total_mismatch(invoice.total, total, invoice.currency))
    _check_hundredths(invoice.currency, *(line.amount for line in lines), discount, tax)
    taxable = Taxable(invoice, lines, discount, running, levies, tax)
    taxed = taxation(taxable, preferences, settings, quickbooks.tax_codes)
    if isinstance(taxed, Failure):
        raise _CannotPlan(taxed)
    days = (invoice.due_date - invoice.invoice_date).days
    document = Document(
        marker=marker(connection.portal_id, invoice.id),
        customer_id=customer.id if isinstance(customer, Customer) else "",
        number=number,
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
    return document, customer if isinstance(customer, NewCustomer) else None


def _fail(code: str, **detail: str) -> NoReturn:
    raise _CannotPlan(Failure(code=code, detail=detail))


def _check_currency(invoice: Invoice, preferences: Preferences) -> None:
    home = preferences.home_currency or invoice.currency
    if invoice.currency != home and not preferences.multicurrency:
        _fail(
            "currency_mismatch",
            why=f"The invoice is in {invoice.currency}, but QuickBooks keeps its books in"
            f" {home} only.",
        )


def _check_hundredths(currency: str, *amounts: Decimal) -> None:
    """QuickBooks' amounts have two decimals, also of currencies that have thousandths."""
    if any(amount != amount.quantize(_HUNDREDTH) for amount in amounts):
        _fail(
            "currency_mismatch",
            why=f"The invoice has amounts in thousandths of {currency}, but QuickBooks keeps"
            " hundredths.",
        )


def _taxes(invoice: Invoice, net: Decimal) -> tuple[list[tuple[Adjustment, Decimal]], Decimal]:
    """The invoice-level taxes with their amounts, and the tax of the lines.

    HubSpot does not say whether a second percentage is also one of the first tax. Its total does.
    """
    line_tax = to_minor_unit(
        sum((line.tax for line in invoice.lines), Decimal(0)), invoice.currency
    )
    on_top = _each(invoice.taxes, net, invoice.currency, sign=1)
    side_by_side = [
        pair for tax in invoice.taxes for pair in _each((tax,), net, invoice.currency, sign=1)
    ]
    total = net + sum((amount for _, amount in side_by_side), line_tax)
    agrees = invoice.total is not None and to_minor_unit(invoice.total, invoice.currency) == total
    return side_by_side if agrees else on_top, line_tax


def _memo(invoice: Invoice) -> str:
    order = invoice.purchase_order_number
    parts = [f"Purchase order: {order}" if order else "", invoice.comments]
    return "\n".join(part for part in parts if part)[:1000]


def _line(
    line: InvoiceLine,
    invoice: Invoice,
    items: Mapping[tuple[str, str], str],
    settings: Settings,
) -> DocumentLine:
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
    product = (line.quantity * unit_price).quantize(_HUNDREDTH, ROUND_HALF_UP)
    priced = amount == product and unit_price == round(unit_price, _UNIT_PRICE_DIGITS)
    if not priced:
        description += f" (quantity {line.quantity.normalize():f})"
    service_date = line.billing_start
    if service_date is None and settings.service_date == "invoice_date":
        service_date = invoice.invoice_date
    return DocumentLine(
        item_id=_item(line.sku, line.name, items, settings),
        description=description[:4000],
        quantity=line.quantity if priced else None,
        unit_price=unit_price if priced else None,
        amount=amount,
        service_date=service_date,
    )


def _item(sku: str, name: str, items: Mapping[tuple[str, str], str], settings: Settings) -> str:
    found = (
        (items.get(("sku", sku.casefold())) if sku else None)
        or (items.get(("name", name.casefold())) if name else None)
        or settings.fallback_item_id
    )
    if not found:
        _fail("item_not_found", item=sku or name or "a line without a name", sku=sku, name=name)
    return found


def _each(
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


def _applied(
    adjustments: tuple[Adjustment, ...], running: Decimal, currency: str, sign: int
) -> Decimal:
    return sum((amount for _, amount in _each(adjustments, running, currency, sign)), Decimal(0))


# -- the customer -------------------------------------------------------------------------


def in_currency(customers: Iterable[Customer], currency: str) -> list[Customer]:
    """In a realm with several currencies a customer has exactly one: an email may well belong to
    one customer for each."""
    return [one for one in customers if one.currency in ("", currency)]


def _customer(
    invoice: Invoice, quickbooks: QuickBooksSide, settings: Settings, portal_id: str
) -> Customer | NewCustomer:
    contact = invoice.contact
    if contact is None:
        raise _no_customer("The invoice has no contact.")
    fitting = in_currency(quickbooks.customers, invoice.currency)
    if len(fitting) == 1:
        return fitting[0]
    if len(fitting) > 1:
        raise _no_customer(
            f"{len(fitting)} QuickBooks customers have the email of the invoice's contact.",
            ids=" ".join(customer.id for customer in fitting),
        )
    if not settings.create_customers:
        if quickbooks.customers:
            _fail(
                "currency_mismatch",
                why=f"The invoice is in {invoice.currency}, its QuickBooks customer in"
                f" {quickbooks.customers[0].currency}.",
            )
        raise _no_customer(
            "No QuickBooks customer has the email of the invoice's contact."
            if contact.email
            else "The invoice's contact has no email."
        )
    name = display_name(invoice, settings)
    if quickbooks.customers:
        # The same person in another currency needs a customer, and so a name, of its own.
        name = f"{name} ({invoice.currency})"
    return NewCustomer(
        marker=f"HubSpot contact {contact.id} (portal {portal_id})",
        display_name=name,
        company_name=invoice.company.name if invoice.company else contact.company_name,
        given_name=_clean(contact.first_name),
        family_name=_clean(contact.last_name),
        email=contact.email,
        phone=contact.phone,
        currency=invoice.currency if quickbooks.preferences.multicurrency else "",
        address=(invoice.company or contact).address,
    )


def _no_customer(why: str, **detail: str) -> _CannotPlan:
    return _CannotPlan(Failure(code="customer_not_found", detail={"why": why, **detail}))


def display_name(invoice: Invoice, settings: Settings) -> str:
    """The display name of a new customer. QuickBooks takes 500 characters, no colon, no tab."""
    contact = invoice.contact
    if contact is None:
        raise ValueError("an invoice without a contact has no customer to name")
    company = invoice.company.name if invoice.company else contact.company_name
    person = f"{contact.first_name} {contact.last_name}".strip()
    if settings.display_name == "person":
        name = person or company
    elif settings.display_name == "company_person" and company and person:
        name = f"{company} ({person})"
    else:
        name = company or person
    return _clean(name or contact.email or f"HubSpot contact {contact.id}")[:500]


def numbered(name: str, number: int) -> str:
    """The next free form of a display name that is taken: "Acme (2)"."""
    suffix = f" ({number})"
    return name[: 500 - len(suffix)] + suffix


def _clean(text: str) -> str:
    return " ".join(text.replace(":", " ").split())
