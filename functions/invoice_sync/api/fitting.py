"""Pages of lists that fit into an answer: hubspot.fetch takes 1 MB at most, and names are long."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from invoice_sync.api.schemas.base import Answer

_MOST_BYTES = 900_000
_Page = TypeVar("_Page", bound=Answer)


def fitting(page: Callable[[int], _Page], limit: int) -> _Page:
    """Return a page of at most `limit` entries, fewer where so many would be too large.
    `page(most)` makes a page of at most that many."""
    while True:
        answer = page(limit)
        if limit == 1 or len(answer.model_dump_json(by_alias=True).encode()) <= _MOST_BYTES:
            return answer
        limit //= 2
