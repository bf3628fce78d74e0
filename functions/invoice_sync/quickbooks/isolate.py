"""Finds the one of many for which QuickBooks refuses a whole request.

One record that it cannot read back makes each read with it fail as a whole (4002), and one request
may meet an error of its own (10000) for days while others pass (Intuit's SDKs for .NET, issues 81
and 111, for PHP, issue 216, and for Java, issue 47; ruckus/quickbooks-ruby issues 224 and 285).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from invoice_sync.errors import FaultError, ServiceError, UnavailableError
from invoice_sync.runtime import isolate

Rows = list[dict[str, Any]]
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_UNREADABLE, _OWN_ERROR, INVALID_QUERY = "4002", "10000", "4001"
# Our own code for an answer that is not in the documented form; QuickBooks has no such fault.
MALFORMED = "malformed"
_OF_ONE = (_UNREADABLE, _OWN_ERROR, MALFORMED)


@dataclass(frozen=True)
class Found:
    """The rows of a read, and by value what QuickBooks refused to return."""

    rows: Rows = field(default_factory=list)
    refused: dict[str, FaultError] = field(default_factory=dict)


def fault_of_one(error: ServiceError) -> FaultError | None:
    """Return the fault, if only one record of a request for many may be the cause of it."""
    fault = error.fault if isinstance(error, UnavailableError) else error
    is_of_one = isinstance(fault, FaultError) and fault.code in _OF_ONE
    return fault if isinstance(fault, FaultError) and is_of_one else None


def each_by_itself(read: Callable[[Sequence[str]], Rows], values: Sequence[str]) -> Found:
    """Read values whose common read was refused: in halves, and at last one by one.

    Raises what `read` does where that is not about one of them: when it is another fault, or
    QuickBooks answers nothing but errors of its own.
    """
    parts, errors = isolate.each_by_itself(
        read, values, may_be_of_one=lambda error: fault_of_one(error) is not None
    )
    if not parts and len(errors) > 1:
        for error in errors.values():
            if isinstance(error, UnavailableError):
                raise error
    refused = {value: fault for value, error in errors.items() if (fault := fault_of_one(error))}
    return Found([row for rows in parts for row in rows], refused)


def in_halves(
    send: Callable[[Sequence[_Item]], list[_Result]], items: Sequence[_Item]
) -> list[_Result | FaultError]:
    """Send the items together, or in halves where QuickBooks meets an error of its own.

    Returns the results in order; for an item that meets the error, the result is the fault. Raises
    what `send` does, and the error itself when two or more items meet it and none passes.
    """
    try:
        return [*send(items)]
    except UnavailableError as error:
        fault = fault_of_one(error)
        if fault is None:
            raise
        if len(items) == 1:
            return [fault]
        first, second = isolate.halves(items)
        results = in_halves(send, first)
        if len(results) > 1 and all(isinstance(result, FaultError) for result in results):
            raise
        return [*results, *in_halves(send, second)]
