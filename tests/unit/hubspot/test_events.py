"""HubSpot's webhook events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from invoice_sync.errors import HintError
from invoice_sync.hubspot.events import from_webhook

AT = 1767225600000
NOW = datetime(2026, 1, 1, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "eventId": 100,
    "subscriptionId": 3321,
    "portalId": 24680,
    "appId": 9001,
    "occurredAt": AT,
    "subscriptionType": "object.propertyChange",
    "attemptNumber": 0,
    "objectId": 512,
    "objectTypeId": "0-53",
    "propertyName": "hs_invoice_status",
    "propertyValue": "open",
}


def hinted(*events: dict[str, Any]) -> list[tuple[str, str]]:
    body = json.dumps([EVENT | event for event in events]).encode()
    return [(hint.object_type, hint.object_id) for hint in from_webhook(body, NOW)]


def test_one_hint_an_invoice_however_many_events_and_with_the_same_event_id() -> None:
    assert hinted({}, {"propertyName": "hs_due_date"}, {"objectId": 513}, {"attemptNumber": 1}) == [
        ("invoices", "512"),
        ("invoices", "513"),
    ]


def test_the_same_invoice_id_in_two_portals_is_two_invoices() -> None:
    assert len(hinted({}, {"portalId": 24681})) == 2


@pytest.mark.parametrize(
    ("type_id", "name"),
    [("0-8", "line_items"), ("0-1", "contacts"), ("0-2", "companies"), ("0-84", "discounts")],
)
def test_other_records_are_hints_for_their_invoices(type_id: str, name: str) -> None:
    assert hinted({"objectTypeId": type_id}) == [(name, "512")]


def test_an_association_wakes_its_invoice_whichever_end_it_is() -> None:
    link = {"subscriptionType": "object.associationChange", "objectId": None}
    there = {"fromObjectTypeId": "0-53", "fromObjectId": 1, "toObjectTypeId": "0-1"}
    back = {"fromObjectTypeId": "0-1", "fromObjectId": 2, "toObjectTypeId": "0-53"}
    assert hinted(link | there | {"toObjectId": 2}, link | back | {"toObjectId": 3}) == [
        ("invoices", "1"),
        ("invoices", "3"),
    ]


def test_a_merge_wakes_the_winner_and_the_new_id() -> None:
    merge = {
        "subscriptionType": "object.merge",
        "objectTypeId": "0-1",
        "primaryObjectId": 7,
        "mergedObjectIds": [8],
        "newObjectId": 9,
    }
    assert hinted(merge) == [("contacts", "7"), ("contacts", "9")]


def test_what_no_invoice_is_made_of_is_passed_over() -> None:
    assert hinted({"objectTypeId": "0-3"}, {"objectTypeId": None}) == []


def test_the_older_name_of_the_event_type() -> None:
    event = {name: value for name, value in EVENT.items() if name != "subscriptionType"}
    hints = from_webhook(json.dumps([event | {"eventType": "object.creation"}]).encode(), NOW)
    assert [(hint.trigger, hint.event) for hint in hints] == [("webhook", "object.creation")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[1]",
        b'"x"',
        b"\xff",
        json.dumps([EVENT | {"portalId": None}]).encode(),
        json.dumps([EVENT | {"portalId": True}]).encode(),
        json.dumps([EVENT | {"objectId": "5x"}]).encode(),
        json.dumps([EVENT | {"objectId": 1.5}]).encode(),
        json.dumps([EVENT | {"objectId": 10**20}]).encode(),
        json.dumps([EVENT | {"occurredAt": "now"}]).encode(),
        json.dumps([EVENT | {"occurredAt": 1e300}]).encode(),
        json.dumps([EVENT | {"subscriptionType": 5}]).encode(),
        json.dumps([EVENT | {"objectId": "9" * 21}]).encode(),
        json.dumps([EVENT | {"portalId": 10**30}]).encode(),
        json.dumps([EVENT | {"subscriptionType": "object.\ud800"}]).encode(),
        json.dumps([EVENT | {"subscriptionType": "o" * 101}]).encode(),
        b"[" * 100_000,
    ],
)
def test_what_is_not_a_webhook_is_refused(body: bytes) -> None:
    with pytest.raises(HintError):
        from_webhook(body, NOW)


@pytest.mark.parametrize("type_id", [None, "\ud800", 10**300, True])
def test_an_odd_type_is_passed_over(type_id: Any) -> None:
    odd = EVENT | {"objectTypeId": type_id, "fromObjectTypeId": type_id, "toObjectTypeId": type_id}
    for name in ("object.creation", "object.associationChange"):
        assert from_webhook(json.dumps([odd | {"subscriptionType": name}]).encode(), NOW) == []


class TestVersions:
    def test_what_moves_its_record_has_one_and_the_latest_counts(self) -> None:
        body = json.dumps([EVENT, EVENT | {"occurredAt": AT + 5, "propertyName": "hs_due_date"}])
        (hint,) = from_webhook(body.encode(), NOW)
        assert hint.versioned
        assert hint.occurred_at == NOW + timedelta(milliseconds=5)

    @pytest.mark.parametrize("kind", ["deletion", "restore", "merge", "associationChange"])
    @pytest.mark.parametrize("turned", [False, True])
    def test_what_does_not_has_none_whatever_else_is_told(self, kind: str, turned: bool) -> None:
        ends = {
            "fromObjectTypeId": "0-53",
            "fromObjectId": 512,
            "toObjectTypeId": "0-1",
            "toObjectId": 2,
        }
        events = [EVENT, EVENT | ends | {"subscriptionType": f"object.{kind}"}]
        body = json.dumps(events[::-1] if turned else events).encode()
        assert [hint.versioned for hint in from_webhook(body, NOW)] == [False]
