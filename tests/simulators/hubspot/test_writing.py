"""Writing records: what HubSpot keeps and what it refuses."""

from __future__ import annotations

from typing import Any

import httpx

from infra.local.hubspot import (
    Portal,
)
from infra.local.wire import Clock
from tests.simulators.hubspot.client import LINES, Api, code, invalid, refused


def test_an_invoice_from_draft_to_open(api: Api, portal: Portal) -> None:
    contact = portal.create("contacts", {"email": "ada@example.com"})
    path = "/crm/v3/objects/invoices"
    missing = invalid(api("POST", path, {"properties": {}}))
    assert missing["context"] == {"properties": ["hs_currency"]}
    to_contact = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 177}
    body = {
        "properties": {"hs_currency": "USD", "hs_due_date": "2026-02-01"},
        "associations": [{"to": {"id": contact}, "types": [to_contact]}],
    }
    created = api("POST", path, body)
    assert created.status_code == 201
    invoice = created.json()["id"]
    assert created.json()["properties"]["hs_invoice_status"] == "draft"
    assert created.json()["properties"]["hs_due_date"] == "2026-02-01T00:00:00Z"
    opening = {"properties": {"hs_invoice_status": "open"}}
    assert "line item" in invalid(api("PATCH", f"{path}/{invoice}", opening))["message"]
    to_invoice = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 410}
    line = {
        "properties": {"name": "Work", "quantity": "2", "price": "10.50"},
        "associations": [{"to": {"id": invoice}, "types": [to_invoice]}],
    }
    assert api("POST", "/crm/v3/objects/line_items", line).status_code == 201
    opened = api("PATCH", f"{path}/{invoice}", opening)
    assert opened.status_code == 200
    record = portal.record("invoices", invoice)
    assert record.properties["hs_number"] == "INV-1001"
    assert record.properties["hs_balance_due"] == "21.00"
    for status in ("draft", "paid", "voided"):
        body = {"properties": {"hs_invoice_status": status}}
        invalid(api("PATCH", f"{path}/{invoice}", body))


def test_opening_needs_a_contact_unless_only_for_the_record(api: Api, portal: Portal) -> None:
    invoice = portal.create_invoice(lines=LINES, status="draft")
    path = f"/crm/v3/objects/invoices/{invoice}"
    opening = {"properties": {"hs_invoice_status": "open"}}
    assert "contact" in invalid(api("PATCH", path, opening))["message"]
    opening["properties"]["hs_invoice_billable"] = "false"
    assert api("PATCH", path, opening).status_code == 200


def test_refused_values(api: Api, portal: Portal) -> None:
    invoice = portal.create_invoice()
    path = f"/crm/v3/objects/invoices/{invoice}"

    def patch(kind: str = path, **properties: Any) -> httpx.Response:
        return api("PATCH", kind, {"properties": properties})

    answer = patch(qb_x="1")
    assert code(answer) == "PROPERTY_DOESNT_EXIST"
    assert answer.json()["errors"][0]["context"] == {"propertyName": ["qb_x"]}
    assert code(patch(hs_amount_billed="1")) == "READ_ONLY_VALUE"
    assert code(patch(hs_currency="DOLLAR")) == "INVALID_OPTION"
    assert code(patch(hs_invoice_date="soon")) == "INVALID_DATE"
    line = portal.create("line_items", LINES[0])
    assert code(patch(f"/crm/v3/objects/line_items/{line}", price="ten")) == "INVALID_INTEGER"
    invalid(patch(hs_comments=None))
    invalid(patch(hs_comments=["x"]))
    invalid(patch(hs_currency=""))
    invalid(api("PATCH", path, {"properties": {}, "associations": []}))
    refused(api("PATCH", f"{path}0", {"properties": {}}), 404, "OBJECT_NOT_FOUND")
    assert portal.record("invoices", invoice).properties.get("hs_comments") is None


def test_values_are_kept_as_text_and_cleared_by_empty_text(api: Api, portal: Portal) -> None:
    invoice = portal.create_invoice()
    path = f"/crm/v3/objects/invoices/{invoice}"
    body = {"hs_allow_partial_payments": True, "hs_invoice_date": 1767225600000}
    kept = api("PATCH", path, {"properties": body}).json()["properties"]
    assert kept["hs_allow_partial_payments"] == "true"
    assert kept["hs_invoice_date"] == "2026-01-01T00:00:00Z"
    portal.update("invoices", invoice, {"hs_comments": "Thanks"})
    cleared = api("PATCH", path, {"properties": {"hs_comments": ""}}).json()
    assert cleared["properties"]["hs_comments"] is None


def test_every_write_moves_the_modification_date(api: Api, portal: Portal, clock: Clock) -> None:
    invoice = portal.create_invoice()
    before = portal.record("invoices", invoice)
    clock.advance(60)
    api("PATCH", f"/crm/v3/objects/invoices/{invoice}", {"properties": {"hs_title": "T"}})
    after = portal.record("invoices", invoice)
    assert (after.updated - before.updated).total_seconds() >= 60
    key = "hs_lastmodifieddate"
    assert after.properties[key] > before.properties[key]


def test_emails_are_unique(api: Api, portal: Portal) -> None:
    contact = portal.create("contacts", {"email": "ada@example.com"})
    body = {"properties": {"email": "ADA@example.com"}}
    answer = refused(api("POST", "/crm/v3/objects/contacts", body), 409, "CONFLICT")
    assert answer["message"] == f"Contact already exists. Existing ID: {contact}"
    portal.delete("contacts", contact)
    assert api("POST", "/crm/v3/objects/contacts", body).status_code == 201


def test_deletion_archives(api: Api, portal: Portal) -> None:
    invoice = portal.create_invoice(lines=LINES)
    path = f"/crm/v3/objects/invoices/{invoice}"
    assert api("DELETE", path).status_code == 204
    refused(api("GET", path), 404, "OBJECT_NOT_FOUND")
    refused(api("DELETE", path), 404, "OBJECT_NOT_FOUND")
    assert api.read("invoices", [invoice]).status_code == 207
    portal.restore("invoices", invoice)
    assert api("GET", path).status_code == 200
    paid = portal.create_invoice(status="paid")
    invalid(api("DELETE", f"/crm/v3/objects/invoices/{paid}"))


def test_batch_update(api: Api, portal: Portal) -> None:
    first, second = portal.create_invoice(), portal.create_invoice()
    path = "/crm/v3/objects/invoices/batch/update"

    def update(*inputs: tuple[str, dict[str, Any]], **more: Any) -> httpx.Response:
        listed = [{"id": id_, "properties": values, **more} for id_, values in inputs]
        return api("POST", path, {"inputs": listed})

    assert update((first, {"hs_title": "A"}), (second, {"hs_title": "B"})).status_code == 200
    invalid(update((first, {"hs_title": "C"}), (second, {"nope": "1"})))
    assert portal.record("invoices", first).properties["hs_title"] == "A"
    invalid(update((first, {}), (first, {})))
    missing = update((first, {"hs_title": "D"}), ("5", {"hs_title": "E"}))
    assert missing.status_code == 207
    assert portal.record("invoices", first).properties["hs_title"] == "D"


def test_batch_create_with_and_without_traces(api: Api, portal: Portal) -> None:
    path = "/crm/v3/objects/companies/batch/create"
    good, bad = {"properties": {"name": "Acme"}}, {"properties": {"nope": "1"}}
    assert api("POST", path, {"inputs": [good, good]}).status_code == 201
    invalid(api("POST", path, {"inputs": [good, bad]}))
    assert len(portal.ids("companies")) == 2
    traced = [{**good, "objectWriteTraceId": "a"}, {**bad, "objectWriteTraceId": "b"}]
    answer = api("POST", path, {"inputs": traced})
    assert answer.status_code == 207
    assert answer.json()["results"][0]["objectWriteTraceId"] == "a"
    assert answer.json()["errors"][0]["context"] == {"objectWriteTraceId": ["b"]}
    invalid(api("POST", path, {"inputs": [traced[0], traced[0]]}))
    ids = portal.ids("companies")
    body = {"inputs": [{"id": company_id} for company_id in ids]}
    assert api("POST", "/crm/v3/objects/companies/batch/archive", body).status_code == 204
    assert portal.ids("companies") == []


def test_payments_and_deals(api: Api, portal: Portal) -> None:
    path = "/crm/v3/objects/commerce_payments"
    invalid(api("POST", path, {"properties": {"hs_initial_amount": "5"}}))
    body = {"hs_initial_amount": "5", "hs_initiated_date": "2026-01-15T09:30:00Z"}
    assert api("POST", path, {"properties": body}).status_code == 201
    assert api("GET", f"{path}?properties=hs_initial_amount").json()["results"]
    deal = portal.create("deals", {"dealname": "Big"})
    assert api("GET", f"/crm/v3/objects/0-3/{deal}").json()["properties"]["dealname"] == "Big"
