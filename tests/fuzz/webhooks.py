"""Webhooks of both services: forged ones, signed ones, signed garbage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from invoice_sync.runtime.entry import LONGEST_BODY

from . import garbage
from .entries import Entry, Input, of_outcome
from .http_inputs import FORGERIES, Request, send
from .world import A_PORTAL, A_REALM, B_PORTAL, B_REALM, World, is_work

_EVENTS = Path(__file__).parents[2] / "events"
_TYPES = (
    "application/json",
    "application/json",
    "application/json; charset=utf-8",
    "text/plain",
    "",
)
# The members of a message; and the longest id that a record may have.
_MEMBERS = {"portalId", "objectType", "objectId", "trigger", "occurredAt", "receivedAt"}
_MORE_MEMBERS = {"realmId", "event", "deleted", "mergedInto", "versioned"}
_LONGEST_ID, _LONGEST_MESSAGE = 20, 2000


def entry(service: str, share: int) -> Entry:
    path, signer = f"/webhooks/{service}", "hubspot" if service == "hubspot" else "intuit"

    def make(chosen: Random, world: World) -> Input:
        body = _body(chosen, _samples(service, world.of_a[0], world.of_b[0]))
        kind = chosen.choice(_TYPES)
        forged = chosen.random() < 0.25
        return Request(
            "POST",
            path,
            body=body.decode("latin-1"),
            headers={"content-type": kind} if kind else {},
            signed_by=chosen.choice((*FORGERIES, "nobody")) if forged else signer,
        ).as_json()

    return Entry(f"{service}_webhooks", share, 500, make, play)


def _body(chosen: Random, samples: list[Any]) -> bytes:
    whole = chosen.choice(samples)
    if chosen.random() < 0.15:
        return garbage.to_json(chosen, whole)
    if chosen.random() < 0.8:
        return garbage.to_json(chosen, garbage.damaged(chosen, whole))
    return garbage.bytes_instead(chosen, json.dumps(whole).encode())


@cache
def _samples(service: str, of_a: str, of_b: str) -> list[Any]:
    """Return the bodies of the sample events, for both tenants."""
    pattern = "webhook-*.json" if service == "hubspot" else "quickbooks-webhook-*.json"
    bodies = []
    for file in sorted(_EVENTS.glob(pattern)):
        text = json.loads(file.read_text(encoding="utf-8"))["body"]
        bodies.append(text.replace("512300111", of_a))
        other = text.replace(A_PORTAL, B_PORTAL).replace(A_REALM, B_REALM)
        bodies.append(other.replace("512300111", of_b))
    read = [json.loads(body) for body in bodies]
    lists = [body for body in read if isinstance(body, list)]
    return [*read, [event for body in lists for event in body][:100]]


def play(world: World, played: Input) -> Iterator[str]:
    request = Request(**played)
    outcome = send(world, request)
    assert outcome
    calls, queued = world.calls.take(), world.queued()
    yield from of_outcome(outcome, lambda status: 200 <= status < 500)
    if request.signed_by not in ("hubspot", "intuit"):
        # What is too long is refused by its length.
        is_long = len(request.content) > LONGEST_BODY
        if outcome.status != (413 if is_long else 401):
            yield f"a forgery ({request.signed_by}) was answered with {outcome.status}"
        if any(is_work(call) for call in calls):
            yield f"a forgery ({request.signed_by}) caused {calls[-1].name}"
    if outcome.status >= 400 and queued:
        yield f"answered {outcome.status}, and {len(queued)} hints are on the queue"
    if any(call.service == "dynamodb" for call in calls):
        yield "a webhook reached the table"
    for body in queued:
        yield from of_message(body)


def of_message(body: str) -> Iterator[str]:
    """Say why a message is none that the worker should get."""
    message = json.loads(body)
    if unknown := message.keys() - _MEMBERS - _MORE_MEMBERS:
        yield f"a hint has {sorted(unknown)}"
    if missing := _MEMBERS - message.keys():
        yield f"a hint has no {sorted(missing)}"
    from_quickbooks = message["objectType"].startswith("quickbooks_")
    names = ["objectId", "realmId" if from_quickbooks else "portalId"]
    names += ["mergedInto"] if "mergedInto" in message else []
    for name in names:
        value = str(message.get(name))
        if not (value.isascii() and value.isdigit() and len(value) <= _LONGEST_ID):
            yield f"a hint's {name} is no id: {value[:40]!r}"
    if len(body) > _LONGEST_MESSAGE:
        yield f"a hint has {len(body)} characters"
    for name in ("occurredAt", "receivedAt"):
        if datetime.fromisoformat(message[name]).tzinfo is None:
            yield f"a hint's {name} has no time zone"
