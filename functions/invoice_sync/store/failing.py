"""The list of failing records, and the list of records whose message was lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from invoice_sync.model.record import Record
from invoice_sync.runtime import cursors
from invoice_sync.store import keys
from invoice_sync.store.items import EncodedItem, decode, encode
from invoice_sync.store.records import to_record
from invoice_sync.store.table import Query, Table

# A page of a filtered list reads on past what it does not show, but not for ever.
_QUERIES_A_PAGE = 20
_ROWS_A_QUERY = 500


@dataclass(frozen=True)
class Page:
    records: list[Record]
    # Where the next page starts; empty: there is none.
    cursor: str


class FailingStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def page(
        self,
        portal_id: str,
        *,
        code: str = "",
        cause: str = "",
        currency: str = "",
        search: str = "",
        cursor: str = "",
        limit: int = 50,
    ) -> Page:
        """Return failing records, newest first, of one code, root cause or currency if given, and
        with the text `search` in their number or in the name of their customer or company. A page
        may be short although there are more: go on while it has a cursor.

        Raises CursorError when the cursor is not one of this portal's list.
        """
        equal = {"failureCode": code, "failureCause": cause, "failureCurrency": currency}
        filters = {name: value for name, value in equal.items() if value}
        conditions = [f"{name} = :{name}" for name in filters]
        if text := _folded(search):
            filters["failureSearch"] = text
            conditions.append("contains(failureSearch, :failureSearch)")
        query = Query(
            keys.failing(portal_id),
            matching=" AND ".join(conditions),
            values={f":{name}": value for name, value in filters.items()},
            newest_first=True,
            # With a filter, rows are read that are not shown: read on in larger steps.
            limit=_ROWS_A_QUERY if filters else 0,
            start=_start(cursor, portal_id) if cursor else None,
        )
        records: list[Record] = []
        following: EncodedItem | None = None
        pages = self._table.pages(query, most=0 if filters else limit)
        for page in islice(pages, _QUERIES_A_PAGE):
            following = page.following
            for item in page.items:
                row = decode(item)
                records.append(to_record(row))
                if len(records) == limit:
                    more = item is not page.items[-1] or following
                    return Page(records, _cursor(row) if more else "")
        return Page(records, _cursor(decode(following)) if following else "")

    def stuck(self, portal_id: str, before: datetime, limit: int) -> list[Record]:
        """Return at most `limit` records that wait for a worker since before then, the oldest
        first: their message was lost."""
        page = self._table.query(Query(keys.pending(portal_id, before), limit=limit))
        return [to_record(row) for row in page.rows()]


def searchable(record: Record) -> str:
    """Return the text that a search looks through."""
    summary = record.summary
    return "\n".join(map(_folded, (record.number, summary.customer, summary.company)))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _cursor(row: Mapping[str, Any]) -> str:
    return cursors.encode(keys.position_in_failing(row))


def _start(cursor: str, portal_id: str) -> EncodedItem:
    check = partial(keys.check_position_in_failing, portal_id=portal_id)
    return encode(cursors.decode(cursor, check))
