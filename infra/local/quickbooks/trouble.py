"""Trouble of single objects, which a test puts into `Books.unreadable` and `Books.indigestible`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .books import Books, Row
from .faults import SystemFailureError, unreadable

_MARKS = ("Id", "DocNumber", "DisplayName", "Name", "PaymentRefNum")


def check_readable(books: Books, rows: Iterable[Row]) -> None:
    """Refuse a read as a whole if one of its rows cannot be read back."""
    if any((row.kind, row.id) in books.unreadable for row in rows):
        raise unreadable()


def check_digestible(books: Books, kind: str, body: Any) -> None:
    """Fail, as often as it is tried, on a request about an object that QuickBooks cannot digest."""
    sent = body if isinstance(body, dict) else {}
    if any((kind, str(sent[name])) in books.indigestible for name in _MARKS if name in sent):
        raise SystemFailureError
