"""Cursors of lists: a JSON value in a text that fits into a URL.

A cursor is not signed and comes back from outside, so its reader must check it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, TypeVar

from invoice_sync.errors import CursorError

Position = TypeVar("Position")


def encode(value: Any) -> str:
    """Return the cursor that holds a JSON value."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def decode(cursor: str, check: Callable[[Any], Position]) -> Position:
    """Return what `check` makes of the JSON value in a cursor.

    Raises CursorError when the cursor does not hold JSON, or when `check` raises ValueError,
    KeyError, TypeError or OverflowError: then the list did not give this cursor.
    """
    try:
        value = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        # No database takes half a character.
        json.dumps(value, ensure_ascii=False).encode()
        return check(value)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise CursorError("the cursor is not one that this list gave") from error
