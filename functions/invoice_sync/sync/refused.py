"""What QuickBooks' refusal of an invoice's write comes to: it may be there already, what we
remember may be old, or a person has to act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from invoice_sync.errors import FaultError
from invoice_sync.model.failure_details import DuplicateDocumentNumber, ReferenceInactive
from invoice_sync.model.quickbooks import ItemName, QuickBooksInvoice
from invoice_sync.model.record import Record
from invoice_sync.plan.customer import in_question
from invoice_sync.plan.lines import item_names
from invoice_sync.plan.ours import is_ours, taken_over
from invoice_sync.quickbooks import parse
from invoice_sync.quickbooks.faults import Judgement, judge
from invoice_sync.sync import remembered, trouble
from invoice_sync.sync.bad_settings import with_setting
from invoice_sync.sync.batch import Again, Batch, Failed, Observation, Outcome
from invoice_sync.sync.remembered import RememberedKey
from invoice_sync.sync.retired import is_linked_to_retired


def refused(
    batch: Batch, observation: Observation, fault: FaultError, sent: Record | None = None
) -> Outcome | Again:
    """Return the outcome of a write that QuickBooks refused. `sent`: the record of a creation as it
    was when that was sent, with what may have been sent before.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    task, judgement = observation.task, judge(fault)
    clash = _with_the_number(batch, judgement)
    if clash and is_ours(task.record, clash):
        # We made it without hearing the answer.
        return Again(task.taken_over(taken_over(sent or task.record, clash)))
    if judgement.verdict == "reference" and not task.has_forgotten:
        # What we remember may be old: ask QuickBooks once more before saying so.
        _forget(batch, observation)
        return Again(replace(task, has_forgotten=True))
    if judgement.verdict == "items" and not task.has_read_items:
        return Again(replace(task, has_read_items=True))
    if judgement.verdict == "email" and not task.without_email:
        # A missing receivable is worse than a missing address.
        return Again(replace(task, without_email=True))
    outcome = _with_names(trouble.of_write(fault, task), observation, clash)
    return with_setting(batch, observation, outcome)


def _with_the_number(batch: Batch, judgement: Judgement) -> QuickBooksInvoice | None:
    """Return the invoice that has the number, if it is an invoice. By its id: queries may not show
    it yet."""
    detail = judgement.failure.detail
    if not isinstance(detail, DuplicateDocumentNumber) or detail.clash_type != "Invoice":
        return None
    row = batch.quickbooks.read("Invoice", detail.clash_id) if detail.clash_id else None
    return parse.invoice(row) if row else None


def _with_names(
    outcome: Outcome | Again, observation: Observation, clash: QuickBooksInvoice | None
) -> Outcome | Again:
    """Put the names that QuickBooks' refusal lacks into a failure's detail."""
    if not isinstance(outcome, Failed):
        return outcome
    detail = outcome.failure.detail
    named: dict[str, object] = {}
    if isinstance(detail, DuplicateDocumentNumber) and clash:
        named = {"clash_customer": clash.customer_name, "clash_date": clash.invoice_date}
    elif isinstance(detail, ReferenceInactive) and observation.invoice:
        lines = (line.name or line.sku for line in observation.invoice.lines)
        named = {
            **in_question(observation.quickbooks.customers),
            "products": tuple(dict.fromkeys(name for name in lines if name)),
        }
    failure = outcome.failure.model_copy(update={"detail": detail.changed(**named)})
    return replace(outcome, failure=failure)


def _forget(batch: Batch, observation: Observation) -> None:
    """Forget all ids that the invoice's document was made of."""
    invoice, portal_id = observation.invoice, batch.connection.portal_id
    if invoice is None:
        return
    linked = observation.quickbooks.customers if not observation.quickbooks.choice else ()
    link = remembered.customer_link(portal_id, invoice)
    if linked and is_linked_to_retired(batch, linked):
        link = None  # kept: whoever made the customer inactive knows why, so there is no second one
    named = {name for line in invoice.lines for name in item_names(line.sku, line.name)}
    customer = (
        link,
        *map(remembered.customers_of, invoice.payers),
        _dead_customer_choice(batch, observation),
    )
    batch.memory.forget(
        [
            *(key for key in customer if key),
            *map(remembered.item, named),
            *map(remembered.tax_code, observation.quickbooks.tax_codes),
            *_dead_item_choices(batch, observation, sorted(named)),
        ]
    )


def _dead_customer_choice(batch: Batch, observation: Observation) -> RememberedKey | None:
    """Return the key of the contact's customer that a person chose, if QuickBooks no longer has
    it: what people chose is forgotten for no other reason."""
    choice, invoice = observation.quickbooks.choice, observation.invoice
    if choice is None or not choice.customer_id or invoice is None:
        return None
    if batch.quickbooks.where_in("Customer", "Id", [choice.customer_id]):
        return None
    return remembered.customer_choice(batch.connection.portal_id, invoice)


def _dead_item_choices(
    batch: Batch, observation: Observation, names: Sequence[ItemName]
) -> list[RememberedKey]:
    """Return the keys of the items that a person chose and QuickBooks no longer has."""
    chosen = {
        name: observation.chosen_items[name] for name in names if name in observation.chosen_items
    }
    alive = {row["Id"] for row in batch.quickbooks.where_in("Item", "Id", chosen.values())}
    return [
        remembered.item_choice(name) for name, item_id in chosen.items() if item_id not in alive
    ]
