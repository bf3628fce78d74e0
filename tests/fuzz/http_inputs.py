"""Requests from outside, with true and forged signatures, as API Gateway hands them over."""

from __future__ import annotations

import base64
import io
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from werkzeug import Request as Received

from infra.local.gateway import to_event
from infra.local.hubspot import signing
from infra.local.lambda_context import LambdaContext
from infra.local.quickbooks import webhooks as quickbooks_webhooks
from infra.local.system import APP_SECRET, ROUTES

from .world import HOST, World

_HUBSPOT, _INTUIT = APP_SECRET["hubspotClientSecret"], APP_SECRET["quickbooksVerifierToken"]
_SIGNATURE, _TIME = "x-hubspot-signature-v3", "x-hubspot-request-timestamp"
_FIVE_MINUTES = 300_000


@dataclass(frozen=True)
class Request:
    """A request. `path` and `query` are as on the wire; `body` has a character for each byte."""

    method: str
    path: str
    query: str = ""
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    # `hubspot`, `intuit`, `nobody`, or one of FORGERIES.
    signed_by: str = "nobody"

    @property
    def url(self) -> str:
        return f"https://{HOST}{self.path}" + (f"?{self.query}" if self.query else "")

    @property
    def content(self) -> bytes:
        return self.body.encode("latin-1")

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Outcome:
    """What a function did with a request; `raised` is its traceback."""

    status: int
    headers: dict[str, str]
    text: str
    raised: str = ""


def send(world: World, request: Request) -> Outcome | None:
    """Let the function that serves the request answer it; None if no route leads to one."""
    path = unquote(request.path).partition("?")[0]
    for route in ROUTES:
        parameters = route.match(request.method, path)
        if parameters is not None:
            break
    else:
        return None
    event = to_event(_received(world, request), route, path, request.query, parameters)
    event["headers"]["x-forwarded-proto"] = "https"
    try:
        answer = route.handler(event, LambdaContext(route.function))
    except Exception:
        return Outcome(0, {}, "", traceback.format_exc())
    body = answer.get("body") or ""
    headers = {name.lower(): str(value) for name, value in (answer.get("headers") or {}).items()}
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        headers[name.lower()] = ",".join(values)
    if answer.get("cookies"):
        headers["set-cookie"] = "\n".join(answer["cookies"])
    text = base64.b64decode(body).decode() if answer.get("isBase64Encoded") else body
    return Outcome(answer["statusCode"], headers, text)


def _received(world: World, request: Request) -> Received:
    now = int(world.system.clock.now().timestamp() * 1000)
    headers = {**request.headers, **_signature(request, now)}
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": "",
        "QUERY_STRING": request.query,
        "SERVER_NAME": HOST,
        "SERVER_PORT": "443",
        "HTTP_HOST": HOST,
        "REMOTE_ADDR": "192.0.2.10",
        "wsgi.url_scheme": "https",
        "CONTENT_LENGTH": str(len(request.content)),
        "wsgi.input": io.BytesIO(request.content),
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ["CONTENT_TYPE" if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return Received(environ)


# -- signatures

_Forgery = Callable[[Request, int], dict[str, str]]


def hubspot_headers(request: Request, at: int, secret: str = _HUBSPOT) -> dict[str, str]:
    signature = signing.v3(secret, request.method, request.url, request.content, at)
    return {_TIME: str(at), _SIGNATURE: signature}


def _signature(request: Request, now: int) -> dict[str, str]:
    match request.signed_by:
        case "nobody":
            return {}
        case "hubspot":
            return hubspot_headers(request, now)
        case "intuit":
            return {"intuit-signature": quickbooks_webhooks.sign(_INTUIT, request.content)}
    return FORGERIES[request.signed_by](request, now)


def _v3(change: Callable[[Request, int], tuple[Request, int]]) -> _Forgery:
    """Sign something else, and send the headers that fit it."""
    return lambda request, now: hubspot_headers(*change(request, now))


def _with_time(now_to: Callable[[int], str]) -> _Forgery:
    """Sign now, and name another time."""
    return lambda request, now: hubspot_headers(request, now) | {_TIME: now_to(now)}


def _with_signature(change: Callable[[str], str]) -> _Forgery:
    def forged(request: Request, now: int) -> dict[str, str]:
        headers = hubspot_headers(request, now)
        return headers | {_SIGNATURE: change(headers[_SIGNATURE])}

    return forged


def _intuit(change: Callable[[bytes], bytes], token: str = _INTUIT) -> _Forgery:
    def forged(request: Request, _: int) -> dict[str, str]:
        return {"intuit-signature": quickbooks_webhooks.sign(token, change(request.content))}

    return forged


def _older(request: Request, now: int) -> dict[str, str]:
    """Versions 1 and 2, which anybody can still make who has one of HubSpot's older requests."""
    secret, url, body = _HUBSPOT, request.url, request.content
    v1, v2 = signing.v1(secret, body), signing.v2(secret, request.method, url, body)
    return {_TIME: str(now), _SIGNATURE: v2, "x-hubspot-signature": v1}


# None of these is a valid signature, for either webhook or for the API.
FORGERIES: dict[str, _Forgery] = {
    "wrong secret": lambda request, now: hubspot_headers(request, now, "guessed"),
    "empty secret": lambda request, now: hubspot_headers(request, now, ""),
    "client id": lambda request, now: hubspot_headers(request, now, APP_SECRET["hubspotClientId"]),
    "Intuit's token": lambda request, now: hubspot_headers(request, now, _INTUIT),
    "older versions": _older,
    "too old": _v3(lambda request, now: (request, now - _FIVE_MINUTES - 5_000)),
    "too new": _v3(lambda request, now: (request, now + _FIVE_MINUTES)),
    "in seconds": _v3(lambda request, now: (request, now // 1000)),
    "another method": _v3(lambda r, now: (replace(r, method=f"{r.method}S"), now)),
    "another path": _v3(lambda r, now: (replace(r, path=f"{r.path}x"), now)),
    "another query": _v3(lambda r, now: (replace(r, query=f"{r.query}&a=b"), now)),
    "a later portal": _v3(lambda r, now: (replace(r, query=f"{r.query}&portalId=1"), now)),
    "another body": _v3(lambda r, now: (replace(r, body=f"{r.body} "), now)),
    "later time": _with_time(lambda now: str(now + 1)),
    "no time": _with_time(lambda _: ""),
    "time with a sign": _with_time(lambda now: f"+{now}"),
    "time with a point": _with_time(lambda now: f"{now}.0"),
    "endless time": _with_time(lambda _: "9" * 400),
    "arabic time": _with_time(lambda _: "\u0661\u0662\u0663"),
    "no signature": _with_signature(lambda _: ""),
    "cut": _with_signature(lambda signature: signature[:-1]),
    "lower case": _with_signature(str.lower),
    "twice": _with_signature(lambda signature: f"{signature},{signature}"),
    "not ASCII": _with_signature(lambda _: "sign\u00e9\u2603"),
    "hex": _with_signature(lambda signature: base64.b64decode(signature).hex()),
    "Intuit, wrong token": _intuit(lambda body: body, "guessed"),
    "Intuit, empty token": _intuit(lambda body: body, ""),
    "Intuit, HubSpot's secret": _intuit(lambda body: body, _HUBSPOT),
    "Intuit, another body": _intuit(lambda body: body + b" "),
    "Intuit, nothing": lambda request, now: {"intuit-signature": ""},
    "Intuit, not ASCII": lambda request, now: {"intuit-signature": "\u00e9\u2603"},
}
