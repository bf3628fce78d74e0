"""Changes of records, and what they mean for the counts."""

from __future__ import annotations

from dataclasses import dataclass

from invoice_sync.model.record import Attempt, Record


@dataclass(frozen=True)
class Change:
    """A claimed record before and after a sync."""

    before: Record
    after: Record
    # None when nothing worth keeping happened.
    attempt: Attempt | None

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
        """The root causes whose counts it changes."""
        return {self.left_cause, self.joined_cause} - {""}


def failing_code(record: Record) -> str:
    """Return the code that a record fails with; empty when it is not failing."""
    return record.failure.code if record.status == "failing" and record.failure else ""


def failing_cause(record: Record) -> str:
    """Return the root cause that a record shares with others; empty when it is not failing, and
    when its cause is its own."""
    return record.cause if record.status == "failing" else ""
