"""The API as a UI extension calls it, and as anybody else may try to."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from .acting import failing_invoices
from .conftest import PORTAL_ID, Flow


def test_the_list_is_newest_first_and_paged(flow: Flow) -> None:
    ids = failing_invoices(flow, 5)
    pages, cursor = [], ""
    while True:
        page = flow.get(f"/v1/failures?limit=2&cursor={cursor}")
        pages.append([one["invoiceId"] for one in page["failures"]])
        cursor = page["cursor"]
        if not cursor:
            break
    assert [one for page in pages for one in page] == ids[::-1]
    assert len(pages[0]) == 2


def test_a_filtered_list_goes_on_past_what_it_does_not_show(flow: Flow) -> None:
    first, *_ = failing_invoices(flow, 3)
    line = {"name": "Novelty", "quantity": "1", "price": "10"}
    other = flow.invoice(lines=[line])
    flow.work()
    page = flow.get("/v1/failures?code=customer_not_found&limit=2")
    assert len(page["failures"]) == 2
    rest = flow.get(f"/v1/failures?code=customer_not_found&limit=2&cursor={page['cursor']}")
    assert [one["invoiceId"] for one in rest["failures"]] == [first]
    only = flow.get("/v1/failures?code=item_not_found")["failures"]
    assert [one["invoiceId"] for one in only] == [other]


def test_a_failure_carries_its_remedy_and_resolutions(flow: Flow) -> None:
    stranger = flow.portal.create("contacts", {"email": "who@else.example"})
    invoice_id = flow.invoice(contact_id=stranger)
    flow.work()
    failure = flow.status(invoice_id)["failure"]
    assert failure["title"].startswith("An invoice should have an associated customer")
    assert failure["remedy"]["hubspot"]
    assert failure["remedy"]["quickbooks"]
    assert failure["resolutions"] == ["use_customer", "create_customer"]
    assert failure["fixedBy"]
    assert failure["since"]


def test_retry_all_puts_every_failing_invoice_on_the_queue(flow: Flow) -> None:
    ids = failing_invoices(flow, 3)
    for invoice_id in ids:
        flow.portal.associate("invoices", invoice_id, "contacts", flow.contact_id)
    flow.hubspot.webhooks.discard()
    answer = flow.post("/v1/failures/retry")
    assert (answer["state"], answer["total"], answer["queued"]) == ("done", 3, 3)
    flow.work()
    assert flow.get("/v1/failures/count")["failing"] == 0


def test_the_count_is_one_read_however_many_fail(flow: Flow) -> None:
    failing_invoices(flow, 3)
    assert flow.get("/v1/failures/count")["failing"] == 3


def test_an_invoice_that_we_have_not_heard_of(flow: Flow) -> None:
    assert flow.status("99")["status"] == "unknown"


class TestRefused:
    def problem(self, answer: httpx.Response, status: int) -> str:
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("application/problem+json")
        body = answer.json()
        assert body["status"] == status
        assert body["type"] == "about:blank"
        return str(body["detail"])

    def signed(self, flow: Flow, path: str, *, timestamp: int | None = None) -> httpx.Response:
        url = flow.own.gateway.url + path
        headers = flow.hubspot.signed_headers("GET", url, timestamp=timestamp)
        return httpx.get(url, headers=headers)

    def test_without_a_signature(self, flow: Flow) -> None:
        url = f"{flow.own.gateway.url}/v1/failures/count?portalId={PORTAL_ID}"
        self.problem(httpx.get(url), 401)

    def test_with_a_signature_of_another_url(self, flow: Flow) -> None:
        url = f"{flow.own.gateway.url}/v1/failures/count?portalId={PORTAL_ID}"
        headers = flow.hubspot.signed_headers("GET", url)
        self.problem(httpx.get(url.replace(PORTAL_ID, "13579"), headers=headers), 401)

    def test_with_an_old_signature(self, flow: Flow) -> None:
        old = int((time.time() - 301) * 1000)
        path = f"/v1/failures/count?portalId={PORTAL_ID}"
        self.problem(self.signed(flow, path, timestamp=old), 401)

    @pytest.mark.parametrize("query", ["userId=77", "portalId=1&portalId=2", "portalId=x"])
    def test_not_exactly_one_portal(self, flow: Flow, query: str) -> None:
        detail = self.problem(self.signed(flow, f"/v1/failures/count?{query}"), 400)
        assert "portalId" in detail

    @pytest.mark.parametrize(
        "path",
        [
            "/v1/failures?limit=0",
            "/v1/failures?limit=101",
            "/v1/failures?limit=x",
            "/v1/failures?code=nonsense",
            "/v1/failures?cursor=nonsense",
            "/v1/failures?cause=nonsense",
            "/v1/failures?cause=item_not_found.XYZ",
            "/v1/failures?cause=item_not_found.0123456789abcdef&code=closed_period",
            "/v1/failures?groupBy=customer",
            "/v1/failures?groupBy=cause&cause=closed_period",
            "/v1/failures?groupBy=cause&cursor=nonsense",
            "/v1/failures?groupBy=cause&cursor=W0luZmluaXR5LDEsMV0=",
            "/v1/failures/retry?code=nonsense",
            "/v1/failures?cursor=eyJwayI6ICJQT1JUQUwjMSJ9",
            "/v1/invoices/12x/sync-status",
        ],
    )
    def test_what_makes_no_sense(self, flow: Flow, path: str) -> None:
        mark = "&" if "?" in path else "?"
        self.problem(self.signed(flow, f"{path}{mark}portalId={PORTAL_ID}"), 400)

    def test_a_cursor_of_another_portal(self, flow: Flow) -> None:
        failing_invoices(flow, 2)
        cursor = flow.get("/v1/failures?limit=1")["cursor"]
        other = flow.hubspot.add_portal("13579")
        answer = flow.hubspot.fetch(
            other.id, "GET", f"{flow.own.gateway.url}/v1/failures?cursor={cursor}"
        )
        assert answer.status == 400

    def test_nobody_sees_another_portals_invoices(self, flow: Flow) -> None:
        (invoice_id,) = failing_invoices(flow, 1)
        flow.hubspot.add_portal("13579")
        base = flow.own.gateway.url
        count = flow.hubspot.fetch("13579", "GET", f"{base}/v1/failures/count").json()
        assert count["failing"] == 0
        path = f"/v1/invoices/{invoice_id}/sync-status"
        assert flow.hubspot.fetch("13579", "GET", base + path).json()["status"] == "unknown"


class TestSettings:
    def put(self, flow: Flow, body: Any, portal_id: str = PORTAL_ID) -> Any:
        url = flow.own.gateway.url + "/v1/settings"
        return flow.hubspot.fetch(portal_id, "PUT", url, body)

    def test_a_changed_setting_is_kept_and_used_by_the_next_look(self, flow: Flow) -> None:
        contact_id = flow.portal.create(
            "contacts",
            {"email": "new@initech.example", "firstname": "Bill", "lastname": "Lumbergh"},
        )
        invoice_id = flow.invoice(contact_id=contact_id)
        flow.work()
        assert flow.failure_code(invoice_id) == "customer_not_found"
        changed = flow.get("/v1/settings") | {"createCustomers": True, "terms": {"30": "3"}}
        assert self.put(flow, changed).json() == changed
        assert flow.get("/v1/settings") == changed
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"

    @pytest.mark.parametrize(
        ("body", "named"),
        [
            ({"createCustomers": "maybe"}, "createCustomers"),
            ({"createCustomer": True}, "createCustomer"),
            ({"displayName": "nickname"}, "displayName"),
            ([], "body"),
        ],
    )
    def test_a_wrong_setting_changes_nothing(self, flow: Flow, body: Any, named: str) -> None:
        before = flow.get("/v1/settings")
        answer = self.put(flow, body)
        assert answer.status == 400
        assert named in answer.json()["detail"]
        assert flow.get("/v1/settings") == before

    def test_a_portal_that_is_not_connected_has_none(self, flow: Flow) -> None:
        flow.hubspot.add_portal("13579")
        url = flow.own.gateway.url + "/v1/settings"
        assert flow.hubspot.fetch("13579", "GET", url).status == 404
        assert self.put(flow, {}, "13579").status == 404


def test_health_and_the_description_need_no_signature(flow: Flow) -> None:
    assert httpx.get(f"{flow.own.gateway.url}/health").json() == {"status": "ok"}
    described = httpx.get(f"{flow.own.gateway.url}/openapi.json").json()
    assert described["openapi"].startswith("3.")
    assert set(described["paths"]) == {
        "/v1/failures/count",
        "/v1/backfill",
        "/v1/reports/reconciliation",
        "/v1/failures",
        "/v1/failures/retry",
        "/v1/invoices/{invoiceId}/sync-status",
        "/v1/invoices/{invoiceId}/preview",
        "/v1/invoices/{invoiceId}/resolve",
        "/v1/invoices/{invoiceId}/retry",
        "/v1/settings",
        "/health",
    }
    responses = described["paths"]["/v1/failures"]["get"]["responses"]
    assert set(responses) == {"200", "400", "401"}
    assert "application/problem+json" in responses["400"]["content"]
    status = described["components"]["schemas"]["SyncStatus"]["properties"]
    assert "failure" in status
    assert "quickbooks" in status
