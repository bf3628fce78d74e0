"""Records of invoices, and their history: attempts of ours and decisions of people.

A record's status changes in `commit` alone, together with the counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, wait
from datetime import datetime, timedelta
from typing import Any

from invoice_sync.model.audit import AuditEntry
from invoice_sync.model.record import Attempt, Decision, Record
from invoice_sync.store import keys, leases
from invoice_sync.store.audit import ACTS_KEPT, audit_write
from invoice_sync.store.items import as_map, epoch, from_map
from invoice_sync.store.realm import remembered_puts
from invoice_sync.store.seen import SEEN
from invoice_sync.store.table import Query, Table, put, update

# What a person decided holds until it is decided otherwise.
_DECISIONS_KEPT = timedelta(days=36500)
# What the words of a newer version are read as. A payment whose state is unknown is decided anew:
# its claim and our note in QuickBooks keep it from being sent twice.
_UNKNOWN = {"state": "not_synced", "action": "waiting", "status": "pending"}
# The condition for writing a claimed record: the lease is ours, and nobody has changed it since. A
# record that has only been claimed has no version yet.
CLAIMED = "leaseOwner = :owner AND (version = :version OR attribute_not_exists(version))"


class RecordStore:
    def __init__(self, table: Table, executor: Executor) -> None:
        self._table, self._executor = table, executor

    def get(self, portal_id: str, invoice_id: str) -> Record | None:
        item = self._table.get(keys.record(portal_id, invoice_id))
        return to_record(item) if item else None

    def get_many(self, portal_id: str, invoice_ids: Iterable[str]) -> dict[str, Record]:
        """Return the records that exist of the given invoices, by invoice id."""
        record_keys = [keys.record(portal_id, each) for each in dict.fromkeys(invoice_ids)]
        records = map(to_record, self._table.batch_get(record_keys))
        return {record.invoice_id: record for record in records}

    def claim(
        self, portal_id: str, invoice_ids: Sequence[str], owner: str, now: datetime, seconds: int
    ) -> dict[str, Record | None]:
        """Lease records for `seconds`, making new ones. None: another worker has it."""

        def claimed(invoice_id: str) -> Record | None:
            key = keys.record(portal_id, invoice_id)
            item = leases.take(self._table, key, owner, now, seconds)
            return to_record(item) if item is not None else None

        claims = [self._executor.submit(claimed, each) for each in invoice_ids]
        # None may still be under way when the caller gives them all back.
        wait(claims)
        return {each: claim.result() for each, claim in zip(invoice_ids, claims, strict=True)}

    def release(self, portal_id: str, invoice_ids: Iterable[str], owner: str) -> None:
        """Give the leases of these records back, as far as they are the owner's."""
        ids = [keys.record(portal_id, each) for each in invoice_ids]
        list(self._executor.map(lambda key: leases.release(self._table, key, owner), ids))

    def note(self, record: Record, owner: str, now: datetime) -> bool:
        """Keep what a claimed record says about a call that is about to be made, and whose answer
        may be lost. Return False when the lease is no longer ours: then the call must not be
        made."""
        values = {":data": as_map(record), ":owner": owner, ":version": record.version}
        names = {"#data": "data"}
        expression = "SET #data = :data"
        if record.status == "pending":
            # So that the sweep sees it, should this worker die and its message be lost.
            entry = keys.pending_entry(record.portal_id, record.invoice_id, now)
            expression += ", #status = :status, openPortal = :portal, openSince = :since"
            names["#status"] = "status"
            values |= {
                ":status": record.status,
                ":portal": entry["openPortal"],
                ":since": entry["openSince"],
            }
        # Only a record of nothing expires, and the look may end here.
        expression += f" REMOVE expiresAt, {SEEN}"
        key = keys.record(record.portal_id, record.invoice_id)
        return self._table.write_if(update(key, expression, values, CLAIMED, names))

    def attempts(
        self, portal_id: str, invoice_id: str, now: datetime, limit: int = 20
    ) -> list[Attempt]:
        """Return at most `limit` attempts, newest first, without those past their time: DynamoDB
        deletes them late."""
        page = self._table.query(
            Query(
                keys.attempts(portal_id, invoice_id),
                matching="expiresAt > :now",
                values={":now": epoch(now)},
                newest_first=True,
                limit=limit,
            )
        )
        return [from_map(Attempt, row["data"], _UNKNOWN) for row in page.rows()]

    def decide(
        self,
        before: Record,
        after: Record,
        decision: Decision,
        realm_id: str,
        remembered: Mapping[str, Any],
        says: str,
    ) -> bool:
        """Store what a person decided: the record with it, an entry in the invoice's decisions and
        one in the audit, and values to remember of the realm from now on. Return False when the
        record has changed, or somebody is working on it: then nothing was stored.

        `says`: what the decision does, in a sentence.
        """
        portal_id, invoice_id = before.portal_id, before.invoice_id
        changed = update(
            keys.record(portal_id, invoice_id),
            f"SET #data = :data, version = :new REMOVE {SEEN}",
            {
                ":data": as_map(after),
                ":new": after.version,
                ":old": before.version,
                ":now": decision.at.isoformat(),
            },
            condition="version = :old AND (attribute_not_exists(leaseUntil) OR leaseUntil < :now)",
            names={"#data": "data"},
        )
        kept = put(
            keys.decision(portal_id, invoice_id, decision.at),
            {"data": as_map(decision), "expiresAt": epoch(decision.at + ACTS_KEPT)},
        )
        entry = AuditEntry(
            at=decision.at,
            who=decision.by,
            action="decision",
            says=says,
            invoice_id=invoice_id,
            number=after.number,
        )
        values = remembered_puts(realm_id, remembered, decision.at + _DECISIONS_KEPT)
        return self._table.transact([changed, kept, audit_write(portal_id, entry), *values])

    def decisions(self, portal_id: str, invoice_id: str, limit: int = 20) -> list[Decision]:
        """Return at most `limit` decisions about an invoice, newest first. They are kept for ten
        years, as the audit is."""
        query = Query(keys.decisions(portal_id, invoice_id), newest_first=True, limit=limit)
        return [from_map(Decision, row["data"]) for row in self._table.query(query).rows()]


def to_record(item: Mapping[str, Any]) -> Record:
    """Return the record in an item. One that has only been claimed has nothing but its ids."""
    portal_id, invoice_id = keys.ids_of_record(item)
    data = item.get("data") or {"portalId": portal_id, "invoiceId": invoice_id}
    return from_map(Record, data, _UNKNOWN)
