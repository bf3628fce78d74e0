from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from invoice_sync.errors import HintError, QueueRefusedError
from invoice_sync.hints import Hint, Queue, from_message, to_message
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


def found(*events: dict[str, Any]) -> list[tuple[str, str]]:
    body = json.dumps([EVENT | event for event in events]).encode()
    return [(hint.object_type, hint.object_id) for hint in from_webhook(body, NOW)]


def test_one_hint_an_invoice_however_many_events_and_with_the_same_event_id() -> None:
    assert found({}, {"propertyName": "hs_due_date"}, {"objectId": 513}, {"attemptNumber": 1}) == [
        ("invoices", "512"),
        ("invoices", "513"),
    ]


def test_the_same_invoice_id_in_two_portals_is_two_invoices() -> None:
    assert len(found({}, {"portalId": 24681})) == 2


@pytest.mark.parametrize(
    ("type_id", "name"),
    [("0-8", "line_items"), ("0-1", "contacts"), ("0-2", "companies"), ("0-84", "discounts")],
)
def test_other_records_are_hints_for_their_invoices(type_id: str, name: str) -> None:
    assert found({"objectTypeId": type_id}) == [(name, "512")]


def test_an_association_wakes_its_invoice_whichever_end_it_is() -> None:
    link = {"subscriptionType": "object.associationChange", "objectId": None}
    there = {"fromObjectTypeId": "0-53", "fromObjectId": 1, "toObjectTypeId": "0-1"}
    back = {"fromObjectTypeId": "0-1", "fromObjectId": 2, "toObjectTypeId": "0-53"}
    assert found(link | there | {"toObjectId": 2}, link | back | {"toObjectId": 3}) == [
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
    assert found(merge) == [("contacts", "7"), ("contacts", "9")]


def test_what_no_invoice_is_made_of_is_passed_over() -> None:
    assert found({"objectTypeId": "0-3"}, {"objectTypeId": None}) == []


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
        json.dumps([EVENT | {"occurredAt": "now"}]).encode(),
        json.dumps([EVENT | {"occurredAt": 1e300}]).encode(),
        json.dumps([EVENT | {"subscriptionType": 5}]).encode(),
    ],
)
def test_what_is_not_a_webhook_is_refused(body: bytes) -> None:
    with pytest.raises(HintError):
        from_webhook(body, NOW)


def test_a_message_comes_back_as_it_went() -> None:
    hint = Hint("24680", "512", "retry", NOW - timedelta(1), NOW, "contacts")
    assert from_message(to_message(hint)) == hint


@pytest.mark.parametrize(
    "change",
    [
        {"portalId": "x"},
        {"objectType": "deals"},
        {"occurredAt": "2026-01-01T00:00:00"},
        {"occurredAt": 5},
        {"receivedAt": None},
        {"trigger": None},
        {"trigger": "gossip"},
        {"event": 7},
        {"objectId": None},
    ],
)
def test_a_message_that_is_not_ours_is_refused(change: dict[str, Any]) -> None:
    good = json.loads(to_message(Hint("1", "2", "retry", NOW, NOW)))
    with pytest.raises(HintError):
        from_message(json.dumps(good | change))
    with pytest.raises(HintError):
        from_message("[]")


class FakeSqs:
    """Counts calls; refuses the message of one invoice."""

    def __init__(self, refused: str = "") -> None:
        self.calls, self._refused = 0, refused

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        self.calls += 1
        assert len(Entries) <= 10
        failed = [
            {"Id": one["Id"]}
            for one in Entries
            if json.loads(one["MessageBody"])["objectId"] == self._refused
        ]
        return {"Failed": failed} if failed else {}


def hints(number: int) -> list[Hint]:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return [Hint("24680", str(one), "webhook", at, at) for one in range(number)]


def test_a_hundred_hints_are_ten_calls_of_the_queue() -> None:
    sqs = FakeSqs()
    assert Queue(sqs, "url").send(hints(100)) == 100
    assert sqs.calls == 10


def test_a_queue_that_takes_only_some_is_an_error() -> None:
    with pytest.raises(QueueRefusedError):
        Queue(FakeSqs(refused="7"), "url").send(hints(9))
