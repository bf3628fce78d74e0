"""`hubspot.fetch`: how a UI extension's request reaches the app's backend.

Parameters are appended and the final URL is signed. A 5xx or a broken connection is repeated once;
a request has 15 seconds and 1 MB, and follows no redirects. Sources: guide "Fetching data" and the
local proxy of the developer tools.
"""

from __future__ import annotations

import json
import shlex
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import quote

import httpx

from ..wire import Clock, tls
from . import signing

TIMEOUT = 15.0
MAX_BYTES = 1_000_000
MAX_IN_FLIGHT = 20
USER_ID = 77
USER_EMAIL = "pat@example.com"
_WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class FetchResult:
    """The answer of the backend, as HubSpot has it."""

    status: int  # 0: no answer in time; 429: HubSpot did not even ask
    url: str
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    attempts: int = 1  # 2 after a repeat
    seconds: float = 0.0
    envelope: dict[str, Any] = field(default_factory=dict)  # as the browser gets it

    def json(self) -> Any:
        return json.loads(self.text)


class Fetcher:
    def __init__(self, secret: str, app_id: int, clock: Clock) -> None:
        self._secret, self._app_id, self._clock = secret, app_id, clock
        self._in_flight: Counter[int] = Counter()
        self._lock = threading.Lock()

    def final_url(
        self, portal_id: int, url: str, user_email: str = USER_EMAIL, user_id: int = USER_ID
    ) -> str:
        """Return the URL as it goes over the wire: four parameters appended, `@` as `%40`."""
        added = (
            f"userId={user_id}&portalId={portal_id}&userEmail={quote(user_email, safe='')}"
            f"&appId={self._app_id}"
        )
        return str(httpx.URL(url + ("&" if "?" in url else "?") + added))

    def signed_headers(
        self, method: str, url: str, body: bytes = b"", timestamp: int | None = None
    ) -> dict[str, str]:
        """Sign a final URL.

        The backend refuses timestamps (milliseconds) older than five minutes.
        """
        when = timestamp if timestamp is not None else int(self._clock.now().timestamp() * 1000)
        headers = {
            "X-HubSpot-Signature": signing.v2(self._secret, method, url, body),
            "X-HubSpot-Signature-Version": "v2",
            "X-HubSpot-Signature-v3": signing.v3(self._secret, method, url, body, when),
            "X-HubSpot-Request-Timestamp": str(when),
        }
        if method.upper() in _WITH_BODY:
            headers["Content-Type"] = "application/json"
        return headers

    def curl(
        self,
        portal_id: int,
        method: str,
        url: str,
        body: Any = None,
        user_email: str = USER_EMAIL,
        timestamp: int | None = None,
    ) -> str:
        """Return the same request as a line for the shell. It is accepted for five minutes."""
        final, content = self.final_url(portal_id, url, user_email), _content(method, body)
        parts = ["curl", "-sS", "-X", method.upper()]
        for name, value in self.signed_headers(method, final, content, timestamp).items():
            parts += ["-H", f"{name}: {value}"]
        if content:
            parts += ["--data-raw", content.decode()]
        return shlex.join([*parts, final])

    def fetch(
        self,
        portal_id: int,
        method: str,
        url: str,
        body: Any = None,
        user_email: str = USER_EMAIL,
        user_id: int = USER_ID,
        authorization: str | None = None,
    ) -> FetchResult:
        """Send a request of an extension. Of its headers, `Authorization` alone goes along."""
        method, content = method.upper(), _content(method, body)
        final = self.final_url(portal_id, url, user_email, user_id)
        more = {"Authorization": authorization} if authorization else {}
        if len(content) > MAX_BYTES:
            raise ValueError("hubspot.fetch sends at most 1 MB")
        with self._lock:
            if self._in_flight[portal_id] >= MAX_IN_FLIGHT:
                return FetchResult(429, final)
            self._in_flight[portal_id] += 1
        try:
            return self._fetch(portal_id, method, final, content, more)
        finally:
            with self._lock:
                self._in_flight[portal_id] -= 1

    def _fetch(
        self, portal_id: int, method: str, url: str, content: bytes, more: dict[str, str]
    ) -> FetchResult:
        started, attempts, answer = time.monotonic(), 0, None
        while attempts < 2:  # once, and one repeat
            left = TIMEOUT - (time.monotonic() - started)
            if left <= 0:
                break
            attempts += 1
            headers = more | self.signed_headers(method, url, content)
            try:
                answer = _client().request(
                    method, url, content=content or None, headers=headers, timeout=left
                )
            except httpx.HTTPError:
                answer = None
                continue
            if not httpx.codes.is_server_error(answer.status_code):
                break
        seconds = time.monotonic() - started
        status = answer.status_code if answer is not None else 0
        text = answer.text if answer is not None and len(answer.content) <= MAX_BYTES else ""
        headers = dict(answer.headers) if answer is not None else {}
        envelope = _envelope(portal_id, method, url, status, text)
        return FetchResult(status, url, text, headers, attempts, seconds, envelope)


@cache
def _client() -> httpx.Client:
    """Return the client of all requests, which share nothing: no connection and no cookie."""
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(verify=tls(), limits=limits, cookies=no_cookies)


def _content(method: str, body: Any) -> bytes:
    if body is None or method.upper() not in _WITH_BODY:
        return b""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _envelope(portal_id: int, method: str, url: str, status: int, text: str) -> dict[str, Any]:
    """Wrap the answer as the local proxy of the developer tools does; the hosted one may differ."""
    context = {
        "appServerStatusCode": [str(status)],
        "correlationId": [str(uuid.uuid4())],
        "httpMethod": [method],
        "portalId": [str(portal_id)],
        "requestUri": [url],
    }
    try:
        parsed = json.loads(text) if text else None
    except ValueError:
        return _failed("VALIDATION_ERROR", "Invalid JSON Response Body", None, context)
    if status == 0:
        message = "Gateway took too long to respond"
        return _failed("GATEWAY_TIMEOUT", message, None, context)
    if httpx.codes.is_success(status):
        return {"status": "success", "responseBody": parsed, "context": context}
    detail = {"message": f"Unacceptable HTTP status {status} calling {url}"}
    failed = _failed("BAD_GATEWAY", "Error returned from Request Uri", parsed, context)
    return {**failed, "errors": [detail]}


def _failed(category: str, message: str, body: Any, context: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": "error",
        "category": category,
        "message": message,
        "responseBody": body,
        "context": context,
    }
