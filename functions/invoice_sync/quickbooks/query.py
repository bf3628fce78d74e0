"""Calls QuickBooks Online: reads in bulk, creates with a request id, changes in batches.

Limits: Intuit's "API call limits and throttles" (10 requests a second and 500 a minute a realm,
40 batches of 30 a minute). Reads are metered by Intuit, writes are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

# Values in one IN list: keeps a statement short enough for a URL.
_VALUES = 30
# In `also` of a list: inactive ones too.
ANY_STATE = "Active in (true, false)"


def quoted(value: str) -> str:
    """A literal of the query language: quotes are escaped with a backslash, never doubled."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def statements(entity: str, field: str, values: Iterable[str], also: str) -> list[str]:
    rest = f" and {also}" if also else ""
    return [
        f"select * from {entity} where {field} in ({', '.join(map(quoted, chunk))}){rest}"
        for chunk in chunks(sorted({one for one in values if one.isprintable()}), _VALUES)
    ]


def dated(start: date, end: date) -> str:
    """A condition: these days, both included."""
    return f"TxnDate >= '{start.isoformat()}' and TxnDate <= '{end.isoformat()}'"


def chunks(items: Sequence[Any], size: int) -> list[list[Any]]:
    return [list(items[start : start + size]) for start in range(0, len(items), size)]
