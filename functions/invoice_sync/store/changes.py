"""Changes of records, and what they mean for the counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from invoice_sync.model.record import Attempt, Record
from invoice_sync.store.seen import Versions

# Attributes of an item that counts failing invoices: how many of a currency, and their sum.
_NUMBER, _SUM = "stakes#", "stakeSum#"


@dataclass(frozen=True)
class Stake:
    """What one failing invoice bills."""

    currency: str
    amount: Decimal


@dataclass(frozen=True)
class AtStake:
    """What the failing invoices of one currency bill."""

    currency: str
    amount: Decimal
    invoices: int


@dataclass(frozen=True)
class Change:
    """A claimed record before and after a sync."""

    before: Record
    after: Record
    # None when nothing worth keeping happened.
    attempt: Attempt | None
    # The versions that the look has read in HubSpot; None: it was no good look.
    seen: Versions | None = None

    @property
    def is_idle(self) -> bool:
        """True when only the time of the sync would be written: releasing the lease is enough."""
        times = {"version", "updated_at", "synced_at"}
        same = {name: getattr(self.before, name) for name in times}
        read_at = {
            name: getattr(self.before.balances, name) for name in ("hubspot_at", "quickbooks_at")
        }
        same["balances"] = self.after.balances.model_copy(update=read_at)
        return self.attempt is None and self.after.model_copy(update=same) == self.before

    @property
    def left_cause(self) -> str:
        """The root cause that it no longer fails for; empty when there is none."""
        before = failing_cause(self.before)
        return before if before != failing_cause(self.after) else ""

    @property
    def joined_cause(self) -> str:
        """The root cause that it fails for from now on; empty when there is none."""
        after = failing_cause(self.after)
        return after if after != failing_cause(self.before) else ""

    @property
    def moved_causes(self) -> set[str]:
        """The root causes whose counts or sums it changes."""
        causes = {self.left_cause, self.joined_cause}
        if stake(self.before) != stake(self.after):
            causes.add(failing_cause(self.after))
        return causes - {""}


def failing_code(record: Record) -> str:
    """Return the code that a record fails with; empty when it is not failing."""
    return record.failure.counted_as if record.status == "failing" and record.failure else ""


def stake(record: Record) -> Stake | None:
    """Return the amount of a failing invoice; None when it is not failing, or not known."""
    amount, currency = record.summary.amount, record.summary.currency
    if not failing_code(record) or amount is None or not currency:
        return None
    return Stake(currency, amount)


def stake_deltas(changes: Iterable[tuple[Record, int]]) -> dict[str, int | Decimal]:
    """Return by how much the numbers and sums of amounts at stake change, as attributes. Each
    record counts as often as it says."""
    deltas: dict[str, int | Decimal] = {}
    for record, sign in changes:
        if at_stake := stake(record):
            number, total = f"{_NUMBER}{at_stake.currency}", f"{_SUM}{at_stake.currency}"
            deltas[number] = deltas.get(number, 0) + sign
            deltas[total] = deltas.get(total, Decimal(0)) + sign * at_stake.amount
    return {name: delta for name, delta in deltas.items() if delta}


def stakes(item: Mapping[str, Any]) -> tuple[AtStake, ...]:
    """Return what an item with these attributes says is at stake, by currency."""
    return tuple(
        AtStake(name.removeprefix(_NUMBER), item.get(name.replace(_NUMBER, _SUM), Decimal(0)), n)
        for name in sorted(item)
        if name.startswith(_NUMBER) and (n := int(item[name])) > 0
    )


def failing_cause(record: Record) -> str:
    """Return the root cause that a record shares with others; empty when it is not failing, and
    when its cause is its own."""
    return record.cause if record.status == "failing" else ""
