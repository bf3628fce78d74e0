"""What a response of HubSpot comes to: what was asked for, a refusal, or no answer at all.

Only here does an answer that is not of the documented form become an error. It is the same error as
for no answer at all: HubSpot may answer well the next time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from invoice_sync.errors import (
    FormError,
    HubSpotRefusedError,
    UnavailableError,
)
from invoice_sync.hubspot import forms
from invoice_sync.runtime import answers
from invoice_sync.runtime.http_client import Response

_T = TypeVar("_T")
_LONGEST_WORD, _LONGEST_NUMBER = 100, 7
# Guide "API usage guidelines". Answers of a search have none of them.
_LIMIT_HEADERS = ("X-HubSpot-RateLimit-Max", "X-HubSpot-RateLimit-Interval-Milliseconds")
# Seconds. The calls of a day last until midnight of the account's time zone, unless it gets more:
# one call an hour finds out.
_PAUSE_OF_A_DAY = 3600.0
# Reads an answer. Raises FormError.
Read = Callable[[Any], _T]


def read(response: Response, operation: str, reader: Read[_T], expected: set[int]) -> _T:
    """Return what the reader makes of an answer with an expected status. `operation`: its name for
    people.

    Raises UnavailableError and HubSpotRefusedError.
    """
    status = response.status_code
    if status == 401:
        # The token is a fresh one by now: only the token endpoint says that a grant has ended.
        raise UnavailableError("HubSpot", "access refused (401)", access_refused=True)
    try:
        answer = answers.parsed(response.content)
        if status in expected:
            return reader(answer)
        answers.check(answer, forms.ERROR)
        if not 400 <= status < 500:
            raise FormError(f"the answer with status {status}")
    except FormError as error:
        why = f"{operation} was not answered in the documented form ({error.place})"
        raise UnavailableError("HubSpot", why, outcome_unknown=True) from None
    raise refusal(status, answer)


def pause(response: Response) -> float:
    """Return the seconds for which a 429 leaves nothing to hope for; 0 if it may end sooner."""
    try:
        answer = answers.parsed(response.content)
    except FormError:
        return 0.0
    is_daily = isinstance(answer, dict) and answer.get("policyName") == "DAILY"
    return _PAUSE_OF_A_DAY if is_daily else 0.0


def limit(response: Response) -> tuple[int, float] | None:
    """Return how many calls HubSpot takes in how many seconds; None when it does not say so."""
    calls, milliseconds = (
        int(value) if value.isascii() and value.isdigit() and len(value) < _LONGEST_NUMBER else 0
        for value in (response.headers.get(name, "") for name in _LIMIT_HEADERS)
    )
    return (calls, milliseconds / 1000) if min(calls, milliseconds) > 0 else None


def refusal(status: int, answer: Mapping[str, Any]) -> HubSpotRefusedError:
    """Return the refusal that an error body says, or the part of it about one record."""
    named = category(answer)
    words = f"HubSpot answered {status} {named}".strip()
    correlation_id = str(answer.get("correlationId") or "none")[:_LONGEST_WORD]
    return HubSpotRefusedError(words, named, correlation_id, status)


def category(error: Mapping[str, Any]) -> str:
    """Return the most exact word for an error that cannot hold a record's value."""
    codes = [str(detail.get("code") or "") for detail in error.get("errors") or []]
    word = next((code for code in codes if code), str(error.get("category", "")))
    return word[:_LONGEST_WORD]
