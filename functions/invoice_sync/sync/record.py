"""Record: store what became of a batch, have trouble tried again, and show it in HubSpot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from invoice_sync.hints import Hint, Queue
from invoice_sync.model.connection import Connection
from invoice_sync.model.record import Record
from invoice_sync.store.changes import Change
from invoice_sync.store.store import Store
from invoice_sync.sync import remembered
from invoice_sync.sync.batch import Batch, Batches, Result, Skipped, Synced, Task
from invoice_sync.sync.next_look import Sending, after_look
from invoice_sync.sync.outcomes import (
    attempt_of,
    measure,
    next_record,
    seen_by,
    trouble_of,
    wrote,
)
from invoice_sync.sync.remembered import RememberedKey
from invoice_sync.sync.shared_payments import LEASE_SECONDS
from invoice_sync.sync.status_properties import StatusProperties

# The worker that has the lease may have read before this change: look again afterwards.
SECONDS_BEHIND_ANOTHER = 5
# After trouble of the table or the queue.
SECONDS_UNTIL_SHOWN = 60


class Recorder:
    def __init__(
        self,
        store: Store,
        queue: Queue,
        batches: Batches,
        status_properties: StatusProperties,
        new_id: Callable[[], str],
    ) -> None:
        self._store, self._queue, self._batches = store, queue, batches
        self._status_properties, self._new_id = status_properties, new_id

    def record(self, batch: Batch, results: Sequence[Result]) -> dict[Hint, float]:
        """Store the results and release the leases.

        Returns the hints to be tried again, each with the seconds to wait at least.
        """
        finished = batch.clock()
        again: dict[Hint, float] = {}
        changes, sendings = [], list[Sending]()
        last_write = _last_write(batch, results, finished)
        for result in results:
            after = next_record(result, finished, last_write)
            then = after_look(result, after, finished)
            after = after.model_copy(update={"next_look": then.next_look})
            attempt = attempt_of(batch, result, after, finished, invoices=len(results))
            changes.append(Change(result.task.before, after, attempt, seen_by(result)))
            again |= then.again
            sendings += then.sendings
            _tell(batch, result, after)
        _remember_parts(batch, results, finished)
        lost = self._store.commit(
            changes, batch.connection.realm_id, batch.owner, looked_at=batch.started
        )
        stored: list[tuple[Task, Record]] = []
        for result, change in zip(results, changes, strict=True):
            if result.task.invoice_id in lost:
                # Somebody else has changed the record meanwhile.
                again |= self._again(result.task, SECONDS_BEHIND_ANOTHER)
                continue
            measure(result, change, finished)
            if result.observation.invoice is not None:
                stored.append((result.task, change.after))
        # Once they are stored: the records say what is under way.
        self._send([each for each in sendings if each.hint.object_id not in lost])
        if not self._status_properties.show(batch, [record for _, record in stored]):
            for task, _ in stored:
                again = self._again(task, SECONDS_UNTIL_SHOWN) | again
        return again

    def _send(self, sendings: Sequence[Sending]) -> None:
        for delay in sorted({sending.delay for sending in sendings}):
            self._queue.send((each.hint for each in sendings if each.delay == delay), delay)

    def _again(self, task: Task, seconds: int) -> dict[Hint, float]:
        """Have an invoice looked at again: by its message, or by a new one if it has none."""
        if not task.has_joined:
            return {task.hint: seconds}
        self._queue.send([task.hint], delay_seconds=seconds)
        return {}

    def keep(self, connection: Connection, results: Sequence[Result]) -> bool:
        """Store results that were decided without a lease, but not where somebody has changed the
        record since.

        Returns False when another worker is at one of them now: decide those anew.
        """
        batch = self._batches.open(connection, self._new_id(), bulk=True)
        ids = [result.task.invoice_id for result in results]
        claimed = self._store.records.claim(
            connection.portal_id, ids, batch.owner, batch.started, LEASE_SECONDS
        )
        same = [each for each in results if claimed[each.task.invoice_id] == each.task.before]
        kept = {result.task.invoice_id for result in same}
        others = [record for record in claimed.values() if record and record.invoice_id not in kept]
        released = [Change(record, record, None) for record in others]
        self._store.commit(released, connection.realm_id, batch.owner)
        return not self.record(batch, same) and None not in claimed.values()


def _tell(batch: Batch, result: Result, after: Record) -> None:
    batch.log.info(
        "looked at an invoice",
        extra={
            "portalId": after.portal_id,
            "invoiceId": after.invoice_id,
            "trigger": result.task.hint.trigger,
            "event": result.task.hint.event,
            "status": after.status,
            "code": after.failure.code if after.failure else "",
            "quickbooksId": after.quickbooks_id,
        },
    )


def _last_write(batch: Batch, results: Sequence[Result], now: datetime) -> datetime | None:
    """Return when QuickBooks last took something, if an invoice of these meets its own error."""
    if any(wrote(result.outcome) for result in results):
        return now
    if not any((trouble := trouble_of(each.outcome)) and trouble.fault for each in results):
        return None
    recalled = batch.memory.recall([remembered.LAST_WRITE])
    at = recalled.get(remembered.LAST_WRITE)
    return datetime.fromisoformat(at) if at else None


def _remember_parts(batch: Batch, results: Sequence[Result], now: datetime) -> None:
    """Remember which invoice each line, discount, fee and tax of a written one is of, and those of
    each payment; that QuickBooks takes what is written, and what was written for a customer."""
    parts = _new_payments(results)
    if any(wrote(result.outcome) for result in results):
        parts[remembered.LAST_WRITE] = now.isoformat()
    for result in results:
        for object_type, object_id in _new_parts(result):
            key = remembered.part(result.task.record.portal_id, object_type, object_id)
            parts[key] = result.task.invoice_id
    batch.memory.keep(parts, remembered.PARTS_KEPT)
    written = [each.outcome.record.written for each in results if wrote(each.outcome)]
    last = {remembered.invoice_of(each.customer_id): each.id for each in written if each}
    batch.memory.keep(last, remembered.CUSTOMER_LINKS_KEPT)


def _new_parts(result: Result) -> Iterator[tuple[str, str]]:
    """Yield type and id of the parts of a written invoice that the record did not have before: the
    others were remembered earlier. The record does not know discounts and taxes, so these come each
    time; there are few of them."""
    invoice, outcome = result.observation.invoice, result.outcome
    if invoice is None or not isinstance(outcome, Synced):
        return
    before, after = (_lines(record) for record in (result.task.before, outcome.record))
    if outcome.action == "in step" and after <= before:
        return
    for object_type, members in (
        ("line_items", invoice.lines),
        ("discounts", invoice.discounts),
        ("fees", invoice.fees),
        ("taxes", invoice.taxes),
    ):
        for member in members:
            if member.id not in before:
                yield object_type, member.id


def _lines(record: Record) -> set[str]:
    """Return the ids of the line items and fees whose item the record knows."""
    return {*record.identity.lines} if record.identity else set()


def _new_payments(results: Sequence[Result]) -> dict[RememberedKey, str]:
    """Return the ids of the invoices of each payment that one of them did not have before. All of
    them are in the batch then."""
    invoices: dict[RememberedKey, list[str]] = {}
    new: set[RememberedKey] = set()
    for result in results:
        invoice, before = result.observation.invoice, result.task.before
        if invoice is None or isinstance(result.outcome, Skipped):
            continue
        noted = {state.id for state in before.payments}
        for payment in invoice.payments:
            key = remembered.part(before.portal_id, "commerce_payments", payment.id)
            invoices.setdefault(key, []).append(invoice.id)
            if payment.id not in noted:
                new.add(key)
    return {key: " ".join(ids) for key, ids in invoices.items() if key in new}
