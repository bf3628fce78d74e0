"""Cursors come back from outside."""

from __future__ import annotations

from typing import Any

import pytest

from invoice_sync.errors import CursorError
from invoice_sync.runtime import cursors


@pytest.mark.parametrize("value", [["a", 1], {"pk": "PORTAL#1"}, "é", 0])
def test_a_cursor_holds_a_value_and_fits_into_a_url(value: Any) -> None:
    cursor = cursors.encode(value)
    assert cursor.replace("-", "").replace("_", "").rstrip("=").isalnum()
    assert cursors.decode(cursor, lambda decoded: decoded) == value


@pytest.mark.parametrize("cursor", ["?", "a", "e30", "\ud800", "/w==", cursors.encode("x")[:-1]])
def test_anything_else_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError):
        cursors.decode(cursor, lambda decoded: decoded)


@pytest.mark.parametrize("error", [ValueError, KeyError, TypeError, OverflowError])
def test_what_the_check_refuses_is_refused(error: type[Exception]) -> None:
    def check(_: Any) -> str:
        raise error

    with pytest.raises(CursorError):
        cursors.decode(cursors.encode(1), check)
