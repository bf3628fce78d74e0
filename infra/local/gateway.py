"""Play the API Gateway HTTP API: turn an HTTP request into an event (payload 2.0), and back.

Like the real one it hands over the path decoded and cut at a decoded question mark, and the query
as it was received.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, unquote

from werkzeug import Request, Response

from infra.local.lambda_context import LambdaContext
from infra.local.wire import CallCounter, HttpServer

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
_TEXT = re.compile(r"^(text/|application/(json|javascript|xml|[\w.-]+\+(json|xml)))")


@dataclass(frozen=True)
class Route:
    """A path, and the function that serves it."""

    method: str  # "ANY" for all
    # With parameters in braces: /v1/invoices/{invoiceId}/retry. One with a plus takes all the rest.
    path: str
    function: str
    handler: Handler

    def match(self, method: str, path: str) -> dict[str, str] | None:
        match = _pattern(self.path).fullmatch(path)
        return match.groupdict() if match and self.method in (method, "ANY") else None


@cache
def _pattern(path: str) -> re.Pattern[str]:
    pattern = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", re.escape(path))
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", pattern))


class Gateway(HttpServer):
    def __init__(self, routes: Sequence[Route], port: int = 0) -> None:
        self._routes = routes
        self._counter = CallCounter()
        # HTML for `/`, which the real one does not serve.
        self.home = ""
        # A function of Lambda has one request at a time, and keeps it where all its code can see.
        self._turns = {route.function: Lock() for route in routes}
        super().__init__(self._application, port)

    @property
    def calls(self) -> Counter[str]:
        """A copy of the number of calls so far, by function."""
        return self._counter.copy()

    def _application(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        return self.respond(request)(environ, start_response)

    def respond(self, request: Request) -> Response:
        """Answer a request as the function of its route does."""
        raw_path, _, raw_query = request.environ["RAW_URI"].partition("?")
        path = unquote(raw_path).partition("?")[0]
        for route in self._routes:
            parameters = route.match(request.method, path)
            if parameters is not None:
                event = to_event(request, route, path, raw_query, parameters)
                self._counter.add(route.function)
                try:
                    with self._turns[route.function]:
                        answer = route.handler(event, LambdaContext(route.function))
                    return to_response(answer)
                except Exception:
                    traceback.print_exc(file=sys.stderr)
                    return _json(500, {"message": "Internal Server Error"})
        if self.home and (request.method, path) == ("GET", "/"):
            return Response(self.home, content_type="text/html; charset=utf-8")
        return _json(404, {"message": "Not Found"})


def to_event(
    request: Request, route: Route, path: str, raw_query: str, parameters: dict[str, str]
) -> dict[str, Any]:
    now = datetime.now(UTC)
    body = request.get_data()
    text = _text(body, request.content_type or "")
    headers = {name.lower(): value for name, value in request.headers.items()}
    cookies = headers.pop("cookie", "")
    headers["x-forwarded-proto"] = "http"  # the real one is always https
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{route.method} {route.path}",
        "rawPath": path,
        "rawQueryString": raw_query,
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": request.host,
            "domainPrefix": "local",
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.remote_addr,
                "userAgent": request.headers.get("User-Agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": f"{route.method} {route.path}",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(time.time() * 1000),
        },
        "isBase64Encoded": text is None,
    }
    if cookies:
        event["cookies"] = [one.strip() for one in cookies.split(";")]
    query: dict[str, str] = {}
    for name, value in parse_qsl(raw_query, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    if query:
        event["queryStringParameters"] = query
    if parameters:
        event["pathParameters"] = parameters
    if body:
        event["body"] = base64.b64encode(body).decode() if text is None else text
    return event


def _text(body: bytes, content_type: str) -> str | None:
    """Return the body as text, or None when it is no text, whatever its type says."""
    if body and not _TEXT.match(content_type):
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def to_response(answer: Any) -> Response:
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return _json(200, answer)
    body = answer.get("body") or ""
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    response = Response(content, status=answer["statusCode"])
    for name, value in (answer.get("headers") or {}).items():
        response.headers[name] = str(value)
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        response.headers[name] = ",".join(values)
    for cookie in answer.get("cookies") or []:
        response.headers.add("Set-Cookie", cookie)
    return response


def _json(status: int, body: Any) -> Response:
    return Response(json.dumps(body), status=status, content_type="application/json")
