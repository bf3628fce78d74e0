"""Intuit's signature and both forms of its events."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.quickbooks import webhooks as simulated
from invoice_sync.errors import HintError, SignatureError
from invoice_sync.hints import Hint, Queue, from_message, to_message
from invoice_sync.quickbooks.events import from_webhook
from invoice_sync.quickbooks.signature import verify

NOW = datetime(2026, 11, 23, tzinfo=UTC)
REALM = "9130357849536436"
LEGACY_TOKEN = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
LEGACY = (
    '{"eventNotifications":[{"realmId":"9130357849536436","dataChangeEvent":{"entities":[{"id":'
    '"145","operation":"Update","name":"Invoice","lastUpdated":"2026-01-15T10:20:30.000Z"}]}}]}'
)
LEGACY_SIGNATURE = "ncZckJ9XhCFMAb9R4iDYPtCz35+g/Wp5gvdBUF+B4/Q="
CLOUD_TOKEN = "verifier-token-ü-2"
CLOUD = (
    '[{"specversion":"1.0","id":"3f6d2f0e-7f0b-4a51-9a55-2b1f0a7c9d11","source":'
    '"intuit.c2ltdWxhdG9y","type":"qbo.invoice.created.v1","datacontenttype":"application/json",'
    '"time":"2026-08-02T09:15:00.123456789Z","intuitentityid":"146","intuitaccountid":'
    '"9130357849536436","data":{}}]'
)
CLOUD_SIGNATURE = "/vYxqmcgl2Y/H99HtO/NlhBGAmkAFImrUgGpoH0GECo="


def request(body: str, signature: str, **more: Any) -> dict[str, Any]:
    return {"body": body, "headers": {"intuit-signature": signature}, **more}


class TestSignature:
    @pytest.mark.parametrize(
        ("token", "body", "signature"),
        [
            (LEGACY_TOKEN, LEGACY, LEGACY_SIGNATURE),
            (LEGACY_TOKEN, LEGACY + "\n", "VaqdThFKvBmD2tK1ikX8ItwCWNBU6CRW9VfGtglvj7o="),
            (CLOUD_TOKEN, CLOUD, CLOUD_SIGNATURE),
        ],
    )
    def test_vectors(self, token: str, body: str, signature: str) -> None:
        assert verify(token, request(body, signature)) == body.encode()
        assert simulated.sign(token, body.encode()) == signature
        wrapped = base64.b64encode(body.encode()).decode()
        assert verify(token, request(wrapped, signature, isBase64Encoded=True)) == body.encode()

    @pytest.mark.parametrize(
        "event",
        [
            request(LEGACY + " ", LEGACY_SIGNATURE),
            request(LEGACY, CLOUD_SIGNATURE),
            request(LEGACY, ""),
            request(LEGACY, "ü"),
            {"body": LEGACY, "headers": {}},
            {"body": LEGACY},
            {"headers": {"intuit-signature": LEGACY_SIGNATURE}},
        ],
    )
    def test_whatever_is_not_signed_is_refused(self, event: dict[str, Any]) -> None:
        with pytest.raises(SignatureError):
            verify(LEGACY_TOKEN, event)

    def test_an_empty_token_refuses_even_what_is_signed_with_it(self) -> None:
        with pytest.raises(SignatureError, match="no verifier token"):
            verify("", request(LEGACY, simulated.sign("", LEGACY.encode())))


def cloud(**changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(CLOUD)[0]
    return event | changes


def legacy(*entities: dict[str, Any], realm_id: str = REALM) -> dict[str, Any]:
    usual = {"id": "145", "operation": "Update", "name": "Invoice"}
    whole = [usual | one for one in entities]
    return {"realmId": realm_id, "dataChangeEvent": {"entities": whole}}


def found(body: Any) -> list[Hint]:
    return from_webhook(json.dumps(body).encode(), NOW)


class TestParsing:
    def test_the_vectors(self) -> None:
        (old,) = from_webhook(LEGACY.encode(), NOW)
        assert old == Hint(
            portal_id="",
            object_id="145",
            trigger="webhook",
            event="quickbooks.invoice.updated",
            occurred_at=datetime(2026, 1, 15, 10, 20, 30, tzinfo=UTC),
            received_at=NOW,
            object_type="quickbooks_invoices",
            realm_id=REALM,
        )
        (new,) = from_webhook(CLOUD.encode(), NOW)
        assert (new.event, new.object_id) == ("quickbooks.invoice.created", "146")
        assert new.occurred_at == datetime(2026, 8, 2, 9, 15, 0, 123456, tzinfo=UTC)

    @pytest.mark.parametrize("operation", ["created", "updated", "deleted", "voided"])
    def test_every_operation_of_an_invoice(self, operation: str) -> None:
        event = f"quickbooks.invoice.{operation}"
        assert [one.event for one in found([cloud(type=f"qbo.invoice.{operation}.v1")])] == [event]
        older = operation.removesuffix("d").removesuffix("e").capitalize()
        older = {"Creat": "Create", "Updat": "Update", "Delet": "Delete"}.get(older, older)
        body = {"eventNotifications": [legacy({"operation": older})]}
        assert [one.event for one in found(body)] == [event]

    @pytest.mark.parametrize(
        "kind", ["qbo.invoice.emailed.v1", "qbo.account.updated.v1", "qbo.invoice", "", None, 5]
    )
    def test_other_events_are_passed_over(self, kind: Any) -> None:
        assert found([cloud(type=kind, intuitentityid=None)]) == []

    @pytest.mark.parametrize(
        ("entity", "object_type"),
        [
            ("Customer", "quickbooks_customers"),
            ("Vendor", "quickbooks_other_names"),
            ("Employee", "quickbooks_other_names"),
            ("Item", "quickbooks_items"),
            ("Payment", "quickbooks_payments"),
            ("CreditMemo", "quickbooks_credits"),
            ("Preferences", "quickbooks_preferences"),
        ],
    )
    def test_what_invoices_depend_on(self, entity: str, object_type: str) -> None:
        (new,) = found([cloud(type=f"qbo.{entity.lower()}.updated.v1")])
        (old,) = found({"eventNotifications": [legacy({"name": entity})]})
        assert new.object_type == old.object_type == object_type
        assert new.event == old.event == f"quickbooks.{entity.lower()}.updated"
        assert from_message(to_message(new)) == new

    def test_both_of_two_that_were_merged(self) -> None:
        body = legacy({"name": "Customer", "operation": "Merge", "deletedId": "9"})
        hints = found({"eventNotifications": [body]})
        assert {(one.object_id, one.event) for one in hints} == {
            ("145", "quickbooks.customer.merged"),
            ("9", "quickbooks.customer.merged"),
        }

    def test_other_notifications_are_passed_over(self) -> None:
        entities = ({"operation": "Emailed"}, {"name": "Account", "id": "x"}, {"name": None})
        assert found({"eventNotifications": [legacy(*entities)]}) == []

    def test_several_realms_in_one_delivery(self) -> None:
        hints = found([cloud(), cloud(intuitaccountid="77"), cloud(intuitaccountid=78)])
        assert [one.realm_id for one in hints] == [REALM, "77", "78"]
        older = {"eventNotifications": [legacy({}), legacy({}, realm_id="77")]}
        assert [one.realm_id for one in found(older)] == [REALM, "77"]

    @pytest.mark.parametrize("newest_first", [True, False])
    def test_of_several_events_of_one_invoice_the_newest_counts(self, newest_first: bool) -> None:
        events = [cloud(time=f"2026-08-02T09:15:0{n}Z") for n in (1, 2)]
        (hint,) = found(events[::-1] if newest_first else events)
        assert hint.occurred_at.second == 2

    @pytest.mark.parametrize(
        "time", ["yesterday", "", None, 5, "2026-08-02T09:15:00", "0001-01-01T00:00:00+23:00"]
    )
    def test_a_time_that_says_nothing_is_now(self, time: Any) -> None:
        # So the event is never taken for the echo of an earlier write of ours.
        assert found([cloud(time=time)])[0].occurred_at == NOW
        body = {"eventNotifications": [legacy({"lastUpdated": time})]}
        assert found(body)[0].occurred_at == NOW

    @pytest.mark.parametrize("time", ["2026-08-02T02:15:00.5-07:00", "2026-08-02T09:15:00.500Z"])
    def test_times_are_utc(self, time: str) -> None:
        expected = datetime(2026, 8, 2, 9, 15, 0, 500000, tzinfo=UTC)
        assert found([cloud(time=time)])[0].occurred_at == expected

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"7", b"{}", b'{"eventNotifications":{}}', b"\xff"]
    )
    def test_a_body_of_another_form(self, body: bytes) -> None:
        with pytest.raises(HintError):
            from_webhook(body, NOW)

    @pytest.mark.parametrize(
        "body",
        [
            ["event"],
            [cloud(intuitentityid=None)],
            [cloud(intuitentityid="1; drop")],
            [cloud(intuitaccountid="")],
            {"eventNotifications": ["x"]},
            {"eventNotifications": [{"realmId": REALM}]},
            {"eventNotifications": [legacy({"id": []})]},
            {"eventNotifications": [{"realmId": "", **legacy({}), "dataChangeEvent": None}]},
        ],
    )
    def test_an_invoice_event_that_names_no_invoice(self, body: Any) -> None:
        with pytest.raises(HintError):
            found(body)


class Recording:
    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        self.entries += request["Entries"]
        return {}


class TestMessages:
    def test_a_hint_keeps_its_realm(self) -> None:
        (hint,) = from_webhook(CLOUD.encode(), NOW)
        assert from_message(to_message(hint)) == hint
        known = Hint("24680", "512", hint.trigger, NOW, NOW, realm_id=REALM)
        assert from_message(to_message(known)) == known

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
        (hint,) = from_webhook(CLOUD.encode(), NOW)
        with pytest.raises(HintError):
            from_message(json.dumps(json.loads(to_message(hint)) | change))

    def test_the_group_is_the_realm_where_there_is_no_portal(self) -> None:
        sqs = Recording()
        hints = [*from_webhook(CLOUD.encode(), NOW), Hint("24680", "512", "webhook", NOW, NOW)]
        Queue(sqs, "https://queue").send(hints)
        assert [one["MessageGroupId"] for one in sqs.entries] == [REALM, "24680"]
