"""How far the sweep has come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from invoice_sync.store.marks import ACTIVE

from .acting import NOW, PORTAL, make_store


def test_a_mark_never_goes_back_and_the_cursor_is_no_mark(database: Any) -> None:
    marks = make_store(database).marks
    assert (marks.get(PORTAL), marks.cursor(PORTAL)) == ({}, "")
    marks.advance(PORTAL, "hubspot invoices", NOW)
    marks.advance(PORTAL, "hubspot invoices", NOW - timedelta(hours=1))
    marks.set_cursor(PORTAL, "somewhere")
    assert marks.get(PORTAL) == {"hubspot invoices": NOW}
    assert marks.cursor(PORTAL) == "somewhere"
    marks.set_cursor(PORTAL, "")
    assert marks.cursor(PORTAL) == ""


def test_activity_is_written_once_in_ten_minutes(database: Any) -> None:
    marks, stored = make_store(database).marks, list[datetime]()
    for minutes in (0, 4, 9, 10, 15, 20, 90):
        marks.note_active(PORTAL, marks.get(PORTAL), NOW + timedelta(minutes=minutes))
        stored.append(marks.get(PORTAL)[ACTIVE])
    assert [(at - NOW) / timedelta(minutes=1) for at in stored] == [0, 0, 0, 10, 10, 20, 90]
