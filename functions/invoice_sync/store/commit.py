"""The transaction that changes records.

Three things hold at every moment. The counter of a portal equals the number of its failing records.
That of a root cause equals the number of records that fail for it. That of money in no book equals
what the records say. So a record and the counters change in one transaction, and only here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from invoice_sync.model.record import Record
from invoice_sync.store import keys, leases
from invoice_sync.store.causes import CauseStore, cause_updates
from invoice_sync.store.changes import Change
from invoice_sync.store.counters import CounterStore, counter_updates
from invoice_sync.store.failing import searchable
from invoice_sync.store.items import as_map, epoch
from invoice_sync.store.queued import looked
from invoice_sync.store.realm import link_put, wait_put
from invoice_sync.store.records import CLAIMED
from invoice_sync.store.seen import SEEN, seen
from invoice_sync.store.table import Table, Write, delete, is_conflict, put
from invoice_sync.store.unrecorded import list_writes

# DynamoDB's limit.
_WRITES_PER_TRANSACTION = 100
_NOTHING_KEPT = timedelta(days=30)
_ATTEMPTS_KEPT = timedelta(days=90)


@dataclass(frozen=True)
class _Prepared:
    """A change and its own writes, without those of counters that it shares with others."""

    change: Change
    writes: list[Write]

    @property
    def invoice_id(self) -> str:
        return self.change.after.invoice_id


class Committer:
    def __init__(
        self, table: Table, executor: Executor, counters: CounterStore, causes: CauseStore
    ) -> None:
        self._table, self._executor = table, executor
        self._counters, self._causes = counters, causes

    def commit(
        self,
        changes: Sequence[Change],
        realm_id: str,
        owner: str,
        *,
        looked_at: datetime | None = None,
    ) -> set[str]:
        """Store changes of one portal's claimed records and release their leases. `looked_at`: when
        the look at them began; None: there was none.

        Returns the ids of the invoices whose changes were not stored: somebody else changed the
        record meanwhile, or other workers were at the same counters at each try. Their leases are
        given back. All others are stored together with the counters.
        """
        self._release([each for each in changes if each.is_idle], owner, looked_at)
        prepared = [
            _Prepared(change, list(_writes(change, realm_id, owner, looked_at)))
            for change in changes
            if not change.is_idle
        ]
        lost: set[str] = set()
        for group in _groups(prepared):
            refused = self._refused(group)
            # Nothing of the look was stored, so what it has read must not count either.
            self._release([replace(each.change, seen=None) for each in refused], owner, None)
            lost |= {each.invoice_id for each in refused}
        stored = [each.change for each in prepared if each.invoice_id not in lost]
        if any("failing" in (change.before.status, change.after.status) for change in stored):
            self._counters.refresh_oldest(stored)
            self._causes.tidy(stored)
        return lost

    def _release(self, idle: Sequence[Change], owner: str, looked_at: datetime | None) -> None:
        def release(change: Change) -> None:
            key = keys.record(change.after.portal_id, change.after.invoice_id)
            note = looked(looked_at) | seen(change.seen)
            leases.release(self._table, key, owner, note, forget=[SEEN])

        list(self._executor.map(release, idle))

    def _refused(self, group: Sequence[_Prepared]) -> Sequence[_Prepared]:
        """Store a group. Return the changes that were not stored."""
        try:
            if self._transact(group):
                return ()
        except ClientError as error:
            if not is_conflict(error):
                raise
            # Other groups go on. A new look at these finds what they have written.
            return group
        if len(group) == 1:
            return group
        # One lost lease refuses the whole group: find it, store the others.
        return [refused for each in group for refused in self._refused([each])]

    def _transact(self, group: Sequence[_Prepared]) -> bool:
        changes = [each.change for each in group]
        writes = [write for each in group for write in each.writes]
        return self._table.transact([*writes, *cause_updates(changes), *counter_updates(changes)])


def _groups(prepared: Sequence[_Prepared]) -> Iterator[list[_Prepared]]:
    """Yield as many changes as fit one transaction, with their counters."""
    group: list[_Prepared] = []
    causes: set[str] = set()
    size = 0
    for each in prepared:
        added = len(each.writes) + len(each.change.moved_causes - causes)
        # One more: the counter of the portal.
        if group and size + added + 1 > _WRITES_PER_TRANSACTION:
            yield group
            group, causes, size = [], set(), 0
            added = len(each.writes) + len(each.change.moved_causes)
        group.append(each)
        size += added
        causes |= each.change.moved_causes
    if group:
        yield group


def _writes(
    change: Change, realm_id: str, owner: str, looked_at: datetime | None
) -> Iterator[Write]:
    before, after = change.before, change.after
    portal_id, invoice_id = after.portal_id, after.invoice_id
    # It replaces the item, and so releases the lease.
    yield put(
        keys.record(portal_id, invoice_id),
        _attributes(after) | looked(looked_at) | seen(change.seen),
        condition=CLAIMED,
        values={":owner": owner, ":version": before.version},
    )
    if change.attempt:
        expires = epoch(change.attempt.at + _ATTEMPTS_KEPT)
        yield put(
            keys.attempt(portal_id, invoice_id, change.attempt.at),
            {"data": as_map(change.attempt), "expiresAt": expires},
        )
    yield from list_writes(change)
    # A worker that died may have noted the id without coming this far.
    new = before.synced_at is None
    if after.quickbooks_id and (new or after.quickbooks_id != before.quickbooks_id):
        yield link_put(realm_id, after.quickbooks_id, portal_id, invoice_id)
    for awaited in after.waits:
        if awaited not in before.waits:
            yield wait_put(realm_id, awaited, portal_id, invoice_id)
    for awaited in sorted(set(before.waits) - set(after.waits)):
        yield delete(keys.wait(realm_id, awaited, portal_id, invoice_id))


def _attributes(record: Record) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "status": record.status,
        "version": record.version,
        "data": as_map(record),
    }
    portal_id, invoice_id = record.portal_id, record.invoice_id
    if record.status == "failing" and record.failure and record.failing_since:
        attributes |= keys.failing_entry(portal_id, invoice_id, record.failing_since)
        attributes["failureCode"] = record.failure.counted_as
        if record.cause:
            attributes["failureCause"] = record.cause
        attributes["failureCurrency"] = record.summary.currency
        attributes["failureSearch"] = searchable(record)
    elif record.is_of_nothing and record.updated_at:
        attributes["expiresAt"] = epoch(record.updated_at + _NOTHING_KEPT)
    elif record.status == "pending" and record.updated_at:
        attributes |= keys.pending_entry(portal_id, invoice_id, record.updated_at)
    return attributes
