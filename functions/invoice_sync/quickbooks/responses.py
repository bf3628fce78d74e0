"""What a response of QuickBooks comes to: what was asked for, a fault, or no answer at all.

Only here does an answer that is not of the documented form become an error. It is the same error as
for no answer at all: QuickBooks may have carried the request out, and may answer well the next
time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from invoice_sync.errors import FaultError, FormError, UnavailableError
from invoice_sync.quickbooks import faults, isolate
from invoice_sync.runtime import answers
from invoice_sync.runtime.http_client import Response

_T = TypeVar("_T")
# Reads an answer, or what a batch holds for one item, with Intuit's id of the call. Raises
# FormError.
Read = Callable[[Any, str], _T]

# Codes from Intuit's page "Review QuickBooks Online Accounting API error codes": the person who
# connected us lost access to the company; its subscription has ended; too many requests.
_NO_ACCESS, _SUBSCRIPTION_ENDED, _THROTTLED = "120", "6190", b"003001"
_LONGEST_TID = 200


def read(response: Response, operation: str, reader: Read[_T]) -> _T:
    """Return what the reader makes of an answer that is no fault. `operation`: its name for people.

    Raises UnavailableError and FaultError.
    """
    tid = _tid(response)
    try:
        return reader(_checked(response, tid), tid)
    except FormError as error:
        why = f"{operation} was not answered in the documented form ({error.place})"
        # An answer that has only one odd part may be so for a single record.
        fault = FaultError(isolate.MALFORMED, f"QuickBooks: {why}.", "", tid)
        is_of_one = response.status_code == 200 and error.place != answers.NOT_JSON
        raise UnavailableError(
            "QuickBooks", why, outcome_unknown=True, fault=fault if is_of_one else None
        ) from None


def fault_of(response: Response) -> FaultError:
    """Return what an answer of status 500 and above says."""
    tid = _tid(response)
    words = f"QuickBooks answered with status {response.status_code}."
    try:
        fault = faults.parse(answers.parsed(response.content), tid)
    except FormError:
        fault = None
    return fault or FaultError("", words, "", tid)


def _checked(response: Response, tid: str) -> Any:
    """Return an answer that is JSON and no fault, or raise what it means."""
    status, content = response.status_code, response.content
    if status == 403 and _THROTTLED in content:
        raise UnavailableError("QuickBooks", "throttled", rate_limited=True)
    if status in (401, 403):
        raise _no_access(status, content, tid)
    answer = answers.parsed(content)
    fault = faults.parse(answer, tid)
    if fault and fault.code == _NO_ACCESS:
        raise _refused(status)
    if fault:  # QuickBooks may send a fault under status 200 too
        raise fault
    if status != 200:
        raise FormError(f"the answer with status {status}")
    return answer


def _no_access(status: int, content: bytes, tid: str) -> FaultError | UnavailableError:
    try:
        fault = faults.parse(answers.parsed(content), tid)
    except FormError:
        fault = None
    is_ended = fault is not None and fault.code == _SUBSCRIPTION_ENDED
    return fault if fault and is_ended else _refused(status)


def _refused(status: int) -> UnavailableError:
    """Return the error for refused access. The token is a fresh one by now, so the access itself is
    refused, perhaps by a gateway's mistake. Only the token endpoint says that a grant has ended."""
    return UnavailableError("QuickBooks", f"access refused ({status})", access_refused=True)


def _tid(response: Response) -> str:
    return str(response.headers.get("intuit_tid", ""))[:_LONGEST_TID]
