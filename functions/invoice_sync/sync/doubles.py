"""Look whether QuickBooks has an invoice already, under another number, before it is first created.

Each look is a metered read, so only invoices with a suspicion are looked for (`plan.plans`).
"""

from __future__ import annotations

from collections.abc import Sequence

from invoice_sync.model.quickbooks import DesiredInvoice
from invoice_sync.plan.doubles import named_duplicate, possible_duplicate
from invoice_sync.plan.ours import is_ours, taken_over
from invoice_sync.plan.plans import Create, Suspicion
from invoice_sync.quickbooks import parse
from invoice_sync.quickbooks.isolate import Found
from invoice_sync.quickbooks.query import dated
from invoice_sync.store.store import Store
from invoice_sync.sync import trouble
from invoice_sync.sync.batch import Again, Batch, Failed, Outcome, Task
from invoice_sync.sync.create import Write

# What cannot be read, as a failure says it: the key is the customer's id.
OF_CUSTOMER = "invoice of the customer with id"


def refuse_doubles(
    store: Store, batch: Batch, writes: Sequence[Write]
) -> dict[str, Outcome | Again]:
    """Return the outcomes of those that may be there already, by invoice id: a failure, or another
    decision about one that turns out to be ours. Raises UnavailableError, FaultError,
    ReconnectRequiredError."""
    suspected = [
        (write, write.plan.suspicion)
        for write in writes
        if isinstance(write.plan, Create)
        and write.plan.suspicion
        and not _was_looked_for(write.task, write.plan.suspicion)
    ]
    # A customer that was created a moment ago has no invoices.
    documents = [write.document for write, _ in suspected if write.plan.customer is None]
    found = _beside(batch, documents)
    invoices = [parse.invoice(row) for row in found.rows]
    links = store.realm.links(batch.connection.realm_id, [invoice.id for invoice in invoices])
    outcomes: dict[str, Outcome | Again] = {
        write.task.invoice_id: Failed(write.task.record, failure)
        for write in writes
        if isinstance(write.plan, Create)
        and (failure := named_duplicate(write.task.record, write.observation.named))
    }
    for write, suspicion in suspected:
        task, record = write.task, write.task.record
        ours = next((invoice for invoice in invoices if is_ours(record, invoice)), None)
        if ours is not None:
            outcomes[task.invoice_id] = Again(task.taken_over(taken_over(record, ours)))
            continue
        customer_id = write.document.customer_id
        if write.plan.customer is None and customer_id in found.refused:
            fault = found.refused[customer_id]
            unread = trouble.of_unreadable(fault, OF_CUSTOMER, customer_id)
            outcomes[task.invoice_id] = trouble.ended(record, unread)
            continue
        home_currency = write.observation.quickbooks.preferences.home_currency
        failure = possible_duplicate(
            record, write.document, suspicion, invoices, home_currency, links
        )
        if failure:
            outcomes[task.invoice_id] = Failed(record, failure)
    return outcomes


def _was_looked_for(task: Task, suspicion: Suspicion) -> bool:
    """Tell whether somebody has seen what is there: the backfill that sends the invoice, or a
    person who retries it nevertheless."""
    if suspicion != "brought_in":
        return False
    failure = task.before.failure
    seen = failure is not None and failure.code == "possible_duplicate"
    return task.hint.trigger == "backfill" or (task.hint.trigger == "retry" and seen)


def _beside(batch: Batch, documents: Sequence[DesiredInvoice]) -> Found:
    """Return all invoices of the documents' customers and days, in one call; apart from that the
    customers with an invoice that cannot be read: it may be the double."""
    if not documents:
        return Found()
    days = [document.invoice_date for document in documents]
    ids = {document.customer_id for document in documents}
    lookup = ("Invoice", "CustomerRef", ids, dated(min(days), max(days)))
    (found,) = batch.quickbooks.find_each([lookup])
    return found
