"""The API as a UI extension calls it, and as anybody else may try to."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from infra.local.wire import Answer, Fault
from infra.routes import ROUTES
from invoice_sync.version import VERSION
from tests.described import check, document

from .acting import end_connection, failing_invoices
from .conftest import PORTAL_ID, Flow
from .deciding import offered

CODES = {400: {"invalid"}, 401: {"signature"}, 404: {"not_found"}, 415: {"invalid"}}
STRANGER = "13579"  # a portal that is not connected


def test_the_list_is_newest_first_and_paged(flow: Flow) -> None:
    ids = failing_invoices(flow, 5)
    pages, cursor = [], ""
    while True:
        page = flow.get(f"/v1/failures?limit=2&cursor={cursor}")
        pages.append([failing["invoiceId"] for failing in page["failures"]])
        cursor = page["cursor"]
        if not cursor:
            break
    assert [invoice_id for page in pages for invoice_id in page] == ids[::-1]
    assert len(pages[0]) == 2


def test_a_filtered_list_goes_on_past_what_it_does_not_show(flow: Flow) -> None:
    first, *_ = failing_invoices(flow, 3)
    line = {"name": "Novelty", "quantity": "1", "price": "10"}
    other = flow.invoice(lines=[line])
    flow.work()
    page = flow.get("/v1/failures?code=customer_not_found&limit=2")
    assert len(page["failures"]) == 2
    rest = flow.get(f"/v1/failures?code=customer_not_found&limit=2&cursor={page['cursor']}")
    assert [failing["invoiceId"] for failing in rest["failures"]] == [first]
    only = flow.get("/v1/failures?code=item_not_found")["failures"]
    assert [failing["invoiceId"] for failing in only] == [other]


def test_a_failure_carries_its_remedy_and_resolutions(flow: Flow) -> None:
    stranger = flow.portal.create("contacts", {"email": "who@else.example"})
    invoice_id = flow.invoice(contact_id=stranger)
    flow.work()
    failure = flow.status(invoice_id)["failure"]
    assert failure["title"].startswith("An invoice should have an associated customer")
    assert failure["remedy"]["hubspot"]
    assert failure["remedy"]["quickbooks"]
    assert offered(failure) == ["use_customer", "create_customer"]
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
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert body["status"] == status
        assert body["type"] == "about:blank"
        assert body["code"] in CODES[status]
        return str(body["detail"])

    def signed(self, flow: Flow, path: str, *, timestamp: int | None = None) -> httpx.Response:
        url = flow.own.gateway.url + path
        headers = flow.hubspot.signed_headers("GET", url, timestamp=timestamp)
        return httpx.get(url, headers=headers)

    def test_without_a_signature(self, flow: Flow) -> None:
        url = f"{flow.own.gateway.url}/v1/failures/count?portalId={PORTAL_ID}"
        self.problem(httpx.get(url), 401)

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("GET", "/v1/failures?limit=0", ""),
            ("GET", "/v1/invoices/12x/sync-status", ""),
            ("POST", "/v1/backfill", "{"),
            ("PUT", "/v1/settings", '{"createCustomers": "maybe"}'),
        ],
    )
    def test_who_did_not_sign_is_not_told_what_else_is_wrong(
        self, flow: Flow, method: str, path: str, body: str
    ) -> None:
        detail = self.problem(httpx.request(method, flow.own.gateway.url + path, content=body), 401)
        assert "signature" in detail

    def test_with_a_signature_of_another_url(self, flow: Flow) -> None:
        url = f"{flow.own.gateway.url}/v1/failures/count?portalId={PORTAL_ID}"
        headers = flow.hubspot.signed_headers("GET", url)
        self.problem(httpx.get(url.replace(PORTAL_ID, "13579"), headers=headers), 401)

    def test_with_an_old_signature(self, flow: Flow) -> None:
        old = int((flow.clock.now().timestamp() - 301) * 1000)
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
            "/v1/quickbooks/customers",
            "/v1/quickbooks/customers?search=a",
            "/v1/quickbooks/items?search=%25%25%25",
            "/v1/quickbooks/items?search=%0A%0A",
        ],
    )
    def test_what_makes_no_sense(self, flow: Flow, path: str) -> None:
        mark = "&" if "?" in path else "?"
        self.problem(self.signed(flow, f"{path}{mark}portalId={PORTAL_ID}"), 400)

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("/v1/failures?limit=0", "limit must be at least 1."),
            ("/v1/failures?limit=x", "limit must be a whole number."),
            ("/v1/failures?cause=X", "cause does not have the right form."),
            (
                "/v1/failures?groupBy=cause&cause=closed_period",
                "groupBy=cause can be combined with code, and with nothing else.",
            ),
            ("/v1/backfill?from=soon", "from must be a day such as 2026-01-31"),
            ("/v1/backfill?to=2026-01-31", "from and to belong together"),
            ("/v1/reports/reconciliation?finding=x", "finding has a value that this app"),
        ],
    )
    def test_words_say_what_is_wrong(self, flow: Flow, path: str, words: str) -> None:
        answer = flow.fetch("GET", path)
        assert answer.status == 400
        assert words in answer.json()["detail"]

    @pytest.mark.parametrize(
        ("content_type", "body", "status", "words"),
        [
            ("application/json", b"{", 400, "The body is not valid JSON."),
            ("application/json", b"", 400, "The body is missing."),
            ("text/plain", b"{}", 415, "The body is not JSON."),
        ],
    )
    def test_a_body_that_cannot_be_read(
        self, flow: Flow, content_type: str, body: bytes, status: int, words: str
    ) -> None:
        url = f"{flow.own.gateway.url}/v1/backfill?portalId={PORTAL_ID}"
        headers = flow.hubspot.signed_headers("POST", url, body) | {"Content-Type": content_type}
        answer = httpx.post(url, content=body, headers=headers)
        assert self.problem(answer, status) == words

    @pytest.mark.parametrize(
        ("method", "path"),
        [("GET", "/v1/nothing"), ("GET", "/v1/failures/1/2"), ("DELETE", "/v1/settings")],
    )
    def test_what_the_api_does_not_have(self, flow: Flow, method: str, path: str) -> None:
        url = f"{flow.own.gateway.url}{path}?portalId={PORTAL_ID}"
        assert self.problem(httpx.request(method, url), 401)
        headers = flow.hubspot.signed_headers(method, url)
        assert "no such route" in self.problem(httpx.request(method, url, headers=headers), 404)

    def test_a_cursor_of_another_portal(self, flow: Flow) -> None:
        failing_invoices(flow, 2)
        cursor = flow.get("/v1/failures?limit=1")["cursor"]
        flow.hubspot.add_portal(STRANGER)
        assert ask(flow, "GET", f"/v1/failures?cursor={cursor}", STRANGER).status == 400

    def test_nobody_sees_another_portals_invoices(self, flow: Flow) -> None:
        (invoice_id,) = failing_invoices(flow, 1)
        flow.hubspot.add_portal(STRANGER)
        count = ask(flow, "GET", "/v1/failures/count", STRANGER).json()
        assert count["failing"] == 0
        path = f"/v1/invoices/{invoice_id}/sync-status"
        assert ask(flow, "GET", path, STRANGER).json()["status"] == "unknown"


class TestSettings:
    def put(self, flow: Flow, body: Any, portal_id: str = PORTAL_ID) -> Any:
        return ask(flow, "PUT", "/v1/settings", portal_id, body)

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
            (
                {"displayName": "nickname"},
                "displayName must be company, person or company_person.",
            ),
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
        flow.hubspot.add_portal(STRANGER)
        assert ask(flow, "GET", "/v1/settings", STRANGER).status == 404
        assert self.put(flow, {}, STRANGER).status == 404


class TestTrouble:
    """What every route answers when something is wrong, and that the document says so."""

    DAYS = {"from": "2026-03-01", "to": "2026-03-31"}

    def statuses(self, flow: Flow, invoice_id: str, portal_id: str = PORTAL_ID) -> dict[str, int]:
        bodies: dict[str, Any] = {
            "POST /v1/backfill": self.DAYS,
            "POST /v1/backfill/cancel": self.DAYS,
            "POST /v1/reports/reconciliation": self.DAYS,
            "POST /v1/reports/reconciliation/cancel": self.DAYS,
            "PUT /v1/settings": flow.get("/v1/settings"),
            "PATCH /v1/settings": {"fallbackItemId": flow.item_id, "preview": True},
            "POST /v1/invoices/{invoiceId}/resolve": {"resolution": "use_item", "preview": True},
            "POST /v1/invoices/retry": {"invoiceIds": [invoice_id]},
        }
        queries = {"/v1/invoices": f"?ids={invoice_id}", "/files/reconciliation": "?ticket=x"}
        statuses = {}
        for path, operations in document()["paths"].items():
            for method in operations:
                route = f"{method.upper()} {path}"
                url = path.replace("{invoiceId}", invoice_id)
                url += "?search=globex" if "/quickbooks/" in path else queries.get(path, "")
                answer = ask(flow, method.upper(), url, portal_id, bodies.get(route))
                statuses[route] = answer.status
        return statuses

    def failing(self, flow: Flow) -> str:
        novelty = {"name": "Novelty", "quantity": "1", "price": "10"}
        invoice_id = flow.invoice(lines=[novelty])
        flow.work()
        assert flow.failure_code(invoice_id) == "item_not_found"
        flow.clock.advance(2)  # its reads count for QuickBooks' limit of ten a second
        return invoice_id

    def test_none(self, flow: Flow) -> None:
        statuses = self.statuses(flow, self.failing(flow))
        # Nothing has been asked for before.
        missing = {route for route, status in statuses.items() if status == 404}
        assert missing <= {
            "GET /v1/reports/reconciliation/files",
            "GET /v1/failures/retry",
            "GET /v1/backfill",
            "GET /v1/reports/reconciliation",
            "POST /v1/failures/retry/cancel",
            "POST /v1/backfill/cancel",
            "POST /v1/reports/reconciliation/cancel",
        }
        # So few are on the queue at once.
        assert statuses.pop("POST /v1/failures/retry/cancel") in (404, 409)
        assert statuses.pop("GET /files/reconciliation") == 403
        assert statuses.pop("GET /v1/reports/reconciliation/files") in (404, 409)
        assert set(statuses.values()) <= {200, 404}

    def test_the_code_says_what_to_do_about_it(self, flow: Flow) -> None:
        flow.hubspot.add_portal(STRANGER)
        assert ask(flow, "GET", "/v1/settings", STRANGER).json()["code"] == "not_connected"
        end_connection(flow)
        ended = ask(flow, "GET", "/v1/invoices/512/preview").json()
        assert ended["code"] == "reconnect_required"

    def test_a_portal_that_is_not_connected(self, flow: Flow) -> None:
        flow.hubspot.add_portal(STRANGER)
        found = self.statuses(flow, "512", STRANGER)
        assert {route for route, status in found.items() if status == 200} == {
            "GET /v1/failures",
            "GET /v1/failures/count",
            "GET /v1/payments/unrecorded",
            "GET /v1/invoices",
            "GET /v1/invoices/{invoiceId}/sync-status",
            "GET /v1/connection",
            "GET /v1/audit",
            "GET /health",
        }
        assert found.pop("GET /files/reconciliation") == 403
        assert set(found.values()) == {200, 404}
        flow.work()

    def test_access_that_has_ended(self, flow: Flow) -> None:
        invoice_id = self.failing(flow)
        end_connection(flow)
        found = self.statuses(flow, invoice_id)
        found.pop("GET /v1/reports/reconciliation/files")  # there is none that is done
        found.pop("POST /v1/failures/retry/cancel")  # and none that is not
        assert {route for route, status in found.items() if status == 409} == {
            "GET /v1/quickbooks/customers",
            "GET /v1/quickbooks/items",
            "GET /v1/invoices/{invoiceId}/preview",
            "POST /v1/invoices/{invoiceId}/resolve",
            "GET /v1/settings/choices",
            "PATCH /v1/settings",
        }

    @pytest.mark.parametrize(("answer", "status"), [(503, 503), (403, 502)])
    def test_hubspot_that_does_not_do_it(self, flow: Flow, answer: int, status: int) -> None:
        invoice_id = self.failing(flow)
        refused = {"status": "error", "category": "MISSING_SCOPES", "message": "no"}
        broken = Fault(lambda request: "/invoices/" in request.path, Answer(answer, refused), 100)
        flow.hubspot.faults.append(broken)
        found = self.statuses(flow, invoice_id)
        flow.hubspot.faults.clear()
        assert {route for route, given in found.items() if given == status} == {
            "GET /v1/invoices/{invoiceId}/preview",
            "POST /v1/invoices/{invoiceId}/resolve",
        }


def test_health_and_the_description_need_no_signature(flow: Flow) -> None:
    assert httpx.get(f"{flow.own.gateway.url}/health").json() == {
        "status": "ok",
        "version": VERSION,
    }
    answer = httpx.get(f"{flow.own.gateway.url}/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    described = answer.json()
    assert described["openapi"].startswith("3.")
    served = {path for _, path, _ in ROUTES if not path.startswith(("/webhooks/", "/connect/"))}
    assert set(described["paths"]) == served - {"/openapi.json", "/v1/{path+}"}
    responses = described["paths"]["/v1/failures"]["get"]["responses"]
    assert set(responses) == {"200", "400", "401", "403", "500"}
    assert "application/problem+json" in responses["400"]["content"]
    status = described["components"]["schemas"]["SyncStatusAnswer"]["properties"]
    assert "failure" in status
    assert "quickbooks" in status


def ask(flow: Flow, method: str, path: str, portal_id: str = PORTAL_ID, body: Any = None) -> Any:
    """As `flow.fetch` does, for any portal."""
    answer = flow.hubspot.fetch(portal_id, method, flow.own.gateway.url + path, body)
    check(method, path, answer)
    return answer
