"""Associations between records, read and written."""

from __future__ import annotations

from infra.local.hubspot import (
    HubSpotSimulator,
    Portal,
)
from tests.simulators.hubspot.client import LINES, Api, invalid, refused


def test_types_in_both_directions(api: Api, portal: Portal) -> None:
    contact = portal.create("contacts", {"email": "ada@example.com"})
    company = portal.create("companies", {"name": "Acme"}, [("contacts", contact)])
    invoice = portal.create_invoice(
        contact,
        company,
        lines=LINES[:1],
        discounts=[{"hs_value": 1}],
        fees=[{"hs_value": 1}],
        taxes=[{"hs_value": 1}],
    )
    payment = {"hs_initial_amount": 1, "hs_initiated_date": "2026-01-15"}
    portal.create("commerce_payments", payment, [("invoices", invoice)])
    expected = {
        "contacts": (177, 178),
        "companies": (179, 180),
        "line_items": (409, 410),
        "discounts": (411, 412),
        "fees": (413, 414),
        "taxes": (415, 416),
        "commerce_payments": (541, 542),
    }
    for end, (forward, backward) in expected.items():
        answer = api.associations("invoices", end, [invoice])
        assert answer.status_code == 200
        [result] = answer.json()["results"]
        [to] = result["to"]
        assert (result["from"]["id"], to["associationTypes"][0]["typeId"]) == (invoice, forward)
        assert isinstance(to["toObjectId"], int)
        reverse = api.associations(end, "invoices", [str(to["toObjectId"])]).json()
        assert reverse["results"][0]["to"][0]["associationTypes"][0]["typeId"] == backward


def test_the_primary_company(api: Api, portal: Portal) -> None:
    first = portal.create("companies", {"name": "A"})
    second = portal.create("companies", {"name": "B"})
    contact = portal.create("contacts", {}, [("companies", first), ("companies", second)])
    [result] = api.associations("contacts", "companies", [contact]).json()["results"]
    types = [sorted(t["typeId"] for t in to["associationTypes"]) for to in result["to"]]
    assert types == [[1, 279], [279]]
    assert portal.record("contacts", contact).properties["associatedcompanyid"] == first
    body = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies/{second}"
    assert api("PUT", path, body).status_code == 201
    assert portal.record("contacts", contact).properties["associatedcompanyid"] == second
    [result] = api.associations("companies", "contacts", [second]).json()["results"]
    labels = {t["typeId"]: t["label"] for t in result["to"][0]["associationTypes"]}
    assert labels == {280: None, 2: "Primary"}


def test_records_without_any(api: Api, portal: Portal, hubspot: HubSpotSimulator) -> None:
    with_lines, without_lines = portal.create_invoice(lines=LINES), portal.create_invoice()
    answer = api.associations("invoices", "line_items", [with_lines, without_lines])
    assert answer.status_code == 207
    assert [result["from"]["id"] for result in answer.json()["results"]] == [with_lines]
    [error] = answer.json()["errors"]
    assert error["category"] == "OBJECT_NOT_FOUND"
    assert error["context"]["fromObjectId"] == [without_lines]
    hubspot.switches.no_associations_as_207 = False
    hubspot.switches.to_object_id_as_text = True
    answer = api.associations("invoices", "line_items", [with_lines, without_lines])
    assert answer.status_code == 200
    assert isinstance(answer.json()["results"][0]["to"][0]["toObjectId"], str)


def test_paging(api: Api, portal: Portal, hubspot: HubSpotSimulator) -> None:
    invoice = portal.create_invoice(lines=LINES * 3)
    hubspot.switches.association_page = 4
    path = f"/crm/v4/objects/invoices/{invoice}/associations/line_items"
    first = api("GET", f"{path}?limit=500").json()
    rest = api("GET", f"{path}?after={first['paging']['next']['after']}").json()
    assert (len(first["results"]), len(rest["results"])) == (4, 2)
    assert "paging" not in rest
    [result] = api.associations("invoices", "line_items", [invoice]).json()["results"]
    more = {"inputs": [{"id": invoice, "after": result["paging"]["next"]["after"]}]}
    path = "/crm/v4/associations/invoices/line_items/batch/read"
    [last] = api("POST", path, more).json()["results"]
    assert (len(result["to"]), len(last["to"])) == (4, 2)
    invalid(api("GET", f"/crm/v4/objects/invoices/{invoice}/associations/fees?limit=501"))


def test_limits_and_slips(api: Api, portal: Portal) -> None:
    invalid(api.associations("invoices", "contacts", [str(n) for n in range(1001)]))
    invoice = portal.create_invoice()
    contact = portal.create("contacts", {})
    path = "/crm/v4/associations/invoices/contacts/batch/create"
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 178}
    pair = {"from": {"id": invoice}, "to": {"id": contact}, "types": [spec]}
    invalid(api("POST", path, {"inputs": [pair]}))
    spec["associationTypeId"] = 177
    assert api("POST", path, {"inputs": [pair]}).status_code == 201
    gone = {**pair, "to": {"id": "5"}}
    assert api("POST", path, {"inputs": [pair, gone]}).status_code == 207
    refused(api("GET", "/crm/v4/objects/invoices/5/associations/contacts"), 404, "OBJECT_NOT_FOUND")


def test_defaults_and_removal(api: Api, portal: Portal) -> None:
    invoice, contact = portal.create_invoice(), portal.create("contacts", {})
    base = f"/crm/v4/objects/invoices/{invoice}/associations"
    put = api("PUT", f"{base}/default/contacts/{contact}")
    assert put.status_code == 200
    types = [result["associationSpec"]["associationTypeId"] for result in put.json()["results"]]
    assert types == [177, 178]
    assert portal.associated("contacts", contact, "invoices") == [invoice]
    assert api("DELETE", f"{base}/contacts/{contact}").status_code == 204
    assert portal.associated("invoices", invoice, "contacts") == []
    path = "/crm/v4/associations/invoices/contacts/batch"
    pair = {"from": {"id": invoice}, "to": {"id": contact}}
    body = {"inputs": [pair]}
    assert api("POST", f"{path}/associate/default", body).status_code == 200
    archive = {"inputs": [{"from": {"id": invoice}, "to": [{"id": contact}]}]}
    assert api("POST", f"{path}/archive", archive).status_code == 204
    assert portal.associated("invoices", invoice, "contacts") == []
    refused(api("PUT", f"{base}/default/contacts/5"), 404, "OBJECT_NOT_FOUND")


def test_what_comes_with_a_record(api: Api, portal: Portal, hubspot: HubSpotSimulator) -> None:
    """Of each type an entry a type of association, and a page of them: never the rest."""
    label = portal.add_label("invoices", "contacts", "Billing contact")
    contact, other = portal.create("contacts", {}), portal.create("contacts", {})
    invoice = portal.create_invoice(lines=LINES * 51)
    for each in (contact, other):
        portal.associate("invoices", invoice, "contacts", each)
    portal.associate("invoices", invoice, "contacts", other, label)
    path = f"/crm/v3/objects/invoices/{invoice}?associations=contacts,line_items,fees"
    found = api("GET", path).json()["associations"]
    assert found.keys() == {"contacts", "line items"}  # no fees: not an empty list
    assert found["contacts"]["results"] == [
        {"id": contact, "type": "invoice_to_contact"},
        {"id": other, "type": "invoice_to_contact"},
        {"id": other, "type": "billing_contact"},
    ]
    lines = found["line items"]
    assert len(lines["results"]) == 100
    assert lines["paging"]["next"]["after"] == lines["results"][-1]["id"]
    company = portal.create("companies", {})
    portal.associate("contacts", contact, "companies", company)
    path = f"/crm/v3/objects/contacts/{contact}?associations=companies"
    assert [
        each["type"] for each in api("GET", path).json()["associations"]["companies"]["results"]
    ] == [
        "contact_to_company_unlabeled",
        "contact_to_company",
    ]
