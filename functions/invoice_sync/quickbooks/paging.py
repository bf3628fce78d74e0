"""Reads the rows of a statement page by page, while people change them.

QuickBooks counts rows from the first one each time: if one of an earlier page is deleted, or passes
the condition no longer, all rows after it move up, and one of them would be on no page. So each
page begins with the last row of the page before. Where another row is there now, the page is read
again from further back. What comes twice counts once, as it was read last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from invoice_sync.errors import FaultError, UnavailableError
from invoice_sync.quickbooks.isolate import Found

PAGE = 1000
# Reads a page from the row with that number; the first row has number 1.
ReadPage = Callable[[int], Found]


def all_rows(read: ReadPage, first: Found | None = None, most: int = 0) -> Found:
    """Return all rows in their order, or at least `most`; and, by row number, the refusals of rows
    that QuickBooks cannot return. `first`: the first page, if it was read. Changes of rows must not
    change their order. Raises what `read` does, and UnavailableError for pages that never end."""
    rows: dict[str, dict[str, Any]] = {}
    refused: dict[str, FaultError] = {}
    page, start, back = first or read(1), 1, 1
    before = Found()
    while True:
        if start > 1 and not _goes_on(page, start, rows):
            start, back = max(1, start - back), back * 2
        else:
            rows |= {row["Id"]: row for row in page.rows}
            refused |= page.refused
            read_here = len(page.rows) + len(page.refused)
            if read_here < PAGE or len(rows) >= most > 0:
                return Found([*rows.values()], refused)
            # Read from further back, it may hold the same rows: those before them were deleted.
            if back == 1 and page.rows and page.rows == before.rows:
                raise UnavailableError("QuickBooks", "a query repeats the page before")
            start, back, before = start + read_here - 1, 1, page
        page = read(start)


def _goes_on(page: Found, start: int, known: dict[str, dict[str, Any]]) -> bool:
    """Tell whether a page begins with a row that is known: then none is missing before it."""
    if str(start) in page.refused:
        return True
    return bool(page.rows) and page.rows[0]["Id"] in known
