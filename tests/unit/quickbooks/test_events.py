"""Both forms of Intuit's webhook events."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from invoice_sync.errors import HintError
from invoice_sync.hints import Hint, from_message, to_message
from invoice_sync.quickbooks.events import from_webhook

from .signed_events import CLOUD, LEGACY

NOW = datetime(2026, 11, 23, tzinfo=UTC)
REALM = "9130357849536436"


def cloud(**changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(CLOUD)[0]
    return event | changes


def legacy(*entities: dict[str, Any], realm_id: str = REALM) -> dict[str, Any]:
    usual = {"id": "145", "operation": "Update", "name": "Invoice"}
    whole = [usual | one for one in entities]
    return {"realmId": realm_id, "dataChangeEvent": {"entities": whole}}


def found(body: Any) -> list[Hint]:
    return from_webhook(json.dumps(body).encode(), NOW)


def test_the_vectors() -> None:
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
def test_every_operation_of_an_invoice(operation: str) -> None:
    event = f"quickbooks.invoice.{operation}"
    assert [one.event for one in found([cloud(type=f"qbo.invoice.{operation}.v1")])] == [event]
    older = operation.removesuffix("d").removesuffix("e").capitalize()
    older = {"Creat": "Create", "Updat": "Update", "Delet": "Delete"}.get(older, older)
    body = {"eventNotifications": [legacy({"operation": older})]}
    assert [one.event for one in found(body)] == [event]


@pytest.mark.parametrize(
    "kind", ["qbo.invoice.emailed.v1", "qbo.account.updated.v1", "qbo.invoice", "", None, 5]
)
def test_other_events_are_passed_over(kind: Any) -> None:
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
def test_what_invoices_depend_on(entity: str, object_type: str) -> None:
    (new,) = found([cloud(type=f"qbo.{entity.lower()}.updated.v1")])
    (old,) = found({"eventNotifications": [legacy({"name": entity})]})
    assert new.object_type == old.object_type == object_type
    assert new.event == old.event == f"quickbooks.{entity.lower()}.updated"
    assert from_message(to_message(new)) == new


def test_both_of_two_that_were_merged() -> None:
    body = legacy({"name": "Customer", "operation": "Merge", "deletedId": "9"})
    hints = found({"eventNotifications": [body]})
    assert {(one.object_id, one.event) for one in hints} == {
        ("145", "quickbooks.customer.merged"),
        ("9", "quickbooks.customer.merged"),
    }


def test_of_two_that_were_merged_the_one_that_is_left_is_named_in_both_forms() -> None:
    old = legacy({"name": "Customer", "operation": "Merge", "deletedId": "9"})
    new = cloud(type="qbo.customer.merged.v1", intuitentityid="145", data={"deletedid": "9"})
    for body in ({"eventNotifications": [old]}, [new]):
        merged = {(one.object_id, one.merged_into) for one in found(body)}
        assert merged == {("145", ""), ("9", "145")}


def test_other_notifications_are_passed_over() -> None:
    entities = ({"operation": "Emailed"}, {"name": "Account", "id": "x"}, {"name": None})
    assert found({"eventNotifications": [legacy(*entities)]}) == []


def test_several_realms_in_one_delivery() -> None:
    hints = found([cloud(), cloud(intuitaccountid="77"), cloud(intuitaccountid=78)])
    assert [one.realm_id for one in hints] == [REALM, "77", "78"]
    older = {"eventNotifications": [legacy({}), legacy({}, realm_id="77")]}
    assert [one.realm_id for one in found(older)] == [REALM, "77"]


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_several_events_of_one_invoice_the_newest_counts(newest_first: bool) -> None:
    events = [cloud(time=f"2026-08-02T09:15:0{n}Z") for n in (1, 2)]
    (hint,) = found(events[::-1] if newest_first else events)
    assert hint.occurred_at.second == 2


@pytest.mark.parametrize(
    "time", ["yesterday", "", None, 5, "2026-08-02T09:15:00", "0001-01-01T00:00:00+23:00"]
)
def test_a_time_that_says_nothing_is_now(time: Any) -> None:
    # So the event is never taken for the echo of an earlier write of ours.
    assert found([cloud(time=time)])[0].occurred_at == NOW
    body = {"eventNotifications": [legacy({"lastUpdated": time})]}
    assert found(body)[0].occurred_at == NOW


@pytest.mark.parametrize("time", ["2026-08-02T02:15:00.5-07:00", "2026-08-02T09:15:00.500Z"])
def test_times_are_utc(time: str) -> None:
    expected = datetime(2026, 8, 2, 9, 15, 0, 500000, tzinfo=UTC)
    assert found([cloud(time=time)])[0].occurred_at == expected


@pytest.mark.parametrize(
    "body", [b"", b"{", b"7", b"{}", b'{"eventNotifications":{}}', b"\xff", b"[" * 100_000]
)
def test_a_body_of_another_form(body: bytes) -> None:
    with pytest.raises(HintError):
        from_webhook(body, NOW)


@pytest.mark.parametrize(
    "body",
    [
        ["event"],
        [cloud(intuitentityid=None)],
        [cloud(intuitentityid="1; drop")],
        [cloud(intuitaccountid="")],
        [cloud(intuitentityid="9" * 21)],
        [cloud(intuitaccountid="9" * 21)],
        {"eventNotifications": ["x"]},
        {"eventNotifications": [{"realmId": REALM}]},
        {"eventNotifications": [legacy({"id": []})]},
        {"eventNotifications": [{"realmId": "", **legacy({}), "dataChangeEvent": None}]},
    ],
)
def test_an_invoice_event_that_names_no_invoice(body: Any) -> None:
    with pytest.raises(HintError):
        found(body)
