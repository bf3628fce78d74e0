"""Reading records: what HubSpot answers and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.hubspot import (
    HubSpotSimulator,
    Portal,
)
from tests.simulators.hubspot.client import LINES, Api, invalid, refused


def test_defaults_requested_empty_and_unknown_properties(api: Api, portal: Portal) -> None:
    invoice = portal.create_invoice(lines=LINES, number="F-7")
    plain = api("GET", f"/crm/v3/objects/invoices/{invoice}").json()
    assert set(plain["properties"]) == {
        "hs_createdate",
        "hs_lastmodifieddate",
        "hs_object_id",
    }
    names = "hs_number,hs_comments,hs_amount_billed,not_a_property"
    record = api("GET", f"/crm/v3/objects/0-53/{invoice}?properties={names}").json()
    assert record["properties"]["hs_number"] == "F-7"
    assert record["properties"]["hs_comments"] is None
    assert record["properties"]["hs_amount_billed"] == "26.00"
    assert "not_a_property" not in record["properties"]
    assert record["properties"]["hs_object_id"] == record["id"] == invoice


def test_default_set_of_contacts_and_line_items(api: Api, portal: Portal) -> None:
    contact = portal.create("contacts", {"email": "ada@example.com"})
    properties = api("GET", f"/crm/v3/objects/contacts/{contact}").json()["properties"]
    assert set(properties) == {
        "createdate",
        "email",
        "firstname",
        "hs_object_id",
        "lastmodifieddate",
        "lastname",
    }
    line = portal.create("line_items", LINES[0])
    assert "createdate" in api("GET", f"/crm/v3/objects/line_item/{line}").json()["properties"]


def test_single_read_with_associations_history_and_id_property(api: Api, portal: Portal) -> None:
    contact = portal.create("contacts", {"email": "Ada@example.com"})
    invoice = portal.create_invoice(contact, lines=LINES)
    query = "associations=contacts,line_items&propertiesWithHistory=hs_invoice_status"
    record = api("GET", f"/crm/v3/objects/invoices/{invoice}?{query}").json()
    assert record["associations"]["contacts"]["results"] == [
        {"id": contact, "type": "invoice_to_contact"}
    ]
    assert len(record["associations"]["line items"]["results"]) == 2
    history = record["propertiesWithHistory"]["hs_invoice_status"]
    assert [change["value"] for change in history] == ["open", "draft"]
    assert history[0]["sourceType"] == "CRM_UI"
    by_email = api("GET", "/crm/v3/objects/contacts/ada@example.com?idProperty=email")
    assert by_email.json()["id"] == contact
    invalid(api("GET", f"/crm/v3/objects/contacts/{contact}?idProperty=firstname"))


def test_list_pages_and_archived(api: Api, portal: Portal) -> None:
    ids = [portal.create("companies", {"name": f"C{n}"}) for n in range(5)]
    portal.delete("companies", ids[2])
    first = api("GET", "/crm/v3/objects/companies?limit=3&properties=name").json()
    rest = api(
        "GET", f"/crm/v3/objects/companies?limit=3&after={first['paging']['next']['after']}"
    ).json()
    assert [company["id"] for company in first["results"] + rest["results"]] == ids[:2] + ids[3:]
    assert "paging" not in rest
    gone = api("GET", "/crm/v3/objects/companies?archived=true").json()["results"]
    assert [company["id"] for company in gone] == [ids[2]]
    assert gone[0]["archived"] is True
    assert gone[0]["archivedAt"]
    invalid(api("GET", "/crm/v3/objects/companies?limit=101"))


def test_not_there(api: Api, portal: Portal) -> None:
    company = portal.create("companies", {"name": "Acme"})
    portal.delete("companies", company)
    path = f"/crm/v3/objects/companies/{company}"
    refused(api("GET", path), 404, "OBJECT_NOT_FOUND")
    assert api("GET", f"{path}?archived=true").json()["id"] == company
    refused(api("GET", "/crm/v3/objects/invoices/1"), 404, "OBJECT_NOT_FOUND")
    refused(api("GET", "/crm/v3/nothing"), 404, "OBJECT_NOT_FOUND")
    assert api("PUT", path, {}).status_code == 405
    assert "infer object type" in invalid(api("GET", "/crm/v3/objects/bills"))["message"]


def test_batch_read_is_ordered_by_id_without_repeats(api: Api, portal: Portal) -> None:
    ids = [portal.create_invoice() for _ in range(3)]
    answer = api.read("invoices", [ids[2], ids[0], ids[1], ids[0]], "hs_number")
    assert answer.status_code == 200
    assert [invoice["id"] for invoice in answer.json()["results"]] == ids


def test_batch_read_of_missing_ids(api: Api, portal: Portal, hubspot: HubSpotSimulator) -> None:
    invoice = portal.create_invoice()
    answer = api.read("invoices", [invoice, "99"])
    assert answer.status_code == 207
    body = answer.json()
    assert (body["numErrors"], body["errors"][0]["category"]) == (1, "OBJECT_NOT_FOUND")
    assert body["errors"][0]["context"] == {"ids": ["99"]}
    hubspot.switches.missing_as_207 = False
    answer = api.read("invoices", [invoice, "99"])
    assert answer.status_code == 200
    assert [result["id"] for result in answer.json()["results"]] == [invoice]


def test_batch_limits(api: Api) -> None:
    invalid(api.read("invoices", [str(n) for n in range(101)]))
    invalid(api.read("invoices", []))
    invalid(api.read("invoices", ["INV-1"]))


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"inputs": [{"id": 5}]},
        {"inputs": [{"id": "5", "extra": 1}]},
        {"inputs": [{"id": "5"}], "associations": ["contacts"]},
        {"inputs": [{"id": "5"}], "properties": "hs_number"},
    ],
)
def test_bodies_are_closed(api: Api, body: Any) -> None:
    invalid(api("POST", "/crm/v3/objects/invoices/batch/read", body))


def test_other_slips(api: Api) -> None:
    path = "/crm/v3/objects/invoices"
    invalid(api("GET", f"{path}?propertes=hs_number"))
    invalid(api("GET", f"{path}?archived=yes"))
    invalid(api("GET", f"{path}?limit=ten"))
    text = api.http.post(path, content="{", headers={"Content-Type": "application/json"})
    invalid(text)
    assert api.http.post(path, content="{}").status_code == 415
    invalid(api("GET", path, {"limit": 1}))
