"""Every file of events/ through the function that it is for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import api
import connect
import hubspot_webhook
import quickbooks_webhook
import sweep
import sync_worker
from infra.local.lambda_context import LambdaContext
from infra.local.system import signed

from .conftest import PORTAL_ID, REALM_ID, Flow

EVENTS = Path(__file__).parents[2] / "events"

WEBHOOKS = {
    "webhook-invoice-creation": {("invoices", "512300111")},
    "webhook-invoice-property-change": {("invoices", "512300111"), ("invoices", "512300112")},
    "webhook-invoice-association-change": {("invoices", "512300111"), ("invoices", "512300112")},
    "webhook-invoice-deletion": {("invoices", "512300111")},
    "webhook-invoice-restore": {("invoices", "512300111")},
    "webhook-line-item-property-change": {("line_items", "900111")},
    "webhook-contact-property-change": {("contacts", "301001")},
    "webhook-contact-merge": {("contacts", "301001"), ("contacts", "301003")},
    "webhook-company-property-change": {("companies", "401001")},
    "webhook-discount-property-change": {("discounts", "601001")},
    "webhook-fee-creation": {("fees", "602001")},
    "webhook-tax-deletion": {("taxes", "603001")},
    "webhook-commerce-payment-property-change": {("commerce_payments", "701001")},
}
QUICKBOOKS_WEBHOOKS = {
    "quickbooks-webhook-cloudevents": {
        (REALM_ID, "145"),
        (REALM_ID, "61"),
        ("9130357849536437", "146"),
    },
    "quickbooks-webhook-legacy": {(REALM_ID, one) for one in ("145", "146", "61", "62")},
}
REQUESTS: dict[str, dict[str, Any]] = {
    "api-failure-count": {"failing": 0, "byCode": {}, "oldestFailedAt": None},
    "api-failures": {"failures": [], "cursor": ""},
    "api-failures-by-cause": {"causes": [], "single": {}, "cursor": "", "more": False},
    "api-failures-retry": {"queued": 0, "total": 0, "state": "done"},
    "api-failures-retry-progress": {"queued": 0, "total": 0, "state": "done"},
    "api-sync-status": {"status": "unknown"},
    "api-retry": {"queued": 1},
    "api-report-plan": {"from": "2026-01-01", "to": "2026-01-31", "state": "planning"},
    "api-backfill-plan": {"from": "2026-01-01", "to": "2026-01-31", "state": "planning"},
}
# What has to be asked before.
FIRST = {"api-failures-retry-progress": ["api-failures-retry"]}


# Of an invoice that nobody has.
REFUSED = {"api-preview": 404, "api-resolve": 409}


def read(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


def test_no_event_is_left_out() -> None:
    files = {path.stem for path in EVENTS.glob("*.json")}
    others = {"connect-hubspot", "queue-hints", "schedule", "scenario"}
    assert files == {*WEBHOOKS, *QUICKBOOKS_WEBHOOKS, *REQUESTS, *REFUSED, *others}


@pytest.mark.parametrize("name", WEBHOOKS)
def test_webhooks_become_hints(flow: Flow, name: str) -> None:
    flow.hubspot.webhooks.discard()
    event = signed(read(name), flow.clock.now().timestamp())
    answer = hubspot_webhook.handler(event, LambdaContext("hubspot_webhook"))
    assert answer["statusCode"] == 202
    received = flow.own.aws.client("sqs").receive_message(
        QueueUrl=flow.own.aws.environment["QUEUE_URL"],
        MaxNumberOfMessages=10,
        MessageSystemAttributeNames=["All"],
    )["Messages"]
    bodies = [json.loads(one["Body"]) for one in received]
    assert {(one["objectType"], one["objectId"]) for one in bodies} == WEBHOOKS[name]
    assert {one["Attributes"]["MessageGroupId"] for one in received} == {PORTAL_ID}


@pytest.mark.parametrize("name", QUICKBOOKS_WEBHOOKS)
def test_quickbooks_webhooks_become_hints(flow: Flow, name: str) -> None:
    event = signed(read(name), flow.clock.now().timestamp())
    answer = quickbooks_webhook.handler(event, LambdaContext("quickbooks_webhook"))
    assert answer["statusCode"] == 200
    received = flow.own.aws.client("sqs").receive_message(
        QueueUrl=flow.own.aws.environment["QUEUE_URL"], MaxNumberOfMessages=10
    )["Messages"]
    bodies = [json.loads(one["Body"]) for one in received]
    assert {(one["realmId"], one["objectId"]) for one in bodies} == QUICKBOOKS_WEBHOOKS[name]


def test_the_schedule(flow: Flow) -> None:
    assert sweep.handler(read("schedule"), LambdaContext("sweep")) == {}


@pytest.mark.parametrize("name", REQUESTS)
def test_requests_are_answered(flow: Flow, name: str) -> None:
    for one in (*FIRST.get(name, []), name):
        answer = api.handler(signed(read(one), flow.clock.now().timestamp()), LambdaContext("api"))
    assert answer["statusCode"] == 200
    body = json.loads(answer["body"])
    assert REQUESTS[name].items() <= body.items()


@pytest.mark.parametrize("name", REFUSED)
def test_requests_about_nothing_are_refused(flow: Flow, name: str) -> None:
    answer = api.handler(signed(read(name), flow.clock.now().timestamp()), LambdaContext("api"))
    assert answer["statusCode"] == REFUSED[name]
    assert answer["headers"]["Content-Type"] == "application/problem+json"


def test_connecting_begins_at_hubspot(flow: Flow) -> None:
    answer = connect.handler(read("connect-hubspot"), LambdaContext("connect"))
    assert answer["statusCode"] == 302
    assert answer["headers"]["Location"].startswith(f"{flow.hubspot.url}/oauth/authorize?")


def test_a_batch_of_the_queue(flow: Flow) -> None:
    answer = sync_worker.handler(read("queue-hints"), LambdaContext("sync_worker"))
    assert answer == {"batchItemFailures": []}
    # HubSpot knows no such invoice: there is nothing to sync, and the reason is kept.
    assert flow.status("512300111")["reason"] == "The invoice was deleted in HubSpot"
