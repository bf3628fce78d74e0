"""Invoices of ours that hold each other's numbers.

People exchanged their numbers in HubSpot, and we did not hear of each change in time. QuickBooks
refuses each invoice because another one has its number, and nothing ends that. So an invoice in
such a circle moves aside: it gets a number that nobody else has, until the invoice that it waits
for has moved on too.
"""

from __future__ import annotations

from dataclasses import replace

from invoice_sync.errors import FaultError
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import DuplicateDocumentNumber
from invoice_sync.model.record import Record
from invoice_sync.plan.plans import Update
from invoice_sync.quickbooks import parse, render
from invoice_sync.store.store import Store
from invoice_sync.sync.batch import Batch, Failed, in_step
from invoice_sync.sync.create import Write

_LONGEST_CIRCLE = 10


def move_aside(store: Store, batch: Batch, write: Write, failed: Failed) -> Failed:
    """Write an update that was refused for its number under a number of its own, if it is in a
    circle. Return the failure, which stays until the invoice has the number that HubSpot says.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    record, plan = failed.record, write.plan
    if not isinstance(plan, Update) or not _is_in_a_circle(store, batch, record, failed.failure):
        return failed
    aside = write.document.model_copy(update={"number": f"~{record.invoice_id}"})
    if plan.existing.number == aside.number:
        return failed
    noted = record.model_copy(update={"written": plan.existing, "sent": aside})
    if not store.records.note(noted, batch.owner, batch.clock()):
        return failed
    payload = render.invoice_update(aside, plan.existing, plan.changes)
    (answer,) = batch.quickbooks.change_invoices([payload])
    if isinstance(answer, FaultError):
        return replace(failed, record=noted)
    invoice = parse.invoice(answer.entity)
    return replace(failed, record=in_step(noted, invoice, aside, write.left_out))


def _is_in_a_circle(store: Store, batch: Batch, record: Record, failure: Failure) -> bool:
    """Tell whether the invoice that has the number waits, perhaps through others, for this one's
    number."""
    detail, connection = failure.detail, batch.connection
    for _ in range(_LONGEST_CIRCLE):
        if not isinstance(detail, DuplicateDocumentNumber) or not detail.clash_id:
            return False
        holder_id = detail.clash_id
        if holder_id == record.quickbooks_id:
            return True
        link = store.realm.links(connection.realm_id, [holder_id]).get(holder_id)
        holder = store.records.get(*link) if link and link[0] == connection.portal_id else None
        if holder is None or holder.failure is None:
            return False
        detail = holder.failure.detail
    return False
