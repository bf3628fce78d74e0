"""A five-minute check of a deployment, by its owner: make smoke STAGE_URL=https://...

Without credentials it asks what anybody may ask. With AWS credentials it also looks at the stack
from inside; with `--portal` it asks the API as HubSpot would, with `--invoice` it has one invoice
looked at again. It prints no secret.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import boto3
import httpx
from botocore.exceptions import BotoCoreError, ClientError

from infra.routes import ROUTES
from invoice_sync.hubspot import signature

_PATIENCE_SECONDS = 120
_LOOK_SECONDS = 10


class FailedError(Exception):
    """What is wrong, and what to do."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make smoke", description=__doc__)
    parser.add_argument("stage_url", help="the stack's StageUrl")
    parser.add_argument("--stack", default="invoice-sync", help="its name, to look inside")
    parser.add_argument("--portal", default="", help="a connected HubSpot account id")
    parser.add_argument("--invoice", default="", help="an invoice of it, to look at again")
    options = parser.parse_args(arguments)
    url = options.stage_url.rstrip("/")
    if not re.fullmatch(r"https://[^/]+|http://(127\.0\.0\.1|localhost)(:\d+)?", url):
        parser.error("STAGE_URL must be https://HOST, without a path")
    with httpx.Client(base_url=url, timeout=30) as http:
        checks = [*outside(http)]
        try:
            checks += inside(http, options.stack, options.portal, options.invoice)
        except (BotoCoreError, ClientError) as error:
            print(f"skipped  the inside of the stack: {type(error).__name__}")
        return run(checks)


Check = tuple[str, Callable[[], str | None]]


def run(checks: list[Check]) -> int:
    """Prints a line a check; 1 if one failed."""
    failed = 0
    for name, check in checks:
        try:
            said = check()
            print(f"ok       {name}" + (f": {said}" if said else ""))
        except (FailedError, httpx.HTTPError, BotoCoreError, ClientError) as error:
            failed += 1
            print(f"FAILED   {name}: {error or type(error).__name__}")
    print(f"{len(checks) - failed} of {len(checks)} checks passed")
    return 1 if failed else 0


def outside(http: httpx.Client) -> Iterator[Check]:
    yield "health", lambda: expect(http.get("/health"), 200, "the api function does not run")
    yield "description", lambda: described(http)
    yield (
        "unknown address",
        lambda: expect(http.get("/nothing-here"), 404, "another front answers at this address"),
    )
    for method, path, _ in ROUTES:
        if path.startswith(("/v1/", "/webhooks/")):
            yield f"{method} {path} refuses strangers", stranger(http, method, path)
    yield "a wrong signature is refused", lambda: forged(http, int(time.time() * 1000))
    yield "an old signature is refused", lambda: forged(http, int(time.time() - 600) * 1000)
    yield "connecting begins at HubSpot", lambda: begins(http)
    yield (
        "connecting cannot begin in the middle",
        lambda: expect(http.get("/connect/quickbooks"), 400, "a state is not demanded"),
    )


def expect(answer: httpx.Response, status: int, otherwise: str) -> None:
    if answer.status_code != status:
        raise FailedError(f"answered {answer.status_code} instead of {status}: {otherwise}")


def described(http: httpx.Client) -> None:
    answer = http.get("/openapi.json")
    expect(answer, 200, "the api function does not run")
    try:
        paths = set(answer.json()["paths"])
    except (ValueError, KeyError, TypeError):
        raise FailedError("is not an OpenAPI description") from None
    if "/v1/failures/count" not in paths:
        raise FailedError("does not describe this API")


def stranger(http: httpx.Client, method: str, path: str) -> Callable[[], None]:
    asked = path.replace("{invoiceId}", "1")
    return lambda: expect(
        http.request(method, asked, json={}), 401, "an unsigned request must be refused"
    )


def forged(http: httpx.Client, timestamp: int) -> None:
    headers = {
        "x-hubspot-request-timestamp": str(timestamp),
        "x-hubspot-signature-v3": signature.sign("wrong", "POST", "x", b"[]", str(timestamp)),
    }
    answer = http.post("/webhooks/hubspot", content=b"[]", headers=headers)
    expect(answer, 401, "it must be refused")


def begins(http: httpx.Client) -> None:
    answer = http.get("/connect/hubspot")
    expect(answer, 302, "fill in the app secret, then read the log of connect")
    query = parse_qs(urlsplit(answer.headers.get("location", "")).query)
    if not query.get("client_id", [""])[0]:
        raise FailedError("without a client id: fill in the app secret")


def inside(http: httpx.Client, stack: str, portal: str, invoice: str) -> Iterator[Check]:
    described = boto3.client("cloudformation").describe_stacks(StackName=stack)
    outputs = {one["OutputKey"]: one["OutputValue"] for one in described["Stacks"][0]["Outputs"]}
    secret = json.loads(
        boto3.client("secretsmanager").get_secret_value(SecretId=outputs["AppSecretId"])[
            "SecretString"
        ]
    )
    yield "the app secret is filled in", lambda: filled_in(secret)
    yield "no alarm is on", lambda: no_alarm(stack)
    yield "the dead-letter queue is empty", lambda: empty(outputs["DeadLetterQueueUrl"])
    if portal:
        client = Hubspot(http, secret.get("hubspotClientSecret", ""), portal)
        yield "failing invoices", lambda: f"{client.call('GET', '/v1/failures/count')['failing']}"
        if invoice:
            yield f"invoice {invoice} is looked at again", lambda: looked_at(client, invoice)


def filled_in(secret: dict[str, str]) -> None:
    empty_ones = sorted(name for name, value in secret.items() if not value)
    if empty_ones:
        raise FailedError(f"these are empty: {', '.join(empty_ones)}")


def no_alarm(stack: str) -> None:
    pages = (
        boto3.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(
            StateValue="ALARM",
            AlarmNamePrefix=f"{stack}: ",
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        )
    )
    on = [
        one["AlarmName"].removeprefix(f"{stack}: ")
        for page in pages
        for kind in ("MetricAlarms", "CompositeAlarms")
        for one in page.get(kind, [])
    ]
    if on:
        raise FailedError(f"{'; '.join(on)}: see docs/runbook.md")


def empty(queue_url: str) -> None:
    found = boto3.client("sqs").get_queue_attributes(
        QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    if (number := found["Attributes"]["ApproximateNumberOfMessages"]) != "0":
        raise FailedError(f"it has {number} messages: see docs/runbook.md")


class Hubspot:
    """Asks the API as hubspot.fetch does."""

    def __init__(self, http: httpx.Client, client_secret: str, portal_id: str) -> None:
        self._http, self._secret, self._portal_id = http, client_secret, portal_id

    def call(self, method: str, path: str) -> dict[str, Any]:
        """Raises FailedError for any other answer than 200."""
        url = f"{path}?{urlencode({'portalId': self._portal_id})}"
        whole = str(self._http.base_url).rstrip("/") + url
        timestamp = str(int(time.time() * 1000))
        headers = {
            "x-hubspot-request-timestamp": timestamp,
            "x-hubspot-signature-v3": signature.sign(self._secret, method, whole, b"", timestamp),
        }
        answer = self._http.request(method, url, headers=headers)
        expect(answer, 200, f"read the log of api ({path})")
        found: dict[str, Any] = answer.json()
        return found


def looked_at(client: Hubspot, invoice: str, sleep: Callable[[float], None] = time.sleep) -> str:
    started = time.monotonic()
    client.call("POST", f"/v1/invoices/{invoice}/retry")
    while time.monotonic() - started < _PATIENCE_SECONDS:
        status = client.call("GET", f"/v1/invoices/{invoice}/sync-status")
        # A look that changes nothing leaves no trace: give it the time of one.
        settled = status["status"] in ("synced", "failing", "skipped")
        if settled and time.monotonic() - started > _LOOK_SECONDS:
            code = f", {status['failure']['code']}" if status.get("failure") else ""
            return f"{status['status']}{code} after {time.monotonic() - started:.0f} s"
        sleep(1)
    raise FailedError("it is still pending: read the log of sync_worker")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
