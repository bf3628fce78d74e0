"""HubSpot's records -> our own model.

Values arrive as text or null. Names of properties: guides "Invoices API", "Line items",
"Discounts", "Fees", "Taxes" and "Payments API". `hs_tax_amount`, `hs_auto_tax_amount`,
`hs_tax_label`, `discount`, `hs_discount_percentage`, `hs_position_on_quote` and `hs_invoice_source`
are seen in public integrations only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from invoice_sync.errors import UnreadableError
from invoice_sync.hubspot.versions import MODIFIED
from invoice_sync.model import normal_forms
from invoice_sync.model.hubspot import (
    Address,
    Adjustment,
    CommercePayment,
    Company,
    Contact,
    Invoice,
    InvoiceLine,
    InvoiceSummary,
    StatusChange,
)

Properties = Mapping[str, str | None]
_T = TypeVar("_T")

_ADDRESS = ("address", "address2", "city", "state", "zip", "country")
# Digits before the point, and zeros after it: no amount, quantity or rate has as many.
_MOST_DIGITS, _MOST_ZEROS = 100, 500
STATUS = "hs_invoice_status"
INVOICE = (
    "hs_number",
    "hs_invoice_status",
    "hs_invoice_source",
    "hs_invoice_billable",
    "hs_createdate",
    "hs_currency",
    "hs_invoice_date",
    "hs_due_date",
    "hs_amount_billed",
    "hs_balance_due",
    "hs_amount_paid",
    "hs_comments",
    "hs_purchase_order_number",
    "hs_auto_tax_amount",
    "qbo_invoice_link",
    *(f"hs_recipient_{kind}_{part}" for kind in ("shipping", "company") for part in _ADDRESS),
)
SUMMARY = (
    "hs_number",
    "hs_invoice_status",
    "hs_invoice_source",
    "hs_invoice_billable",
    "hs_currency",
    "hs_invoice_date",
    "hs_due_date",
    "hs_amount_billed",
    "hs_balance_due",
    "hs_createdate",
)
LINE_ITEM = (
    "name",
    "description",
    "hs_sku",
    "quantity",
    "price",
    "discount",
    "hs_discount_percentage",
    "amount",
    "hs_tax_amount",
    "hs_auto_tax_amount",
    "hs_tax_rate_group_id",
    "hs_tax_label",
    "hs_recurring_billing_start_date",
    "hs_position_on_quote",
)
ADJUSTMENT = ("hs_label", "hs_type", "hs_value", "hs_sort_order")
CONTACT = (
    "email",
    "hs_additional_emails",
    "hs_merged_object_ids",
    "firstname",
    "lastname",
    "company",
    "phone",
    "address",
    "city",
    "state",
    "zip",
    "country",
)
COMMERCE_PAYMENT = (
    "hs_initial_amount",
    "hs_currency_code",
    "hs_initiated_date",
    "hs_latest_status",
    "hs_processor_type",
    "hs_reference_number",
    "hs_refunds_amount",
)
COMPANY = ("name", "phone", "address", "address2", "city", "state", "zip", "country")


def invoice(
    invoice_id: str,
    properties: Properties,
    *,
    time_zone: tzinfo,
    lines: Mapping[str, Properties],
    discounts: Mapping[str, Properties],
    fees: Mapping[str, Properties],
    taxes: Mapping[str, Properties],
    payers: Sequence[Contact],
    companies: Sequence[Company],
    payments: Mapping[str, Properties] | None = None,
    payments_unread: str = "",
) -> Invoice:
    """Read an invoice and all that was loaded with it, each kind of record by its id. Raises
    UnreadableError when a number or a date cannot be read, or the invoice date is empty.
    `payments_unread`: why the payments could not be read."""
    if (day := invoice_date(properties, time_zone)) is None:
        raise UnreadableError("hs_invoice_date is empty")
    return Invoice(
        id=invoice_id,
        number=_text(properties, "hs_number"),
        link=_text(properties, "qbo_invoice_link"),
        status=_text(properties, "hs_invoice_status").lower(),
        source=_text(properties, "hs_invoice_source").lower(),
        billable=_is_billable(properties),
        created_at=_created_at(properties),
        currency=_text(properties, "hs_currency").upper(),
        invoice_date=day,
        due_date=_date(properties, "hs_due_date", time_zone) or day,
        total=_number(properties, "hs_amount_billed"),
        balance_due=_unless_unreadable(lambda: _number(properties, "hs_balance_due")),
        amount_paid=_unless_unreadable(lambda: _number(properties, "hs_amount_paid")),
        automated_tax=_number(properties, "hs_auto_tax_amount") or Decimal(0),
        recipient=_address(properties, "hs_recipient_shipping_"),
        recipient_company=_address(properties, "hs_recipient_company_"),
        comments=_text(properties, "hs_comments"),
        purchase_order_number=_text(properties, "hs_purchase_order_number"),
        lines=_lines(lines, time_zone),
        discounts=_adjustments(discounts),
        fees=_adjustments(fees),
        taxes=_adjustments(taxes),
        payers=tuple(payers),
        companies=tuple(companies),
        contact=_only(payers),
        company=_only(companies),
        payments=_payments(payments or {}, time_zone),
        payments_unread=payments_unread,
    )


def invoice_date(properties: Properties, time_zone: tzinfo) -> date | None:
    """Return the invoice's date, or None if it is empty. Raises UnreadableError."""
    return _date(properties, "hs_invoice_date", time_zone)


def summary(invoice_id: str, properties: Properties, time_zone: tzinfo) -> InvoiceSummary:
    """Read an invoice that was only listed. A value that cannot be read is None."""
    return InvoiceSummary(
        id=invoice_id,
        number=_text(properties, "hs_number"),
        status=_text(properties, "hs_invoice_status").lower(),
        source=_text(properties, "hs_invoice_source").lower(),
        billable=_is_billable(properties),
        created_at=_created_at(properties),
        currency=_text(properties, "hs_currency").upper(),
        amount=_unless_unreadable(lambda: _number(properties, "hs_amount_billed")),
        balance_due=_unless_unreadable(lambda: _number(properties, "hs_balance_due")),
        invoice_date=_unless_unreadable(lambda: invoice_date(properties, time_zone)),
        due_date=_unless_unreadable(lambda: _date(properties, "hs_due_date", time_zone)),
    )


def _unless_unreadable(read: Callable[[], _T]) -> _T | None:
    try:
        return read()
    except UnreadableError:
        return None


def status_history(entries: Sequence[Mapping[str, Any]]) -> tuple[StatusChange, ...]:
    """Read the history of `hs_invoice_status`, oldest first, whatever order HubSpot gives. Empty
    when one of its moments cannot be read: half a history tells nothing."""
    changes = []
    for entry in entries:
        at = _moment(str(entry.get("timestamp") or ""))
        if at is None:
            return ()
        status = str(entry.get("value") or "").strip().lower()
        changes.append(StatusChange(status=status, at=at))
    return tuple(sorted(changes, key=lambda change: change.at))


def _created_at(properties: Properties) -> datetime | None:
    return _moment(_text(properties, "hs_createdate"))


def _moment(text: str) -> datetime | None:
    """Return a moment that is given in ISO 8601 with its zone, or in epoch milliseconds; None for
    any other text."""
    try:
        if text.isdigit() and len(text) > 8:
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None


def _is_billable(properties: Properties) -> bool:
    """Only "false" marks a record of what another system bills (guide "Invoices API")."""
    return _text(properties, "hs_invoice_billable").lower() != "false"


def contact(contact_id: str, properties: Properties) -> Contact:
    """Read a contact."""
    return Contact(
        id=contact_id,
        email=_text(properties, "email"),
        additional_emails=normal_forms.emails(_text(properties, "hs_additional_emails")),
        former_ids=tuple(re.findall(r"[0-9]+", _text(properties, "hs_merged_object_ids"))),
        first_name=_text(properties, "firstname"),
        last_name=_text(properties, "lastname"),
        company_name=_text(properties, "company"),
        phone=_text(properties, "phone"),
        address=_address(properties),
    )


def company(company_id: str, properties: Properties) -> Company:
    """Read a company."""
    return Company(
        id=company_id,
        name=_text(properties, "name"),
        phone=_text(properties, "phone"),
        address=_address(properties),
    )


def _only(records: Sequence[_T]) -> _T | None:
    return records[0] if len(records) == 1 else None


def _lines(lines: Mapping[str, Properties], time_zone: tzinfo) -> tuple[InvoiceLine, ...]:
    ordered = sorted(lines.items(), key=_line_position)
    return tuple(_line(line_id, line, time_zone) for line_id, line in ordered)


def _line(line_id: str, properties: Properties, time_zone: tzinfo) -> InvoiceLine:
    return InvoiceLine(
        id=line_id,
        name=_text(properties, "name"),
        description=_text(properties, "description"),
        sku=_text(properties, "hs_sku"),
        quantity=_number(properties, "quantity") or Decimal(0),
        price=_number(properties, "price") or Decimal(0),
        discount=_number(properties, "discount") or Decimal(0),
        discount_percentage=_number(properties, "hs_discount_percentage") or Decimal(0),
        amount=_number(properties, "amount"),
        tax=_number(properties, "hs_tax_amount") or Decimal(0),
        automated_tax=_number(properties, "hs_auto_tax_amount") or Decimal(0),
        tax_rate_id=_text(properties, "hs_tax_rate_group_id"),
        tax_label=_text(properties, "hs_tax_label"),
        billing_start=_date(properties, "hs_recurring_billing_start_date", time_zone),
    )


def _payments(payments: Mapping[str, Properties], time_zone: tzinfo) -> tuple[CommercePayment, ...]:
    return tuple(
        _payment(payment_id, payment, time_zone)
        for payment_id, payment in sorted(payments.items(), key=_id)
    )


def _payment(payment_id: str, properties: Properties, time_zone: tzinfo) -> CommercePayment:
    """Read a payment. Its trouble must not be the invoice's: an unreadable value is None."""
    try:
        amount = _number(properties, "hs_initial_amount")
        refunded = _number(properties, "hs_refunds_amount") or Decimal(0)
    except UnreadableError:
        amount, refunded = None, Decimal(0)
    try:
        day = _date(properties, "hs_initiated_date", time_zone)
    except UnreadableError:
        day = None
    return CommercePayment(
        id=payment_id,
        amount=amount,
        currency=_text(properties, "hs_currency_code").upper(),
        paid_on=day,
        status=_text(properties, "hs_latest_status").lower(),
        processor=_text(properties, "hs_processor_type").lower(),
        reference=_text(properties, "hs_reference_number"),
        refunded=refunded,
    )


def _adjustments(records: Mapping[str, Properties]) -> tuple[Adjustment, ...]:
    ordered = sorted(
        records.items(),
        key=lambda record: (_number(record[1], "hs_sort_order") or Decimal(0), _id(record)),
    )
    return tuple(
        Adjustment(
            id=record_id,
            label=_text(record, "hs_label"),
            percent=_text(record, "hs_type").upper() == "PERCENT",
            value=_number(record, "hs_value") or Decimal(0),
        )
        for record_id, record in ordered
    )


def _line_position(line: tuple[str, Properties]) -> tuple[Decimal, int]:
    return _number(line[1], "hs_position_on_quote") or Decimal(0), _id(line)


def _id(record: tuple[str, Properties]) -> int:
    return int(record[0])


def _address(properties: Properties, prefix: str = "") -> Address:
    street, street2, city, region, postal_code, country = (
        _text(properties, prefix + part) for part in _ADDRESS
    )
    return Address(
        street=street,
        street2=street2,
        city=city,
        region=region,
        postal_code=postal_code,
        country=country,
    )


def _text(properties: Properties, name: str) -> str:
    return (properties.get(name) or "").strip()


def _number(properties: Properties, name: str) -> Decimal | None:
    text = _text(properties, name)
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise UnreadableError(f"{name} is not a number") from None
    if not number.is_finite() or not -_MOST_ZEROS <= number.adjusted() <= _MOST_DIGITS:
        raise UnreadableError(f"{name} is not a number")
    return number


def _date(properties: Properties, name: str, time_zone: tzinfo) -> date | None:
    """Return a calendar date in the portal's time zone, or None for an empty value.

    HubSpot gives ISO 8601 or epoch milliseconds (guide "Invoices API"); public integrations also
    met plain dates. Exact UTC midnight is how HubSpot stores a date (guide "Properties API"), not
    a moment: moving it to a zone west of Greenwich would give the day before. Raises
    UnreadableError.
    """
    text = _text(properties, name)
    if not text:
        return None
    try:
        if text.isdigit() and len(text) > 8:
            moment = datetime.fromtimestamp(int(text) / 1000, UTC)
        elif len(text) == 10:
            return date.fromisoformat(text)
        else:
            moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        is_date = moment.time() == time.min
        return moment.date() if is_date else moment.astimezone(time_zone).date()
    except (ValueError, OverflowError, OSError):
        raise UnreadableError(f"{name} is not a date") from None


# The properties to ask for, by object type.
PROPERTIES: dict[str, Sequence[str]] = {
    "invoices": (*INVOICE, MODIFIED),
    "line_items": (*LINE_ITEM, MODIFIED),
    "discounts": (*ADJUSTMENT, MODIFIED),
    "fees": (*ADJUSTMENT, MODIFIED),
    "taxes": (*ADJUSTMENT, MODIFIED),
    "contacts": CONTACT,
    "companies": COMPANY,
    "commerce_payments": (*COMMERCE_PAYMENT, MODIFIED),
}
