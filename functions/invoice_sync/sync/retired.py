"""Customers that became inactive in QuickBooks: retired, or merged into another one with no event
to tell us. Their emails then lead to nobody, and a new customer would split an account."""

from __future__ import annotations

from collections.abc import Iterable

from invoice_sync.model import normal_forms
from invoice_sync.model.quickbooks import Customer
from invoice_sync.quickbooks import parse
from invoice_sync.quickbooks.query import ANY_STATE
from invoice_sync.sync import remembered
from invoice_sync.sync.batch import Batch


def successors(batch: Batch, retired: Iterable[Customer]) -> dict[str, Customer]:
    """Return the active customers that took over, by the id of the inactive one.

    A merge moves a customer's invoices, and QuickBooks does not say where to. So the last one that
    we wrote for it is read.
    """
    by_key = {remembered.invoice_of(each.id): each for each in retired}
    recalled = batch.memory.recall(by_key) if by_key else {}
    if not recalled:
        return {}
    rows = batch.quickbooks.find("Invoice", "Id", map(str, recalled.values())).rows
    owner = {row["Id"]: parse.invoice(row).customer_id for row in rows}
    moved = {
        by_key[key].id: owner[str(invoice_id)]
        for key, invoice_id in ((key, recalled.get(key)) for key in by_key)
        if str(invoice_id) in owner and owner[str(invoice_id)] != by_key[key].id
    }
    found = batch.quickbooks.find("Customer", "Id", moved.values()).rows if moved else []
    active = {row["Id"]: parse.customer(row) for row in found}
    winners = {before: active[now] for before, now in moved.items() if now in active}
    for before in by_key.values():
        if before.id in winners:
            emails = normal_forms.emails(before.email)
            batch.memory.keep_merge(before.id, emails, winners[before.id].id)
    return winners


def is_linked_to_retired(batch: Batch, customers: Iterable[Customer]) -> bool:
    """Tell whether one of the customers, as a saved link names them, is inactive. If another one
    took over, that is remembered now, so that the link leads to it."""
    rows = batch.quickbooks.find("Customer", "Id", [each.id for each in customers], ANY_STATE).rows
    retired = [each for each in map(parse.customer, rows) if not each.active]
    successors(batch, retired)
    return bool(retired)
