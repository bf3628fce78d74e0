"""Reads the results of a HubSpot search to the end, page by page.

A page begins at the value that the last one ended with, not at an offset: records that change
meanwhile do not push others out of sight, and the limit of 10,000 results a search is never met.
This needs HubSpot's results in order, so each page is checked: HubSpot ignores a `sorts` that it
does not understand, and says nothing (HubSpot/hubspot-api-nodejs issue 14).

Source: guide "CRM search" (200 records a page, one sort, at most six filters in a group).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from invoice_sync.errors import UnavailableError

Filter = Mapping[str, object]
Row = dict[str, Any]

PAGE = 200
ID = "hs_object_id"


@dataclass(frozen=True)
class _Page:
    rows: list[Row]
    # The rows' values of the property that sorts them.
    values: list[int]
    # How many records matched, on this page and after it.
    total: int
    more: bool


def records(
    ask: Callable[[Row], Row], filters: Sequence[Filter], properties: Sequence[str], sort: str
) -> Iterator[Row]:
    """Yield every record that passes all filters, in ascending order of the property `sort`.

    `ask` sends a request body and returns the answer. The values of `sort` must be times or whole
    numbers. A record that changes meanwhile may come twice.

    Raises UnavailableError when HubSpot does not keep the order, and whatever `ask` raises.
    """
    start: int | None = None
    yielded: set[str] = set()
    expected, seen, before = 0, 0, list[Filter]()
    while True:
        page = _read(ask, filters, properties, sort, start)
        if page.total < expected and start is not None:
            _check_seen(ask, [*filters, *before, _filter(sort, "LT", start)], sort, seen)
        yield from (row for row in page.rows if str(row["id"]) not in yielded)
        if not page.more:
            return
        last = page.values[-1]
        if page.values[0] < last:
            first_of_last = page.values.index(last)
            yielded = {str(row["id"]) for row in page.rows[first_of_last:]}
            before, seen = _from(sort, start), first_of_last
            start, expected = last, page.total - first_of_last
            continue
        # The whole page has one value: read the records that share it by id, then go on after it.
        yielded |= {str(row["id"]) for row in page.rows}
        sharing = 0
        for row in records(ask, [*filters, _filter(sort, "EQ", last)], properties, ID):
            sharing += 1
            if str(row["id"]) not in yielded:
                yield row
        yielded = set()
        before, seen = _from(sort, last), sharing
        start, expected = last + 1, page.total - sharing


def _check_seen(ask: Callable[[Row], Row], before: Sequence[Filter], sort: str, seen: int) -> None:
    """Check that what is before a page is no more than was seen of it. As a rule the page has fewer
    records because somebody deleted some. Raises UnavailableError if some were passed over."""
    counted = ask({"filterGroups": [{"filters": [*before]}], "properties": [sort], "limit": 1})
    if int(counted["total"]) > seen:
        raise UnavailableError("HubSpot", "a search lost records between two pages")


def _from(sort: str, start: int | None) -> list[Filter]:
    return [] if start is None else [_filter(sort, "GTE", start)]


def _read(
    ask: Callable[[Row], Row],
    filters: Sequence[Filter],
    properties: Sequence[str],
    sort: str,
    start: int | None,
) -> _Page:
    """Read the page that begins at the value `start`. Raises UnavailableError if it does not, or is
    out of order."""
    bound = _from(sort, start)
    answer = ask(
        {
            "filterGroups": [{"filters": [*filters, *bound]}],
            # Objects, though HubSpot's OpenAPI file says text: a JSON text is ignored.
            "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
            "properties": list(dict.fromkeys((*properties, sort))),
            "limit": PAGE,
            "after": "0",
        }
    )
    rows = answer["results"]
    values = [_value(row, sort) for row in rows]
    more = bool(rows and answer.get("paging", {}).get("next"))
    step = 1 if sort == ID else 0
    if any(later - earlier < step for earlier, later in pairwise(values)):
        raise UnavailableError("HubSpot", "a search did not come in the order that we asked for")
    begins_early = start is not None and values and values[0] < start
    if begins_early or (more and sort == ID and len(rows) == 1):
        raise UnavailableError("HubSpot", "a search repeats the page before")
    return _Page(rows, values, int(answer.get("total", 0)), more)


def _filter(property_name: str, operator: str, value: int) -> Filter:
    return {"propertyName": property_name, "operator": operator, "value": str(value)}


def _value(row: Row, sort: str) -> int:
    """Return a value in the form that filters take: times in epoch milliseconds."""
    text = row["properties"].get(sort) or ""
    try:
        if "T" in text:
            return round(datetime.fromisoformat(text).timestamp() * 1000)
        return int(text)
    except (ValueError, OverflowError):
        raise UnavailableError("HubSpot", f"a search gave a record without {sort}") from None
