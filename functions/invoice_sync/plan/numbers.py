"""Document numbers: which invoice already has the number that another one needs. Pure.

The sync asks this where QuickBooks does not refuse a number that is taken (custom transaction
numbers off). The preview always asks.
"""

from __future__ import annotations

from collections.abc import Iterable

from invoice_sync.model.quickbooks import QuickBooksInvoice
from invoice_sync.model.record import Record
from invoice_sync.plan.ours import is_ours
from invoice_sync.plan.plans import Create, Update


def gets_new_number(plan: Create | Update) -> bool:
    """Tell whether the plan gives the invoice a number that it does not have yet."""
    return isinstance(plan, Create) or "number" in plan.changes.fields


def folded_number(number: str) -> str:
    """Return the form in which QuickBooks compares numbers."""
    return number.casefold()


def with_number(number: str, invoices: Iterable[QuickBooksInvoice]) -> list[QuickBooksInvoice]:
    """Return the invoices that have the number; none has the empty one."""
    if not number:
        return []
    return [each for each in invoices if folded_number(each.number) == folded_number(number)]


def ours_of(record: Record, holders: Iterable[QuickBooksInvoice]) -> QuickBooksInvoice | None:
    """Return the first of them that we made for the record's invoice."""
    return next((holder for holder in holders if is_ours(record, holder)), None)


def taken_by(
    record: Record, number: str, invoices: Iterable[QuickBooksInvoice]
) -> list[QuickBooksInvoice]:
    """Return the invoices that have the number, if none of them is ours: the number is taken."""
    holders = with_number(number, invoices)
    return holders if ours_of(record, holders) is None else []
