"""Observe QuickBooks' customers of written invoices: only where HubSpot names another payer now, or
QuickBooks has another customer on the invoice. As a rule there are none, and nothing is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.quickbooks import Customer
from invoice_sync.plan.customer import in_currency
from invoice_sync.plan.identity import (
    customers_above,
    decided_customer_id,
    followed,
    is_elsewhere,
    is_merged,
    names_another_payer,
)
from invoice_sync.quickbooks import parse
from invoice_sync.quickbooks.query import ANY_STATE
from invoice_sync.sync import remembered
from invoice_sync.sync.batch import Batch, Observation

# Projects and sub-customers go four levels below a customer (Intuit's fault 6180).
_LEVELS = 5


def needs_customer(observation: Observation) -> Invoice | None:
    """Return the invoice if the customer of its contact has to be looked for; None if it stays with
    the one that it was written for."""
    invoice, record = observation.invoice, observation.record
    if invoice is None:
        return None
    undecided = not decided_customer_id(record) or names_another_payer(invoice, record)
    return invoice if undecided else None


def with_names(batch: Batch, observations: Sequence[Observation]) -> list[Observation]:
    """Read the customers of written invoices for which HubSpot names another payer: their names,
    and whether they are the same payer, by a merge or as a project of the other.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    ids: set[str] = set()
    for each in observations:
        kept_id, others = _in_question(each)
        if others - {kept_id}:
            ids |= {kept_id, *others}
    if not ids:
        return [*observations]
    customers = with_customers_above(batch, ids)
    winners = batch.memory.merged(ids)
    return [_named(each, customers, winners) for each in observations]


def _in_question(observation: Observation) -> tuple[str, set[str]]:
    """Return the customer that a written invoice stays with, and those of HubSpot's contact."""
    kept_id, invoice = decided_customer_id(observation.record), observation.invoice
    if not kept_id or invoice is None:
        return kept_id, set()
    others = in_currency(observation.quickbooks.customers, invoice.currency)
    return kept_id, {customer.id for customer in others}


def _named(
    observation: Observation, customers: Mapping[str, Customer], winners: Mapping[str, str]
) -> Observation:
    kept_id, others = _in_question(observation)
    kept = customers.get(kept_id)
    if kept is None or not others:
        return observation
    same = others & {kept_id, winners.get(kept_id, kept_id), *customers_above(kept, customers)}
    named = (kept,) if same else tuple(customers[each] for each in others if each in customers)
    side = replace(observation.quickbooks, kept_name=kept.display_name, customers=named)
    return replace(observation, quickbooks=side)


def follow(batch: Batch, observations: Sequence[Observation]) -> list[Observation]:
    """Read, of invoices that QuickBooks has with another customer now, whether that is an edit: a
    merge of customers is none, nor is a project of its own customer.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    moved = [
        each for each in observations if each.existing and is_elsewhere(each.record, each.existing)
    ]
    if not moved:
        return [*observations]
    ids = {each.existing.customer_id for each in moved if each.existing}
    ids |= {each.record.written.customer_id for each in moved if each.record.written}
    customers = with_customers_above(batch, ids)
    winners = batch.memory.merged(ids)
    return [_followed(batch, each, customers, winners) for each in observations]


def _followed(
    batch: Batch,
    observation: Observation,
    customers: Mapping[str, Customer],
    winners: Mapping[str, str],
) -> Observation:
    record, existing = observation.record, observation.existing
    if existing is None or record.written is None or not is_elsewhere(record, existing):
        return observation
    before_id = record.written.customer_id
    before, winner_id = customers.get(before_id), winners.get(before_id, "")
    merged = is_merged(before, customers.get(existing.customer_id), winner_id)
    if before and merged and not winner_id:
        remembered.keep_merge(batch.memory, batch.quickbooks, before, existing.customer_id)
    task = observation.task.noted(followed(record, existing, customers, merged=merged))
    return replace(observation, task=task)


def with_customers_above(batch: Batch, customer_ids: Iterable[str]) -> dict[str, Customer]:
    """Return the customers, and all above them, by id; inactive ones too. A metered read for each
    level. Raises as `follow` does."""
    customers: dict[str, Customer] = {}
    missing = {*customer_ids} - {""}
    for _ in range(_LEVELS):
        if not missing:
            break
        found = batch.quickbooks.find("Customer", "Id", missing, ANY_STATE)
        read = {row["Id"]: parse.customer(row) for row in found.rows}
        customers |= read
        missing = {each.parent_id for each in read.values()} - {"", *customers}
    return customers
