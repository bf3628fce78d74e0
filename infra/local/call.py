"""Ask the running demo's API as HubSpot does, with a fresh signature: make call GET=/v1/failures"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from rich.console import Console

from infra.local import serving
from infra.local.hubspot.fetch import Fetcher
from infra.local.hubspot.server import APP_ID
from infra.local.system import APP_SECRET
from infra.local.wire import Clock

_NO_DEMO = "No demo is running here. Start one in another terminal: make demo"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="make call",
        description=__doc__,
        usage="make call GET=/v1/... | POST=/v1/... [BODY='{...}'] [ARGS=--curl]",
    )
    parser.add_argument("call", nargs="*", help="a method and the path from /v1 on, with its query")
    parser.add_argument("--body", default="", help="a JSON object")
    parser.add_argument("--curl", action="store_true", help="print the call as a line of curl")
    options = parser.parse_args(arguments)
    if len(options.call) != 2:
        parser.error("name one call, like GET=/v1/failures")
    method, path = options.call
    if not path.startswith("/"):
        parser.error("the path must begin with /, like /v1/failures")
    body = _object(options.body)
    if options.body and body is None:
        parser.error('BODY must be a JSON object, like \'{"resolution": "next_free_name"}\'')
    try:
        running = serving.running(serving.ADDRESS)
    except serving.NoDemoError:
        print(_NO_DEMO, file=sys.stderr)
        return 1
    fetcher = Fetcher(APP_SECRET["hubspotClientSecret"], APP_ID, Clock())
    portal_id, url = int(running.portal_id), running.url + path
    if options.curl:
        print(fetcher.curl(portal_id, method, url, body))
        return 0
    answer = fetcher.fetch(portal_id, method, url, body)
    if answer.status == 0:
        print(_NO_DEMO, file=sys.stderr)
        return 1
    print(f"Status {answer.status}", file=sys.stderr)
    try:
        Console(highlight=False).print_json(answer.text)
    except ValueError:
        print(answer.text)
    return 0 if answer.status < 400 else 1


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
