"""Write a report as CSV, one table a file, in a form that spreadsheets open as it is."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoice_sync.failures.catalogue import CATALOGUE
from invoice_sync.hubspot.pages import INVOICE, record_link
from invoice_sync.model import normal_forms
from invoice_sync.model.job import Finding, FindingTotal
from invoice_sync.model.money import to_minor_unit
from invoice_sync.quickbooks.pages import invoice_link
from invoice_sync.reconciliation.compare import Row
from invoice_sync.reconciliation.totals import Whole, billed, formatted, wholes

# Spreadsheets take a cell that begins like this for a formula, also after white space, and in the
# full width of East Asian letters. Amounts are no text.
_FORMULA, _WHITE = ("=", "+", "-", "@"), ("\t", "\r", "\n")
# Without it some spreadsheets take UTF-8 for the system's own encoding.
_BYTE_ORDER_MARK = "\ufeff"

WORDS: dict[Finding, str] = {
    "matched": "Both agree",
    "missing_in_quickbooks": "Missing in QuickBooks",
    "missing_in_hubspot": "Gone from HubSpot",
    "only_in_quickbooks": "Only in QuickBooks",
    "amounts_differ": "Amounts differ",
    "status_differs": "Paid or voided on one side only",
    "duplicate_suspected": "Maybe there twice",
    "unreadable": "Could not be read",
    "skipped": "Not synced",
    "not_due": "Draft or voided",
}
_TOTALS = ("Finding", "Currency", "Invoices", "HubSpot", "QuickBooks", "Difference")
_ROWS = (
    *("Finding", "Explanation", "Number", "Customer", "Date", "Due date", "Currency"),
    *("HubSpot status", "HubSpot amount", "QuickBooks amount", "Difference"),
    *("HubSpot balance", "QuickBooks balance", "QuickBooks number", "QuickBooks date"),
    *("Exchange rate", "Home currency", "QuickBooks amount in home currency"),
    *("HubSpot page", "QuickBooks page"),
)


def totals_file(totals: Sequence[FindingTotal]) -> str:
    """Return the totals by finding and currency, and last the totals of all findings by
    currency."""
    named = [WORDS[total.finding] for total in totals]
    lines = [*zip(named, formatted(totals), strict=True)]
    every = [("All findings", whole) for whole in wholes(totals)]
    return _file(_TOTALS, (_total_cells(words, total) for words, total in [*lines, *every]))


@dataclass(frozen=True)
class Books:
    """What the rows of a file have in common. `quickbooks_base_url`: the API's; it tells a
    sandbox."""

    portal_id: str
    quickbooks_base_url: str
    home_currency: str


def rows_file(books: Books, rows: Iterable[Row]) -> str:
    """Return the rows. Their amounts add up to the totals: a draft and a voided invoice bill
    nothing."""
    return _file(_ROWS, (_cells(books, row) for row in rows))


def _total_cells(words: str, total: Whole) -> list[object]:
    amounts = [Decimal(text) for text in (total.hubspot, total.quickbooks, total.difference)]
    return [words, total.currency, total.invoices, *amounts]


def _cells(books: Books, row: Row) -> list[object]:
    in_hubspot = billed(row) if row.hubspot_amount is not None else None
    in_quickbooks, currency = row.quickbooks_amount, row.currency
    difference = (in_quickbooks or Decimal(0)) - (in_hubspot or Decimal(0))
    hubspot_page = record_link(books.portal_id, INVOICE, row.hubspot_id) if row.hubspot_id else ""
    quickbooks_page = (
        invoice_link(row.quickbooks_id, books.quickbooks_base_url) if row.quickbooks_id else ""
    )
    at_home, home_currency = row.quickbooks_home_amount, books.home_currency
    return [
        *(WORDS[row.finding], _explanation(row), row.hubspot_number or row.quickbooks_number),
        *(row.customer, row.hubspot_date or row.quickbooks_date, row.due_date, currency),
        *(row.hubspot_status, _money(in_hubspot, currency), _money(in_quickbooks, currency)),
        *(_money(difference, currency), _money(row.hubspot_balance, currency)),
        *(_money(row.quickbooks_balance, currency), row.quickbooks_number, row.quickbooks_date),
        *(row.exchange_rate, home_currency if at_home is not None else ""),
        *(_money(at_home, home_currency), hubspot_page, quickbooks_page),
    ]


def _explanation(row: Row) -> str:
    entry = CATALOGUE.get(row.failure_code)
    return row.reason or (entry.title if entry else "")


def _money(amount: Decimal | None, currency: str) -> Decimal | None:
    return None if amount is None else to_minor_unit(amount, currency)


def _file(head: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    out.write(_BYTE_ORDER_MARK)
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in line] for line in lines)
    return out.getvalue()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}"
        case int() | date():
            return str(value)
    text = str(value)
    narrow = unicodedata.normalize("NFKC", normal_forms.tidy(text))
    is_formula = narrow.startswith(_FORMULA) or text.startswith(_WHITE)
    return f"'{text}" if is_formula else text
