"""The decision: what to do about one invoice. Pure: no I/O, no clock, no randomness.

The worker, the preview and the audit all ask this one function.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain

from .failures import total_mismatch
from .model import (
    Adjustment,
    Connection,
    Customer,
    CustomerChoice,
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
    digest,
    marker,
    to_minor_unit,
)
from .tax import Taxable, Taxation, taxation

_SYNCED_STATUSES = ("open", "paid")
DOCUMENT_NUMBER_LENGTH = 21
_UNIT_PRICE_DIGITS = 5
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class QuickBooksSide:
    """What the plan needs to know of QuickBooks.

    `customers`: those that match the invoice's contact, by saved link or by email; `choice`: what
    somebody decided where none does. `items`: ids by ("sku" | "name", casefolded value).
    `tax_codes`: by id, those that the settings name, in a realm outside the US. `existing`: the
    QuickBooks invoice as it is now, None when there is none; only to be trusted when `looked`.
    """

    preferences: Preferences
    customers: tuple[Customer, ...] = ()
    choice: CustomerChoice | None = None
    items: Mapping[tuple[str, str], str] = field(default_factory=dict)
    tax_codes: Mapping[str, TaxCode] = field(default_factory=dict)
    existing: Posted | None = None
    looked: bool = False


@dataclass(frozen=True)
class Skip:
    reason: str


@dataclass(frozen=True)
class InStep:
    """Nothing to do. `document` when the invoice was compared, `existing` when it was read.
    `accepted`: what QuickBooks has differs, and somebody took it for right."""

    document: Document | None = None
    existing: Posted | None = None
    accepted: bool = False


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
# The plans in words, for people.
WORDS: dict[type, str] = {
    Create: "create",
    Update: "update",
    Void: "void",
    InStep: "inStep",
    Skip: "skip",
}


@dataclass(frozen=True)
class Draft:
    """The document that an invoice calls for, and all that keeps it from being written: with
    `failures`, parts of it are left empty. `customer` is to be created first."""

    document: Document
    customer: NewCustomer | None
    failures: tuple[Failure, ...]


def skip_reason(invoice: Invoice, record: Record) -> str:
    """Why this invoice has no business in QuickBooks; empty when it has."""
    if record.choices.stopped:
        return "Somebody stopped syncing it"
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
        if record.quickbooks_id and not record.choices.stopped:
            return Failure(code="hubspot_record_gone")
        return Skip("The invoice was deleted in HubSpot")
    reason = skip_reason(invoice, record)
    if reason:
        return Skip(reason)
    if invoice.status == "voided":
        return _plan_void(record, quickbooks)
    draft = drafted(invoice, record, quickbooks, connection)
    if draft.failures:
        return draft.failures[0]
    if record.quickbooks_id:
        return _plan_existing(draft.document, draft.customer, record, quickbooks)
    return Create(draft.document, draft.customer)


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
    if record.choices.accept == seen(existing) or record.accepted == seen(existing, void=True):
        return InStep(existing=existing, accepted=True)
    if existing.has_payments:
        why = "The invoice was voided in HubSpot, but QuickBooks has payments on it."
        return _modified("paid", why, existing)
    found = differences(None, _ours(record, existing), existing)
    overwrite = record.choices.overwrite == seen(existing)
    if record.written and found and not overwrite:
        return _edited(existing, found)
    if record.accepted == seen(existing) and not overwrite:
        why = "The invoice was voided in HubSpot after somebody accepted what QuickBooks has."
        return _modified("accepted", why, existing)
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
    overwrite = record.choices.overwrite == seen(existing) and not existing.has_payments
    if record.choices.accept == seen(existing):
        return InStep(document, existing, accepted=not agrees)
    if record.accepted == seen(existing) and not agrees and not overwrite:
        if record.fingerprint == document.fingerprint():
            return InStep(document, existing, accepted=True)
        return _modified(
            "accepted",
            "The invoice was changed in HubSpot after somebody accepted what QuickBooks has.",
            existing,
            _rows(document, existing, existing),
        )
    if record.written and not agrees and not overwrite:
        found = differences(document, _ours(record, existing), existing)
        if found:
            return _edited(existing, found)
        # An invoice that was adopted may have other lines to the same total.
        if existing.has_payments and record.fingerprint != document.fingerprint():
            return _modified(
                "paid",
                "The invoice was changed in HubSpot, but QuickBooks already has payments on it.",
                existing,
                _rows(document, existing, existing),
            )
    if record.fingerprint == document.fingerprint() and not (overwrite and not agrees):
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


def seen(existing: Posted, *, void: bool = False) -> str:
    """What somebody had before their eyes who decided about an invoice in QuickBooks; with `void`,
    while it was void in HubSpot."""
    return ("void " if void else "") + digest(content(existing))


def compared(document: Document, existing: Posted) -> tuple[Difference, ...]:
    """Every field in which QuickBooks' invoice is not what HubSpot says."""
    own = {**content(document), "number": document.number, "date": document.invoice_date}
    there = {**content(existing), "number": existing.number, "date": existing.invoice_date}
    return tuple(
        Difference(
            field=name,
            hubspot=_shown(own[name], document.currency),
            written="",
            quickbooks=_shown(there[name], document.currency),
        )
        for name in own
        if own[name] != there[name] and (name != "number" or own[name])
    )


def disagreements(document: Document, posted: Posted, home_currency: str) -> list[str]:
    """In what an invoice in QuickBooks is not the one that the document describes."""
    pairs = {
        "customer": (document.customer_id, posted.customer_id),
        "currency": (document.currency, posted.currency or home_currency),
        "total": (document.total, posted.total),
        "date": (document.invoice_date, posted.invoice_date),
    }
    if document.number:
        pairs = {"number": (document.number, posted.number), **pairs}
    return [name for name, (ours, theirs) in pairs.items() if ours != theirs]


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


def _edited(existing: Posted, found: tuple[Difference, ...]) -> Failure:
    why = "The invoice was changed in QuickBooks after we wrote it."
    return _modified("edited", why, existing, found)


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


def _modified(
    change: str, why: str, existing: Posted, found: tuple[Difference, ...] = ()
) -> Failure:
    return Failure(
        code="modified_outside_hubspot",
        detail={"change": change, "why": why, "seen": seen(existing)},
        differences=found,
    )


# -- the document -------------------------------------------------------------------------


def drafted(
    invoice: Invoice, record: Record, quickbooks: QuickBooksSide, connection: Connection
) -> Draft:
    """What the invoice calls for in QuickBooks, whatever is there."""
    preferences = quickbooks.preferences
    settings = _chosen(connection.settings, record)
    found: list[Failure] = [*_currency_failures(invoice, preferences)]
    customer = _customer(invoice, quickbooks, settings, connection.portal_id)
    if isinstance(customer, Failure):
        found.append(customer)
    chosen = record.choices.number
    # A choice ends when HubSpot gives the invoice another number.
    number = chosen if chosen.rpartition("-")[0] == invoice.number else invoice.number
    number = number if settings.document_number == "hubspot" else ""
    if len(number) > DOCUMENT_NUMBER_LENGTH:
        detail = {"number": number, "length": str(len(number))}
        found.append(Failure(code="document_number_too_long", detail=detail))
    lines = [_line(line, invoice, quickbooks.items, settings) for line in invoice.lines]
    subtotal = sum((line.amount for line in lines), Decimal(0))
    discount = -_applied(invoice.discounts, subtotal, invoice.currency, sign=-1)
    running = subtotal - discount
    for fee, amount in _each(invoice.fees, running, invoice.currency, sign=1):
        item_id = settings.fee_item_id or _item("", fee.label, quickbooks.items, settings)
        lines.append(DocumentLine(item_id=item_id, description=fee.label, amount=amount))
        running += amount
    named = chain(
        ((line.sku, line.name) for line in invoice.lines), (("", fee.label) for fee in invoice.fees)
    )
    found += [
        _no_item(*names) for line, names in zip(lines, named, strict=True) if not line.item_id
    ]
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
    document = Document(
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
    once = {(one.code, *one.detail.items()): one for one in found}
    return Draft(document, new, tuple(once.values()))


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
    why = f"The invoice is in {invoice.currency}, but QuickBooks keeps its books in {home} only."
    return [Failure(code="currency_mismatch", detail={"why": why})]


def _thousandths(currency: str, *amounts: Decimal) -> list[Failure]:
    """QuickBooks' amounts have two decimals, also of currencies that have thousandths."""
    if all(amount == amount.quantize(_HUNDREDTH) for amount in amounts):
        return []
    why = f"The invoice has amounts in thousandths of {currency}, but QuickBooks keeps hundredths."
    return [Failure(code="currency_mismatch", detail={"why": why})]


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
    elif service_date is None and settings.service_date == "earliest_billing_start":
        service_date = earliest_billing_start(invoice)
    return DocumentLine(
        item_id=_item(line.sku, line.name, items, settings),
        description=description[:4000],
        quantity=line.quantity if priced else None,
        unit_price=unit_price if priced else None,
        amount=amount,
        service_date=service_date,
    )


def earliest_billing_start(invoice: Invoice) -> date | None:
    return min((line.billing_start for line in invoice.lines if line.billing_start), default=None)


def _item(sku: str, name: str, items: Mapping[tuple[str, str], str], settings: Settings) -> str:
    """Empty when there is none."""
    return (
        (items.get(("sku", sku.casefold())) if sku else None)
        or (items.get(("name", name.casefold())) if name else None)
        or settings.fallback_item_id
    )


def _no_item(sku: str, name: str) -> Failure:
    detail = {"item": sku or name or "a line without a name", "sku": sku, "name": name}
    return Failure(code="item_not_found", detail=detail)


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
) -> Customer | NewCustomer | Failure:
    contact, choice = invoice.contact, quickbooks.choice
    if contact is None:
        return _no_customer("The invoice has no contact.", change="no_contact")
    fitting = in_currency(quickbooks.customers, invoice.currency)
    if len(fitting) == 1:
        return fitting[0]
    about = {"contactId": contact.id}
    if len(fitting) > 1:
        return _no_customer(
            f"{len(fitting)} QuickBooks customers have the email of the invoice's contact.",
            change="several",
            ids=" ".join(customer.id for customer in fitting),
            **about,
        )
    if not (settings.create_customers or choice):
        if quickbooks.customers:
            why = (
                f"The invoice is in {invoice.currency}, its QuickBooks customer in"
                f" {quickbooks.customers[0].currency}."
            )
            detail = {"change": "customer", "why": why, **about}
            return Failure(code="currency_mismatch", detail=detail)
        return _no_customer(
            "No QuickBooks customer has the email of the invoice's contact."
            if contact.email
            else "The invoice's contact has no email.",
            **about,
        )
    choice = choice or CustomerChoice()
    name = display_name(invoice, settings)
    if choice.parent_id:
        name = _below(name, invoice)
    if quickbooks.customers:
        # The same person in another currency needs a customer, and so a name, of its own.
        name = f"{name} ({invoice.currency})"
    return NewCustomer(
        marker=f"HubSpot contact {contact.id} (portal {portal_id})",
        numbered=choice.numbered or settings.on_display_name_clash == "number",
        parent_id=choice.parent_id,
        display_name=name,
        company_name=invoice.company.name if invoice.company else contact.company_name,
        given_name=_clean(contact.first_name),
        family_name=_clean(contact.last_name),
        email=contact.email,
        phone=contact.phone,
        currency=invoice.currency if quickbooks.preferences.multicurrency else "",
        address=(invoice.company or contact).address,
    )


def _no_customer(why: str, **detail: str) -> Failure:
    return Failure(code="customer_not_found", detail={"why": why, **detail})


def _below(name: str, invoice: Invoice) -> str:
    """The name of a sub-customer: it needs one that nobody else has either, so the person's, where
    the customer above has the company's."""
    contact = invoice.contact
    person = _clean(f"{contact.first_name} {contact.last_name}") if contact else ""
    return person if person and person.casefold() != name.casefold() else name


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
