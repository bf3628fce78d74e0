"""The search: filters, order, pages, limits and a lagging index."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.hubspot import (
    HubSpotSimulator,
    Portal,
)
from infra.local.wire import Clock
from tests.simulators.hubspot.client import Api, invalid


def test_filters_sort_and_pages(api: Api, portal: Portal) -> None:
    ids = [
        portal.create_invoice(lines=[{"quantity": 1, "price": n}], hs_title=f"Job {n} Blue")
        for n in range(1, 5)
    ]
    filters = [
        {"propertyName": "hs_amount_billed", "operator": "GT", "value": "1"},
        {"propertyName": "hs_invoice_status", "operator": "IN", "values": ["open", "paid"]},
    ]
    answer = api.search(
        "invoices",
        filterGroups=[{"filters": filters}],
        sorts=["hs_object_id"],
        properties=["hs_number"],
        limit=2,
    )
    body = answer.json()
    assert (body["total"], [result["id"] for result in body["results"]]) == (3, ids[1:3])
    assert body["paging"]["next"]["after"] == "2"
    assert "x-hubspot-ratelimit-max" not in answer.headers
    rest = api.search("invoices", filterGroups=[{"filters": filters}], limit=2, after="2")
    assert [result["id"] for result in rest.json()["results"]] == ids[3:]


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ({"operator": "EQ", "value": "2"}, 1),
        ({"operator": "NEQ", "value": "2"}, 3),
        ({"operator": "LTE", "value": "2"}, 2),
        ({"operator": "BETWEEN", "value": "2", "highValue": "3"}, 2),
        ({"operator": "HAS_PROPERTY"}, 4),
        ({"propertyName": "hs_comments", "operator": "NOT_HAS_PROPERTY"}, 4),
        ({"propertyName": "hs_title", "operator": "CONTAINS_TOKEN", "value": "BLU*"}, 4),
        ({"propertyName": "hs_title", "operator": "NOT_CONTAINS_TOKEN", "value": "blue"}, 0),
        ({"propertyName": "hs_title", "operator": "IN", "values": ["job 1 blue"]}, 1),
        ({"propertyName": "hs_title", "operator": "IN", "values": ["Job 1 Blue"]}, 0),
        ({"propertyName": "hs_invoice_status", "operator": "EQ", "value": "OPEN"}, 0),
        ({"propertyName": "hs_createdate", "operator": "GT", "value": "1767225600000"}, 4),
    ],
)
def test_operators(api: Api, portal: Portal, condition: dict[str, Any], count: int) -> None:
    for n in range(1, 5):
        portal.create_invoice(lines=[{"quantity": 1, "price": n}], hs_title=f"Job {n} Blue")
    body = [{"filters": [{"propertyName": "hs_amount_billed", **condition}]}]
    assert api.search("invoices", filterGroups=body).json()["total"] == count


def test_by_association_and_text(api: Api, portal: Portal) -> None:
    contact = portal.create("contacts", {"email": "ada@example.com"})
    invoice = portal.create_invoice(contact)
    portal.create_invoice()
    condition = {"propertyName": "associations.contact", "operator": "EQ", "value": contact}
    page = api.search("invoices", filterGroups=[{"filters": [condition]}]).json()
    assert [result["id"] for result in page["results"]] == [invoice]
    assert api.search("contacts", query="ADA@").json()["total"] == 1


def test_limits(api: Api, clock: Clock) -> None:
    condition = {"propertyName": "hs_title", "operator": "HAS_PROPERTY"}
    for body in (
        {"limit": 201},
        {"limit": 200, "after": "9801"},
        {"after": "x"},
        {"filterGroups": [{"filters": [condition]}] * 6},
        {"filterGroups": [{"filters": [condition] * 7}]},
        {"filterGroups": [{"filters": [{**condition, "operator": "LIKE"}]}]},
        {"filterGroups": [{"filters": [{**condition, "operator": "EQ"}]}]},
        {"filterGroups": [{"filters": [{**condition, "propertyName": "nope"}]}]},
        {"sorts": ["hs_title", "hs_number"]},
        {"query": "x" * 3000},
    ):
        clock.advance(1)
        invalid(api.search("invoices", **body))


def test_five_a_second(api: Api, clock: Clock) -> None:
    assert [api.search("invoices").status_code for _ in range(5)] == [200] * 5
    sixth = api.search("contacts")
    assert (sixth.status_code, sixth.json()["policyName"]) == (429, "SECONDLY")
    assert sixth.json()["errorType"] == "RATE_LIMIT"
    assert "category" not in sixth.json()
    clock.advance(1)
    assert api.search("invoices").status_code == 200


def test_the_index_lags(api: Api, portal: Portal, hubspot: HubSpotSimulator, clock: Clock) -> None:
    hubspot.switches.search_lag = 10
    invoice = portal.create_invoice(hs_title="old")

    def titles() -> list[str]:
        results = api.search("invoices", properties=["hs_title"]).json()["results"]
        return [result["properties"]["hs_title"] for result in results]

    assert titles() == []
    clock.advance(11)
    assert titles() == ["old"]
    portal.update("invoices", invoice, {"hs_title": "new"})
    assert titles() == ["old"]
    clock.advance(11)
    assert titles() == ["new"]
