"""Both systems side by side: what agrees, what is missing where, what differs. Pure.

Invoices belong together by our record, or by our words in QuickBooks' private note. Never by their
number alone: that is only a suspicion.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import get_args

from invoice_sync.model.base import Model
from invoice_sync.model.hubspot import InvoiceSummary
from invoice_sync.model.job import Finding
from invoice_sync.model.markers import MARKER
from invoice_sync.model.money import to_minor_unit
from invoice_sync.model.quickbooks import QuickBooksInvoice
from invoice_sync.model.record import Record

FINDINGS: tuple[str, ...] = get_args(Finding)
# What a look may put right.
_LOOK = ("missing_in_quickbooks", "missing_in_hubspot", "amounts_differ", "status_differs")
_DUE = ("open", "paid")


class Row(Model):
    """An invoice, or a pair that belongs together. Amounts in `currency`."""

    finding: Finding
    hubspot_id: str = ""
    hubspot_number: str = ""
    hubspot_date: date | None = None
    hubspot_status: str = ""
    hubspot_amount: Decimal | None = None
    currency: str = ""
    quickbooks_id: str = ""
    quickbooks_number: str = ""
    quickbooks_date: date | None = None
    quickbooks_amount: Decimal | None = None
    quickbooks_balance: Decimal | None = None
    sync_status: str = ""
    failure_code: str = ""


class Window(Model):
    """What was read of some days. `invoices` and `posted` are dated in them; `elsewhere` are those
    partners that are not: HubSpot invoices of the one, QuickBooks invoices of the other.

    `records`: by HubSpot id. `links`: HubSpot id by QuickBooks id.
    """

    portal_id: str
    invoices: tuple[InvoiceSummary, ...]
    posted: tuple[QuickBooksInvoice, ...]
    invoices_elsewhere: tuple[InvoiceSummary, ...] = ()
    posted_elsewhere: tuple[QuickBooksInvoice, ...] = ()
    records: Mapping[str, Record]
    links: Mapping[str, str]


def owner(portal_id: str, posted: QuickBooksInvoice, links: Mapping[str, str]) -> str:
    """The HubSpot invoice that a QuickBooks invoice was made for, or adopted for."""
    if posted.id in links:
        return links[posted.id]
    found = MARKER.search(posted.private_note)
    return found[1] if found and found[2] == portal_id else ""


def rows(window: Window, start: date, end: date) -> list[Row]:
    """Each invoice of the window in one row; a pair is in the row of its HubSpot invoice, unless
    that is dated outside the whole period from `start` to `end`.

    A row of QuickBooks' invoice alone may name the HubSpot invoice that it was made for, but says
    no more of it: its amount is in its own row.
    """
    by_id = {one.id: one for one in (*window.posted, *window.posted_elsewhere)}
    summaries = {one.id: one for one in (*window.invoices, *window.invoices_elsewhere)}
    inside = {one.id for one in window.invoices}
    owned: dict[str, list[QuickBooksInvoice]] = {}
    free: list[QuickBooksInvoice] = []
    for posted in by_id.values():
        whose = owner(window.portal_id, posted, window.links)
        if whose:
            owned.setdefault(whose, []).append(posted)
        else:
            free.append(posted)
    found: list[Row] = []
    twins = _Twins(free)
    for summary in window.invoices:
        record = window.records.get(summary.id)
        pair = _pair(record, owned.get(summary.id, []))
        if pair is not None:
            found.append(_row(_compared(summary, pair), summary, pair, record))
        elif _is_due(summary, record):
            twin = twins.take(summary)
            finding: Finding = "duplicate_suspected" if twin else "missing_in_quickbooks"
            found.append(_row(finding, summary, twin, record))
        else:
            found.append(_row("not_due", summary, None, record))
    of_window = {one.id for one in window.posted}
    for whose, several in owned.items():
        mine = [one for one in several if one.id in of_window]
        summary_there, record = summaries.get(whose), window.records.get(whose)
        if summary_there is None:
            found += [_unowned("missing_in_hubspot", one, whose, record) for one in mine]
            continue
        if whose in inside:
            pair = _pair(record, several)
        elif _within(summary_there.invoice_date, start, end):
            pair = _named(record, several)
        else:
            pair = _named(record, several) if _has_partner(record) else _pair(record, several)
            if pair is not None and pair.id in of_window:
                found.append(_row(_compared(summary_there, pair), summary_there, pair, record))
        others = [one for one in mine if pair is None or one.id != pair.id]
        found += [_unowned("duplicate_suspected", one, whose, record) for one in others]
    paired = [one for several in owned.values() for one in several if not one.voided]
    rest = [one for one in free if one.id in of_window and one.id not in twins.taken]
    found += _without_owner(rest, paired)
    return found


def wants_look(row: Row, record: Record | None, *, known: bool) -> bool:
    """Whether a look may put it right. `known`: we have to do with this invoice; the others are a
    backfill's, which somebody has to ask for."""
    if not known or row.finding not in _LOOK or row.sync_status == "failing":
        return False
    # Money that came in there alone is nothing to put right, once we know it.
    paid_there = row.finding == "status_differs" and row.hubspot_status == "open"
    return is_news(row, record) or not (paid_there and row.quickbooks_amount)


def is_news(row: Row, record: Record | None) -> bool:
    """Whether QuickBooks says something else than when we read it last, so that it is worth the
    metered read of a look."""
    seen = record.written if record else None
    return seen is None or (seen.id, seen.total, seen.balance) != (
        row.quickbooks_id,
        row.quickbooks_amount,
        row.quickbooks_balance,
    )


def _pair(record: Record | None, owned: Sequence[QuickBooksInvoice]) -> QuickBooksInvoice | None:
    """The partner that the record names, if it is there; else the first that names the invoice."""
    named = _named(record, owned)
    return named or min(owned, key=lambda one: (one.voided, int(one.id)), default=None)


def _named(record: Record | None, owned: Sequence[QuickBooksInvoice]) -> QuickBooksInvoice | None:
    """All that can be said of an invoice of other days: these have its row, and its partner there
    need not be one of `owned`."""
    if not _has_partner(record):
        return None
    return next((one for one in owned if record and one.id == record.quickbooks_id), None)


def _has_partner(record: Record | None) -> bool:
    return record is not None and bool(record.quickbooks_id)


def _unowned(finding: Finding, posted: QuickBooksInvoice, whose: str, record: Record | None) -> Row:
    """What is void is no trouble to anybody."""
    return _row("not_due" if posted.voided else finding, None, posted, record, hubspot_id=whose)


def _compared(summary: InvoiceSummary, posted: QuickBooksInvoice) -> Finding:
    if summary.status == "voided" or posted.voided:
        return "matched" if (summary.status == "voided") == posted.voided else "status_differs"
    if summary.status not in _DUE:
        return "status_differs"
    if summary.amount is None or to_minor_unit(summary.amount, summary.currency) != posted.total:
        return "amounts_differ"
    if summary.currency and posted.currency and summary.currency != posted.currency:
        return "amounts_differ"
    paid = posted.balance <= 0
    return "matched" if paid == (summary.status == "paid") or not posted.total else "status_differs"


def _is_due(summary: InvoiceSummary, record: Record | None) -> bool:
    if record is not None and record.quickbooks_id:
        return summary.status != "voided"
    return summary.status in _DUE and summary.source != "data_sync"


class _Twins:
    """QuickBooks invoices that nobody owns, by number and amount; each is given once."""

    def __init__(self, free: Iterable[QuickBooksInvoice]) -> None:
        self.taken: set[str] = set()
        self._alike: dict[tuple[str, Decimal], list[QuickBooksInvoice]] = {}
        for one in free:
            if one.number and not one.voided:
                self._alike.setdefault((one.number.casefold(), one.total), []).append(one)

    def take(self, summary: InvoiceSummary) -> QuickBooksInvoice | None:
        if summary.amount is None:
            return None
        for one in self._alike.get((summary.number.casefold(), summary.amount), ()):
            if one.id not in self.taken and one.currency in ("", summary.currency):
                self.taken.add(one.id)
                return one
        return None


def _without_owner(
    free: Sequence[QuickBooksInvoice], paired: Sequence[QuickBooksInvoice]
) -> Iterable[Row]:
    """Invoices that people made in QuickBooks; two that look the same are worth a question, and
    one that looks like one of ours all the more."""
    seen = Counter(_likeness(one) for one in (*free, *paired) if not one.voided)
    for one in free:
        twice = bool(one.number) and not one.voided and seen[_likeness(one)] > 1
        yield _row("duplicate_suspected" if twice else "only_in_quickbooks", None, one, None)


def _likeness(posted: QuickBooksInvoice) -> tuple[str, str, Decimal]:
    return posted.customer_id, posted.number.casefold(), posted.total


def _within(day: date | None, start: date, end: date) -> bool:
    return day is not None and start <= day <= end


def _row(
    finding: Finding,
    summary: InvoiceSummary | None,
    posted: QuickBooksInvoice | None,
    record: Record | None,
    *,
    hubspot_id: str = "",
) -> Row:
    values: dict[str, object] = {"finding": finding, "hubspot_id": hubspot_id}
    if summary is not None:
        values |= {
            "hubspot_id": summary.id,
            "hubspot_number": summary.number,
            "hubspot_date": summary.invoice_date,
            "hubspot_status": summary.status,
            "hubspot_amount": summary.amount,
            "currency": summary.currency,
        }
    if posted is not None:
        values |= {
            "quickbooks_id": posted.id,
            "quickbooks_number": posted.number,
            "quickbooks_date": posted.invoice_date,
            "quickbooks_amount": posted.total,
            "quickbooks_balance": posted.balance,
            "currency": values.get("currency") or posted.currency,
        }
    if record is not None:
        values["sync_status"] = record.status
        values["failure_code"] = record.failure.code if record.failure else ""
    return Row.model_validate(values)
