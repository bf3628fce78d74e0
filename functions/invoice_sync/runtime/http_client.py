"""HTTP for the API clients: one connection pool, timeouts, repetitions, refused tokens."""

from __future__ import annotations

import random
import ssl
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import lru_cache

import httpx

from invoice_sync.errors import FaultError, UnavailableError
from invoice_sync.runtime import clock
from invoice_sync.runtime.pace import Pace
from invoice_sync.runtime.time_limit import Backend, TimeLimit

# Seconds for each piece of an answer and for making a connection; and how many timeouts a whole
# answer may take, repetitions included. Below the worker's own time limit, so that a slow answer
# becomes an error that we can record.
TIMEOUT_SECONDS, _CONNECT_SECONDS, _LONGEST_ANSWER = 20.0, 5.0, 1.5
# Bytes. A thousand invoices with many lines have some 5 MB.
_LARGEST_ANSWER = 10_000_000
_READ_ATTEMPTS = 3
_TOKEN_ATTEMPTS = 2
# Seconds. After a longer wait the queue tries again, not the function.
_LONGEST_WAIT = 2
# Seconds. A service that asks for a longer pause is asked again all the same: all workers pause,
# and neither service documents a pause of more than a minute.
_LONGEST_RETRY_AFTER = 300


@dataclass(frozen=True)
class Request:
    """One request to an outside service."""

    # The name that people know the service by; errors carry it.
    service: str
    method: str
    url: str
    # Sending it twice does no harm: a read, or a write that sets what may be set already.
    repeatable: bool
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] | None = None
    content: bytes | None = field(default=None, repr=False)
    timeout_seconds: float = TIMEOUT_SECONDS
    # Reads how many seconds of pause a 429 asks for, beside the header that all services have.
    pause_of: Callable[[Response], float] | None = None
    # Reads what an answer of 500 and above says, for `UnavailableError.fault`.
    fault_of: Callable[[Response], FaultError] | None = None


@dataclass(frozen=True)
class Response:
    status_code: int
    # Names in any case.
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


@lru_cache(maxsize=1)
def client() -> httpx.Client:
    """Return the process's connection pool: building a TLS context costs tens of milliseconds."""
    transport = httpx.HTTPTransport(
        verify=ssl.create_default_context(),
        # For ten portals side by side: a call that waits for a connection is late for its pace.
        limits=httpx.Limits(max_connections=200, max_keepalive_connections=100),
    )
    # httpx passes no backend on to httpcore, which documents it.
    transport._pool._network_backend = Backend()
    return httpx.Client(transport=transport, follow_redirects=False)


def send_authorised(
    request: Request, token: Callable[[str], str], pace: Pace | None = None
) -> Response:
    """Send a JSON request with an access token, and once more with a new token after a 401.

    `token(refused)` returns an access token other than the refused one, which is empty at first.
    The answer is a 401 when the second token was refused too. Raises what `send` and `token` do.
    """
    headers = {**request.headers, "Accept": "application/json"}
    if request.content is not None:
        headers["Content-Type"] = "application/json"
    access_token = ""
    for _ in range(_TOKEN_ATTEMPTS):
        access_token = token(access_token)
        headers["Authorization"] = f"Bearer {access_token}"
        response = send(replace(request, headers=headers), pace)
        if response.status_code != 401:
            break
    return response


def send(request: Request, pace: Pace | None = None) -> Response:
    """Send a request and return any answer below 500 that is not a rate limit.

    A repeatable request is sent again after a passing fault; any other one never is, because it may
    have taken effect. Raises UnavailableError.
    """
    limit = TimeLimit(request.timeout_seconds * _LONGEST_ANSWER)
    for attempt in range(1, _READ_ATTEMPTS + 1):
        try:
            return _send_once(request, pace, limit)
        except UnavailableError as error:
            last = attempt == _READ_ATTEMPTS or not request.repeatable or limit.left <= 0
            if last or error.rate_limited or error.retry_after > _LONGEST_WAIT:
                raise
            clock.sleep(max(error.retry_after, random.uniform(0.1, 0.4) * attempt))  # noqa: S311
    raise AssertionError("unreachable")


def _send_once(request: Request, pace: Pace | None, limit: TimeLimit) -> Response:
    service = request.service
    try:
        with pace or nullcontext(), limit:
            response = _exchange(request)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        # Nothing was sent: the outcome is known.
        raise UnavailableError(service, type(error).__name__) from None
    except httpx.RequestError as error:
        raise UnavailableError(service, type(error).__name__, outcome_unknown=True) from None
    status = response.status_code
    if status == 429:
        asked = request.pause_of(response) if request.pause_of else 0.0
        wait = max(_retry_after(response), asked)
        if pace:
            pace.too_many(wait)
        raise UnavailableError(service, "429", retry_after=wait, rate_limited=True)
    # 423 and 477 are HubSpot's (guide "Error handling"): the record is locked for two seconds, and
    # the account moves between data centres.
    if status in (423, 477) or status >= 500:
        wait = 2.0 if status == 423 else _retry_after(response)
        unknown = status >= 500
        raise UnavailableError(
            service,
            str(status),
            outcome_unknown=unknown,
            retry_after=wait,
            fault=request.fault_of(response) if unknown and request.fault_of else None,
        )
    return response


def _exchange(request: Request) -> Response:
    """Return the whole answer. Raises httpx.RequestError, and UnavailableError for one that is too
    large."""
    content = bytearray()
    with client().stream(
        request.method,
        request.url,
        headers=dict(request.headers),
        params=request.params,
        content=request.content,
        timeout=httpx.Timeout(request.timeout_seconds, connect=_CONNECT_SECONDS),
    ) as response:
        for piece in response.iter_bytes():
            content += piece
            if len(content) > _LARGEST_ANSWER:
                why = f"an answer of more than {_LARGEST_ANSWER} bytes"
                raise UnavailableError(request.service, why, outcome_unknown=True)
        return Response(response.status_code, response.headers, bytes(content))


def _retry_after(response: Response) -> float:
    """Return the seconds that the service asks for; 0 for none and for a date, which neither of the
    two services documents."""
    value = response.headers.get("retry-after", "")
    is_number = value.isascii() and value.isdigit()
    return min(float(value), _LONGEST_RETRY_AFTER) if is_number else 0.0
