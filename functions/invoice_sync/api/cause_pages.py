"""Failing invoices by what they fail for, page by page. Loads no client: the API reads them."""

from __future__ import annotations

import base64
import json
from collections import Counter
from dataclasses import dataclass

from invoice_sync.errors import CursorError
from invoice_sync.store.store import Cause, Store


@dataclass(frozen=True)
class Causes:
    """`single`: by code, how many fail for a reason of their own. `more`: there are causes beyond
    those that were read, and their invoices are counted as single."""

    causes: list[Cause]
    single: dict[str, int]
    cursor: str
    more: bool


def page(store: Store, portal_id: str, *, code: str, cursor: str, limit: int) -> Causes:
    """The largest first, then the newest. Raises CursorError."""
    every, more = store.causes(portal_id, code)
    grouped: Counter[str] = Counter()
    for one in every:
        grouped[one.failure.code] += one.failing
    # The two are not read in one moment.
    single = {
        name: number - grouped[name]
        for name, number in store.counts(portal_id).by_code.items()
        if code in ("", name) and number > grouped[name]
    }
    after = _after(cursor) if cursor else None
    rest = sorted((one for one in every if after is None or _order(one) > after), key=_order)
    shown = rest[:limit]
    following = _cursor(shown[-1]) if len(rest) > limit else ""
    return Causes(shown, single, following, more)


_Order = tuple[int, float, str]


def _order(cause: Cause) -> _Order:
    return -cause.failing, -cause.newest_at.timestamp(), cause.key


def _cursor(cause: Cause) -> str:
    """The place in the order, not the cause: that may be gone by then."""
    return base64.urlsafe_b64encode(json.dumps(_order(cause)).encode()).decode()


def _after(cursor: str) -> _Order:
    try:
        failing, newest, key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return int(failing), float(newest), str(key)
    except (ValueError, TypeError, OverflowError) as error:
        raise CursorError("the cursor is not one that this list gave") from error
