"""How the rows of a report are kept, and read page by page. Loads no client: the API reads them."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import date, datetime

from invoice_sync.errors import CursorError
from invoice_sync.model.job import ReportJob
from invoice_sync.reconciliation.compare import Row
from invoice_sync.store.store import Store

# Some 400 bytes each: far below the 400 KB of an item.
_ROWS_A_PART = 200


def keep(store: Store, job: ReportJob, start: date, found: Sequence[Row], now: datetime) -> None:
    """The rows of the days that begin at `start`, in the place of those of an earlier try."""
    parts = [
        [
            row.model_dump(mode="json", by_alias=True, exclude_defaults=True)
            for row in found[first : first + _ROWS_A_PART]
        ]
        for first in range(0, len(found), _ROWS_A_PART)
    ]
    store.replace_parts(job.portal_id, f"{_name(job)}#{start}", parts, now)


def page(
    store: Store, job: ReportJob, *, finding: str, cursor: str, limit: int
) -> tuple[list[Row], str]:
    """Rows beyond a cursor, and the cursor after them; empty when there are no more.

    Raises CursorError.
    """
    place, shown = _place(job, cursor) if cursor else ("", 0)
    found: list[Row] = []
    while parts := store.parts(job.portal_id, _name(job), place):
        for where, data in parts:
            for index, one in enumerate(data[shown:], start=shown + 1):
                row = Row.model_validate(one)
                if finding and row.finding != finding:
                    continue
                if len(found) == limit:
                    return found, _cursor(place, index - 1)
                found.append(row)
            place, shown = where, 0
    return found, ""


def _name(job: ReportJob) -> str:
    """Of one run: beginning anew begins with no rows."""
    return f"{job.id}#{job.requested_at:%Y%m%d%H%M%S%f}"


def _cursor(place: str, shown: int) -> str:
    """`place`: the last part that was shown whole; `shown`: rows of the next one."""
    return base64.urlsafe_b64encode(json.dumps([place, shown]).encode()).decode()


def _place(job: ReportJob, cursor: str) -> tuple[str, int]:
    try:
        place, shown = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        own = isinstance(place, str) and (not place or place.startswith(f"RESULT#{_name(job)}#"))
        if not own or not isinstance(shown, int) or shown < 0:
            raise ValueError("not a place in this report")
    except (ValueError, TypeError) as error:
        raise CursorError("the cursor is not one that this report gave") from error
    return place, shown
