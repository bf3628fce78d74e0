"""Webhooks: their shape, their signatures and how unreliably they come."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import Any

import pytest

from infra.local.hubspot import (
    HubSpotSimulator,
    Portal,
    signing,
)
from tests.simulators.hubspot.client import LINES, PORTAL, Api, Receiver
from tests.simulators.waiting import wait_until


def test_nothing_before_the_subscription(
    hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
) -> None:
    portal.create_invoice()
    hubspot.subscribe(receiver.url)
    assert hubspot.deliver().posts == []


def test_shape_of_the_events(hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver) -> None:
    contact = portal.create("contacts", {"email": "ada@example.com"})
    hubspot.subscribe(f"{receiver.url}/webhooks/hubspot")
    invoice = portal.create_invoice(status="draft")
    portal.update("invoices", invoice, {"hs_title": "A", "hs_comments": "B"})
    portal.associate("invoices", invoice, "contacts", contact)
    portal.delete("invoices", invoice)
    stats = hubspot.deliver()
    assert stats.delivered == len(receiver.events) > 0
    assert hubspot.pending_deliveries() == 0
    assert all(0 < seconds < hubspot.webhooks.timeout for seconds in stats.latencies)
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for event in receiver.events:
        by_kind.setdefault(event["subscriptionType"], []).append(event)
        for name in ("eventId", "subscriptionId", "portalId", "appId", "occurredAt"):
            assert isinstance(event[name], int)
        assert (event["portalId"], event["attemptNumber"]) == (PORTAL, 0)
        assert event["changeSource"] == "CRM_UI"
    [created] = by_kind["object.creation"]
    assert (created["objectId"], created["objectTypeId"]) == (int(invoice), "0-53")
    assert created["changeFlag"] == "NEW"
    changes = {e["propertyName"]: e["propertyValue"] for e in by_kind["object.propertyChange"]}
    assert changes["hs_title"] == "A"
    assert "hs_lastmodifieddate" not in changes
    forward, backward = by_kind["object.associationChange"]
    assert "objectId" not in forward
    assert (forward["fromObjectId"], forward["toObjectId"]) == (int(invoice), int(contact))
    assert (forward["fromObjectTypeId"], forward["toObjectTypeId"]) == ("0-53", "0-1")
    assert (forward["associationTypeId"], backward["associationTypeId"]) == (177, 178)
    assert forward["associationRemoved"] is forward["isPrimaryAssociation"] is False
    assert by_kind["object.deletion"][0]["objectId"] == int(invoice)


def test_changes_of_the_app_itself(
    hubspot: HubSpotSimulator, api: Api, portal: Portal, receiver: Receiver
) -> None:
    invoice = portal.create_invoice()
    hubspot.subscribe(receiver.url)
    body = {"properties": {"hs_title": "T"}}
    api("PATCH", f"/crm/v3/objects/invoices/{invoice}", body)
    api("PATCH", f"/crm/v3/objects/invoices/{invoice}", body)  # nothing changes: no event
    [event] = hubspot.webhooks.pending
    assert (event["changeSource"], event["sourceId"]) == ("INTEGRATION", "9001")


def test_signatures(hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver) -> None:
    url = f"{receiver.url}/hook?stage=a%2Fb"
    hubspot.subscribe(url)
    portal.create("contacts", {"firstname": "Zoë"})
    hubspot.deliver()
    [request] = receiver.requests
    body, secret = request.get_data(), hubspot.client_secret
    headers = request.headers
    assert "Zoë".encode() in body
    assert headers["X-HubSpot-Signature-Version"] == "v1"
    digest = hashlib.sha256(secret.encode() + body).hexdigest()
    assert headers["X-HubSpot-Signature"] == digest
    stamp = int(headers["X-HubSpot-Request-Timestamp"])
    expected = signing.v3(secret, "POST", url, body, stamp)
    assert headers["X-HubSpot-Signature-v3"] == expected


def test_only_what_is_subscribed(
    hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
) -> None:
    of_invoices = {"objectType": "invoice", "active": True}
    status = {"subscriptionType": "object.propertyChange", "propertyName": "hs_invoice_status"}
    hubspot.subscribe(
        receiver.url,
        [
            {**of_invoices, **status},
            {**of_invoices, "subscriptionType": "object.deletion"},
            {**of_invoices, "subscriptionType": "object.creation", "active": False},
        ],
    )
    invoice = portal.create_invoice(lines=LINES, status="open")
    portal.delete("invoices", invoice)
    kinds = [(e["subscriptionType"], e.get("propertyValue")) for e in hubspot.webhooks.pending]
    assert kinds == [
        ("object.propertyChange", "draft"),
        ("object.propertyChange", "open"),
        ("object.deletion", None),
    ]
    for change in (
        {"objectType": "invoices"},
        {"propertyName": None},
        {"propertyName": "hs_lastmodifieddate"},
        {"subscriptionType": "invoice.creation"},
    ):
        with pytest.raises(ValueError, match=r"subscription|propertyName"):
            hubspot.subscribe(receiver.url, [{**of_invoices, **status, **change}])


def test_batches_by_portal(hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver) -> None:
    other = hubspot.add_portal(13579)
    hubspot.subscribe(receiver.url)
    for _ in range(120):
        portal.create("companies", {})
        other.create("companies", {})
    hubspot.deliver()
    batches = [json.loads(request.get_data()) for request in receiver.requests]
    assert sorted(len(batch) for batch in batches) == [20, 20, 100, 100]
    assert all(len({event["portalId"] for event in batch}) == 1 for batch in batches)


def test_refused_batches_come_again(
    hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
) -> None:
    hubspot.subscribe(receiver.url)
    portal.create("companies", {})
    receiver.statuses = [500, 404, 302]
    for attempt in range(3):
        stats = hubspot.deliver()
        assert (stats.failed, stats.delivered) == (1, 0)
        assert hubspot.webhooks.pending[0]["attemptNumber"] == attempt + 1
    assert hubspot.deliver().delivered == 1
    assert [event["attemptNumber"] for event in receiver.events] == [0, 1, 2, 3]


def test_ten_retries_and_no_more(
    hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
) -> None:
    hubspot.subscribe(receiver.url)
    portal.create("companies", {})
    receiver.statuses = [503] * 20
    while hubspot.pending_deliveries():
        hubspot.deliver()
    assert len(receiver.requests) == 11
    assert hubspot.webhooks.stats.given_up == 1


def test_silence_is_a_failure(
    hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
) -> None:
    hubspot.subscribe(receiver.url)
    hubspot.webhooks.timeout = 0.1
    portal.create("companies", {})
    receiver.hold = threading.Event()
    [post] = hubspot.deliver().posts
    receiver.hold.set()
    assert (post.status, post.accepted) == (0, False)
    assert hubspot.pending_deliveries() == 1


def test_duplicates_disorder_and_loss(
    hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
) -> None:
    hubspot.subscribe(receiver.url)
    sender = hubspot.webhooks
    ids = [int(portal.create("companies", {})) for _ in range(50)]
    sender.duplicates = sender.shuffle = True
    hubspot.deliver()
    seen = [event["objectId"] for event in receiver.events]
    assert sorted(seen) == sorted(ids * 2)
    assert seen[:50] != ids
    sender.drop = 1.0
    portal.create("companies", {})
    assert hubspot.deliver().dropped == 1
    assert hubspot.pending_deliveries() == 0


def test_in_the_background(hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver) -> None:
    hubspot.subscribe(receiver.url)
    hubspot.webhooks.retry_delay = 0.01
    receiver.statuses = [500]
    hubspot.start_delivery(interval=0.01)
    portal.create("companies", {})
    wait_until(lambda: hubspot.webhooks.stats.delivered > 0)
    hubspot.stop_delivery()
    assert hubspot.webhooks.stats.delivered == 1
    assert [event["attemptNumber"] for event in receiver.events] == [0, 1]


def test_uninstalling_ends_them(
    hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
) -> None:
    hubspot.subscribe(receiver.url)
    portal.create("companies", {})
    hubspot.uninstall(PORTAL)
    portal.create("companies", {})
    assert hubspot.pending_deliveries() == 0
