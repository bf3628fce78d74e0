"""Compare both systems: pair the invoices, then say what each pair, or single invoice, shows. Pure.

Two invoices are a pair by our record or by our marker in QuickBooks' private note. The same number
alone only makes them suspects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import get_args

from invoice_sync.failures.variants import entry
from invoice_sync.model.base import Model, Words
from invoice_sync.model.hubspot import InvoiceSummary
from invoice_sync.model.job import Finding
from invoice_sync.model.markers import MARKER
from invoice_sync.model.money import to_minor_unit
from invoice_sync.model.quickbooks import QuickBooksInvoice
from invoice_sync.model.record import KEPT_AS_IT_IS, Record, Skip

FINDINGS: tuple[str, ...] = get_args(Finding)
_DUE = ("open", "paid")


class Row(Model):
    """A pair of invoices, or an invoice without a partner. Amounts are in `currency`."""

    finding: Finding
    hubspot_id: str = ""
    hubspot_number: Words = ""
    hubspot_date: date | None = None
    hubspot_status: Words = ""
    hubspot_amount: Decimal | None = None
    hubspot_balance: Decimal | None = None
    currency: Words = ""
    # The customer's name in QuickBooks, else in HubSpot.
    customer: Words = ""
    # According to HubSpot, else to QuickBooks.
    due_date: date | None = None
    quickbooks_id: str = ""
    quickbooks_number: Words = ""
    quickbooks_date: date | None = None
    quickbooks_amount: Decimal | None = None
    quickbooks_balance: Decimal | None = None
    # As QuickBooks booked it, and the total in its home currency.
    exchange_rate: Decimal | None = None
    quickbooks_home_amount: Decimal | None = None
    sync_status: str = ""
    failure_code: str = ""
    # Why the invoice is skipped or unreadable.
    reason: Words = ""


class Window(Model):
    """Some days of a report, as they were read from both systems."""

    portal_id: str
    # The invoices that are dated in these days.
    hubspot: tuple[InvoiceSummary, ...]
    quickbooks: tuple[QuickBooksInvoice, ...]
    # The partners of these invoices that are dated on other days.
    hubspot_elsewhere: tuple[InvoiceSummary, ...] = ()
    quickbooks_elsewhere: tuple[QuickBooksInvoice, ...] = ()
    # Our records by HubSpot id.
    records: Mapping[str, Record]
    # HubSpot ids by QuickBooks id.
    links: Mapping[str, str]
    # Why an invoice of `hubspot` is not synced, by HubSpot id, for those that are not.
    skips: Mapping[str, Skip] = {}
    # In the service's words, why a record cannot be read: those of HubSpot and of QuickBooks by
    # their ids, and invoices in QuickBooks of these days of which not even the id can be read.
    unread_in_hubspot: Mapping[str, str] = {}
    unread_in_quickbooks: Mapping[str, str] = {}
    unread_without_id: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pair:
    """What one row is about: at least one of the two invoices is there, or is `unreadable`."""

    hubspot: InvoiceSummary | None
    quickbooks: QuickBooksInvoice | None
    record: Record | None
    # The HubSpot invoice that the one in QuickBooks was made for; it may be in another row.
    owner_id: str = ""
    # The QuickBooks invoice may be a duplicate.
    suspected: bool = False
    # Why the HubSpot invoice is not synced; None when it is.
    skip: Skip | None = None
    # Why one of the two cannot be read.
    unreadable: str = ""


def rows(window: Window, start: date, end: date) -> list[Row]:
    """Return one row for each invoice of the window, in a report from `start` to `end`.

    A pair is in the row of its HubSpot invoice, unless that is dated outside the whole report.
    A row without a HubSpot invoice may name the one that QuickBooks' invoice was made for, but not
    its amount: that is in a row of its own.
    """
    return [_row(pair) for pair in pairs(window, start, end)]


def pairs(window: Window, start: date, end: date) -> list[Pair]:
    """Pair the invoices of a window; each is in one pair of the whole report."""
    return _Pairing(window, start, end).all()


def finding(pair: Pair) -> Finding:
    """Return what the report says about a pair. A voided invoice needs no action: `not_due`."""
    hubspot, quickbooks = pair.hubspot, pair.quickbooks
    if pair.unreadable:
        return "unreadable"
    if quickbooks is None:
        if pair.skip and pair.skip.kind != "not_due":
            return "skipped"
        due = hubspot is not None and _is_due(pair)
        return "missing_in_quickbooks" if due else "not_due"
    if pair.suspected:
        return "not_due" if quickbooks.voided else "duplicate_suspected"
    if hubspot is not None:
        return _compared(hubspot, quickbooks)
    if not pair.owner_id:
        return "only_in_quickbooks"
    return "not_due" if quickbooks.voided else "missing_in_hubspot"


def owner(portal_id: str, invoice: QuickBooksInvoice, links: Mapping[str, str]) -> str:
    """Return the id of the HubSpot invoice that a QuickBooks invoice was made or adopted for.

    Empty if it has nothing to do with this portal.
    """
    if invoice.id in links:
        return links[invoice.id]
    marker = MARKER.search(invoice.private_note)
    return marker[1] if marker and marker[2] == portal_id else ""


class _Lookalikes:
    """QuickBooks invoices without an owner, by number and amount. Each is taken once."""

    def __init__(self, unowned: Iterable[QuickBooksInvoice]) -> None:
        self.taken: set[str] = set()
        self._alike: dict[tuple[str, Decimal], list[QuickBooksInvoice]] = {}
        for invoice in unowned:
            if invoice.number and not invoice.voided:
                key = (invoice.number.casefold(), invoice.total)
                self._alike.setdefault(key, []).append(invoice)

    def take(self, summary: InvoiceSummary) -> QuickBooksInvoice | None:
        if summary.amount is None:
            return None
        for invoice in self._alike.get((summary.number.casefold(), summary.amount), ()):
            if invoice.id not in self.taken and invoice.currency in ("", summary.currency):
                self.taken.add(invoice.id)
                return invoice
        return None


class _Pairing:
    """Pairs the invoices of a window in a report from `start` to `end`."""

    def __init__(self, window: Window, start: date, end: date) -> None:
        self._window, self._start, self._end = window, start, end
        self._hubspot_here = {summary.id for summary in window.hubspot}
        self._hubspot_elsewhere = {summary.id: summary for summary in window.hubspot_elsewhere}
        self._quickbooks_here = {invoice.id for invoice in window.quickbooks}
        # The QuickBooks invoices of each HubSpot invoice, and those that belong to none.
        self._by_owner: dict[str, list[QuickBooksInvoice]] = {}
        self._unowned: list[QuickBooksInvoice] = []
        invoices = (*window.quickbooks, *window.quickbooks_elsewhere)
        for invoice in {invoice.id: invoice for invoice in invoices}.values():
            owner_id = owner(window.portal_id, invoice, window.links)
            if owner_id:
                self._by_owner.setdefault(owner_id, []).append(invoice)
            else:
                self._unowned.append(invoice)
        self._lookalikes = _Lookalikes(self._unowned)

    def all(self) -> list[Pair]:
        of_hubspot = [self._of_hubspot(summary) for summary in self._window.hubspot]
        of_owners = [pair for owner_id in self._by_owner for pair in self._of_owner(owner_id)]
        unread = [
            Pair(None, None, None, unreadable=reason) for reason in self._window.unread_without_id
        ]
        return [*of_hubspot, *of_owners, *self._of_nobody(), *unread]

    def _of_hubspot(self, summary: InvoiceSummary) -> Pair:
        record = self._window.records.get(summary.id)
        partner = _partner(record, self._by_owner.get(summary.id, []))
        pair = Pair(summary, partner, record, skip=self._window.skips.get(summary.id))
        unread = self._window.unread_in_quickbooks.get(record.quickbooks_id) if record else None
        if unread:
            return replace(pair, quickbooks=None, unreadable=unread)
        if partner is None and _is_due(pair):
            lookalike = self._lookalikes.take(summary)
            return replace(pair, quickbooks=lookalike, suspected=lookalike is not None)
        return pair

    def _of_owner(self, owner_id: str) -> Iterator[Pair]:
        """Yield the QuickBooks invoices of a HubSpot invoice, without the one in its own row.

        That row is in this window or in another one of the report. If its date is outside the
        report, the pair is yielded here.
        """
        owned, record = self._by_owner[owner_id], self._window.records.get(owner_id)
        partner, summary = None, self._hubspot_elsewhere.get(owner_id)
        in_hubspot = summary is not None or owner_id in self._hubspot_here
        if owner_id in self._hubspot_here:
            partner = _partner(record, owned)
        elif summary is not None:
            in_report = self._in_report(summary)
            # Its partner by the record may be one that is not read here. Without a record the row
            # in another window has the partner, and all of these are others.
            named_only = in_report or _has_partner(record)
            partner = _named(record, owned) if named_only else _partner(record, owned)
            if partner and not in_report and partner.id in self._quickbooks_here:
                yield Pair(summary, partner, record)
        for invoice in owned:
            if invoice.id in self._quickbooks_here and (not partner or invoice.id != partner.id):
                unread = self._window.unread_in_hubspot.get(owner_id, "")
                yield Pair(None, invoice, record, owner_id, suspected=in_hubspot, unreadable=unread)

    def _of_nobody(self) -> Iterator[Pair]:
        """Yield the invoices that people made in QuickBooks.

        Two that look the same are suspected, and so is one that looks like one of ours.
        """
        invoices = [
            invoice
            for invoice in self._unowned
            if invoice.id in self._quickbooks_here and invoice.id not in self._lookalikes.taken
        ]
        ours = [invoice for owned in self._by_owner.values() for invoice in owned]
        seen = Counter(_likeness(each) for each in (*invoices, *ours) if not each.voided)
        for invoice in invoices:
            twice = bool(invoice.number) and not invoice.voided and seen[_likeness(invoice)] > 1
            yield Pair(None, invoice, None, suspected=twice)

    def _in_report(self, summary: InvoiceSummary) -> bool:
        day = summary.invoice_date
        return day is not None and self._start <= day <= self._end


def _likeness(invoice: QuickBooksInvoice) -> tuple[str, str, Decimal]:
    return invoice.customer_id, invoice.number.casefold(), invoice.total


def _partner(record: Record | None, owned: Sequence[QuickBooksInvoice]) -> QuickBooksInvoice | None:
    """Return the partner that the record names, else the oldest, if possible one not voided."""
    by_age = min(owned, key=lambda invoice: (invoice.voided, int(invoice.id)), default=None)
    return _named(record, owned) or by_age


def _named(record: Record | None, owned: Sequence[QuickBooksInvoice]) -> QuickBooksInvoice | None:
    """Return the partner that the record names, if it is among these."""
    if record is None or not record.quickbooks_id:
        return None
    return next((invoice for invoice in owned if invoice.id == record.quickbooks_id), None)


def _has_partner(record: Record | None) -> bool:
    return record is not None and bool(record.quickbooks_id)


def _is_due(pair: Pair) -> bool:
    """Tell whether QuickBooks should have the HubSpot invoice of a pair."""
    status = pair.hubspot.status if pair.hubspot else ""
    if _has_partner(pair.record):
        return status != "voided"
    return status in _DUE and pair.skip is None


def _compared(hubspot: InvoiceSummary, quickbooks: QuickBooksInvoice) -> Finding:
    voided = hubspot.status == "voided"
    if voided or quickbooks.voided:
        return "matched" if voided == quickbooks.voided else "status_differs"
    if hubspot.status not in _DUE:
        return "status_differs"
    if not _same_amount(hubspot, quickbooks):
        return "amounts_differ"
    paid = quickbooks.balance <= 0
    same_status = paid == (hubspot.status == "paid") or not quickbooks.total
    return "matched" if same_status else "status_differs"


def _same_amount(hubspot: InvoiceSummary, quickbooks: QuickBooksInvoice) -> bool:
    if hubspot.amount is None:
        return False
    if hubspot.currency and quickbooks.currency and hubspot.currency != quickbooks.currency:
        return False
    return to_minor_unit(hubspot.amount, hubspot.currency) == quickbooks.total


def _row(pair: Pair) -> Row:
    hubspot, quickbooks, record = pair.hubspot, pair.quickbooks, pair.record
    values: dict[str, object] = {"finding": finding(pair), "hubspot_id": pair.owner_id}
    if quickbooks is not None:
        values |= {
            "quickbooks_id": quickbooks.id,
            "quickbooks_number": quickbooks.number,
            "quickbooks_date": quickbooks.invoice_date,
            "quickbooks_amount": quickbooks.total,
            "quickbooks_balance": quickbooks.balance,
            "exchange_rate": quickbooks.exchange_rate,
            "quickbooks_home_amount": quickbooks.home_total,
            "currency": quickbooks.currency,
            "customer": quickbooks.customer_name,
            "due_date": quickbooks.due_date,
        }
    if hubspot is not None:
        values |= {
            "hubspot_id": hubspot.id,
            "hubspot_number": hubspot.number,
            "hubspot_date": hubspot.invoice_date,
            "hubspot_status": hubspot.status,
            "hubspot_amount": hubspot.amount,
            "hubspot_balance": hubspot.balance_due,
            "currency": hubspot.currency or values.get("currency", ""),
            "due_date": hubspot.due_date or values.get("due_date"),
        }
    if values["finding"] in ("skipped", "not_due") and pair.skip:
        values["reason"] = pair.skip.reason
    if pair.unreadable:
        values["reason"] = pair.unreadable
    if record is not None:
        values.setdefault("customer", record.summary.company or record.summary.customer)
        values.setdefault("quickbooks_id", record.quickbooks_id if pair.unreadable else "")
        values["sync_status"] = record.status
        values["failure_code"] = record.failure.code if record.failure else ""
        if record.failure:
            values.setdefault("reason", entry(record.failure).title)
        elif record.accepted and values["finding"] != "matched":
            values.setdefault("reason", KEPT_AS_IT_IS)
    return Row.model_validate(values)
