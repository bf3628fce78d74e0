"""What both API clients share: one TLS context, timeouts, the retry rule, the pace of calls."""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import httpx

from invoice_sync.errors import UnavailableError
from invoice_sync.runtime.pace import Pace

# Below the worker's own time limit, so that a slow answer becomes an error that we can record.
_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_READ_ATTEMPTS = 3


@lru_cache(maxsize=1)
def client() -> httpx.Client:
    """One connection pool for the process: building a TLS context costs tens of milliseconds."""
    return httpx.Client(
        verify=ssl.create_default_context(),
        timeout=_TIMEOUT,
        limits=httpx.Limits(max_connections=40, max_keepalive_connections=20),
        follow_redirects=False,
    )


def send(
    service: str,
    method: str,
    url: str,
    *,
    pace: Pace | None = None,
    headers: Mapping[str, str],
    params: Mapping[str, str] | None = None,
    content: bytes | None = None,
    repeatable: bool,
) -> httpx.Response:
    """Send a request and return any answer below 500 that is not a rate limit.

    `repeatable` requests (reads) are repeated at once after a passing fault; others never are,
    because they may have taken effect. Raises UnavailableError.
    """
    for attempt in range(1, _READ_ATTEMPTS + 1):
        try:
            return _once(service, method, url, pace, headers, params, content)
        except UnavailableError as error:
            last = attempt == _READ_ATTEMPTS
            if last or not repeatable or error.rate_limited or error.retry_after > 2:
                raise
            time.sleep(max(error.retry_after, random.uniform(0.1, 0.4) * attempt))  # noqa: S311
    raise AssertionError("unreachable")


def _once(
    service: str,
    method: str,
    url: str,
    pace: Pace | None,
    headers: Mapping[str, str],
    params: Mapping[str, str] | None,
    content: bytes | None,
) -> httpx.Response:
    request: dict[str, Any] = {"headers": dict(headers), "params": params, "content": content}
    try:
        if pace is None:
            response = client().request(method, url, **request)
        else:
            with pace:
                response = client().request(method, url, **request)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        # Nothing was sent: the outcome is known.
        raise UnavailableError(service, type(error).__name__) from None
    except httpx.TransportError as error:
        raise UnavailableError(service, type(error).__name__, outcome_unknown=True) from None
    if response.status_code == 429:
        raise UnavailableError(
            service, "429", retry_after=_retry_after(response), rate_limited=True
        )
    # 423 and 477 are HubSpot's: locked for two seconds, and moving between data centres.
    if response.status_code in (423, 477) or response.status_code >= 500:
        wait = 2.0 if response.status_code == 423 else _retry_after(response)
        raise UnavailableError(
            service,
            str(response.status_code),
            outcome_unknown=response.status_code >= 500,
            retry_after=wait,
        )
    return response


def _retry_after(response: httpx.Response) -> float:
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdigit() else 0.0
