"""Answers of HubSpot and QuickBooks as no document describes them, and the network's own ways.

No damage tells a plausible lie: what it leaves out, changes or adds is not of the documented form.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import httpx

from tests.in_process import Reply

from . import garbage

_ERRORS: tuple[type[httpx.RequestError], ...] = (
    httpx.ReadTimeout,
    httpx.WriteTimeout,
    httpx.ConnectTimeout,
    httpx.ConnectError,
    httpx.ReadError,
    httpx.RemoteProtocolError,
)
ERRORS = {each.__name__: each for each in _ERRORS}
Damaged = Reply | str  # the name of an error
_JSON = ("content-type", "application/json;charset=utf-8")
_HTML = b"<!doctype html><html><head><title>502 Bad Gateway</title></head><body>busy</body></html>"
_XML = b'<?xml version="1.0"?><IntuitResponse><Fault type="SystemFault"/></IntuitResponse>'
_ODD_WAITS = ("-1", "1e9", "0x10", "9" * 400, "Wed, 21 Oct 2026 07:28:00 GMT", "", "\u00b2", "nan")
_ODD_HEADERS = (
    ("content-encoding", "gzip"),
    ("content-encoding", "br, deflate"),
    ("content-type", "text/html"),
    ("content-type", "application/json; charset=klingon"),
    ("content-type", ""),
    ("set-cookie", "kanarie=1"),
    ("x-odd", "\xff\xfe"),
    ("retry-after", "9" * 400),
    ("intuit_tid", "x" * 9000),
)
_STATUSES = (201, 202, 204, 206, 301, 302, 304, 400, 404, 405, 409, 410, 413, 415, 418, 422, 451)
_BROKEN = (500, 501, 502, 503, 504, 520, 599)


def damaged(chosen: Random, reply: Reply) -> Damaged:
    return chosen.choices(_WAYS, _WEIGHTS)[0](chosen, reply)


def _members(chosen: Random, reply: Reply) -> Damaged:
    """Drop, null or retype members deep inside."""
    try:
        whole = json.loads(reply.body)
    except ValueError:
        return _html(chosen, reply)
    places = [
        (holder, key) for holder, key in garbage.positions([whole]) if isinstance(holder, dict)
    ]
    for holder, key in chosen.sample(places, min(len(places), chosen.choice((1, 1, 2, 5)))):
        if key in holder:
            _retype(chosen, holder, key)
    return Reply(reply.status, reply.headers, json.dumps(whole).encode())


def _retype(chosen: Random, holder: dict[str, Any], key: str) -> None:
    old = holder[key]
    kind = chosen.randrange(4)
    if isinstance(old, dict):
        holder[key] = (None, [old], "x", 7)[kind]
    elif isinstance(old, list):
        holder[key] = (None, {"0": old}, "x", [None, *old, 7])[kind]
    else:
        holder[key] = ([old], {"value": old}, [], {})[kind]


def _instead(chosen: Random, reply: Reply) -> Damaged:
    """Send other JSON."""
    body = json.dumps(garbage.value(chosen)).encode()
    return Reply(reply.status, (_JSON,), body)


def _without(chosen: Random, reply: Reply) -> Damaged:
    """Leave out, at the top, what everything else stands in."""
    try:
        whole = json.loads(reply.body)
    except ValueError:
        return _html(chosen, reply)
    if isinstance(whole, dict) and whole:
        del whole[chosen.choice(sorted(whole))]
    return Reply(reply.status, reply.headers, json.dumps(whole).encode())


def _raw(chosen: Random, reply: Reply) -> Damaged:
    return Reply(reply.status, reply.headers, garbage.bytes_instead(chosen, reply.body))


def _html(chosen: Random, reply: Reply) -> Damaged:
    body = chosen.choice((_HTML, _XML, b"", b"OK", b"null", b"{}", b"[]"))
    return Reply(reply.status, (("content-type", "text/html"),), body)


def _huge(chosen: Random, reply: Reply) -> Damaged:
    padding = chosen.choice((b" " * 3_000_000, b"[" * 100_000))
    return Reply(reply.status, reply.headers, reply.body + padding)


def _headers(chosen: Random, reply: Reply) -> Damaged:
    return Reply(reply.status, (*_kept(reply), chosen.choice(_ODD_HEADERS)), reply.body)


def _kept(reply: Reply) -> tuple[tuple[str, str], ...]:
    return tuple(each for each in reply.headers if each[0].lower() != "content-length")


def _refused(chosen: Random, reply: Reply) -> Damaged:
    body = chosen.choice((_HTML, _XML, b"", b"{}", json.dumps(garbage.value(chosen)).encode()))
    return Reply(chosen.choice(_STATUSES), (_JSON,), body)


def _fault(chosen: Random, reply: Reply) -> Damaged:
    """Refuse in a form that is nearly the service's own."""
    error = {"Message": "m", "Detail": "d", "code": "6000", "element": ""}
    known = [
        {"Fault": {"Error": [error], "type": "ValidationFault"}, "time": "2026-11-23T13:00:00Z"},
        {"fault": {"error": [error], "type": "SERVICE"}, "requestId": None},
        {"status": "error", "message": "m", "category": "VALIDATION_ERROR", "correlationId": "c"},
        {"status": "error", "errors": [{"message": "m", "context": {"ids": ["1"]}}]},
        {"error": "server_error", "error_description": "d"},
        {"error": {"code": 1}},
    ]
    whole = garbage.damaged(chosen, chosen.choice(known))
    body = json.dumps(whole).encode()
    return Reply(chosen.choice((200, 400, 401, 403, 404, 500)), (_JSON,), body)


def _busy(chosen: Random, reply: Reply) -> Damaged:
    wait = ("retry-after", chosen.choice((*_ODD_WAITS, "1", "30")))
    body = chosen.choice(
        (_HTML, b"", b"{}", reply.body, json.dumps(garbage.value(chosen)).encode())
    )
    return Reply(chosen.choice((429, 423, 477, *_BROKEN)), (wait, _JSON), body)


def _gateway(chosen: Random, reply: Reply) -> Damaged:
    return Reply(chosen.choice((401, 403, 407)), (("content-type", "text/html"),), _HTML)


def _network(chosen: Random, _: Reply) -> Damaged:
    return chosen.choice(sorted(ERRORS))


_Way = Callable[[Random, Reply], Damaged]
_WEIGHED: dict[_Way, int] = {
    _members: 10,
    _without: 4,
    _instead: 4,
    _raw: 4,
    _html: 3,
    _huge: 1,
    _headers: 2,
    _refused: 3,
    _fault: 4,
    _busy: 3,
    _gateway: 1,
    _network: 3,
}
_WAYS, _WEIGHTS = [*_WEIGHED], [*_WEIGHED.values()]
