"""Comparing invoices: what we want, what we wrote last, what QuickBooks has now. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from invoice_sync.model.base import digest
from invoice_sync.model.failure import Difference, Failure
from invoice_sync.model.failure_details import DuplicateDocumentNumber, Mismatch, TotalMismatch
from invoice_sync.model.money import in_words, minor_unit, to_minor_unit
from invoice_sync.model.quickbooks import DesiredInvoice, QuickBooksInvoice
from invoice_sync.model.record import Record
from invoice_sync.plan.merge import content, values

_CENT = Decimal("0.01")


def digest_as_accepted(existing: QuickBooksInvoice, *, voided_in_hubspot: bool = False) -> str:
    """Return the digest of the amounts of a QuickBooks invoice that somebody accepted.

    `voided_in_hubspot`: HubSpot's invoice was void then, which gives another digest.
    """
    return ("void " if voided_in_hubspot else "") + digest(content(existing))


def digest_as_seen(existing: QuickBooksInvoice) -> str:
    """Return the digest of the QuickBooks invoice as the person who decides about it saw it."""
    return digest([content(existing), values(existing)])


def last_written(record: Record, existing: QuickBooksInvoice) -> QuickBooksInvoice:
    """Return what we wrote last: what QuickBooks has, if an update without an answer says the same,
    or the last write itself, whatever its answer said."""
    unanswered = record.sent and content(record.sent) == content(existing)
    as_sent = record.baseline and record.baseline.content == digest(content(existing))
    return existing if unanswered or as_sent or record.written is None else record.written


# -- differences for people ---------------------------------------------------------------


def edits_in_quickbooks(
    desired: DesiredInvoice | None,
    written: QuickBooksInvoice,
    existing: QuickBooksInvoice,
    customers: Mapping[str, str],
) -> tuple[Difference, ...]:
    """Return the fields that were changed in QuickBooks since we wrote them. `customers`: the names
    that are known, by id."""
    before, now = content(written), content(existing)
    names = _names(desired, existing, customers)
    return tuple(
        _difference(name, desired, written, existing, names)
        for name in now
        if before[name] != now[name]
    )


def changes_in_hubspot(
    desired: DesiredInvoice, existing: QuickBooksInvoice, customers: Mapping[str, str]
) -> tuple[Difference, ...]:
    """Return the fields that were changed in HubSpot, where QuickBooks still has what we wrote."""
    wanted, now = content(desired), content(existing)
    names = _names(desired, existing, customers)
    return tuple(
        _difference(name, desired, existing, existing, names)
        for name in now
        if wanted[name] != now[name]
    )


def differences_between(
    desired: DesiredInvoice, existing: QuickBooksInvoice, customers: Mapping[str, str]
) -> tuple[Difference, ...]:
    """Return every field in which QuickBooks' invoice is not what HubSpot says, with number and
    date, whoever changed it."""
    names = _names(desired, existing, customers)
    wanted = {**content(desired), "number": desired.number, "date": desired.invoice_date}
    now = {**content(existing), "number": existing.number, "date": existing.invoice_date}
    return tuple(
        Difference(
            field=name,
            hubspot=_text(name, wanted[name], desired.currency, names),
            written="",
            quickbooks=_text(name, now[name], desired.currency, names),
        )
        for name in wanted
        # Without a number of HubSpot's, QuickBooks gives one.
        if wanted[name] != now[name] and (name != "number" or desired.number)
    )


def _difference(
    name: str,
    desired: DesiredInvoice | None,
    written: QuickBooksInvoice,
    existing: QuickBooksInvoice,
    names: _Names,
) -> Difference:
    currency = existing.currency or (desired.currency if desired else "")
    return Difference(
        field=name,
        hubspot=_text(name, content(desired)[name], currency, names) if desired else "",
        written=_text(name, content(written)[name], currency, names),
        quickbooks=_text(name, content(existing)[name], currency, names),
    )


@dataclass(frozen=True)
class _Names:
    """The names of customers and items by their ids, as far as they are known."""

    customers: Mapping[str, str]
    items: Mapping[str, str]

    def customer(self, id_: str) -> str:
        return self.customers.get(id_) or (f"customer {id_}" if id_ else "a new customer")

    def item(self, id_: str) -> str:
        return self.items.get(id_) or f"item {id_}"


def _names(
    desired: DesiredInvoice | None, existing: QuickBooksInvoice, customers: Mapping[str, str]
) -> _Names:
    """Take the names from QuickBooks' invoice; for items that it lacks, HubSpot's names."""
    items = {line.item_id: line.product for line in desired.lines} if desired else {}
    items |= {line.item_id: line.item_name for line in existing.lines if line.item_name}
    own = {existing.customer_id: existing.customer_name} if existing.customer_name else {}
    return _Names({**customers, **own}, items)


def _text(field: str, value: object, currency: str, names: _Names) -> str:
    """Write a value the same whichever side it comes from: 300 and 300.00 are one."""
    if isinstance(value, Decimal):
        return f"{in_words(value, currency)} {currency}".strip()
    if isinstance(value, tuple):
        return "; ".join(_line_text(*line, currency=currency, names=names) for line in value)
    return names.customer(str(value)) if field == "customer" else str(value)


def _line_text(
    item_id: str,
    amount: Decimal,
    quantity: Decimal | None,
    unit_price: Decimal | None,
    *,
    currency: str,
    names: _Names,
) -> str:
    item, total = names.item(item_id), in_words(amount, currency)
    if quantity is None or unit_price is None:
        return f"{item}: {total}"
    return f"{item}: {quantity.normalize():f} x {unit_price.normalize():f} = {total}"


# -- failures -----------------------------------------------------------------------------


def mismatched_fields(
    desired: DesiredInvoice, existing: QuickBooksInvoice, home_currency: str
) -> list[Mismatch]:
    """Return the fields in which a QuickBooks invoice is not the one that we would write."""
    pairs: dict[Mismatch, tuple[object, object]] = {
        "customer": (desired.customer_id, existing.customer_id),
        "currency": (desired.currency, existing.currency or home_currency),
        "total": (desired.total, existing.total),
        "date": (desired.invoice_date, existing.invoice_date),
    }
    if desired.number:
        pairs = {"number": (desired.number, existing.number), **pairs}
    return [name for name, (ours, theirs) in pairs.items() if ours != theirs]


def number_taken(
    desired: DesiredInvoice, clash: QuickBooksInvoice, differs: Sequence[Mismatch] = ()
) -> Failure:
    """Return the failure of an invoice whose number another QuickBooks invoice has."""
    return Failure(
        detail=DuplicateDocumentNumber(
            variant="document",
            number=desired.number,
            clash_id=clash.id,
            clash_customer=clash.customer_name,
            clash_date=clash.invoice_date,
            differs=tuple(differs),
        )
    )


def total_mismatch(
    hubspot: Decimal | None, quickbooks: Decimal, currency: str, *, posted: bool = False
) -> Failure:
    """Return the failure of two totals that differ.

    `posted`: the QuickBooks invoice has its total and could not be taken back.
    """
    return Failure(
        detail=TotalMismatch(
            variant="posted" if posted else "unknown" if hubspot is None else "prevented",
            hubspot_total=hubspot,
            quickbooks_total=quickbooks,
            currency=currency,
        )
    )


def amounts_agree(desired: DesiredInvoice, written: QuickBooksInvoice) -> bool:
    """Whether QuickBooks' answer to a write has HubSpot's total, and the home amount that goes with
    it."""
    return written.total == desired.total and _home_agrees(desired, written)


def _home_agrees(desired: DesiredInvoice, written: QuickBooksInvoice) -> bool:
    """Whether the home total is the total by the exchange rate, but for rounding.

    A rate that a person entered counts; one of 1 that nobody asked for does not.
    """
    if desired.exchange_rate is None:
        return True
    rate = written.exchange_rate
    if rate is None or (rate == 1 and desired.exchange_rate != 1):
        return False
    if written.home_total is None:
        return True
    rounding = max(minor_unit(desired.home_currency), _CENT)
    return abs(written.home_total - written.total * rate) <= rounding


def differing_total(
    desired: DesiredInvoice, existing: QuickBooksInvoice, *, posted: bool
) -> Failure:
    """Return the failure of an invoice that QuickBooks made with another total than asked for, in
    its own or the home currency.

    `posted`: it still has that total.
    """
    if existing.total == desired.total and desired.exchange_rate:
        rate = existing.exchange_rate or Decimal(1)
        kept = desired.exchange_rate if rate == 1 else rate
        return Failure(
            detail=TotalMismatch(
                variant="home_posted" if posted else "home",
                hubspot_total=to_minor_unit(desired.total * kept, desired.home_currency),
                quickbooks_total=existing.home_total or existing.total * rate,
                currency=desired.home_currency,
            )
        )
    return total_mismatch(desired.total, existing.total, desired.currency, posted=posted)
