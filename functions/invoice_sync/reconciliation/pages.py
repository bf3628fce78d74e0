"""Store the rows of a report, and read them page by page. Loads no client: the API reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Any

from invoice_sync.model.job import ReportJob
from invoice_sync.reconciliation.compare import Row
from invoice_sync.runtime import cursors
from invoice_sync.runtime.chunks import chunks
from invoice_sync.store.items import from_map
from invoice_sync.store.store import Store

# Some 400 bytes each: far below the 400 KB of an item.
_ROWS_PER_PART = 200
# What the words of a newer version are read as.
_UNKNOWN = {"finding": "unreadable"}


def keep(store: Store, job: ReportJob, start: date, rows: Sequence[Row], now: datetime) -> None:
    """Store the rows of the window that begins at `start`; an earlier try's rows are replaced."""
    parts = [
        [row.model_dump(mode="json", by_alias=True, exclude_defaults=True) for row in part]
        for part in chunks(rows, _ROWS_PER_PART)
    ]
    store.results.replace(job.portal_id, f"{_name(job)}#{start}", parts, now)


def page(
    store: Store, job: ReportJob, *, finding: str, cursor: str, limit: int
) -> tuple[list[Row], str]:
    """Return the rows after a cursor, and the next cursor; that is empty if no rows follow.

    Raises CursorError for a cursor of something else.
    """
    last_part, skipped = cursors.decode(cursor, partial(_position, job)) if cursor else ("", 0)
    result: list[Row] = []
    while parts := store.results.parts(job.portal_id, _name(job), last_part):
        for part, stored_rows in parts:
            for number, stored_row in enumerate(stored_rows[skipped:], start=skipped):
                row = from_map(Row, stored_row, _UNKNOWN)
                if finding and row.finding != finding:
                    continue
                if len(result) == limit:
                    return result, cursors.encode([last_part, number])
                result.append(row)
            last_part, skipped = part, 0
    return result, ""


def part(store: Store, job: ReportJob, *, skip: int, limit: int) -> Iterator[Row]:
    """Yield `limit` rows at most, after the first `skip`."""
    return islice(_rows(store, job), skip, skip + limit)


def _rows(store: Store, job: ReportJob) -> Iterator[Row]:
    last_part = ""
    while parts := store.results.parts(job.portal_id, _name(job), last_part):
        for name, stored_rows in parts:
            yield from (from_map(Row, stored_row, _UNKNOWN) for stored_row in stored_rows)
            last_part = name


def _name(job: ReportJob) -> str:
    """Return the name of this run's parts: a report that begins anew has no rows."""
    return f"{job.id}#{job.requested_at:%Y%m%d%H%M%S%f}"


def _position(job: ReportJob, value: Any) -> tuple[str, int]:
    """Check the value of a cursor: the last part that was returned whole, and how many rows of the
    next part were."""
    last_part, skipped = value
    prefix = f"RESULT#{_name(job)}#"
    if not isinstance(last_part, str) or not (not last_part or last_part.startswith(prefix)):
        raise ValueError("not a part of this report")
    if not isinstance(skipped, int) or skipped < 0:
        raise ValueError("not a number of rows")
    return last_part, skipped
