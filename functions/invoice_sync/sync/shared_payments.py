"""Payments of several invoices: all of these are looked at in one batch, so that the payment is
decided once, with the leases of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from invoice_sync.errors import HubSpotRefusedError, ServiceError
from invoice_sync.hints import Hint
from invoice_sync.plan import scope
from invoice_sync.store.store import Store
from invoice_sync.sync import load_hubspot
from invoice_sync.sync.batch import Batch, Observation, Task

# Longer than a worker may run: a lease ends by itself only when its worker is dead.
LEASE_SECONDS = 120
# An invoice leads to others by its payments, and these to others by theirs.
_ROUNDS = 4


@dataclass(frozen=True)
class SharedPayments:
    # HubSpot's ids of the invoices of each payment that is not recorded yet, by the payment's id.
    invoices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # Those of them that another worker has now.
    busy: frozenset[str] = frozenset()


def load(
    store: Store, batch: Batch, tasks: Sequence[Task]
) -> tuple[list[Observation], SharedPayments]:
    """Read the invoices of the tasks from HubSpot, and all that share a payment with them: those
    are claimed, and join the batch.

    Raises UnavailableError, ReconnectRequiredError, HubSpotRefusedError.
    """
    observations = load_hubspot.load(batch, tasks)
    try:
        shared = _joined(store, batch, observations)
    except ServiceError:
        # Nobody looks at these now: their own hints must not wait for the leases to end.
        joined = batch.claimed - {task.invoice_id for task in tasks}
        store.records.release(batch.connection.portal_id, joined, batch.owner)
        raise
    return observations, shared


def _joined(store: Store, batch: Batch, observations: list[Observation]) -> SharedPayments:
    """Read the invoices that share payments with the observed ones and with each other. They are
    added to `observations`."""
    invoices: dict[str, Sequence[str]] = {}
    busy: set[str] = set()
    new: Sequence[Observation] = observations
    for _ in range(_ROUNDS):
        asked = _unrecorded(batch, new) - invoices.keys()
        invoices |= _invoices_of(batch, asked)
        ids = {invoice_id for payment_id in asked for invoice_id in invoices.get(payment_id, ())}
        claimed = _claimed(store, batch, ids - _ids(observations))
        busy |= {invoice_id for invoice_id, task in claimed.items() if task is None}
        tasks = [task for task in claimed.values() if task]
        new = load_hubspot.load(batch, tasks)
        observations += new
        if not new:
            break
    # Invoices further away join the next look, which begins at one of these.
    further = _unrecorded(batch, new) - invoices.keys()
    invoices |= _invoices_of(batch, further)
    busy |= {each for payment_id in further for each in invoices.get(payment_id, ())}
    return SharedPayments(invoices, frozenset(busy - _ids(observations)))


def _ids(observations: Sequence[Observation]) -> set[str]:
    return {each.task.invoice_id for each in observations}


def _unrecorded(batch: Batch, observations: Sequence[Observation]) -> set[str]:
    """Return the ids of the payments about which something may have to be done. When a payment that
    is in no book was taken off an invoice, or the invoice is no longer synced, the payment's other
    invoices list its money from now on. An invoice that a person stopped lists only money that no
    other invoice does."""
    ids = set()
    for each in observations:
        invoice, missing = (
            each.invoice,
            {state.id for state in each.record.payments if state.missing},
        )
        stopped = each.record.choices.stopped
        if invoice is None or (
            scope.obstacle(invoice, each.record, batch.connection) and not stopped
        ):
            ids |= missing
            continue
        ids |= missing - {payment.id for payment in invoice.payments}
        recorded = {state.id for state in each.record.payments if state.state == "recorded"}
        ids |= {
            payment.id
            for payment in invoice.payments
            if payment.id not in recorded or payment.refunded
        }
    return ids


def _invoices_of(batch: Batch, payment_ids: set[str]) -> dict[str, list[str]]:
    if not payment_ids:
        return {}
    try:
        return batch.hubspot.associated("commerce_payments", "invoices", sorted(payment_ids))
    except HubSpotRefusedError as error:
        # Each invoice is then looked at by itself: the claim of the payment still holds.
        batch.log.warning(
            "the invoices of payments cannot be read",
            extra={"portalId": batch.connection.portal_id, "why": error.category},
        )
        return {}


def _claimed(store: Store, batch: Batch, invoice_ids: set[str]) -> dict[str, Task | None]:
    """Claim the records of these invoices, and return a task for each; None: another worker has
    it."""
    ids = sorted(invoice_ids, key=int)
    batch.claimed.update(ids)
    claimed = store.records.claim(
        batch.connection.portal_id, ids, batch.owner, batch.started, LEASE_SECONDS
    )
    return {
        invoice_id: Task(_hint(batch, invoice_id), record, record, has_joined=True)
        if record
        else None
        for invoice_id, record in claimed.items()
    }


def _hint(batch: Batch, invoice_id: str) -> Hint:
    now = batch.started
    event = "a payment of several invoices"
    return Hint(batch.connection.portal_id, invoice_id, "webhook", now, now, event=event)
