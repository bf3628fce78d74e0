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
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import httpx
from botocore.exceptions import BotoCoreError, ClientError

from infra import deployed
from infra.deployed import NoCredentialsError, NotDeployedError
from infra.routes import ROUTES
from invoice_sync.credentials.app_secret import APP_SECRET_KEYS
from invoice_sync.hubspot import signature

_ADDRESS = r"https://[A-Za-z0-9.-]+|http://(127\.0\.0\.1|localhost)(:\d{1,5})?"
_TIMEOUT = httpx.Timeout(30, connect=5)
_PATIENCE_SECONDS = 120
# What a stranger must not use, once for each function that checks signatures: the API has one door
# for all its routes. Each refusal counts, and a few runs must not ring the alarm.
GUARDED = (
    ("POST", "/webhooks/hubspot"),
    ("POST", "/webhooks/quickbooks"),
    ("PUT", "/v1/settings"),
)


class FailedError(Exception):
    """What is wrong, and what to do."""


class SkippedError(Exception):
    """Why a check cannot be made."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="make smoke",
        description=__doc__,
        usage="make smoke ENV=prod | STAGE_URL=https://HOST [ARGS='--portal ID --invoice ID']",
    )
    parser.add_argument("stage_url", metavar="STAGE_URL", help="the stack's StageUrl")
    parser.add_argument("--stack", default="invoice-sync", help="its name, to look inside")
    parser.add_argument("--portal", default="", help="a connected HubSpot account id")
    parser.add_argument("--invoice", default="", help="an invoice of it, to look at again")
    options = parser.parse_args(arguments)
    url = options.stage_url.rstrip("/")
    if not re.fullmatch(_ADDRESS, url):
        parser.error("STAGE_URL must be https://HOST, without a path")
    if not re.fullmatch(r"\d*", options.portal) or not re.fullmatch(r"\d*", options.invoice):
        parser.error("--portal and --invoice are HubSpot's ids: digits")
    if options.invoice and not options.portal:
        parser.error("--invoice needs --portal")
    with httpx.Client(base_url=url, timeout=_TIMEOUT) as http:
        return run([*outside(http), *inside(http, options.stack, options.portal, options.invoice)])


Check = tuple[str, Callable[[], str | None]]


def run(checks: list[Check]) -> int:
    """Prints a line a check; 1 if one failed."""
    passed = failed = 0
    for name, check in checks:
        try:
            said = check()
        except SkippedError as error:
            print(f"skipped  {name}: {error}")
        except httpx.HTTPError as error:
            failed += 1
            print(
                f"FAILED   {name}: no answer ({error or type(error).__name__}); is this StageUrl?"
            )
            if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) and not passed:
                print("Nothing answers at this address: the other checks are left out.")
                return 1
        except (FailedError, BotoCoreError, ClientError) as error:
            failed += 1
            print(f"FAILED   {name}: {error}")
        else:
            passed += 1
            print(f"ok       {name}" + (f": {said}" if said else ""))
    print(f"{passed} of {passed + failed} checks passed")
    return 1 if failed else 0


def outside(http: httpx.Client) -> Iterator[Check]:
    yield "health", lambda: version(http)
    yield "description", lambda: described(http)
    yield (
        "unknown address",
        lambda: expect(http.get("/nothing-here"), 404, "another front answers at this address"),
    )
    for method, path in GUARDED:
        yield f"{method} {path} refuses strangers", stranger(http, method, path)
    yield (
        "a wrong signature is refused",
        lambda: expect(
            HubSpot(http, "wrong").ask("POST", "/webhooks/hubspot", b"[]"),
            401,
            "it must be refused",
        ),
    )
    yield "an old request is refused", lambda: old(HubSpot(http, "wrong"))
    yield "connecting begins at HubSpot", lambda: begins(http)
    yield (
        "connecting cannot begin in the middle",
        lambda: expect(http.get("/connect/quickbooks"), 400, "a state is not demanded"),
    )


def version(http: httpx.Client) -> str:
    answer = http.get("/health")
    expect(answer, 200, "the api function does not run")
    return f"version {read(answer).get('version')}"


def expect(answer: httpx.Response, status: int, otherwise: str) -> None:
    if answer.status_code != status:
        raise FailedError(f"answered {answer.status_code} instead of {status}: {otherwise}")


def read(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer."""
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise FailedError("answered no JSON object: another front answers at this address")
    return found


def described(http: httpx.Client) -> None:
    answer = http.get("/openapi.json")
    expect(answer, 200, "the api function does not run")
    description = read(answer)
    if not str(description.get("openapi", "")).startswith("3."):
        raise FailedError("is not an OpenAPI description: another front answers at this address")
    paths = description.get("paths") or {}
    missing = [
        f"{method} {path}"
        for method, path, _ in ROUTES
        if path.startswith("/v1/") and method.lower() not in paths.get(path, {})
    ]
    if missing:
        raise FailedError(f"lacks {', '.join(missing)}: deploy this version")


def stranger(http: httpx.Client, method: str, path: str) -> Callable[[], None]:
    def check() -> None:
        answer = http.request(method, path, json={})
        expect(answer, 401, "an unsigned request must be refused")
        kind = answer.headers.get("content-type", "")
        if path.startswith("/v1/") and not kind.startswith("application/problem+json"):
            raise FailedError(f"refused with {kind or 'nothing'} instead of problem+json")

    return check


def old(client: HubSpot) -> None:
    answer = client.ask("GET", "/v1/failures/count?portalId=1", age_seconds=600)
    expect(answer, 401, "a request of ten minutes ago must be refused")


def begins(http: httpx.Client) -> None:
    # The first page asks about HubSpot's own sync; an answer leads on.
    answer = http.get("/connect/hubspot", params={"nativeSync": "never"})
    expect(answer, 302, "fill in the app secret; if it is, read the log of connect")
    target = urlsplit(answer.headers.get("location", ""))
    host = target.hostname or ""
    # The local system has a HubSpot of its own.
    known = host.endswith(".hubspot.com") or http.base_url.scheme == "http"
    if not known or target.path != "/oauth/authorize":
        raise FailedError(f"leads to {host}{target.path} instead of HubSpot's consent page")
    if not parse_qs(target.query).get("client_id", [""])[0]:
        raise FailedError("without a client id: fill in hubspotClientId in the app secret")


@dataclass(frozen=True)
class Stack:
    """What can be known of a deployment with AWS credentials."""

    session: boto3.Session
    name: str
    app_secret: dict[str, str]
    dead_letter_queue_url: str
    topic_arns: tuple[str, ...]


def inside(http: httpx.Client, name: str, portal: str, invoice: str) -> Iterator[Check]:
    try:
        stack = look_inside(name)
    except (FailedError, SkippedError, BotoCoreError, ClientError) as error:
        asked = isinstance(error, SkippedError) and portal
        reason = FailedError(f"--portal needs the client secret: {error}") if asked else error
        yield "the stack from inside", lambda: fail(reason)
        return
    yield "the app secret is filled in", lambda: filled_in(stack.app_secret)
    yield "no alarm is on", lambda: no_alarm(stack)
    yield "somebody is told of alarms", lambda: told(stack.session, stack.topic_arns)
    yield "the dead-letter queue is empty", lambda: empty(stack)
    client = HubSpot(http, stack.app_secret.get("hubspotClientSecret", ""), portal)
    yield "an old request is refused though its signature fits", lambda: old(client)
    if portal:
        yield f"failing invoices of portal {portal}", lambda: counted(client)
    if invoice:
        yield f"invoice {invoice} is looked at again", lambda: looked_at(client, invoice)


def look_inside(name: str) -> Stack:
    try:
        outputs = deployed.outputs(name)
    except NoCredentialsError as error:
        raise SkippedError(str(error)) from None
    except NotDeployedError as error:
        raise FailedError(str(error)) from None
    session = boto3.Session()
    topics = ("TechnicalTopicArn", "BusinessTopicArn")
    if missing := {"AppSecretId", "DeadLetterQueueUrl", *topics} - set(outputs):
        raise FailedError(f"{name} has no output {', '.join(sorted(missing))}: another stack?")
    secrets = session.client("secretsmanager")
    try:
        text = secrets.get_secret_value(SecretId=outputs["AppSecretId"]).get("SecretString", "")
    except secrets.exceptions.ResourceNotFoundException:
        text = "{}"  # as deployed
    try:
        app_secret = json.loads(text)
    except ValueError:
        app_secret = None
    if not isinstance(app_secret, dict):
        raise FailedError("the app secret is not a JSON object: store it anew")
    arns = tuple(outputs[topic] for topic in topics)
    return Stack(session, name, app_secret, outputs["DeadLetterQueueUrl"], arns)


def fail(reason: Exception) -> None:
    raise reason


def filled_in(secret: dict[str, str]) -> None:
    if empty_ones := [name for name in APP_SECRET_KEYS if not secret.get(name)]:
        raise FailedError(f"these are empty: {', '.join(empty_ones)}; store all five values anew")


def no_alarm(stack: Stack) -> None:
    prefix = f"{stack.name}: "
    pages = (
        stack.session.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(
            StateValue="ALARM",
            AlarmNamePrefix=prefix,
            AlarmTypes=["MetricAlarm"],
        )
    )
    on: list[str] = []
    for page in pages:
        on += [one.get("AlarmName", "") for one in page.get("MetricAlarms", [])]
    if on:
        names = "; ".join(one.removeprefix(prefix) for one in on)
        raise FailedError(f"{names}: see docs/runbook.md")


def told(session: boto3.Session, topic_arns: tuple[str, ...]) -> None:
    listing = session.client("sns").get_paginator("list_subscriptions_by_topic")
    for topic in topic_arns:
        pages = listing.paginate(TopicArn=topic)
        arns = [one.get("SubscriptionArn", "") for page in pages for one in page["Subscriptions"]]
        if not arns:
            raise SkippedError("no address is subscribed: configure alarmEmail")
        if not any(arn.startswith("arn:") for arn in arns):
            raise FailedError("nobody confirmed: open the link in each mail of AWS Notifications")


def empty(stack: Stack) -> None:
    found = stack.session.client("sqs").get_queue_attributes(
        QueueUrl=stack.dead_letter_queue_url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    if (number := found["Attributes"]["ApproximateNumberOfMessages"]) != "0":
        raise FailedError(f"it has {number} messages: see docs/runbook.md")


class HubSpot:
    """Asks as HubSpot does: its webhooks, and hubspot.fetch."""

    def __init__(self, http: httpx.Client, client_secret: str, portal_id: str = "") -> None:
        self._http, self._secret, self._portal_id = http, client_secret, portal_id

    def ask(
        self, method: str, path: str, body: bytes = b"", *, age_seconds: float = 0
    ) -> httpx.Response:
        whole = str(self._http.base_url).rstrip("/") + path
        timestamp = str(int((time.time() - age_seconds) * 1000))
        headers = {
            "content-type": "application/json",
            "x-hubspot-request-timestamp": timestamp,
            "x-hubspot-signature-v3": signature.sign(self._secret, method, whole, body, timestamp),
        }
        return self._http.request(method, path, content=body, headers=headers)

    def call(self, method: str, path: str) -> dict[str, Any]:
        """Raises FailedError for any other answer than 200."""
        answer = self.ask(method, f"{path}?portalId={self._portal_id}")
        expect(answer, 200, f"read the log of api ({method} {path})")
        return read(answer)


def counted(client: HubSpot) -> str:
    number = client.call("GET", "/v1/failures/count").get("failing")
    if not isinstance(number, int):
        raise FailedError("the answer has no count: another front answers at this address")
    return str(number)


def looked_at(client: HubSpot, invoice: str, sleep: Callable[[float], None] = time.sleep) -> str:
    path = f"/v1/invoices/{invoice}"
    client.call("POST", f"{path}/retry")
    started, status = time.monotonic(), ""
    while (passed := time.monotonic() - started) < _PATIENCE_SECONDS:
        now = client.call("GET", f"{path}/sync-status")
        status = str(now.get("status"))
        if status in ("synced", "failing", "skipped") and now.get("queuedAt") is None:
            failure = now.get("failure") or {}
            code = f", {failure.get('code')}" if failure else ""
            return f"{status}{code} after {passed:.0f} s"
        sleep(1)
    raise FailedError(f"it is still {status}: read the log of sync_worker")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
