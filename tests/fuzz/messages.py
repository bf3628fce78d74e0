"""Garbage on the queue, between good hints of both tenants. And the schedule's event."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from random import Random
from typing import Any, get_args

import sweep
import sync_worker
from infra.local.lambda_context import LambdaContext
from infra.local.queue_poller import QueuePoller
from invoice_sync import hints

from . import garbage
from .entries import Entry, Input, raised
from .webhooks import of_message
from .world import A_PORTAL, A_REALM, B_PORTAL, B_REALM, World

_TYPES, _TRIGGERS = get_args(hints.ObjectType), get_args(hints.Trigger)
_TIME = "2026-11-23T12:59:59+00:00"
_PERIODS = ("2026110120261130", "20261101", "1", "9999123199991231")


def _message(chosen: Random, world: World) -> Any:
    """Return a message that could be ours, of either tenant, or of nobody."""
    kind = chosen.choice(_TYPES)
    if kind in hints.JOBS:
        object_id = chosen.choice(_PERIODS)
    else:
        object_id = chosen.choice([*world.of_a, *world.of_b, "1", "12345678901234567890"])
    realm = {"realmId": chosen.choice((A_REALM, B_REALM, "1"))} if chosen.random() < 0.5 else {}
    return {
        "portalId": chosen.choice((A_PORTAL, B_PORTAL, "1")),
        "objectType": kind,
        "objectId": object_id,
        "trigger": chosen.choice(_TRIGGERS),
        "occurredAt": _TIME,
        "receivedAt": _TIME,
        **realm,
        **({"event": "object.creation"} if chosen.random() < 0.2 else {}),
        **({"deleted": True} if chosen.random() < 0.2 else {}),
        **({"mergedInto": "61"} if chosen.random() < 0.2 else {}),
        **({"bulk": True} if chosen.random() < 0.2 else {}),
        **({"versioned": True} if chosen.random() < 0.2 else {}),
    }


def _make(chosen: Random, world: World) -> Input:
    bodies = []
    for _ in range(chosen.randrange(1, 7)):
        message = _message(chosen, world)
        kind = chosen.random()
        if kind < 0.7:
            message = garbage.damaged(chosen, message)
        body = json.dumps(message).encode()
        if kind > 0.85:
            body = garbage.bytes_instead(chosen, body)
        bodies.append(_sendable(body.decode("utf-8", "replace")))
    return {"bodies": bodies, "at": chosen.randrange(len(bodies) + 1)}


def _sendable(text: str) -> str:
    """SQS takes only what XML can carry, and no empty text."""
    kept = "".join(each for each in text if each in "\t\n\r" or " " <= each < "\ufffe")
    return kept[:100_000] or " "


def _good(world: World) -> list[str]:
    """Return good messages: a retry of an invoice of each tenant."""
    return [
        json.dumps(
            {
                "portalId": portal_id,
                "objectType": "invoices",
                "objectId": invoice_id,
                "trigger": "retry",
                "occurredAt": _TIME,
                "receivedAt": _TIME,
            }
        )
        for portal_id, invoice_id in ((A_PORTAL, world.of_a[0]), (B_PORTAL, world.of_b[0]))
    ]


def _play(world: World, played: Input) -> Iterator[str]:
    bodies = [*played["bodies"]]
    good = _good(world)
    bodies[played["at"] : played["at"]] = good
    sqs, url = world.system.aws.client("sqs"), world.system.aws.environment["QUEUE_URL"]
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="a")
    kept, books = world.kept(), _books(world)
    yield from deliver(world)
    calls = world.calls.take()
    left = world.queued()
    if any(body in left for body in good):
        yield "a good hint was given back because of its neighbours"
    for portal_id, invoice_id in ((A_PORTAL, world.of_a[0]), (B_PORTAL, world.of_b[0])):
        key = f"INVOICE#{invoice_id}"
        if not any(key in str(call.parameters) for call in calls if call.name == "UpdateItem"):
            yield f"the good hint of portal {portal_id} was not looked at"
    for body in left:
        if body not in bodies:
            yield from of_message(body)
    if _books(world) != books:
        yield "a message changed the number of invoices in QuickBooks"
    world.restore(kept)


def _books(world: World) -> list[int]:
    realms = world.system.quickbooks.realms.values()
    return [len(list(realm.invoices)) + len(list(realm.customers)) for realm in realms]


def deliver(world: World) -> Iterator[str]:
    """Deliver a batch, and say what was raised."""
    errors = []

    def handler(event: dict[str, Any], context: Any) -> Any:
        try:
            return sync_worker.handler(event, context)
        except Exception:
            errors.append(traceback.format_exc())
            return {"batchItemFailures": [{"itemIdentifier": ""}]}

    sqs, url = world.system.aws.client("sqs"), world.system.aws.environment["QUEUE_URL"]
    poller = QueuePoller(sqs, url, handler, batching_window=0)
    poller.poll_once()
    yield from map(raised, errors)


MESSAGES = Entry("messages", 60, 100, _make, _play)


def _make_schedule(chosen: Random, _: World) -> Input:
    event = {"source": "aws.scheduler", "time": _TIME, "resources": ["arn:aws:x"], "detail": "{}"}
    whole = garbage.damaged(chosen, event)
    return {"event": whole if isinstance(whole, dict) else {}, "later": chosen.choice((0, 300))}


def _play_schedule(world: World, played: Input) -> Iterator[str]:
    world.system.clock.advance(played["later"])
    try:
        answer = sweep.handler(played["event"], LambdaContext("sweep"))
    except Exception:
        yield raised(traceback.format_exc())
    else:
        if answer != {}:
            yield f"the sweep answered {answer}"
    for body in world.queued():
        yield from of_message(body)


SCHEDULE = Entry("schedule", 5, 50, _make_schedule, _play_schedule)
