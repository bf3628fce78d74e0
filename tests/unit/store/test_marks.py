"""How far the sweep has come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

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
