"""One line of the table: what was measured, and how it compares with its goal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    what: str
    measured: float
    unit: str
    # At most that much; 0: none at all.
    goal: float
    # Where the goal comes from, and figures beside it.
    goal_is: str = ""
    beside: str = ""

    @property
    def ratio(self) -> float:
        return self.measured / self.goal

    @property
    def is_missed(self) -> bool:
        return self.measured > self.goal


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
