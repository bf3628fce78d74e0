"""The API: what its document describes and what it does not, as whoever may act, as whoever may
only look, and as strangers."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from tests import described

from . import garbage
from .entries import Entry, Input, of_outcome
from .http_inputs import FORGERIES, Outcome, Request, send
from .world import A_PORTAL, B_MARK, B_PORTAL, BOSS, LOOKER, PERIOD, World, is_work, of_b, touches_b

_PUBLIC = ("/health", "/openapi.json", "/files/reconciliation")
_PROBLEM = "application/problem+json"
# What hubspot.fetch takes.
_LARGEST_ANSWER = 1_000_000
_TYPES = ("application/json",) * 6 + ("", "text/plain", "application/json; charset=latin-1", "a")
_RESOLUTIONS = ("use_customer", "create_customer", "accept_quickbooks", "stop_syncing", "bring_in")
_BODIES: dict[tuple[str, str], list[Any]] = {
    ("POST", "/v1/invoices/{invoiceId}/resolve"): [
        {"resolution": name, "customerId": "1", "itemId": "2", "always": False, "preview": preview}
        for name in _RESOLUTIONS
        for preview in (True, False)
    ],
    ("POST", "/v1/invoices/retry"): [{"invoiceIds": ["44446244125", "44446244139", "1"]}],
    ("POST", "/v1/reports/reconciliation"): [
        PERIOD,
        {**PERIOD, "run": True},
        {**PERIOD, "again": True},
        {"from": "2026-01-01", "to": "2026-10-31"},
        {"from": "9999-12-31", "to": "9999-12-31"},
        {"from": "0001-01-01", "to": "0001-01-02"},
    ],
    ("PATCH", "/v1/settings"): [
        {"preview": True, "createCustomers": True},
        {"fallbackItemId": "1", "mayAct": ["everyone"]},
        {"taxCodes": {"VAT": "2"}, "terms": {"30": "3"}, "sources": ["hubspot"]},
    ],
}
_BODIES["POST", "/v1/backfill"] = _BODIES["POST", "/v1/reports/reconciliation"]


def settings_of(world: World) -> Any:
    return world.fetch(A_PORTAL, "GET", "/v1/settings")


def _make(chosen: Random, world: World) -> Input:
    method, template, operation = chosen.choice(_operations())
    if chosen.random() < 0.05:
        method = chosen.choice(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "X"))
    path = template.replace("{invoiceId}", _id(chosen, world))
    if chosen.random() < 0.05:
        path = chosen.choice((f"{path}/", f"/{path}", "/v1/", f"{path}/x", path.upper(), "/v1/%00"))
    query = [
        f"{each['name']}={_value(chosen, world, each)}"
        for each in operation.get("parameters", [])
        if each["in"] == "query" and chosen.random() < 0.6
    ]
    body = b""
    if method in ("POST", "PUT", "PATCH"):
        body = _body(chosen, _BODIES.get((method, template)) or [settings_of(world)])
    who = chosen.choices(("boss", "looker", "stranger"), (6, 2, 2))[0]
    user = LOOKER if who == "looker" else BOSS
    signers = chosen.choice(_odd_signers(user)) if chosen.random() < 0.1 else added_by_hubspot(user)
    # Where HubSpot names the portal itself, as it always does.
    if signers == added_by_hubspot(user) and chosen.random() < 0.15:
        query.append(chosen.choice(_odd_queries()))
    kind = chosen.choice(_TYPES)
    return Request(
        method,
        path,
        "&".join([*query, signers]),
        body.decode("latin-1"),
        {"content-type": kind} if kind and body else {},
        chosen.choice(("nobody", *FORGERIES)) if who == "stranger" else "hubspot",
    ).as_json()


@cache
def _operations() -> list[tuple[str, str, dict[str, Any]]]:
    paths = described.document()["paths"].items()
    known = [(m.upper(), path, each) for path, ways in paths for m, each in ways.items()]
    return [*known, ("GET", "/openapi.json", {})]


def _id(chosen: Random, world: World) -> str:
    kind = chosen.random()
    if kind < 0.55:
        return chosen.choice(world.of_a)
    if kind < 0.75:
        return chosen.choice(world.of_b)
    return quote(garbage.text(chosen).encode("utf-8", "replace"), safe="") or "0"


def _value(chosen: Random, world: World, parameter: dict[str, Any]) -> str:
    schema, kind = described.resolved(parameter["schema"]), chosen.random()
    name = parameter["name"]
    if name == "cursor" and kind < 0.8:
        return quote(_cursor(chosen, world))
    if name in ("from", "to") and kind < 0.6:
        return PERIOD[name]
    if name == "ids" and kind < 0.8:
        ids = [_id(chosen, world) for _ in range(chosen.choice((1, 3, 100, 101)))]
        return ",".join(ids)
    if kind < 0.6:
        return quote(str(chosen.choice(_choices(schema) or parameter.get("examples") or ["50"])))
    return quote(garbage.text(chosen).encode("utf-8", "replace"))


def _choices(schema: dict[str, Any]) -> list[Any]:
    found = list(schema.get("enum", [])) + list(schema.get("examples", []))
    for each in schema.get("anyOf", []):
        found += _choices(described.resolved(each))
    if schema.get("type") == "boolean":
        found += ["true", "false"]
    return found


def _cursor(chosen: Random, world: World) -> str:
    """Return a cursor of either tenant, whole or damaged."""
    cursor = chosen.choice(cursors(world))
    if chosen.random() < 0.3:
        return cursor
    position = json.loads(_decoded(cursor))
    if chosen.random() < 0.85:
        return _encoded(garbage.to_json(chosen, garbage.damaged(chosen, position)))
    return _encoded(garbage.bytes_instead(chosen, json.dumps(position).encode()))[:2000]


def _decoded(cursor: str) -> bytes:
    return base64.urlsafe_b64decode(cursor)


def _encoded(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode()


def cursors(world: World) -> list[str]:
    """Return a cursor of each list, of both tenants."""
    if not world.cursors:
        for portal_id in (A_PORTAL, B_PORTAL):
            for path in ("/v1/failures", "/v1/audit", "/v1/reports/reconciliation"):
                page = world.fetch(portal_id, "GET", f"{path}?limit=1")
                world.cursors.append(page["cursor"])
            page = world.fetch(portal_id, "GET", "/v1/failures?groupBy=cause&limit=1")
            world.cursors.append(page["cursor"])
        world.cursors[:] = [cursor for cursor in world.cursors if cursor]
    return world.cursors


def _body(chosen: Random, samples: list[Any]) -> bytes:
    whole, kind = chosen.choice(samples), chosen.random()
    if kind < 0.25:
        return garbage.to_json(chosen, whole)
    if kind < 0.9:
        return garbage.to_json(chosen, garbage.damaged(chosen, whole))
    return garbage.bytes_instead(chosen, json.dumps(whole).encode())


def added_by_hubspot(user: tuple[str, int]) -> str:
    email, number = user
    return f"userId={number}&portalId={A_PORTAL}&userEmail={quote(email, safe='')}&appId=9001"


def _odd_signers(user: tuple[str, int]) -> tuple[str, ...]:
    """Return what hubspot.fetch never adds, and would sign if it did."""
    plain, number = added_by_hubspot(user), user[1]
    return (
        plain.replace(f"&portalId={A_PORTAL}", ""),
        plain.replace(A_PORTAL, quote("\u0663")),
        plain.replace(A_PORTAL, "1" * 30),
        plain.replace(f"portalId={A_PORTAL}", "portalId="),
        plain.replace(f"userId={number}", f"userId={number}&userId=77"),
        plain.replace(f"userId={number}&", ""),
        f"{plain}&userEmail=",
        plain.replace("userEmail=", "useremail="),
    )


def _odd_queries() -> tuple[str, ...]:
    """Return what someone might put before what hubspot.fetch adds."""
    return (
        f"portalId={B_PORTAL}",
        f"portal%49d={B_PORTAL}",
        f"PortalId={B_PORTAL}",
        "portalId=",
        f"portalId={A_PORTAL}",
        f"x=1;portalId={B_PORTAL}",
        f"%00portalId={B_PORTAL}",
        f"userEmail={quote(BOSS[0])}&userId={BOSS[1]}",
        "userEmail=everyone",
        "userId=",
        "limit=1&limit=2",
        "a=%ff%fe",
        "a[]=1&a[x]=2",
        "&&&",
        "=",
        "%",
        "cursor=" + "a" * 5000,
    )


def _play(world: World, played: Input, heard: Callable[[Outcome], None]) -> Iterator[str]:
    request, kept = Request(**played), world.kept()
    outcome = send(world, request)
    if outcome is None:
        return
    heard(outcome)
    calls, queued = world.calls.take(), world.queued()
    is_signed = request.signed_by == "hubspot"
    yield from of_outcome(outcome, lambda status: status < 500)
    if outcome.raised:
        return
    if not is_signed and not request.path.startswith(_PUBLIC):
        if outcome.status != 401:
            yield f"a stranger ({request.signed_by}) was answered with {outcome.status}"
        if any(is_work(call) for call in calls):
            yield f"a stranger caused {calls[-1].name}"
    after = world.kept()
    if any(touches_b(call) for call in calls):
        yield "a key of tenant B was asked for"
    if any(after.get(key) is not item for key, item in kept.items() if of_b(key)):
        yield "an item of tenant B has changed"
    if B_MARK in outcome.text.lower() or B_MARK in str(outcome.headers).lower():
        yield "something of tenant B was shown to A"
    may_act = f"userId={LOOKER[1]}&" not in request.query
    if request.method != "GET" and not may_act and (queued or _new(kept, after)):
        yield f"somebody who may only look caused {len(queued)} hints, {_new(kept, after)}"
    if outcome.status >= 400 and queued:
        yield f"answered {outcome.status}, and {len(queued)} hints are on the queue"
    yield from _of_answer(request, outcome)
    world.restore(kept)


def _new(kept: dict[Any, Any], after: dict[Any, Any]) -> list[str]:
    """Return the keys of what was written, without leases."""
    changed = [key for key, item in after.items() if kept.get(key) is not item]
    return [str(key) for key in changed if "LEASE" not in str(key)]


def _of_answer(request: Request, outcome: Outcome) -> Iterator[str]:
    kind = outcome.headers.get("content-type", "").partition(";")[0]
    if outcome.status >= 400 and kind != _PROBLEM:
        yield f"answered {outcome.status} as {kind or 'nothing'}"
    if len(outcome.text) > _LARGEST_ANSWER:
        yield f"an answer has {len(outcome.text)} characters"
    path = request.path
    if not any(_is(template, path, request.method) for _, template, _ in _operations()):
        return
    answer = SimpleNamespace(status=outcome.status, headers=outcome.headers, text=outcome.text)
    try:
        described.check(request.method, path, answer)
    except AssertionError as error:
        words = str(error).partition("\n")[0]
        if "is not described" not in words or outcome.status not in (404, 405, 413):
            yield f"not as described: {words[-300:]}"


def _is(template: str, path: str, method: str) -> bool:
    methods = [m for m, each, _ in _operations() if each == template]
    if method not in methods or template == "/openapi.json":
        return False
    before, _, after = template.partition("{invoiceId}")
    return path == template or (
        bool(after) and path.startswith(before) and path.endswith(after) and path.count("/") == 4
    )


def entry(heard: Callable[[Outcome], None] = lambda _: None) -> Entry:
    """Return the entry point, which says what it answers."""
    return Entry("api", 250, 250, _make, lambda world, played: _play(world, played, heard))


ROUTES = entry()
