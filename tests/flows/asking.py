"""Asks a function directly, with requests that no client would send."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import api
import connect
import hubspot_webhook
import quickbooks_webhook
from infra.local.lambda_context import LambdaContext
from infra.local.quickbooks import webhooks as intuit
from infra.local.system import APP_SECRET
from invoice_sync.hubspot import signature
from invoice_sync.runtime import clock

from .conftest import PORTAL_ID

Event = dict[str, Any]
HOST = "sync.example.com"
HANDLERS: dict[str, Callable[[Event, Any], Event]] = {
    "api": api.handler,
    "hubspot_webhook": hubspot_webhook.handler,
    "quickbooks_webhook": quickbooks_webhook.handler,
    "connect": connect.handler,
}
DEEP = "[" * 100_000
MANY = json.dumps({str(number): 1 for number in range(50_000)})
HALF = "\ud800"  # half a surrogate


def ask(function: str, event: Event) -> Event:
    return HANDLERS[function](event, LambdaContext(function))


def request(
    method: str = "GET",
    path: str = "/v1/failures/count",
    *,
    query: str = f"portalId={PORTAL_ID}",
    **changes: Any,
) -> Event:
    """Return an event (payload 2.0) that nobody signed."""
    event: Event = {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"content-type": "application/json", "host": HOST},
        "requestContext": {
            "domainName": HOST,
            "http": {"method": method, "path": path},
            "requestId": "r",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    return {**event, **changes}


def by_hubspot(event: Event) -> Event:
    """Sign an event whose body stands as it is."""
    raw = event.get("body", "")
    body = base64.b64decode(raw) if event["isBase64Encoded"] else raw.encode()
    now = str(int(clock.now().timestamp() * 1000))
    uri = f"https://{HOST}{event['rawPath']}?{event['rawQueryString']}"
    method = event["requestContext"]["http"]["method"]
    fitting = signature.sign(APP_SECRET["hubspotClientSecret"], method, uri, body, now)
    headers = {"x-hubspot-signature-v3": fitting, "x-hubspot-request-timestamp": now}
    return {**event, "headers": {**event["headers"], **headers}}


def file_of(ticket: str) -> Event:
    event = request(path="/files/reconciliation", query=f"ticket={ticket}")
    return {**event, "queryStringParameters": {"ticket": ticket}}


def problem(answer: Event, status: int) -> str:
    assert answer["statusCode"] == status, answer
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    body = json.loads(answer["body"])
    assert (body["status"], body["type"]) == (status, "about:blank")
    return str(body["detail"])


def by_intuit(event: Event) -> Event:
    """Add Intuit's signature of the body as it stands."""
    fitting = intuit.sign(APP_SECRET["quickbooksVerifierToken"], event["body"].encode())
    return {**event, "headers": {**event["headers"], "intuit-signature": fitting}}
