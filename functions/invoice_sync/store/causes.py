"""Root causes that failing invoices share, with their numbers.

Updates of the numbers are part of the transaction in `commit`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from invoice_sync.model.failure import Failure
from invoice_sync.model.record import Record
from invoice_sync.store import keys
from invoice_sync.store.changes import AtStake, Change, failing_cause, stake_deltas, stakes
from invoice_sync.store.items import as_map, from_map
from invoice_sync.store.records import to_record
from invoice_sync.store.table import Query, Table, Write, delete, update

_MOST_CAUSES = 5000
_ROWS_FOR_AN_EXAMPLE = 100


@dataclass(frozen=True)
class Cause:
    """A root cause and one of the invoices that fail for it."""

    key: str
    # How many invoices fail for it.
    failing: int
    # Why the example fails, and since when.
    failure: Failure
    since: datetime | None
    # The invoice that is the example; empty when that one is in step again.
    invoice_id: str
    # When the last invoice began to fail for it.
    newest_at: datetime
    # What its invoices bill.
    at_stake: tuple[AtStake, ...]


class CauseStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def all(self, portal_id: str, code: str = "") -> tuple[list[Cause], bool]:
        """Return the root causes of a code, or of all codes, and whether there are more than the
        5,000 that are read."""
        rows = self._table.rows(Query(keys.causes(portal_id, code), consistent=True))
        items = list(islice(rows, _MOST_CAUSES + 1))
        causes = [_to_cause(item) for item in items[:_MOST_CAUSES] if item["failing"]]
        return causes, len(items) > _MOST_CAUSES

    def count(self, portal_id: str, cause: str) -> int:
        """Return how many invoices fail for one root cause, with one read."""
        item = self._table.get(keys.cause(portal_id, cause)) or {}
        return int(item.get("failing", 0))

    def tidy(self, changes: Sequence[Change]) -> None:
        """Delete causes that no invoice has any more, and give others an example that still fails.
        This is only for show and may come late: an empty cause is never listed."""
        left: dict[str, set[str]] = defaultdict(set)
        for change in changes:
            if change.left_cause:
                left[change.left_cause].add(change.after.invoice_id)
        portal_id = changes[0].after.portal_id
        for item in self._table.batch_get([keys.cause(portal_id, cause) for cause in left]):
            cause = keys.root_cause_of(item)
            key, shown = keys.cause(portal_id, cause), item["example"].get("invoiceId", "")
            if not item["failing"]:
                self._table.try_write(delete(key, "failing = :none", {":none": 0}))
            elif shown in left[cause]:
                other = self._oldest(portal_id, cause, left[cause])
                example = _example(other) if other else {**item["example"], "invoiceId": ""}
                self._table.try_write(
                    update(
                        key,
                        "SET example = :example",
                        {":example": example, ":shown": shown},
                        condition="example.invoiceId = :shown",
                    )
                )

    def _oldest(self, portal_id: str, cause: str, left: set[str]) -> Record | None:
        """Return the record that has failed longest for a cause: a retry of all begins with the
        newest."""
        page = self._table.query(
            Query(
                keys.failing(portal_id),
                matching="failureCause = :cause",
                values={":cause": cause},
                limit=_ROWS_FOR_AN_EXAMPLE,
            )
        )
        records = map(to_record, page.rows())
        # The index may not have heard yet of those that just left.
        return next((record for record in records if record.invoice_id not in left), None)


def cause_updates(changes: Sequence[Change]) -> Iterator[Write]:
    """Yield the updates of the root causes for changes of one portal."""
    deltas: Counter[str] = Counter()
    newest: dict[str, Record] = {}
    counted: dict[str, list[tuple[Record, int]]] = defaultdict(list)
    for change in changes:
        for cause in change.moved_causes:
            deltas[cause] += (cause == change.joined_cause) - (cause == change.left_cause)
        if change.joined_cause:
            newest[change.joined_cause] = change.after
        for each, sign in ((change.before, -1), (change.after, 1)):
            counted[failing_cause(each)].append((each, sign))
    for cause, delta in deltas.items():
        added = {"failing": delta, **stake_deltas(counted[cause])}
        expression = "ADD " + ", ".join(f"#n{n} :n{n}" for n in range(len(added)))
        names = {f"#n{n}": name for n, name in enumerate(added)}
        values: dict[str, Any] = {f":n{n}": value for n, value in enumerate(added.values())}
        if record := newest.get(cause):
            expression += " SET example = :example, newestAt = :at"
            at = record.updated_at or record.failing_since
            values |= {":example": _example(record), ":at": _iso(at)}
        key = keys.cause(changes[0].after.portal_id, cause)
        yield update(key, expression, values, names=names)


def _example(record: Record) -> dict[str, Any]:
    return {
        "invoiceId": record.invoice_id,
        "failure": as_map(record.failure) if record.failure else {},
        "since": _iso(record.failing_since),
    }


def _to_cause(item: Mapping[str, Any]) -> Cause:
    example = item["example"]
    return Cause(
        key=keys.root_cause_of(item),
        failing=int(item["failing"]),
        failure=from_map(Failure, example["failure"]),
        since=datetime.fromisoformat(example["since"]) if example["since"] else None,
        invoice_id=example["invoiceId"],
        newest_at=datetime.fromisoformat(item["newestAt"]),
        at_stake=stakes(item),
    )


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
