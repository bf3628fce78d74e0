"""Cutting a list into the portions that a service takes in one request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

_T = TypeVar("_T")


def chunks(items: Iterable[_T], size: int) -> list[list[_T]]:
    """Return the items in lists of `size`; the last list may be shorter."""
    every = list(items)
    return [every[start : start + size] for start in range(0, len(every), size)]
