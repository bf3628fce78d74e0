"""The webhook endpoint as HubSpot, and as others, use it."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import boto3
import httpx
import pytest

import hubspot_webhook
from invoice_sync.runtime.logger import logger

from .conftest import PORTAL_ID, Flow

pytestmark = pytest.mark.sockets

EVENT: dict[str, Any] = {
    "eventId": 100,
    "subscriptionId": 3321,
    "portalId": int(PORTAL_ID),
    "appId": 9001,
    "occurredAt": 1767225600000,
    "subscriptionType": "object.propertyChange",
    "attemptNumber": 0,
    "objectId": 1,
    "objectTypeId": "0-53",
}


def post(
    flow: Flow, body: bytes, *, age: float = 0, headers: dict[str, str] | None = None
) -> httpx.Response:
    url = f"{flow.own.gateway.url}/webhooks/hubspot"
    timestamp = int((flow.clock.now().timestamp() - age) * 1000)
    signed = flow.hubspot.signed_headers("POST", url, body, timestamp=timestamp)
    return httpx.post(url, content=body, headers={**signed, **(headers or {})})


def waiting(flow: Flow) -> int:
    return flow.own.poller.depth()[0]


def test_a_hundred_events_are_one_hint_an_invoice(flow: Flow) -> None:
    flow.hubspot.webhooks.discard()
    events = [EVENT | {"objectId": number % 60 + 1} for number in range(100)]
    assert post(flow, json.dumps(events).encode()).status_code == 202
    assert waiting(flow) == 60


@pytest.mark.parametrize(
    "headers",
    [
        {"X-HubSpot-Signature-v3": "bm9ib2R5"},
        {"X-HubSpot-Signature-v3": ""},
        {"X-HubSpot-Request-Timestamp": "0"},
    ],
)
def test_a_bad_signature_is_401_and_nothing_is_queued(flow: Flow, headers: dict[str, str]) -> None:
    assert post(flow, json.dumps([EVENT]).encode(), headers=headers).status_code == 401
    assert waiting(flow) == 0


def test_a_replay_after_five_minutes_is_401(flow: Flow) -> None:
    assert post(flow, json.dumps([EVENT]).encode(), age=301).status_code == 401


@pytest.mark.parametrize("body", [b"{", b"{}", b"[[]]", b'[{"portalId":1}]'])
def test_a_malformed_body_is_400(flow: Flow, body: bytes) -> None:
    assert post(flow, body).status_code == 400
    assert waiting(flow) == 0


def test_a_queue_that_refuses_is_503_so_that_hubspot_sends_again(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice_id = flow.invoice()
    monkeypatch.setenv("QUEUE_URL", flow.own.aws.environment["QUEUE_URL"] + "-gone")
    hubspot_webhook.collaborators.cache_clear()
    stats = flow.hubspot.deliver()
    assert {one.status for one in stats.posts} == {503}
    monkeypatch.undo()
    hubspot_webhook.collaborators.cache_clear()
    flow.work()
    assert flow.status(invoice_id)["status"] == "synced"


def test_no_secret_and_no_personal_data_in_the_log(flow: Flow) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logger.registered_formatter)
    logger.addHandler(handler)
    stranger = flow.portal.create("contacts", {"email": "jane@private.example"})
    flow.settings(create_customers=True)
    flow.invoice(contact_id=stranger)
    flow.invoice()
    flow.work()
    post(flow, b"jane@private.example")
    log = stream.getvalue()
    assert "looked at an invoice" in log
    secret = boto3.client("secretsmanager").get_secret_value(
        SecretId=f"invoice-sync/connections/{PORTAL_ID}"
    )["SecretString"]
    tokens = json.loads(secret)
    private = ["private.example", "globex", "Scorpio", "Bearer"]
    private += [one[name] for one in tokens.values() for name in ("accessToken", "refreshToken")]
    for text in private:
        assert text.casefold() not in log.casefold()
