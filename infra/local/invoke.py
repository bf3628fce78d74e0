"""Run a function on one event file, in the local system with the demo's company in it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

# Only errors: the answer is what is to be read. Set before the functions are imported.
if __name__ == "__main__":
    os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "ERROR")
    os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")

from infra.local.aws import LocalAws
from infra.local.gateway import Handler
from infra.local.lambda_context import LambdaContext
from infra.local.memory.services import Memory
from infra.local.scenario import embedded
from infra.local.system import (
    APP_SECRET,
    QUEUE_HANDLER,
    ROUTES,
    SCHEDULE_HANDLER,
    LocalSystem,
    signed,
)

EVENTS = Path(__file__).parents[2] / "events"
SCENARIO = "scenario.json"
# What has to be asked before a route has an answer.
_BEFORE = {"GET /v1/failures/retry": "api-failures-retry.json"}


class NoEventError(Exception):
    """The message says why a file is no event."""


class Invocation(NamedTuple):
    function: str
    handler: Handler
    event: dict[str, Any]


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not arguments[0]:
        print(f"usage: make invoke EVENT=events/FILE.json\n{listed()}", file=sys.stderr)
        return 2
    try:
        invocation = read(Path(arguments[0]))
    except NoEventError as error:
        print(error, file=sys.stderr)
        return 2
    with LocalAws(APP_SECRET, Memory()) as aws, LocalSystem(aws) as own:
        embedded().play(own)
        if first := _BEFORE.get(invocation.event.get("routeKey", "")):
            invoke(read(EVENTS / first))
        before = own.poller.depth()[0]
        print(shown(invoke(invocation)))
        if added := own.poller.depth()[0] - before:
            print(f"\nMessages put on the queue: {added}")
    return 0


def read(path: Path) -> Invocation:
    """Return what a file asks for; an HTTP request is signed. Raises NoEventError."""
    try:
        event = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NoEventError(f"{path} cannot be read: {error.strerror}.\n{listed()}") from None
    except ValueError:
        raise NoEventError(f"{path} is not JSON.\n{listed()}") from None
    if path.name == SCENARIO:
        raise NoEventError(f"{path} is the demo's company, not an event.\n{listed()}")
    if isinstance(event, dict) and isinstance(event.get("requestContext"), dict):
        key = event.get("routeKey")
        for route in ROUTES:
            if f"{route.method} {route.path}" == key:
                return Invocation(route.function, route.handler, signed(event, time.time()))
        raise NoEventError(f"{path}: no function serves the route {key}.")
    if isinstance(event, dict) and event.get("source") == "aws.scheduler":
        return Invocation("sweep", SCHEDULE_HANDLER, event)
    if isinstance(event, dict) and "Records" in event:
        return Invocation("sync_worker", QUEUE_HANDLER, event)
    raise NoEventError(
        f"{path} is not an event of this system: an HTTP request (it has a requestContext), a batch"
        f" of the queue (Records) or the schedule's (source aws.scheduler).\n{listed()}"
    )


def invoke(invocation: Invocation) -> Any:
    return invocation.handler(invocation.event, LambdaContext(invocation.function))


def listed() -> str:
    names = sorted(path.name for path in EVENTS.glob("*.json") if path.name != SCENARIO)
    return "\n".join(["The events:", *(f"  events/{name}" for name in names)])


def shown(answer: Mapping[str, Any] | None) -> str:
    """Return an answer as text to read: of an HTTP answer the status, the headers and the body."""
    if not answer or "statusCode" not in answer:
        return json.dumps(answer, indent=2)
    headers = [f"{name}: {value}" for name, value in (answer.get("headers") or {}).items()]
    body = answer.get("body") or ""
    with contextlib.suppress(ValueError):  # a page, or nothing
        body = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    return "\n".join([f"Status {answer['statusCode']}", *headers, "", body]).rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
