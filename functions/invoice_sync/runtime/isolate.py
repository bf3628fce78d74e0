"""Isolates the one of many that a request is refused for, so that the others go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from invoice_sync.errors import ServiceError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

# Refusals beyond those that it takes to find a single culprit. With more, the trouble is general.
_MORE_REFUSALS = 3


def each_by_itself(
    call: Callable[[Sequence[str]], _Result],
    values: Sequence[str],
    *,
    may_be_of_one: Callable[[ServiceError], bool],
) -> tuple[list[_Result], dict[str, ServiceError]]:
    """Repeat a call that was refused for all values together: in halves, and at last one by one.

    Returns the results, and the refusals by value. Raises a ServiceError that cannot be about one
    of the values, and the last one if nothing but refusals comes back.
    """
    results: list[_Result] = []
    refused: dict[str, ServiceError] = {}
    most, refusals = len(values).bit_length() + _MORE_REFUSALS, 0
    parts = [*reversed(halves(values))] if len(values) > 1 else [values]
    while parts:
        part = parts.pop()
        try:
            results.append(call(part))
        except ServiceError as error:
            refusals += 1
            if not may_be_of_one(error) or (not results and refusals > most):
                raise
            if len(part) == 1:
                refused[part[0]] = error
            else:
                parts += reversed(halves(part))
    return results, refused


def halves(items: Sequence[_Item]) -> tuple[Sequence[_Item], Sequence[_Item]]:
    middle = (len(items) + 1) // 2
    return items[:middle], items[middle:]
