"""Take up again what our table has forgotten: it was lost, or restored to an earlier state.

HubSpot and QuickBooks still know it. Our own property on HubSpot's invoice leads to the one in
QuickBooks, and the note there says whose it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from invoice_sync.model.quickbooks import QuickBooksInvoice
from invoice_sync.plan import scope
from invoice_sync.plan.ours import is_ours, taken_over
from invoice_sync.quickbooks.pages import id_in_link
from invoice_sync.sync import trouble
from invoice_sync.sync.batch import Batch, Observation
from invoice_sync.sync.load_quickbooks import find_invoices


def taken_up(batch: Batch, observations: Sequence[Observation]) -> list[Observation]:
    """Return the observations, with the QuickBooks invoices that HubSpot names and our records do
    not. As a rule there are none, and this costs nothing.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    named = {each.task.invoice_id: _named_id(batch, each) for each in observations}
    found, refused = find_invoices(batch, named.values())
    taken = []
    for each in observations:
        named_id = named[each.task.invoice_id]
        if named_id in refused:
            unreadable = trouble.of_unreadable(refused[named_id], "invoice with id", named_id)
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
