"""How often a sweep looks at both systems for one portal: seldom while nothing happens there.

Each look is a metered read of QuickBooks and six searches of HubSpot, and nearly all looks at an
idle portal find nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from invoice_sync.model.connection import Connection
from invoice_sync.store.marks import ACTIVE, QUICKBOOKS, hubspot_mark
from invoice_sync.sweep.missed import TYPES

# The sweep runs this often.
SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(hours=1)
# The part of the time since the last activity that may pass between two looks.
_PART = 12


def interval(active_at: datetime | None, now: datetime) -> timedelta:
    """Return the time between two looks. `active_at`: when something happened last; None: nobody
    knows."""
    idle = now - active_at if active_at else _PART * LONGEST
    return min(max(idle / _PART, SHORTEST), LONGEST)


def due_at(connection: Connection, marks: Mapping[str, datetime], now: datetime) -> datetime | None:
    """Return when both systems are to be looked at again; None: they never were."""
    mark = oldest_mark(marks)
    return mark + interval(_active_at(connection, marks), now) if mark else None


def is_due(connection: Connection, marks: Mapping[str, datetime], now: datetime) -> bool:
    """Tell whether this run looks at both systems: the run that is nearest to the time does."""
    due = due_at(connection, marks, now)
    is_active = interval(_active_at(connection, marks), now) <= SHORTEST
    return due is None or is_active or now >= due - SHORTEST / 2


def oldest_mark(marks: Mapping[str, datetime]) -> datetime | None:
    """Return up to when all changes have been found; None before the first look."""
    names = (QUICKBOOKS, *map(hubspot_mark, TYPES))
    return min((marks[name] for name in names if name in marks), default=None)


def _active_at(connection: Connection, marks: Mapping[str, datetime]) -> datetime | None:
    times = (marks.get(ACTIVE), connection.connected_at, connection.started_at)
    return max((each for each in times if each), default=None)
