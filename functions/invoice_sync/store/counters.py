"""How many invoices of a portal fail, in all and by code, and how much money is in no book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, get_args

from invoice_sync.model.failure_details import DETAILS, Unexpected
from invoice_sync.model.money import countable
from invoice_sync.model.unrecorded import UnrecordedKind, unrecorded
from invoice_sync.store import keys
from invoice_sync.store.changes import AtStake, Change, failing_code, stake_deltas, stakes
from invoice_sync.store.connections import records_payments
from invoice_sync.store.table import Query, Table, Write, update

KINDS: tuple[UnrecordedKind, ...] = get_args(UnrecordedKind)
_CODE, _UNRECORDED, _SUM = "code#", "unrecorded#", "unrecordedSum#"
_UNRECORDED_NAMES = (_UNRECORDED, _SUM)


@dataclass(frozen=True)
class UnrecordedSum:
    """What the amounts of one kind and currency come to."""

    kind: UnrecordedKind
    currency: str
    amount: Decimal


@dataclass(frozen=True)
class Counts:
    failing: int
    by_code: dict[str, int]
    # None when nothing fails.
    oldest_failed_at: datetime | None
    # Amounts that are in no book: how many of each kind, and what they come to.
    unrecorded: dict[UnrecordedKind, int]
    sums: tuple[UnrecordedSum, ...]
    # What the failing invoices bill.
    at_stake: tuple[AtStake, ...]


class CounterStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, portal_id: str) -> Counts:
        """Return the counts with one read, however many invoices fail.

        A connection that records no payments counts none of their money. The numbers are kept all
        the same: it is all there again when somebody switches the recording on.
        """
        counts, connection = keys.counts(portal_id), keys.connection(portal_id)
        found = {row["sk"]: row for row in self._table.batch_get([counts, connection])}
        item = found.get(counts["sk"], {})
        if not records_payments(found.get(connection["sk"])):
            item = {name: item[name] for name in item if not name.startswith(_UNRECORDED_NAMES)}
        by_code: Counter[str] = Counter()
        for name, number in item.items():
            if name.startswith(_CODE) and number:
                code = name.removeprefix(_CODE)
                # A code of a newer version is shown as the one that its failures have here.
                by_code[code if code in DETAILS else Unexpected.code] += int(number)
        failing = int(item.get("failing", 0))
        oldest = ""
        if failing:
            # A worker may have died before it could note the time.
            oldest = item.get("oldestFailedAt") or self._first(portal_id)
        return Counts(
            failing,
            dict(by_code),
            datetime.fromisoformat(oldest) if oldest else None,
            unrecorded={kind: int(item.get(f"{_UNRECORDED}{kind}", 0)) for kind in KINDS},
            sums=tuple(_sums(item)),
            at_stake=stakes(item),
        )

    def _first(self, portal_id: str) -> str:
        page = self._table.query(Query(keys.failing(portal_id), limit=1))
        return next(map(keys.open_since, page.rows()), "")

    def refresh_oldest(self, changes: Sequence[Change]) -> None:
        """Keep the time of the oldest failure beside the counts, so that reading them stays one
        GetItem. It is for show: it may lag behind, the counts may not."""
        portal_id = changes[0].after.portal_id
        item = self._table.get(keys.counts(portal_id)) or {}
        shown = item.get("oldestFailedAt", "")
        oldest = self._oldest(portal_id, changes, shown)
        if oldest != shown:
            key = keys.counts(portal_id)
            self._table.try_write(update(key, "SET oldestFailedAt = :oldest", {":oldest": oldest}))

    def _oldest(self, portal_id: str, changes: Sequence[Change], shown: str) -> str:
        """Return the time of the oldest failure after these changes; empty when there is none."""
        since = [_since(change) for change in changes if failing_code(change.after)]
        healed = {change.after.invoice_id for change in changes if not failing_code(change.after)}
        if not (healed and shown and shown in _since_before(changes)):
            return min(filter(None, [*since, shown]), default="")
        # The index may not have heard yet of those that just left.
        page = self._table.query(Query(keys.failing(portal_id), limit=len(healed) + 1))
        for row in page.rows():
            _, invoice_id = keys.ids_of_record(row)
            if invoice_id not in healed:
                since.append(keys.open_since(row))
        return min(since, default="")


def counter_updates(changes: Sequence[Change]) -> list[Write]:
    """Return the update of the counts for changes of one portal; empty when they stay."""
    by_code: Counter[str] = Counter()
    for change in changes:
        if code := failing_code(change.before):
            by_code[code] -= 1
        if code := failing_code(change.after):
            by_code[code] += 1
    deltas: dict[str, int | Decimal] = {
        f"{_CODE}{code}": delta for code, delta in by_code.items() if delta
    }
    if deltas:
        deltas["failing"] = sum(by_code.values())
    deltas |= _unrecorded_deltas(changes)
    deltas |= stake_deltas(
        (record, sign)
        for change in changes
        for record, sign in ((change.before, -1), (change.after, 1))
    )
    if not deltas:
        return []
    key = keys.counts(changes[0].after.portal_id)
    expression = "ADD " + ", ".join(f"#n{n} :n{n}" for n in range(len(deltas)))
    values = {f":n{n}": delta for n, delta in enumerate(deltas.values())}
    names = {f"#n{n}": name for n, name in enumerate(deltas)}
    return [update(key, expression, values, names=names)]


def _unrecorded_deltas(changes: Sequence[Change]) -> dict[str, int | Decimal]:
    """Return by how much the numbers and sums of money in no book change."""
    deltas: dict[str, int | Decimal] = {}
    for change in changes:
        for record, sign in ((change.before, -1), (change.after, 1)):
            for each in unrecorded(record):
                number = f"{_UNRECORDED}{each.kind}"
                total = f"{_SUM}{each.kind}#{each.currency}"
                deltas[number] = deltas.get(number, 0) + sign
                amount = countable(each.amount, each.currency) or Decimal(0)
                deltas[total] = deltas.get(total, Decimal(0)) + sign * amount
    return {name: delta for name, delta in deltas.items() if delta}


def _sums(item: Mapping[str, Any]) -> Iterator[UnrecordedSum]:
    for name in sorted(item):
        kind, _, currency = name.removeprefix(_SUM).partition("#")
        if name.startswith(_SUM) and item[name] and kind in KINDS:
            yield UnrecordedSum(kind, currency, item[name])


def _since(change: Change) -> str:
    since = change.after.failing_since
    return since.isoformat() if since else ""


def _since_before(changes: Sequence[Change]) -> set[str]:
    before = [change.before for change in changes if failing_code(change.before)]
    return {record.failing_since.isoformat() if record.failing_since else "" for record in before}
