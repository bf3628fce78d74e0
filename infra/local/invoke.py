"""Run a function on one event file, in the local system with the demo's company."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from infra.local.aws import LocalAws
from infra.local.lambda_context import LambdaContext
from infra.local.on_moto import Moto
from infra.local.scenario import embedded
from infra.local.system import (
    APP_SECRET,
    QUEUE_HANDLER,
    ROUTES,
    SCHEDULE_HANDLER,
    LocalSystem,
    signed,
)


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: make invoke EVENT=events/FILE.json", file=sys.stderr)
        return 2
    path = Path(sys.argv[1])
    try:
        event = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 2
    function, handler = "sync_worker", QUEUE_HANDLER
    if "requestContext" in event:
        key = event["routeKey"]
        route = next((one for one in ROUTES if f"{one.method} {one.path}" == key), None)
        if route is None:
            print(f"{path}: no function serves {key}", file=sys.stderr)
            return 2
        function, handler, event = route.function, route.handler, signed(event, time.time())
    elif event.get("source") == "aws.scheduler":
        function, handler = "sweep", SCHEDULE_HANDLER
    elif "Records" not in event:
        print(f"{path}: no HTTP request, batch of the queue or schedule", file=sys.stderr)
        return 2
    with LocalAws(APP_SECRET, Moto()) as aws, LocalSystem(aws) as own:
        embedded().prepare(own)
        answer = handler(event, LambdaContext(function))
        print(json.dumps(answer, indent=2))
        print(f"hints on the queue: {own.poller.depth()[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
