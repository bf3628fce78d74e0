"""The desired invoice: the QuickBooks invoice that a HubSpot invoice calls for. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import localcontext
from typing import Any

from invoice_sync.model.connection import Connection, Settings
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import CurrencyMismatch, DocumentNumberTooLong, Unexpected
from invoice_sync.model.hubspot import Address, Invoice
from invoice_sync.model.limits import fits, length
from invoice_sync.model.markers import marker
from invoice_sync.model.money import WIDE
from invoice_sync.model.quickbooks import (
    Customer,
    DesiredInvoice,
    DesiredLine,
    NewCustomer,
    Preferences,
)
from invoice_sync.model.record import Record
from invoice_sync.plan.amounts import PricedInvoice, amount_failures, price
from invoice_sync.plan.customer import decided_customer_id, invoice_customer, other_payer
from invoice_sync.plan.plans import ObservedQuickBooks
from invoice_sync.plan.tax import Taxation, taxation

# The record keeps what was written of each line, and an item of DynamoDB has at most 400 KB.
_MOST_LINES = 400


@dataclass(frozen=True)
class Desired:
    """The invoice that QuickBooks should have, and all that keeps it from being written.

    With failures, parts of the invoice are left empty.
    """

    invoice: DesiredInvoice
    # The customer that has to be created first.
    customer: NewCustomer | None
    failures: tuple[Failure, ...]


def desire(
    invoice: Invoice, record: Record, observed: ObservedQuickBooks, connection: Connection
) -> Desired:
    """Return what the HubSpot invoice calls for, whatever QuickBooks has in its place."""
    with localcontext(WIDE):
        return _desire(invoice, record, observed, connection)


def _desire(
    invoice: Invoice, record: Record, observed: ObservedQuickBooks, connection: Connection
) -> Desired:
    preferences = observed.preferences
    settings = _with_choices(connection.settings, record)
    customer, customer_failures = _customer(
        invoice, record, observed, settings, connection.portal_id
    )
    number, number_failures = _number(invoice, record, settings)
    priced, item_failures = price(invoice, record, observed, settings)
    taxes, tax_failures = _taxation(priced, observed, settings)
    failures = (
        *_invoice_failures(invoice, preferences),
        *customer_failures,
        *number_failures,
        *item_failures,
        *amount_failures(priced),
        *tax_failures,
        *_rate_failures(invoice, observed),
    )
    return Desired(
        invoice=DesiredInvoice(
            marker=marker(connection.portal_id, invoice.id),
            contact_id=_payer_id(invoice, record, observed),
            customer_id=customer.id if isinstance(customer, Customer) else "",
            number=number,
            ask_for_number=not number and preferences.custom_numbers,
            invoice_date=invoice.invoice_date,
            due_date=invoice.due_date,
            term_id=_term(invoice, settings),
            currency=invoice.currency,
            send_currency=preferences.multicurrency,
            email=_email(invoice, record, observed),
            memo=_memo(invoice),
            lines=_taxed_lines(priced, taxes),
            discount=priced.discount,
            discount_account_id=settings.discount_account_id if priced.discount else "",
            tax=priced.tax,
            tax_code_id=taxes.code_id,
            tax_after_discount=taxes.after_discount,
            tax_calculation=taxes.calculation,
            tax_lines=taxes.lines,
            total=priced.total,
            **_places(invoice),
            exchange_rate=observed.exchange_rate,
            home_currency=preferences.home_currency,
        ),
        customer=customer if isinstance(customer, NewCustomer) else None,
        failures=tuple(dict.fromkeys(failures)),  # two lines may lack the same item
    )


def _with_choices(settings: Settings, record: Record) -> Settings:
    """Return the settings as people changed them for this invoice."""
    choices = record.choices
    changes: dict[str, str] = {}
    if choices.service_date:
        changes["service_date"] = choices.service_date
    if choices.number:
        changes["document_number"] = "hubspot"
    if choices.quickbooks_number:
        changes["document_number"] = "quickbooks"
    return settings.model_copy(update=changes)


def _invoice_failures(invoice: Invoice, preferences: Preferences) -> Iterator[Failure]:
    number = len(invoice.lines) + len(invoice.fees)
    if number > _MOST_LINES:
        words = f"The invoice has {number} lines and fees. This app syncs up to {_MOST_LINES}."
        yield Failure(detail=Unexpected(), message=words)
    home = preferences.home_currency or invoice.currency
    if invoice.currency != home and not preferences.multicurrency:
        yield Failure(
            detail=CurrencyMismatch(
                variant="home_currency", currency=invoice.currency, home_currency=home
            )
        )


def _rate_failures(invoice: Invoice, observed: ObservedQuickBooks) -> Iterator[Failure]:
    preferences = observed.preferences
    if preferences.is_foreign(invoice.currency) and not observed.exchange_rate:
        yield Failure(
            detail=CurrencyMismatch(
                variant="no_rate",
                currency=invoice.currency,
                home_currency=preferences.home_currency,
                day=invoice.invoice_date,
            )
        )


def _customer(
    invoice: Invoice,
    record: Record,
    observed: ObservedQuickBooks,
    settings: Settings,
    portal_id: str,
) -> tuple[Customer | NewCustomer | None, tuple[Failure, ...]]:
    """Return the customer, and what keeps the invoice from going there. A written invoice stays
    with its customer, even if HubSpot names another payer."""
    decided = decided_customer_id(record, observed)
    if decided:
        differs = other_payer(invoice, record, observed, decided)
        return Customer(id=decided, display_name=""), (differs,) if differs else ()
    customer = invoice_customer(invoice, observed, settings, portal_id)
    return (None, (customer,)) if isinstance(customer, Failure) else (customer, ())


def _email(invoice: Invoice, record: Record, observed: ObservedQuickBooks) -> str:
    """Return the address of the contact who pays, or for whom the invoice was written."""
    payer_id = invoice.contact.id if invoice.contact else _payer_id(invoice, record, observed)
    return next((payer.email for payer in invoice.payers if payer.id == payer_id), "")


def _payer_id(invoice: Invoice, record: Record, observed: ObservedQuickBooks) -> str:
    """Return the contact that the invoice's customer was decided for, or is decided for now:
    another contact with the same customer is not looked for again."""
    now_id = invoice.contact.id if invoice.contact else ""
    if not (record.quickbooks_id and record.identity and record.identity.contact_id):
        return now_id
    same = {record.identity.customer_id} == {customer.id for customer in observed.customers}
    return now_id if same and now_id else record.identity.contact_id


def _number(
    invoice: Invoice, record: Record, settings: Settings
) -> tuple[str, tuple[Failure, ...]]:
    """Return the number of the QuickBooks invoice; empty when QuickBooks gives it one."""
    if settings.document_number == "quickbooks":
        return "", ()
    chosen = record.choices.number
    # A choice ends when HubSpot gives the invoice another number.
    number = chosen if chosen.rpartition("-")[0] == invoice.number else invoice.number
    if fits(number, "Invoice.DocNumber"):
        return number, ()
    return number, (Failure(detail=DocumentNumberTooLong(number=number, length=length(number))),)


def _term(invoice: Invoice, settings: Settings) -> str:
    """Return the id of the term for the invoice's days to pay; empty if the settings have none."""
    return settings.terms.get(str((invoice.due_date - invoice.invoice_date).days), "")


def _taxation(
    priced: PricedInvoice, observed: ObservedQuickBooks, settings: Settings
) -> tuple[Taxation, tuple[Failure, ...]]:
    taxes = taxation(priced, observed.preferences, settings, observed.tax_codes)
    if isinstance(taxes, Failure):
        return Taxation(tuple("" for _ in priced.lines)), (taxes,)
    return taxes, ()


def _taxed_lines(priced: PricedInvoice, taxes: Taxation) -> tuple[DesiredLine, ...]:
    return tuple(
        line.model_copy(update={"tax_code": code})
        for line, code in zip(priced.lines, taxes.line_codes, strict=True)
    )


def _places(invoice: Invoice) -> dict[str, Any]:
    """Return where the invoice goes. HubSpot uses the recipient's shipping address for billing too
    (guide "Invoices API"); automated sales tax goes by QuickBooks' shipping address."""
    named = [each for each in (invoice.recipient, invoice.recipient_company) if each.is_place]
    payers = [each.address for each in (invoice.company, invoice.contact) if each]
    places = [*named, *(each for each in payers if each.is_place), Address()]
    return {
        "ship_to": places[0],
        "bill_to": named[0] if named else Address(),
        "names_place": bool(named),
    }


def _memo(invoice: Invoice) -> str:
    """Return the message to the customer."""
    order = invoice.purchase_order_number
    parts = [f"Purchase order: {order}" if order else "", invoice.comments]
    return "\n".join(part for part in parts if part)
