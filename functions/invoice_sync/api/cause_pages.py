"""The root causes of failing invoices, page by page. It loads no client: lists must be quick."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from invoice_sync.runtime import cursors
from invoice_sync.store.causes import Cause
from invoice_sync.store.store import Store


@dataclass(frozen=True)
class CausePage:
    """A page of the list of causes."""

    causes: list[Cause]
    # By code, how many invoices fail for a reason of their own.
    single: dict[str, int]
    # Empty on the last page.
    cursor: str
    # Whether there are causes beyond those that were read: `single` counts their invoices.
    more: bool


def page(store: Store, portal_id: str, *, code: str, cursor: str, limit: int) -> CausePage:
    """Return the causes after the cursor: most invoices first, then the newest.

    Raises CursorError.
    """
    causes, more = store.causes.all(portal_id, code)
    grouped: Counter[str] = Counter()
    for cause in causes:
        grouped[cause.failure.code] += cause.failing
    # Causes and counters are not read at the same moment: a difference may be negative.
    single = {
        name: number - grouped[name]
        for name, number in store.counters.get(portal_id).by_code.items()
        if code in ("", name) and number > grouped[name]
    }
    after = cursors.decode(cursor, _position) if cursor else None
    rest = sorted((c for c in causes if after is None or _order(c) > after), key=_order)
    following = _cursor(rest[limit - 1]) if len(rest) > limit else ""
    return CausePage(rest[:limit], single, following, more)


_Order = tuple[int, float, str]


def _order(cause: Cause) -> _Order:
    return -cause.failing, -cause.newest_at.timestamp(), cause.key


def _cursor(cause: Cause) -> str:
    """Name the place in the order, not the cause: the cause may be gone by then."""
    return cursors.encode(_order(cause))


def _position(value: Any) -> _Order:
    failing, newest, key = value
    return int(failing), float(newest), str(key)
