"""Take up again what our table has forgotten: it was lost, or restored to an earlier state.

HubSpot and QuickBooks still know it. Our own property on HubSpot's invoice leads to the one in
QuickBooks, and the note there says whose it is. Where HubSpot does not have the property, what was
created in QuickBooks in the time that the table may have forgotten (`Gap`) is searched for our
notes: a metered read for each thousand, and only for what HubSpot had by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from invoice_sync.model.failure import Failure
from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.markers import contact_marker
from invoice_sync.model.quickbooks import Customer, QuickBooksInvoice
from invoice_sync.plan import scope
from invoice_sync.plan.ledgers import PaymentPlan
from invoice_sync.plan.ours import is_ours, taken_over
from invoice_sync.quickbooks import parse
from invoice_sync.quickbooks.isolate import Found
from invoice_sync.quickbooks.pages import id_in_link
from invoice_sync.sync import trouble
from invoice_sync.sync.batch import Batch, Observation, Trouble

# HubSpot's clock and QuickBooks' differ, and the portal's time zone may be a day ahead.
_CLOCKS_DIFFER, _DAY = timedelta(minutes=5), timedelta(days=1)


def taken_up(batch: Batch, observations: Sequence[Observation]) -> list[Observation]:
    """Return the observations, with the QuickBooks invoices that HubSpot names and our records do
    not. As a rule there are none, and this costs nothing.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    named = {each.task.invoice_id: _named_id(batch, each) for each in observations}
    answer = batch.quickbooks.find("Invoice", "Id", {*named.values()} - {""})
    found = {row["Id"]: parse.invoice(row) for row in answer.rows}
    taken = []
    for each in observations:
        named_id = named[each.task.invoice_id]
        if named_id in answer.refused:
            fault = answer.refused[named_id]
            unreadable = trouble.of_unreadable(fault, "invoice with id", named_id)
            taken.append(replace(each, obstacle=unreadable))
        elif named_id:
            taken.append(_taken_up(batch, each, named_id, found.get(named_id)))
        else:
            taken.append(each)
    return taken


def _named_id(batch: Batch, observation: Observation) -> str:
    """Return the QuickBooks invoice that HubSpot names, if our record knows of none."""
    record, invoice = observation.record, observation.invoice
    if invoice is None or observation.obstacle or record.quickbooks_id or record.intent:
        return ""
    named_id = id_in_link(invoice.link, batch.quickbooks.base_url)
    return "" if named_id in record.former_ids else named_id


def _taken_up(
    batch: Batch, observation: Observation, named_id: str, found: QuickBooksInvoice | None
) -> Observation:
    record, invoice = observation.record, observation.invoice
    if found and is_ours(record, found):
        return replace(observation, task=observation.task.taken_over(taken_over(record, found)))
    if invoice is None or scope.obstacle(invoice, record, batch.connection):
        return observation  # nothing is created anyway
    if found is None:
        # Somebody deleted it there: a person decides whether to bill it again.
        gone = record.model_copy(update={"quickbooks_id": named_id})
        return replace(observation, task=observation.task.taken_over(gone))
    return replace(observation, named=found)


# -- what QuickBooks has from a gap


def invoices(
    batch: Batch, observations: Sequence[Observation]
) -> dict[str, QuickBooksInvoice | Failure | Trouble]:
    """Return the QuickBooks invoices that we made in the gap, by the id of HubSpot's invoice; a
    failure where an invoice that cannot be read may be the one. Raises as `taken_up` does."""
    gap = batch.connection.gap
    may_be = [
        (each, each.invoice)
        for each in observations
        if gap and each.invoice and gap.covers(each.invoice.created_at)
        if not (each.record.quickbooks_id or each.record.intent)
    ]
    if gap is None or not may_be:
        return {}
    # Nothing was written before HubSpot had it.
    first = min(invoice.created_at or gap.since for _, invoice in may_be)
    since = max(gap.since, first - _CLOCKS_DIFFER)
    found = batch.quickbooks.created("Invoice", since, gap.until)
    made = [parse.invoice(row) for row in found.rows]
    answers: dict[str, QuickBooksInvoice | Failure | Trouble] = {}
    for each, _ in may_be:
        ours = next((invoice for invoice in made if is_ours(each.record, invoice)), None)
        unread = next(iter(found.refused.values()), None)
        if ours:
            answers[each.task.invoice_id] = ours
        elif unread:
            day = f"{since:%Y-%m-%d}"
            answers[each.task.invoice_id] = trouble.of_unreadable(
                unread, "invoice created since", day
            )
    return answers


def customers(
    batch: Batch, asked: Sequence[Invoice], known: Mapping[str, Sequence[Customer]]
) -> Iterator[tuple[str, Customer]]:
    """Yield the customers that we made in the gap for contacts of these invoices that have no known
    customer, each with the contact's id. New invoices count too: their contacts may be old. Raises
    as `taken_up` does."""
    gap = batch.connection.gap
    markers = {
        payer.id: contact_marker(batch.connection.portal_id, payer.id)
        for invoice in asked
        for payer in invoice.payers
        if not known.get(payer.id)
    }
    if gap is None or not markers:
        return
    made = batch.quickbooks.created("Customer", gap.since, gap.until).rows
    for customer in map(parse.customer, made):
        for contact_id, marker in markers.items():
            if marker in customer.notes:
                yield contact_id, customer


def payments(batch: Batch, plans: Sequence[PaymentPlan]) -> Found:
    """Return all payments of the gap, if one that is due may be among them. Raises as `taken_up`
    does."""
    gap = batch.connection.gap
    days = [due.payment.paid_on for plan in plans for due in plan.due]
    if gap is None or not any(day and day <= gap.until.date() + _DAY for day in days):
        return Found()
    return batch.quickbooks.created("Payment", gap.since, gap.until)
