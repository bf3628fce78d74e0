"""The list of failing records, page by page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from invoice_sync.errors import CursorError
from invoice_sync.runtime import cursors

from .acting import NOW, PORTAL, make_store, settle

POSITION = {
    "pk": f"PORTAL#{PORTAL}",
    "sk": "INVOICE#1",
    "openPortal": f"FAILING#{PORTAL}",
    "openSince": "2026",
}


@pytest.mark.parametrize(("filters", "ids"), [({}, "7654321"), ({"code": "closed_period"}, "7531")])
def test_pages_join_to_the_whole_list(database: Any, filters: dict[str, str], ids: str) -> None:
    store = make_store(database)
    for number in range(1, 8):
        code = "closed_period" if number % 2 else "subscription_lapsed"
        settle(store, code, str(number), at=NOW + timedelta(hours=number))
    shown, cursor, pages = [], "", 0
    while cursor or not pages:
        page = store.failing.page(PORTAL, cursor=cursor, limit=2, **filters)
        shown += [record.invoice_id for record in page.records]
        cursor, pages = page.cursor, pages + 1
    assert "".join(shown) == ids
    assert pages == (len(ids) + 1) // 2


@pytest.mark.parametrize(
    "cursor",
    [
        "no cursor",
        cursors.encode(["a", "list"]),
        cursors.encode("text"),
        cursors.encode({**POSITION, "pk": "PORTAL#1"}),
        cursors.encode({**POSITION, "openPortal": "FAILING#1"}),
        cursors.encode({**POSITION, "more": "1"}),
        cursors.encode({name: POSITION[name] for name in ("pk", "sk", "openPortal")}),
    ],
)
def test_a_cursor_of_something_else_is_refused(database: Any, cursor: str) -> None:
    store = make_store(database)
    with pytest.raises(CursorError):
        store.failing.page(PORTAL, cursor=cursor)


def test_a_cursor_may_outlive_its_record(database: Any) -> None:
    assert make_store(database).failing.page(PORTAL, cursor=cursors.encode(POSITION)).records == []
