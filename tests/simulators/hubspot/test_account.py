"""Property definitions, account details and tax rates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.hubspot import (
    Portal,
)
from infra.local.wire import Clock
from tests.simulators.hubspot.client import PORTAL, Api, code, invalid, refused

NEW = {
    "groupName": "quickbooks_sync",
    "name": "qbo_sync_status",
    "label": "QuickBooks sync status",
    "type": "enumeration",
    "fieldType": "select",
    "options": [{"label": "Synced", "value": "synced", "displayOrder": 0, "hidden": False}],
}


def test_create_and_write(api: Api, portal: Portal) -> None:
    path = "/crm/v3/properties/invoices"
    refused(api("GET", f"{path}/qbo_sync_status"), 404, "OBJECT_NOT_FOUND")
    invalid(api("POST", path, NEW))  # the group is not there yet
    group = {"name": "quickbooks_sync", "label": "QuickBooks sync", "displayOrder": -1}
    assert api("POST", f"{path}/groups", group).status_code == 201
    refused(api("POST", f"{path}/groups", group), 409, "CONFLICT")
    assert api("GET", f"{path}/groups/quickbooks_sync").json()["label"] == "QuickBooks sync"
    assert len(api("GET", f"{path}/groups").json()["results"]) == 2
    assert api("POST", path, NEW).status_code == 201
    refused(api("POST", path, NEW), 409, "CONFLICT")
    definition = api("GET", f"{path}/qbo_sync_status").json()
    assert (definition["hubspotDefined"], definition["options"][0]["value"]) == (False, "synced")
    invoice = portal.create_invoice()
    write = {"inputs": [{"id": invoice, "properties": {"qbo_sync_status": "synced"}}]}
    assert api("POST", "/crm/v3/objects/invoices/batch/update", write).status_code == 200
    write["inputs"][0]["properties"] = {"qbo_sync_status": "lost"}
    assert code(api("POST", "/crm/v3/objects/invoices/batch/update", write)) == "INVALID_OPTION"
    answer = api("PATCH", f"{path}/qbo_sync_status", {"label": "Sync"})
    assert answer.json()["label"] == "Sync"
    assert api("DELETE", f"{path}/qbo_sync_status").status_code == 204
    refused(api("GET", f"{path}/qbo_sync_status"), 404, "OBJECT_NOT_FOUND")


def test_list_and_batches(api: Api) -> None:
    path = "/crm/v3/properties/invoices"
    names = {definition["name"] for definition in api("GET", path).json()["results"]}
    assert {"hs_number", "hs_amount_billed", "hs_invoice_status"} <= names
    text = {
        "groupName": "invoiceinformation",
        "name": "qbo_id",
        "label": "Id",
        "type": "string",
        "fieldType": "text",
    }
    both = {"inputs": [text, {**text, "name": "Qbo"}]}
    assert api("POST", f"{path}/batch/create", both).status_code == 207
    second = {"inputs": [{**text, "name": "qbo_link"}]}
    assert api("POST", f"{path}/batch/create", second).status_code == 201
    read = {"inputs": [{"name": "qbo_id"}, {"name": "nope"}], "archived": False}
    read["dataSensitivity"] = "non_sensitive"
    assert api("POST", f"{path}/batch/read", read).status_code == 207
    gone = {"inputs": [{"name": "qbo_id"}, {"name": "qbo_link"}]}
    assert api("POST", f"{path}/batch/archive", gone).status_code == 204


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Bad Name"},
        {"fieldType": "number"},
        {"type": "money"},
        {"options": []},
        {"groupName": "nowhere"},
        {"colour": "red"},
    ],
)
def test_refused(api: Api, change: dict[str, Any]) -> None:
    body = {**NEW, "groupName": "invoiceinformation", **change}
    invalid(api("POST", "/crm/v3/properties/invoices", body))


@pytest.mark.parametrize(
    ("month", "offset", "milliseconds"), [(7, "-04:00", -14_400_000), (11, "-05:00", -18_000_000)]
)
def test_details(api: Api, clock: Clock, month: int, offset: str, milliseconds: int) -> None:
    clock.stand_still(datetime(2026, month, 23, tzinfo=UTC))
    details = api("GET", "/account-info/v3/details").json()
    assert (details["portalId"], details["timeZone"]) == (PORTAL, "US/Eastern")
    assert details["utcOffset"] == offset
    assert details["utcOffsetMilliseconds"] == milliseconds


def test_tax_rates(api: Api, portal: Portal) -> None:
    rate = portal.add_tax_rate("GST", "5.5")
    portal.add_tax_rate("Old", 7, active=False)
    path = "/tax-rates/v1/tax-rates"
    first = api("GET", f"{path}?limit=1").json()
    assert first["results"][0]["percentageRate"] == 5.5
    after = first["paging"]["next"]["after"]
    assert api("GET", f"{path}?after={after}").json()["results"][0]["name"] == "Old"
    assert len(api("GET", f"{path}?active=true").json()["results"]) == 1
    assert api("GET", f"{path}/{rate}").json()["id"] == rate
    refused(api("GET", f"{path}/5"), 404, "OBJECT_NOT_FOUND")
