"""The queue's messages and the queue."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from invoice_sync.errors import HintError, QueueRefusedError
from invoice_sync.hints import Hint, ObjectType, Queue, from_message, to_message

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REALM = "9130357849536436"
FROM_QUICKBOOKS = Hint(
    "", "146", "webhook", NOW, NOW, "quickbooks_invoices", REALM, "quickbooks.invoice.created"
)


def test_a_message_comes_back_as_it_went() -> None:
    hint = Hint("24680", "512", "retry", NOW - timedelta(1), NOW, "contacts", bulk=True)
    for each in (hint, dataclasses.replace(hint, versioned=True)):
        assert from_message(to_message(each)) == each


@pytest.mark.parametrize(
    "change",
    [
        {"portalId": "x"},
        {"objectType": "deals"},
        {"occurredAt": "2026-01-01T00:00:00"},
        {"occurredAt": 5},
        {"receivedAt": None},
        {"trigger": None},
        {"event": 7},
        {"objectId": None},
        {"objectId": "9" * 21},
        {"portalId": "9" * 21},
        {"mergedInto": "9" * 21},
        {"event": "e" * 101},
        {"event": "\ud800"},
        {"occurredAt": "0001-01-01T00:00:00+14:00"},
        {"receivedAt": "9999-12-31T23:59:59-14:00"},
        {"objectType": []},
        {"trigger": {}},
    ],
)
def test_a_message_that_is_not_ours_is_refused(change: dict[str, Any]) -> None:
    good = json.loads(to_message(Hint("1", "2", "retry", NOW, NOW)))
    with pytest.raises(HintError):
        from_message(json.dumps(good | change))
    for body in ("[]", "null", "[" * 100_000, '"' + "x" * 250_000):
        with pytest.raises(HintError):
            from_message(body)


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
    return [Hint("24680", str(invoice_id), "webhook", NOW, NOW) for invoice_id in range(number)]


def test_a_hundred_hints_are_ten_calls_of_the_queue() -> None:
    sqs = FakeSqs()
    assert Queue(sqs, "url").send(hints(100)) == 100
    assert sqs.calls == 10


def test_a_queue_that_takes_only_some_is_an_error() -> None:
    with pytest.raises(QueueRefusedError):
        Queue(FakeSqs(refused="7"), "url").send(hints(9))


class Recording:
    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        self.entries += request["Entries"]
        return {}


class TestMessages:
    def test_a_hint_keeps_its_realm(self) -> None:
        assert from_message(to_message(FROM_QUICKBOOKS)) == FROM_QUICKBOOKS
        ours = Hint("24680", "512", "webhook", NOW, NOW, realm_id=REALM)
        assert from_message(to_message(ours)) == ours
        assert (FROM_QUICKBOOKS.from_quickbooks, ours.from_quickbooks) == (True, False)

    @pytest.mark.parametrize("object_type", get_args(ObjectType))
    def test_every_type_comes_back(self, object_type: ObjectType) -> None:
        hint = dataclasses.replace(FROM_QUICKBOOKS, object_type=object_type, portal_id="24680")
        read = from_message(to_message(hint))
        assert read == dataclasses.replace(hint, portal_id="" if hint.from_quickbooks else "24680")

    def test_a_deletion_is_kept(self) -> None:
        hint = dataclasses.replace(FROM_QUICKBOOKS, deleted=True)
        assert from_message(to_message(hint)) == hint

    @pytest.mark.parametrize(
        "change",
        [
            {"realmId": ""},
            {"realmId": None},
            {"realmId": "x"},
            {"objectType": "invoices"},  # of no portal
            {"objectType": "quickbooks_accounts"},
        ],
    )
    def test_a_message_that_names_no_realm_is_not_ours(self, change: dict[str, Any]) -> None:
        with pytest.raises(HintError):
            from_message(json.dumps(json.loads(to_message(FROM_QUICKBOOKS)) | change))

    def test_the_group_is_the_realm_where_there_is_no_portal(self) -> None:
        sqs = Recording()
        hints = [FROM_QUICKBOOKS, Hint("24680", "512", "webhook", NOW, NOW)]
        Queue(sqs, "https://queue").send(hints)
        assert [one["MessageGroupId"] for one in sqs.entries] == [REALM, "24680"]
