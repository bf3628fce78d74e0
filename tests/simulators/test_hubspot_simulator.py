"""The HubSpot simulator over HTTP: what it answers, what it refuses, and what it sends."""

from __future__ import annotations

import hashlib
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from werkzeug import Request, Response

from infra.local.hubspot import (
    SCOPES,
    HubSpotSimulator,
    Portal,
    gateway,
    locked,
    migrating,
    signing,
)
from infra.local.hubspot.money import invoice_total, line_amounts
from infra.local.wire import Clock, Fault, HttpServer, Recorder

PORTAL = 24680
LINES: list[dict[str, object]] = [
    {"name": "Consulting", "quantity": 2, "price": "10.50"},
    {"name": "Setup", "quantity": 1, "price": 5},
]


class Api:
    """A client with a token."""

    def __init__(self, url: str, token: str | None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.Client(base_url=url, headers=headers)

    def __call__(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.http.request(method, path, json=body)

    def read(self, kind: str, ids: list[str], *properties: str) -> httpx.Response:
        body = {"inputs": [{"id": one} for one in ids], "properties": list(properties)}
        return self("POST", f"/crm/v3/objects/{kind}/batch/read", body)

    def search(self, kind: str, **body: Any) -> httpx.Response:
        return self("POST", f"/crm/v3/objects/{kind}/search", body)

    def associations(self, start: str, end: str, ids: list[str]) -> httpx.Response:
        body = {"inputs": [{"id": one} for one in ids]}
        return self("POST", f"/crm/v4/associations/{start}/{end}/batch/read", body)


class Receiver:
    """Somebody's backend: remembers requests, answers the given statuses, then 204."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.statuses: list[int] = []
        self.body = ""
        self.hold: threading.Event | None = None
        self.server = HttpServer(self._application).start()
        self.url = self.server.url

    def _application(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        request.get_data(cache=True)
        self.requests.append(request)
        if self.hold:
            self.hold.wait(10)
        status = self.statuses.pop(0) if self.statuses else 204
        return Response(self.body, status, {"Location": self.url})(environ, start_response)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for request in self.requests for event in json.loads(request.get_data())]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hubspot(clock: Clock, tmp_path: Path) -> Iterator[HubSpotSimulator]:
    recorder = Recorder(tmp_path / "exchanges.jsonl")
    simulator = HubSpotSimulator(clock, recorder).start()
    yield simulator
    simulator.stop()
    recorder.close()


@pytest.fixture
def portal(hubspot: HubSpotSimulator) -> Portal:
    return hubspot.add_portal(PORTAL)


@pytest.fixture
def connect(hubspot: HubSpotSimulator) -> Iterator[Callable[[str | None], Api]]:
    opened: list[Api] = []

    def make(token: str | None) -> Api:
        opened.append(Api(hubspot.url, token))
        return opened[-1]

    yield make
    for one in opened:
        one.http.close()


@pytest.fixture
def api(hubspot: HubSpotSimulator, portal: Portal, connect: Callable[[str | None], Api]) -> Api:
    return connect(hubspot.grant(PORTAL)["access_token"])


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.server.stop()


def refused(response: httpx.Response, status: int, category: str) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["category"]) == (status, category), body
    assert body["status"] == "error"
    return body


def invalid(response: httpx.Response) -> dict[str, Any]:
    return refused(response, 400, "VALIDATION_ERROR")


def code(response: httpx.Response) -> str:
    return str(invalid(response)["errors"][0]["code"])


class TestReading:
    def test_defaults_requested_empty_and_unknown_properties(
        self, api: Api, portal: Portal
    ) -> None:
        invoice = portal.create_invoice(lines=LINES, number="F-7")
        plain = api("GET", f"/crm/v3/objects/invoices/{invoice}").json()
        assert set(plain["properties"]) == {
            "hs_createdate",
            "hs_lastmodifieddate",
            "hs_object_id",
        }
        names = "hs_number,hs_comments,hs_amount_billed,not_a_property"
        found = api("GET", f"/crm/v3/objects/0-53/{invoice}?properties={names}").json()
        assert found["properties"]["hs_number"] == "F-7"
        assert found["properties"]["hs_comments"] is None
        assert found["properties"]["hs_amount_billed"] == "26.00"
        assert "not_a_property" not in found["properties"]
        assert found["properties"]["hs_object_id"] == found["id"] == invoice

    def test_default_set_of_contacts_and_line_items(self, api: Api, portal: Portal) -> None:
        contact = portal.create("contacts", {"email": "ada@example.com"})
        found = api("GET", f"/crm/v3/objects/contacts/{contact}").json()["properties"]
        assert set(found) == {
            "createdate",
            "email",
            "firstname",
            "hs_object_id",
            "lastmodifieddate",
            "lastname",
        }
        line = portal.create("line_items", LINES[0])
        assert "createdate" in api("GET", f"/crm/v3/objects/line_item/{line}").json()["properties"]

    def test_single_read_with_associations_history_and_id_property(
        self, api: Api, portal: Portal
    ) -> None:
        contact = portal.create("contacts", {"email": "Ada@example.com"})
        invoice = portal.create_invoice(contact, lines=LINES)
        query = "associations=contacts,line_items&propertiesWithHistory=hs_invoice_status"
        found = api("GET", f"/crm/v3/objects/invoices/{invoice}?{query}").json()
        assert found["associations"]["contacts"]["results"] == [
            {"id": contact, "type": "invoice_to_contact"}
        ]
        assert len(found["associations"]["line items"]["results"]) == 2
        history = found["propertiesWithHistory"]["hs_invoice_status"]
        assert [one["value"] for one in history] == ["open", "draft"]
        assert history[0]["sourceType"] == "CRM_UI"
        by_email = api("GET", "/crm/v3/objects/contacts/ada@example.com?idProperty=email")
        assert by_email.json()["id"] == contact
        invalid(api("GET", f"/crm/v3/objects/contacts/{contact}?idProperty=firstname"))

    def test_list_pages_and_archived(self, api: Api, portal: Portal) -> None:
        ids = [portal.create("companies", {"name": f"C{n}"}) for n in range(5)]
        portal.delete("companies", ids[2])
        first = api("GET", "/crm/v3/objects/companies?limit=3&properties=name").json()
        rest = api(
            "GET", f"/crm/v3/objects/companies?limit=3&after={first['paging']['next']['after']}"
        ).json()
        assert [one["id"] for one in first["results"] + rest["results"]] == ids[:2] + ids[3:]
        assert "paging" not in rest
        gone = api("GET", "/crm/v3/objects/companies?archived=true").json()["results"]
        assert [one["id"] for one in gone] == [ids[2]]
        assert gone[0]["archived"] is True
        assert gone[0]["archivedAt"]
        invalid(api("GET", "/crm/v3/objects/companies?limit=101"))

    def test_not_there(self, api: Api, portal: Portal) -> None:
        company = portal.create("companies", {"name": "Acme"})
        portal.delete("companies", company)
        path = f"/crm/v3/objects/companies/{company}"
        refused(api("GET", path), 404, "OBJECT_NOT_FOUND")
        assert api("GET", f"{path}?archived=true").json()["id"] == company
        refused(api("GET", "/crm/v3/objects/invoices/1"), 404, "OBJECT_NOT_FOUND")
        refused(api("GET", "/crm/v3/nothing"), 404, "OBJECT_NOT_FOUND")
        assert api("PUT", path, {}).status_code == 405
        assert "infer object type" in invalid(api("GET", "/crm/v3/objects/bills"))["message"]

    def test_batch_read_is_ordered_by_id_without_repeats(self, api: Api, portal: Portal) -> None:
        ids = [portal.create_invoice() for _ in range(3)]
        answer = api.read("invoices", [ids[2], ids[0], ids[1], ids[0]], "hs_number")
        assert answer.status_code == 200
        assert [one["id"] for one in answer.json()["results"]] == ids

    def test_batch_read_of_missing_ids(
        self, api: Api, portal: Portal, hubspot: HubSpotSimulator
    ) -> None:
        invoice = portal.create_invoice()
        answer = api.read("invoices", [invoice, "99"])
        assert answer.status_code == 207
        body = answer.json()
        assert (body["numErrors"], body["errors"][0]["category"]) == (1, "OBJECT_NOT_FOUND")
        assert body["errors"][0]["context"] == {"ids": ["99"]}
        hubspot.switches.missing_as_207 = False
        answer = api.read("invoices", [invoice, "99"])
        assert answer.status_code == 200
        assert [one["id"] for one in answer.json()["results"]] == [invoice]

    def test_batch_limits(self, api: Api) -> None:
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
    def test_bodies_are_closed(self, api: Api, body: Any) -> None:
        invalid(api("POST", "/crm/v3/objects/invoices/batch/read", body))

    def test_other_slips(self, api: Api) -> None:
        path = "/crm/v3/objects/invoices"
        invalid(api("GET", f"{path}?propertes=hs_number"))
        invalid(api("GET", f"{path}?archived=yes"))
        invalid(api("GET", f"{path}?limit=ten"))
        text = api.http.post(path, content="{", headers={"Content-Type": "application/json"})
        invalid(text)
        assert api.http.post(path, content="{}").status_code == 415
        invalid(api("GET", path, {"limit": 1}))


class TestWriting:
    def test_an_invoice_from_draft_to_open(self, api: Api, portal: Portal) -> None:
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

    def test_opening_needs_a_contact_unless_only_for_the_record(
        self, api: Api, portal: Portal
    ) -> None:
        invoice = portal.create_invoice(lines=LINES, status="draft")
        path = f"/crm/v3/objects/invoices/{invoice}"
        opening = {"properties": {"hs_invoice_status": "open"}}
        assert "contact" in invalid(api("PATCH", path, opening))["message"]
        opening["properties"]["hs_invoice_billable"] = "false"
        assert api("PATCH", path, opening).status_code == 200

    def test_refused_values(self, api: Api, portal: Portal) -> None:
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

    def test_values_are_kept_as_text_and_cleared_by_empty_text(
        self, api: Api, portal: Portal
    ) -> None:
        invoice = portal.create_invoice()
        path = f"/crm/v3/objects/invoices/{invoice}"
        body = {"hs_allow_partial_payments": True, "hs_invoice_date": 1767225600000}
        kept = api("PATCH", path, {"properties": body}).json()["properties"]
        assert kept["hs_allow_partial_payments"] == "true"
        assert kept["hs_invoice_date"] == "2026-01-01T00:00:00Z"
        portal.update("invoices", invoice, {"hs_comments": "Thanks"})
        cleared = api("PATCH", path, {"properties": {"hs_comments": ""}}).json()
        assert cleared["properties"]["hs_comments"] is None

    def test_every_write_moves_the_modification_date(
        self, api: Api, portal: Portal, clock: Clock
    ) -> None:
        invoice = portal.create_invoice()
        before = portal.record("invoices", invoice)
        clock.advance(60)
        api("PATCH", f"/crm/v3/objects/invoices/{invoice}", {"properties": {"hs_title": "T"}})
        after = portal.record("invoices", invoice)
        assert (after.updated - before.updated).total_seconds() >= 60
        key = "hs_lastmodifieddate"
        assert after.properties[key] > before.properties[key]

    def test_emails_are_unique(self, api: Api, portal: Portal) -> None:
        contact = portal.create("contacts", {"email": "ada@example.com"})
        body = {"properties": {"email": "ADA@example.com"}}
        answer = refused(api("POST", "/crm/v3/objects/contacts", body), 409, "CONFLICT")
        assert answer["message"] == f"Contact already exists. Existing ID: {contact}"
        portal.delete("contacts", contact)
        assert api("POST", "/crm/v3/objects/contacts", body).status_code == 201

    def test_deletion_archives(self, api: Api, portal: Portal) -> None:
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

    def test_batch_update(self, api: Api, portal: Portal) -> None:
        one, two = portal.create_invoice(), portal.create_invoice()
        path = "/crm/v3/objects/invoices/batch/update"

        def update(*inputs: tuple[str, dict[str, Any]], **more: Any) -> httpx.Response:
            listed = [{"id": id_, "properties": values, **more} for id_, values in inputs]
            return api("POST", path, {"inputs": listed})

        assert update((one, {"hs_title": "A"}), (two, {"hs_title": "B"})).status_code == 200
        invalid(update((one, {"hs_title": "C"}), (two, {"nope": "1"})))
        assert portal.record("invoices", one).properties["hs_title"] == "A"
        invalid(update((one, {}), (one, {})))
        missing = update((one, {"hs_title": "D"}), ("5", {"hs_title": "E"}))
        assert missing.status_code == 207
        assert portal.record("invoices", one).properties["hs_title"] == "D"

    def test_batch_create_with_and_without_traces(self, api: Api, portal: Portal) -> None:
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
        body = {"inputs": [{"id": one} for one in ids]}
        assert api("POST", "/crm/v3/objects/companies/batch/archive", body).status_code == 204
        assert portal.ids("companies") == []

    def test_payments_and_deals(self, api: Api, portal: Portal) -> None:
        path = "/crm/v3/objects/commerce_payments"
        invalid(api("POST", path, {"properties": {"hs_initial_amount": "5"}}))
        body = {"hs_initial_amount": "5", "hs_initiated_date": "2026-01-15T09:30:00Z"}
        assert api("POST", path, {"properties": body}).status_code == 201
        assert api("GET", f"{path}?properties=hs_initial_amount").json()["results"]
        deal = portal.create("deals", {"dealname": "Big"})
        assert api("GET", f"/crm/v3/objects/0-3/{deal}").json()["properties"]["dealname"] == "Big"


class TestTotals:
    def test_order_of_application(self) -> None:
        total = invoice_total(
            [{"amount": "100.00"}, {"amount": "50.00", "hs_tax_amount": "4.13"}],
            [{"hs_type": "PERCENT", "hs_value": "10", "hs_sort_order": "2"},
             {"hs_type": "FIXED", "hs_value": "50", "hs_sort_order": "1"}],
            [{"hs_type": "PERCENT", "hs_value": "5"}],
            [{"hs_type": "PERCENT", "hs_value": "8.25"}],
            "USD",
        )  # fmt: skip
        # (150 - 50) - 10 = 90; + 4.50 = 94.50; + 7.796 = 102.30; + 4.13 of the line
        assert str(total) == "106.43"

    def test_lines(self) -> None:
        values = {"quantity": "3", "price": "9.99", "hs_discount_percentage": "15"}
        found = line_amounts(values, "USD", None)
        assert found["amount"] == "25.47"
        assert (found["hs_pre_discount_amount"], found["hs_total_discount"]) == ("29.97", "4.50")
        per_unit = {"quantity": "3", "price": "10", "discount": "1.5", "hs_tax_amount": "1"}
        assert line_amounts(per_unit, "USD", None)["amount"] == "25.50"
        assert line_amounts(per_unit, "USD", None)["hs_post_tax_amount"] == "26.50"
        assert line_amounts({"quantity": "3", "price": "99.5"}, "JPY", None)["amount"] == "299"

    def test_the_invoice_follows_its_parts(self, portal: Portal) -> None:
        rate = portal.add_tax_rate("Sales tax", "10")
        invoice = portal.create_invoice(
            lines=[{**LINES[0], "hs_tax_rate_group_id": rate}],
            discounts=[{"hs_type": "PERCENT", "hs_value": 50}],
        )

        def billed() -> str:
            return portal.record("invoices", invoice).properties["hs_amount_billed"]

        assert billed() == "12.60"
        line = portal.associated("invoices", invoice, "line_items")[0]
        portal.update("line_items", line, {"quantity": 4})
        assert billed() == "25.20"
        portal.delete("discounts", portal.associated("invoices", invoice, "discounts")[0])
        assert billed() == "46.20"
        fee = portal.create("fees", {"hs_type": "FIXED", "hs_value": "1"}, [("invoices", invoice)])
        assert billed() == "47.20"
        portal.dissociate("invoices", invoice, "fees", fee)
        assert billed() == "46.20"

    def test_a_line_loses_its_tax_with_its_rate(self, portal: Portal) -> None:
        line = portal.create(
            "line_items", {**LINES[0], "hs_tax_rate_group_id": portal.add_tax_rate("VAT", 20)}
        )
        found = portal.record("line_items", line).properties
        assert (found["hs_tax_amount"], found["hs_tax_label"]) == ("4.20", "VAT")
        portal.update("line_items", line, {"hs_tax_rate_group_id": ""})
        found = portal.record("line_items", line).properties
        assert "hs_tax_amount" not in found
        assert "hs_tax_label" not in found
        assert found["hs_post_tax_amount"] == "21.00"

    def test_seeding_may_disagree(self, portal: Portal) -> None:
        invoice = portal.create_invoice(lines=LINES, hs_amount_billed="99.99")
        found = portal.record("invoices", invoice).properties
        assert (found["hs_amount_billed"], found["hs_balance_due"]) == ("99.99", "99.99")
        portal.update("invoices", invoice, {"hs_amount_billed": ""})
        assert portal.record("invoices", invoice).properties["hs_amount_billed"] == "26.00"
        yen = portal.create_invoice(lines=[{"quantity": 1, "price": "10.5"}], currency="JPY")
        assert portal.record("invoices", yen).properties["hs_amount_billed"] == "11"
        paid = portal.create_invoice(lines=LINES, status="paid")
        assert portal.record("invoices", paid).properties["hs_balance_due"] == "0.00"

    def test_payments_that_came_in_make_an_invoice_paid(self, portal: Portal) -> None:
        invoice = portal.create_invoice(lines=[{"quantity": 1, "price": 100}])
        taken = {"hs_initiated_date": "2026-01-15", "hs_latest_status": "succeeded"}
        ids = [
            portal.create(
                "commerce_payments",
                {**taken, "hs_initial_amount": amount, **more},
                [("invoices", invoice)],
            )
            for amount, more in ((40, {}), (60, {"hs_latest_status": "processing"}))
        ]
        found = portal.record("invoices", invoice).properties
        assert (found["hs_amount_paid"], found["hs_balance_due"]) == ("40.00", "60.00")
        assert found["hs_invoice_status"] == "open"
        portal.update("commerce_payments", ids[1], {"hs_latest_status": "succeeded"})
        found = portal.record("invoices", invoice).properties
        assert (found["hs_invoice_status"], found["hs_balance_due"]) == ("paid", "0.00")


class TestAssociations:
    def test_types_in_both_directions(self, api: Api, portal: Portal) -> None:
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
        for end, (there, back) in expected.items():
            found = api.associations("invoices", end, [invoice])
            assert found.status_code == 200
            [result] = found.json()["results"]
            [to] = result["to"]
            assert (result["from"]["id"], to["associationTypes"][0]["typeId"]) == (invoice, there)
            assert isinstance(to["toObjectId"], int)
            reverse = api.associations(end, "invoices", [str(to["toObjectId"])]).json()
            assert reverse["results"][0]["to"][0]["associationTypes"][0]["typeId"] == back

    def test_the_primary_company(self, api: Api, portal: Portal) -> None:
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

    def test_records_without_any(self, api: Api, portal: Portal, hubspot: HubSpotSimulator) -> None:
        one, two = portal.create_invoice(lines=LINES), portal.create_invoice()
        answer = api.associations("invoices", "line_items", [one, two])
        assert answer.status_code == 207
        assert [result["from"]["id"] for result in answer.json()["results"]] == [one]
        [error] = answer.json()["errors"]
        assert error["category"] == "OBJECT_NOT_FOUND"
        assert error["context"]["fromObjectId"] == [two]
        hubspot.switches.no_associations_as_207 = False
        hubspot.switches.to_object_id_as_text = True
        answer = api.associations("invoices", "line_items", [one, two])
        assert answer.status_code == 200
        assert isinstance(answer.json()["results"][0]["to"][0]["toObjectId"], str)

    def test_paging(self, api: Api, portal: Portal, hubspot: HubSpotSimulator) -> None:
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

    def test_limits_and_slips(self, api: Api, portal: Portal) -> None:
        invalid(api.associations("invoices", "contacts", [str(n) for n in range(1001)]))
        one = portal.create_invoice()
        contact = portal.create("contacts", {})
        path = "/crm/v4/associations/invoices/contacts/batch/create"
        spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 178}
        pair = {"from": {"id": one}, "to": {"id": contact}, "types": [spec]}
        invalid(api("POST", path, {"inputs": [pair]}))
        spec["associationTypeId"] = 177
        assert api("POST", path, {"inputs": [pair]}).status_code == 201
        gone = {**pair, "to": {"id": "5"}}
        assert api("POST", path, {"inputs": [pair, gone]}).status_code == 207
        refused(
            api("GET", "/crm/v4/objects/invoices/5/associations/contacts"), 404, "OBJECT_NOT_FOUND"
        )

    def test_defaults_and_removal(self, api: Api, portal: Portal) -> None:
        invoice, contact = portal.create_invoice(), portal.create("contacts", {})
        base = f"/crm/v4/objects/invoices/{invoice}/associations"
        put = api("PUT", f"{base}/default/contacts/{contact}")
        assert put.status_code == 200
        types = [one["associationSpec"]["associationTypeId"] for one in put.json()["results"]]
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


class TestSearch:
    def test_filters_sort_and_pages(self, api: Api, portal: Portal) -> None:
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
        assert (body["total"], [one["id"] for one in body["results"]]) == (3, ids[1:3])
        assert body["paging"]["next"]["after"] == "2"
        assert "x-hubspot-ratelimit-max" not in answer.headers
        rest = api.search("invoices", filterGroups=[{"filters": filters}], limit=2, after="2")
        assert [one["id"] for one in rest.json()["results"]] == ids[3:]

    @pytest.mark.parametrize(
        ("wanted", "count"),
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
    def test_operators(self, api: Api, portal: Portal, wanted: dict[str, Any], count: int) -> None:
        for n in range(1, 5):
            portal.create_invoice(lines=[{"quantity": 1, "price": n}], hs_title=f"Job {n} Blue")
        body = [{"filters": [{"propertyName": "hs_amount_billed", **wanted}]}]
        assert api.search("invoices", filterGroups=body).json()["total"] == count

    def test_by_association_and_text(self, api: Api, portal: Portal) -> None:
        contact = portal.create("contacts", {"email": "ada@example.com"})
        invoice = portal.create_invoice(contact)
        portal.create_invoice()
        wanted = {"propertyName": "associations.contact", "operator": "EQ", "value": contact}
        found = api.search("invoices", filterGroups=[{"filters": [wanted]}]).json()
        assert [one["id"] for one in found["results"]] == [invoice]
        assert api.search("contacts", query="ADA@").json()["total"] == 1

    def test_limits(self, api: Api, clock: Clock) -> None:
        one = {"propertyName": "hs_title", "operator": "HAS_PROPERTY"}
        for body in (
            {"limit": 201},
            {"limit": 200, "after": "9801"},
            {"after": "x"},
            {"filterGroups": [{"filters": [one]}] * 6},
            {"filterGroups": [{"filters": [one] * 7}]},
            {"filterGroups": [{"filters": [{**one, "operator": "LIKE"}]}]},
            {"filterGroups": [{"filters": [{**one, "operator": "EQ"}]}]},
            {"filterGroups": [{"filters": [{**one, "propertyName": "nope"}]}]},
            {"sorts": ["hs_title", "hs_number"]},
            {"query": "x" * 3000},
        ):
            clock.advance(1)
            invalid(api.search("invoices", **body))

    def test_five_a_second(self, api: Api, clock: Clock) -> None:
        assert [api.search("invoices").status_code for _ in range(5)] == [200] * 5
        sixth = api.search("contacts")
        assert (sixth.status_code, sixth.json()["policyName"]) == (429, "SECONDLY")
        assert sixth.json()["errorType"] == "RATE_LIMIT"
        assert "category" not in sixth.json()
        clock.advance(1)
        assert api.search("invoices").status_code == 200

    def test_the_index_lags(
        self, api: Api, portal: Portal, hubspot: HubSpotSimulator, clock: Clock
    ) -> None:
        hubspot.switches.search_lag = 10
        invoice = portal.create_invoice(hs_title="old")

        def titles() -> list[str]:
            found = api.search("invoices", properties=["hs_title"]).json()["results"]
            return [one["properties"]["hs_title"] for one in found]

        assert titles() == []
        clock.advance(11)
        assert titles() == ["old"]
        portal.update("invoices", invoice, {"hs_title": "new"})
        assert titles() == ["old"]
        clock.advance(11)
        assert titles() == ["new"]


class TestProperties:
    NEW = {
        "groupName": "quickbooks_sync",
        "name": "qbo_sync_status",
        "label": "QuickBooks sync status",
        "type": "enumeration",
        "fieldType": "select",
        "options": [{"label": "Synced", "value": "synced", "displayOrder": 0, "hidden": False}],
    }

    def test_create_and_write(self, api: Api, portal: Portal) -> None:
        path = "/crm/v3/properties/invoices"
        refused(api("GET", f"{path}/qbo_sync_status"), 404, "OBJECT_NOT_FOUND")
        invalid(api("POST", path, self.NEW))  # the group is not there yet
        group = {"name": "quickbooks_sync", "label": "QuickBooks sync", "displayOrder": -1}
        assert api("POST", f"{path}/groups", group).status_code == 201
        refused(api("POST", f"{path}/groups", group), 409, "CONFLICT")
        assert api("GET", f"{path}/groups/quickbooks_sync").json()["label"] == "QuickBooks sync"
        assert len(api("GET", f"{path}/groups").json()["results"]) == 2
        assert api("POST", path, self.NEW).status_code == 201
        refused(api("POST", path, self.NEW), 409, "CONFLICT")
        found = api("GET", f"{path}/qbo_sync_status").json()
        assert (found["hubspotDefined"], found["options"][0]["value"]) == (False, "synced")
        invoice = portal.create_invoice()
        write = {"inputs": [{"id": invoice, "properties": {"qbo_sync_status": "synced"}}]}
        assert api("POST", "/crm/v3/objects/invoices/batch/update", write).status_code == 200
        write["inputs"][0]["properties"] = {"qbo_sync_status": "lost"}
        assert code(api("POST", "/crm/v3/objects/invoices/batch/update", write)) == "INVALID_OPTION"
        answer = api("PATCH", f"{path}/qbo_sync_status", {"label": "Sync"})
        assert answer.json()["label"] == "Sync"
        assert api("DELETE", f"{path}/qbo_sync_status").status_code == 204
        refused(api("GET", f"{path}/qbo_sync_status"), 404, "OBJECT_NOT_FOUND")

    def test_list_and_batches(self, api: Api) -> None:
        path = "/crm/v3/properties/invoices"
        names = {one["name"] for one in api("GET", path).json()["results"]}
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
    def test_refused(self, api: Api, change: dict[str, Any]) -> None:
        body = {**self.NEW, "groupName": "invoiceinformation", **change}
        invalid(api("POST", "/crm/v3/properties/invoices", body))


class TestAccount:
    def test_details(self, api: Api) -> None:
        found = api("GET", "/account-info/v3/details").json()
        assert (found["portalId"], found["timeZone"]) == (PORTAL, "US/Eastern")
        assert found["utcOffset"] in ("-04:00", "-05:00")
        assert found["utcOffsetMilliseconds"] in (-14_400_000, -18_000_000)

    def test_tax_rates(self, api: Api, portal: Portal) -> None:
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


class TestAccess:
    PATH = "/crm/v3/objects/invoices"

    def form(self, hubspot: HubSpotSimulator, **fields: str) -> httpx.Response:
        client = {"client_id": hubspot.client_id, "client_secret": hubspot.client_secret}
        return httpx.post(f"{hubspot.url}/oauth/v3/token", data={**client, **fields})

    def test_missing_wrong_and_expired(
        self,
        hubspot: HubSpotSimulator,
        api: Api,
        connect: Callable[[str | None], Api],
        clock: Clock,
    ) -> None:
        nobody = refused(connect(None)("GET", self.PATH), 401, "INVALID_AUTHENTICATION")
        assert nobody["message"].startswith("Authentication credentials not found.")
        refused(connect("wrong")("GET", self.PATH), 401, "INVALID_AUTHENTICATION")
        clock.advance(1799)
        assert api("GET", self.PATH).status_code == 200
        clock.advance(1)
        body = refused(api("GET", self.PATH), 401, "EXPIRED_AUTHENTICATION")
        assert body["context"]["expire time"]
        static = connect(hubspot.static_token(PORTAL))
        clock.advance(10_000)
        assert static("GET", self.PATH).status_code == 200

    def test_refresh(
        self, hubspot: HubSpotSimulator, portal: Portal, connect: Callable[[str | None], Api]
    ) -> None:
        granted = hubspot.grant(PORTAL)
        assert granted["expires_in"] == 1800
        assert hubspot.grant(PORTAL)["refresh_token"] == granted["refresh_token"]
        fields = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
        answer = self.form(hubspot, **fields)
        body = answer.json()
        assert (answer.status_code, body["hub_id"]) == (200, PORTAL)
        assert body["refresh_token"] == granted["refresh_token"]
        assert len(body["access_token"]) > 255
        assert connect(body["access_token"])("GET", self.PATH).status_code == 200
        hubspot.uninstall(PORTAL)
        refusal = self.form(hubspot, **fields)
        assert (refusal.status_code, refusal.json()["status"]) == (400, "BAD_REFRESH_TOKEN")
        assert refusal.json()["error"] == "invalid_grant"
        assert connect(body["access_token"])("GET", self.PATH).status_code == 401

    def test_codes_work_once(self, hubspot: HubSpotSimulator, portal: Portal) -> None:
        back = "https://sync.example.com/connect/hubspot/callback"
        fields = {"grant_type": "authorization_code", "redirect_uri": back}
        fields["code"] = hubspot.authorize(PORTAL, back)
        answer = self.form(hubspot, **fields)
        assert (answer.status_code, answer.json()["scopes"]) == (200, sorted(SCOPES))
        assert self.form(hubspot, **fields).json()["status"] == "BAD_AUTH_CODE"
        fields |= {"code": hubspot.authorize(PORTAL, back), "redirect_uri": back + "/x"}
        assert self.form(hubspot, **fields).status_code == 400

    def test_token_requests_that_are_refused(
        self, hubspot: HubSpotSimulator, portal: Portal
    ) -> None:
        token = hubspot.grant(PORTAL)["refresh_token"]
        good = {"grant_type": "refresh_token", "refresh_token": token}
        for change in ({"client_secret": "x"}, {"grant_type": "password"}, {"extra": "1"}):
            assert self.form(hubspot, **{**good, **change}).status_code == 400
        url = f"{hubspot.url}/oauth/v3/token"
        assert httpx.post(url, json=good).status_code == 400
        assert httpx.post(url, params=good).status_code == 400
        assert httpx.get(url).status_code == 405

    def test_scopes(
        self, hubspot: HubSpotSimulator, portal: Portal, connect: Callable[[str | None], Api]
    ) -> None:
        reader = connect(
            hubspot.grant(PORTAL, ["oauth", "crm.objects.invoices.read"])["access_token"]
        )
        assert reader("GET", self.PATH).status_code == 200
        body = {"properties": {"hs_currency": "USD"}}
        answer = refused(reader("POST", self.PATH, body), 403, "MISSING_SCOPES")
        context = answer["errors"][0]["context"]
        assert context["requiredGranularScopes"] == ["crm.objects.invoices.write"]
        assert answer["links"]["scopes"]
        for path in ("/crm/v3/objects/fees", "/tax-rates/v1/tax-rates"):
            refused(reader("GET", path), 403, "MISSING_SCOPES")
        refused(reader.associations("invoices", "contacts", ["1"]), 403, "MISSING_SCOPES")
        with pytest.raises(ValueError, match="unknown scopes"):
            hubspot.grant(PORTAL, ["crm.objects.invoice.read"])

    def test_portals_do_not_see_each_other(
        self, hubspot: HubSpotSimulator, portal: Portal, connect: Callable[[str | None], Api]
    ) -> None:
        invoice = portal.create_invoice(lines=LINES)
        stranger_portal = hubspot.add_portal("13579", time_zone="Europe/Berlin", currency="EUR")
        stranger = connect(hubspot.grant("13579")["access_token"])
        refused(stranger("GET", f"{self.PATH}/{invoice}"), 404, "OBJECT_NOT_FOUND")
        assert stranger.read("invoices", [invoice]).json()["results"] == []
        assert stranger.associations("invoices", "line_items", [invoice]).json()["results"] == []
        assert stranger.search("invoices").json()["total"] == 0
        assert stranger("GET", "/account-info/v3/details").json()["companyCurrency"] == "EUR"
        assert stranger_portal.ids("invoices") == []
        assert hubspot.portal("13579") is stranger_portal


class TestLimits:
    def test_burst_of_one_portal(
        self,
        hubspot: HubSpotSimulator,
        api: Api,
        connect: Callable[[str | None], Api],
        clock: Clock,
    ) -> None:
        first = api("GET", "/account-info/v3/details")
        assert first.headers["X-HubSpot-RateLimit-Max"] == "110"
        assert first.headers["X-HubSpot-RateLimit-Remaining"] == "109"
        assert first.headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
        with ThreadPoolExecutor(8) as threads:
            calls = threads.map(lambda _: api("GET", "/account-info/v3/details"), range(110))
            statuses = [one.status_code for one in calls]
        assert (statuses.count(200), statuses.count(429)) == (109, 1)
        answer = api("GET", "/account-info/v3/details")
        assert answer.json()["policyName"] == "TEN_SECONDLY_ROLLING"
        assert answer.headers["X-HubSpot-RateLimit-Remaining"] == "0"
        assert api.search("invoices").status_code == 200  # search has a limit of its own
        hubspot.add_portal(1)
        other = connect(hubspot.grant(1)["access_token"])
        assert other("GET", "/account-info/v3/details").status_code == 200
        clock.advance(10)
        assert api("GET", "/account-info/v3/details").status_code == 200

    def test_trouble_on_demand(self, hubspot: HubSpotSimulator, api: Api) -> None:
        answers = [locked(), migrating(120), gateway(502), gateway(504)]
        hubspot.faults += [Fault(lambda request: True, answer) for answer in answers]
        found = [api("GET", "/account-info/v3/details") for _ in range(5)]
        assert [one.status_code for one in found] == [423, 477, 502, 504, 200]
        assert found[1].headers["Retry-After"] == "120"
        hubspot.faults.append(Fault(lambda request: True, None))
        with pytest.raises(httpx.HTTPError):
            api("GET", "/account-info/v3/details")

    def test_calls_are_counted(self, hubspot: HubSpotSimulator, api: Api, portal: Portal) -> None:
        invoice = portal.create_invoice()
        api.read("0-53", [invoice])
        api.read("invoice", [invoice])
        api("GET", f"/crm/v3/objects/invoices/{invoice}")
        api.associations("invoices", "contacts", [invoice])
        api("GET", "/crm/v3/properties/invoices/hs_number")
        assert hubspot.calls == {
            "POST invoices/batch/read": 2,
            "GET invoices/{id}": 1,
            "POST associations/invoices/contacts/batch/read": 1,
            "GET properties/invoices/{name}": 1,
        }


class TestWebhooks:
    def test_nothing_before_the_subscription(
        self, hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
    ) -> None:
        portal.create_invoice()
        hubspot.subscribe(receiver.url)
        assert hubspot.deliver().posts == []

    def test_shape_of_the_events(
        self, hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
    ) -> None:
        contact = portal.create("contacts", {"email": "ada@example.com"})
        hubspot.subscribe(f"{receiver.url}/webhooks/hubspot")
        invoice = portal.create_invoice(status="draft")
        portal.update("invoices", invoice, {"hs_title": "A", "hs_comments": "B"})
        portal.associate("invoices", invoice, "contacts", contact)
        portal.delete("invoices", invoice)
        stats = hubspot.deliver()
        assert stats.delivered == len(receiver.events) > 0
        assert hubspot.pending_deliveries() == 0
        assert all(0 < seconds < 5 for seconds in stats.latencies)
        by_kind: dict[str, list[dict[str, Any]]] = {}
        for event in receiver.events:
            by_kind.setdefault(event["subscriptionType"], []).append(event)
            for name in ("eventId", "subscriptionId", "portalId", "appId", "occurredAt"):
                assert isinstance(event[name], int)
            assert (event["portalId"], event["attemptNumber"]) == (PORTAL, 0)
            assert event["changeSource"] == "CRM_UI"
        [created] = by_kind["object.creation"]
        assert (created["objectId"], created["objectTypeId"]) == (int(invoice), "0-53")
        assert created["changeFlag"] == "NEW"
        changes = {e["propertyName"]: e["propertyValue"] for e in by_kind["object.propertyChange"]}
        assert changes["hs_title"] == "A"
        assert "hs_lastmodifieddate" not in changes
        there, back = by_kind["object.associationChange"]
        assert "objectId" not in there
        assert (there["fromObjectId"], there["toObjectId"]) == (int(invoice), int(contact))
        assert (there["fromObjectTypeId"], there["toObjectTypeId"]) == ("0-53", "0-1")
        assert (there["associationTypeId"], back["associationTypeId"]) == (177, 178)
        assert there["associationRemoved"] is there["isPrimaryAssociation"] is False
        assert by_kind["object.deletion"][0]["objectId"] == int(invoice)

    def test_changes_of_the_app_itself(
        self, hubspot: HubSpotSimulator, api: Api, portal: Portal, receiver: Receiver
    ) -> None:
        invoice = portal.create_invoice()
        hubspot.subscribe(receiver.url)
        body = {"properties": {"hs_title": "T"}}
        api("PATCH", f"/crm/v3/objects/invoices/{invoice}", body)
        api("PATCH", f"/crm/v3/objects/invoices/{invoice}", body)  # nothing changes: no event
        [event] = hubspot.webhooks.pending
        assert (event["changeSource"], event["sourceId"]) == ("INTEGRATION", "9001")

    def test_signatures(
        self, hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
    ) -> None:
        url = f"{receiver.url}/hook?stage=a%2Fb"
        hubspot.subscribe(url)
        portal.create("contacts", {"firstname": "Zoë"})
        hubspot.deliver()
        [request] = receiver.requests
        body, secret = request.get_data(), hubspot.client_secret
        headers = request.headers
        assert "Zoë".encode() in body
        assert headers["X-HubSpot-Signature-Version"] == "v1"
        digest = hashlib.sha256(secret.encode() + body).hexdigest()
        assert headers["X-HubSpot-Signature"] == digest
        stamp = int(headers["X-HubSpot-Request-Timestamp"])
        expected = signing.v3(secret, "POST", url, body, stamp)
        assert headers["X-HubSpot-Signature-v3"] == expected

    def test_only_what_is_subscribed(
        self, hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
    ) -> None:
        one = {"objectType": "invoice", "active": True}
        status = {"subscriptionType": "object.propertyChange", "propertyName": "hs_invoice_status"}
        hubspot.subscribe(
            receiver.url,
            [
                {**one, **status},
                {**one, "subscriptionType": "object.deletion"},
                {**one, "subscriptionType": "object.creation", "active": False},
            ],
        )
        invoice = portal.create_invoice(lines=LINES, status="open")
        portal.delete("invoices", invoice)
        kinds = [(e["subscriptionType"], e.get("propertyValue")) for e in hubspot.webhooks.pending]
        assert kinds == [
            ("object.propertyChange", "draft"),
            ("object.propertyChange", "open"),
            ("object.deletion", None),
        ]
        for change in (
            {"objectType": "invoices"},
            {"propertyName": None},
            {"propertyName": "hs_lastmodifieddate"},
            {"subscriptionType": "invoice.creation"},
        ):
            with pytest.raises(ValueError, match=r"subscription|propertyName"):
                hubspot.subscribe(receiver.url, [{**one, **status, **change}])

    def test_batches_by_portal(
        self, hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
    ) -> None:
        other = hubspot.add_portal(13579)
        hubspot.subscribe(receiver.url)
        for _ in range(120):
            portal.create("companies", {})
            other.create("companies", {})
        hubspot.deliver()
        batches = [json.loads(request.get_data()) for request in receiver.requests]
        assert sorted(len(batch) for batch in batches) == [20, 20, 100, 100]
        assert all(len({event["portalId"] for event in batch}) == 1 for batch in batches)

    def test_refused_batches_come_again(
        self, hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
    ) -> None:
        hubspot.subscribe(receiver.url)
        portal.create("companies", {})
        receiver.statuses = [500, 404, 302]
        for attempt in range(3):
            stats = hubspot.deliver()
            assert (stats.failed, stats.delivered) == (1, 0)
            assert hubspot.webhooks.pending[0]["attemptNumber"] == attempt + 1
        assert hubspot.deliver().delivered == 1
        assert [event["attemptNumber"] for event in receiver.events] == [0, 1, 2, 3]

    def test_ten_retries_and_no_more(
        self, hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
    ) -> None:
        hubspot.subscribe(receiver.url)
        portal.create("companies", {})
        receiver.statuses = [503] * 20
        while hubspot.pending_deliveries():
            hubspot.deliver()
        assert len(receiver.requests) == 11
        assert hubspot.webhooks.stats.given_up == 1

    def test_silence_is_a_failure(
        self, hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
    ) -> None:
        hubspot.subscribe(receiver.url)
        hubspot.webhooks.timeout = 0.1
        portal.create("companies", {})
        receiver.hold = threading.Event()
        [post] = hubspot.deliver().posts
        receiver.hold.set()
        assert (post.status, post.accepted) == (0, False)
        assert hubspot.pending_deliveries() == 1

    def test_duplicates_disorder_and_loss(
        self, hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
    ) -> None:
        hubspot.subscribe(receiver.url)
        sender = hubspot.webhooks
        ids = [int(portal.create("companies", {})) for _ in range(50)]
        sender.duplicates = sender.shuffle = True
        hubspot.deliver()
        seen = [event["objectId"] for event in receiver.events]
        assert sorted(seen) == sorted(ids * 2)
        assert seen[:50] != ids
        sender.drop = 1.0
        portal.create("companies", {})
        assert hubspot.deliver().dropped == 1
        assert hubspot.pending_deliveries() == 0

    def test_in_the_background(
        self, hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
    ) -> None:
        hubspot.subscribe(receiver.url)
        hubspot.webhooks.retry_delay = 0.01
        receiver.statuses = [500]
        hubspot.start_delivery(interval=0.01)
        portal.create("companies", {})
        pause = threading.Event()
        for _ in range(500):
            if hubspot.webhooks.stats.delivered:
                break
            pause.wait(0.01)
        hubspot.stop_delivery()
        assert hubspot.webhooks.stats.delivered == 1
        assert [event["attemptNumber"] for event in receiver.events] == [0, 1]

    def test_uninstalling_ends_them(
        self, hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
    ) -> None:
        hubspot.subscribe(receiver.url)
        portal.create("companies", {})
        hubspot.uninstall(PORTAL)
        portal.create("companies", {})
        assert hubspot.pending_deliveries() == 0


class TestFetch:
    def test_what_is_added_and_signed(self, hubspot: HubSpotSimulator, receiver: Receiver) -> None:
        receiver.statuses, receiver.body = [200], '{"failing": 3}'
        url = f"{receiver.url}/v1/failures?note=a%2Fb%20c"
        result = hubspot.fetch(PORTAL, "GET", url, user_email="jo+x@example.com")
        assert (result.status, result.json(), result.attempts) == (200, {"failing": 3}, 1)
        [request] = receiver.requests
        query = request.query_string.decode()
        assert query.startswith("note=a%2Fb%20c&userId=77&portalId=24680&")
        assert query.endswith("userEmail=jo%2Bx%40example.com&appId=9001")
        signed = f"{receiver.url}/v1/failures?{query}".replace("%2F", "/").replace("%40", "@")
        stamp = int(request.headers["X-HubSpot-Request-Timestamp"])
        expected = signing.v3(hubspot.client_secret, "GET", signed, b"", stamp)
        assert request.headers["X-HubSpot-Signature-v3"] == expected
        assert request.headers["X-HubSpot-Signature-Version"] == "v2"
        assert result.envelope["status"] == "success"

    def test_bodies_are_json(self, hubspot: HubSpotSimulator, receiver: Receiver) -> None:
        hubspot.fetch(PORTAL, "put", f"{receiver.url}/v1/settings", {"note": "Größe"})
        [request] = receiver.requests
        assert (request.method, request.mimetype) == ("PUT", "application/json")
        assert request.get_json() == {"note": "Größe"}
        with pytest.raises(ValueError, match="1 MB"):
            hubspot.fetch(PORTAL, "POST", receiver.url, {"note": "x" * 1_000_001})

    def test_one_repeat_and_no_redirect(
        self, hubspot: HubSpotSimulator, receiver: Receiver
    ) -> None:
        receiver.statuses = [503, 200]
        result = hubspot.fetch(PORTAL, "POST", receiver.url, {})
        assert (result.status, result.attempts) == (200, 2)
        receiver.statuses = [500, 502, 200]
        result = hubspot.fetch(PORTAL, "GET", receiver.url)
        assert (result.status, result.attempts) == (502, 2)
        assert result.envelope["category"] == "BAD_GATEWAY"
        receiver.statuses = [302]
        assert hubspot.fetch(PORTAL, "GET", receiver.url).status == 302
        receiver.statuses = [404]
        assert hubspot.fetch(PORTAL, "GET", receiver.url).attempts == 1
        unreachable = hubspot.fetch(PORTAL, "GET", "http://127.0.0.1:9/")
        assert (unreachable.status, unreachable.attempts) == (0, 2)

    def test_twenty_at_a_time(self, hubspot: HubSpotSimulator, receiver: Receiver) -> None:
        receiver.hold = threading.Event()
        with ThreadPoolExecutor(21) as threads:
            running = [
                threads.submit(hubspot.fetch, PORTAL, "GET", receiver.url) for _ in range(21)
            ]
            pause = threading.Event()
            while not any(one.done() for one in running):
                pause.wait(0.01)
            receiver.hold.set()
        statuses = [one.result().status for one in running]
        assert (statuses.count(204), statuses.count(429)) == (20, 1)

    def test_a_line_for_the_shell(self, hubspot: HubSpotSimulator, receiver: Receiver) -> None:
        line = hubspot.curl(PORTAL, "POST", f"{receiver.url}/v1/retry?a=1", {"note": "it's"})
        subprocess.run(["bash", "-c", line], check=True, timeout=20)
        [request] = receiver.requests
        stamp = int(request.headers["X-HubSpot-Request-Timestamp"])
        url = f"{receiver.url}/v1/retry?{request.query_string.decode()}"
        expected = signing.v3(hubspot.client_secret, "POST", url, request.get_data(), stamp)
        assert request.headers["X-HubSpot-Signature-v3"] == expected
        assert request.get_json() == {"note": "it's"}


class TestSignatures:
    """Vectors computed with HubSpot's own library, and those of its developer tools."""

    SECRET, WHEN = "hs-test-secret-0000-1111", 1767225600123

    def test_webhook(self) -> None:
        url = "https://abc123.execute-api.us-east-1.amazonaws.com/prod/hubspot/webhook"
        body = (
            b'[{"eventId":100,"subscriptionId":3321,"portalId":24680,"appId":9001,'
            b'"occurredAt":1767225600000,"subscriptionType":"object.propertyChange",'
            b'"attemptNumber":0,"objectId":44446244097,"objectTypeId":"0-53",'
            b'"propertyName":"hs_invoice_status","propertyValue":"open",'
            b'"changeSource":"CRM_UI","isSensitive":false}]'
        )
        assert signing.v1(self.SECRET, body) == (
            "740b07f67db749c734cf2e5309bddeff765f9d211b76986b4c8cf51e0d98dc63"
        )
        assert signing.v2(self.SECRET, "POST", url, body) == (
            "c27dee0194b7fdf4050c192baf634cbdcc9e3b0f6bfcd1955e736aeaee7c4b31"
        )
        assert signing.v3(self.SECRET, "POST", url, body, self.WHEN) == (
            "e2X6AslPMe600eDaJbrjefp4EtW5+pGziaFxNdnavAY="
        )

    def test_card(self) -> None:
        base = "https://sync.example.com/v1/status?objectId=44446244097&objectTypeId=0-53"
        received = (
            f"{base}&note=a%2Fb%3Ac%20d%26e&userId=77&portalId=24680"
            "&userEmail=jo%2Bx%40example.com&appId=9001"
        )
        assert signing.signed_url(received) == (
            f"{base}&note=a/b:c%20d%26e&userId=77&portalId=24680"
            "&userEmail=jo%2Bx@example.com&appId=9001"
        )
        assert signing.v3(self.SECRET, "GET", received, b"", self.WHEN) == (
            "BnBdGSwEcmdPQLXiD5ckQN0Qlr/e+TbSC8neGVBY0OU="
        )

    def test_text_beyond_ascii(self) -> None:
        url = (
            "https://sync.example.com/v1/retry?userId=77&portalId=24680"
            "&userEmail=jo@example.com&appId=9001"
        )
        body = '{"invoiceId":"44446244097","note":"Zahlung für Größe \u2013 1€"}'.encode()
        assert len(body) == 66
        assert signing.v3(self.SECRET, "POST", url, body, self.WHEN) == (
            "PgBvFFwpRQ8GLgGwMOkaFETUpBpG29AuCaTRQJgTb90="
        )

    def test_vectors_of_the_developer_tools(self) -> None:
        secret, url = "f6e94c08-85d0-4608-bcc6-e1850176e7b8", "https://www.hubspot.com/webhook"
        assert signing.v3(secret, "POST", url, b"REQUEST_BODY", 1632188626483) == (
            "jf872r5vscVcxCiDRHA4rGrqe/8BPLNVkdJSHdMnGTU="
        )
        assert signing.v2(secret, "POST", url, b"REQUEST_BODY") == (
            "57bb01a6e6ac92919b5e715d68f40265328701bbf1cf3fd73772887069945766"
        )
        assert signing.v2(secret, "POST", url, b"") == (
            "befaef2b7354f11bf651f6468e8b5cf6bd449048deaf057f712980afb2a682f5"
        )


def test_many_threads_at_once(hubspot: HubSpotSimulator, portal: Portal) -> None:
    hubspot.subscribe("http://127.0.0.1:9/")
    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(lambda _: portal.create_invoice(lines=LINES), range(80)))
    assert len(set(ids)) == 80
    numbers = {portal.record("invoices", one).properties["hs_number"] for one in ids}
    assert numbers == {f"INV-{number}" for number in range(1001, 1081)}
