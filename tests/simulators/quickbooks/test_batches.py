"""Batches, and requests that come twice."""

from __future__ import annotations

import httpx
import pytest

from infra.local.quickbooks import sales_line
from tests.simulators.quickbooks.desk import Desk, Doc, fault


def _by_id(answer: httpx.Response) -> dict[str, Doc]:
    assert answer.status_code == 200, answer.text
    return {item["bId"]: item for item in answer.json()["BatchItemResponse"]}


def test_a_batch_answers_item_by_item(desk: Desk) -> None:
    kept, voided, stale = desk.create(), desk.create(), desk.create()
    desk.realm.edit_invoice(stale["Id"], PrivateNote="touched")
    items = [
        {"bId": "1", "operation": "create", "Customer": {"DisplayName": "Batched"}},
        {"bId": "2", "operation": "create", "Invoice": desk.draft(DocNumber="B1")},
        {"bId": "3", "operation": "update",
         "Invoice": {"Id": kept["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}},
        {"bId": "4", "operation": "update", "optionsData": "void",
         "Invoice": {"Id": voided["Id"], "SyncToken": "0"}},
        {"bId": "5", "operation": "delete", "Invoice": {"Id": stale["Id"], "SyncToken": "0"}},
        {"bId": "6", "Query": "select * from Item"},
        {"bId": "7", "Query": "select * from Invoice where DocNumber = 'none'"},
        {"bId": "8", "operation": "delete", "Invoice": {"Id": "999", "SyncToken": "0"}},
        {"bId": "9", "operation": "create", "Customer": {"DisplayName": "Acme"}},
    ]  # fmt: skip
    answer = desk.post("batch", {"BatchItemRequest": items})
    assert set(answer.json()) == {"BatchItemResponse", "time"}
    answers = _by_id(answer)
    assert answers["1"]["Customer"]["DisplayName"] == "Batched"
    assert answers["2"]["Invoice"]["DocNumber"] == "B1"
    assert answers["3"]["Invoice"]["SyncToken"] == "1"
    assert answers["4"]["Invoice"]["PrivateNote"] == "Voided"
    assert answers["5"]["Fault"]["Error"][0]["code"] == "5010"
    assert answers["6"]["QueryResponse"]["maxResults"] == 1
    assert answers["7"]["QueryResponse"] == {}
    assert answers["8"]["Fault"]["Error"][0]["code"] == "610"
    assert answers["9"]["Fault"]["Error"][0]["code"] == "6240"
    assert answer.json()["BatchItemResponse"][0]["bId"] == "9"


def test_a_batch_that_breaks_off_keeps_what_was_done(desk: Desk) -> None:
    desk.simulator.switches.batch_breaks_off_after = 1
    names = [{"DisplayName": "First"}, {"DisplayName": "Second"}]
    items = [
        {"bId": str(n), "operation": "create", "Customer": name} for n, name in enumerate(names)
    ]
    assert desk.post("batch", {"BatchItemRequest": items}).status_code == 500
    made = [each["DisplayName"] for each in desk.realm.customers]
    assert "First" in made
    assert "Second" not in made


def test_members_of_a_batch_may_count_as_calls(desk: Desk) -> None:
    desk.simulator.switches.batch_members_count = True
    desk.simulator.switches.rate_limits_on = True
    items = [{"bId": str(n), "Query": "select * from Term"} for n in range(30)]

    def send() -> int:
        desk.simulator.clock.advance(1)
        return desk.post("batch", {"BatchItemRequest": items}).status_code

    assert [send() for _ in range(17)] == [200] * 16 + [429]
    desk.simulator.clock.advance(60)
    assert send() == 200


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([], "400"),
        ([{"bId": "1", "Query": "select * from Term"}] * 2, "2600"),
        ([{"Query": "select * from Term"}], "2020"),
        ([{"bId": 1, "Query": "select * from Term"}], "2020"),
        ([{"bId": "1", "Customer": {"DisplayName": "X"}}], "2020"),
        ([{"bId": "1", "operation": "create"}], "2600"),
        ([{"bId": "1", "Query": 5}], "2120"),
        ([{"bId": str(n), "Query": "select * from Term"} for n in range(31)], "1040"),
    ],
)
def test_batches_that_are_refused(desk: Desk, items: list[Doc], code: str) -> None:
    fault(desk.post("batch", {"BatchItemRequest": items}), code)


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"operation": "create", "Bill": {}}, "2000"),
        ({"operation": "void", "Invoice": {"Id": "1", "SyncToken": "0"}}, "2170"),
        ({"operation": "create", "Invoice": {"Id": "1", "SyncToken": "0"}}, "2600"),
        ({"operation": "update", "Customer": {"DisplayName": "X"}}, "2020"),
        ({"Query": "select * from Customer where Id != '1'"}, "4000"),
    ],
)
def test_batch_items_that_are_refused(desk: Desk, item: Doc, code: str) -> None:
    answer = desk.post("batch", {"BatchItemRequest": [{"bId": "a", **item}]})
    assert _by_id(answer)["a"]["Fault"]["Error"][0]["code"] == code


def test_a_repeated_request_id_replays_the_first_answer(desk: Desk) -> None:
    first = desk.post("invoice", desk.draft(), requestid="hs-1")
    other = desk.draft(sales_line(desk.item["Id"], 7))
    again = desk.post("invoice", other, requestid="hs-1")
    assert again.content == first.content
    assert len(desk.realm.invoices) == 1
    batch = {"BatchItemRequest": [{"bId": "1", "operation": "create", "Invoice": desk.draft()}]}
    answers = [desk.post("batch", batch, requestid="hs-2").content for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(desk.realm.invoices) == 2


def test_faults_are_replayed_too(desk: Desk) -> None:
    body = desk.draft(CustomerRef={"value": "103"})
    fault(desk.post("invoice", body, requestid="hs-3"), "2500")
    desk.realm.add_customer("Now there")
    fault(desk.post("invoice", body, requestid="hs-3"), "2500")
    assert desk.post("invoice", body, requestid="hs-4").status_code == 200
    desk.simulator.switches.replay_faults = False
    fault(desk.post("invoice", {}, requestid="hs-5"), "2020")
    assert desk.post("invoice", body, requestid="hs-5").status_code == 200


def test_request_ids_have_a_length(desk: Desk) -> None:
    assert desk.post("invoice", desk.draft(), requestid="x" * 50).status_code == 200
    fault(desk.post("invoice", desk.draft(), requestid="x" * 51), "2130")
    batch = {"BatchItemRequest": [{"bId": "12345678901", "Query": "select * from Term"}]}
    assert desk.post("batch", batch).status_code == 200
    fault(desk.post("batch", batch, requestid="short"), "2130")
    fault(desk.post("batch", batch, requestid="x" * 37), "2130")


def test_the_service_may_ignore_request_ids(desk: Desk) -> None:
    desk.simulator.switches.honour_request_id = False
    for _ in range(2):
        desk.post("invoice", desk.draft(), requestid="hs-1").raise_for_status()
    assert len(desk.realm.invoices) == 2


def test_each_first_answer_can_be_lost(desk: Desk) -> None:
    desk.simulator.switches.lose_first_create_answer = True
    for mark in ({"DocNumber": "HS-1"}, {"PrivateNote": "HubSpot invoice 2"}):
        with pytest.raises(httpx.TransportError):
            desk.post("invoice", desk.draft(**mark), requestid=str(mark))
        assert desk.post("invoice", desk.draft(**mark), requestid=str(mark)).status_code == 200
    assert len(desk.realm.invoices) == 2
    batch = {
        "BatchItemRequest": [
            {"bId": "1", "operation": "create", "Invoice": desk.draft(DocNumber="HS-3")}
        ]
    }
    with pytest.raises(httpx.TransportError):
        desk.post("batch", batch)
    assert desk.query("select * from Invoice where DocNumber = 'HS-3'")["maxResults"] == 1
    assert desk.post("customer", {"DisplayName": "Heard"}).status_code == 200
    desk.simulator.switches.lose_first_customer_answer = True
    with pytest.raises(httpx.TransportError):
        desk.post("customer", {"DisplayName": "Unheard"})
    assert desk.query("select * from Customer where DisplayName = 'Unheard'")["maxResults"] == 1


def test_a_refused_create_is_not_lost(desk: Desk) -> None:
    desk.simulator.switches.lose_first_create_answer = True
    fault(desk.post("invoice", {}), "2020")
