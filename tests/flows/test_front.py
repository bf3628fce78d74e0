"""The way in: strangers learn nothing and break nothing, whatever they send, and every answer has
the headers that keep it where it belongs."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.routes import ROUTES
from invoice_sync.api import openapi
from invoice_sync.runtime import metrics
from invoice_sync.runtime.entry import LONGEST_BODY

from .asking import (
    DEEP,
    HALF,
    HANDLERS,
    HOST,
    MANY,
    Event,
    ask,
    by_hubspot,
    file_of,
    problem,
    request,
)
from .conftest import Flow

pytestmark = pytest.mark.sockets


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(metrics, "count", lambda name, number=1: found.append(name))
    return found


BODIES: dict[str, Event] = {
    "none": {},
    "text": {"body": "x", "headers": {"content-type": "text/plain"}},
    "a form": {"body": "a=1", "headers": {"content-type": "application/x-www-form-urlencoded"}},
    "parts": {"body": "--x", "headers": {"content-type": "multipart/form-data; boundary=x"}},
    "no headers": {"body": "{}", "headers": None},
    "no JSON": {"body": "{"},
    "no UTF-8": {"body": base64.b64encode(b"\xff").decode(), "isBase64Encoded": True},
    "no base64": {"body": "%%%", "isBase64Encoded": True},
    "half of base64": {"body": "QUJ", "isBase64Encoded": True},
    "no ASCII in base64": {"body": "\u00e9", "isBase64Encoded": True},
    "deep": {"body": DEEP},
    "many": {"body": MANY},
}
HEADERS: dict[str, Any] = {
    "no signature": {"x-hubspot-signature-v3": ""},
    "another signature": {"x-hubspot-signature-v3": "\u00e9"},
    "an odd time": {"x-hubspot-request-timestamp": "1e9"},
    "the last time": {"x-hubspot-request-timestamp": "999999999999999"},
    "digits of elsewhere": {"x-hubspot-request-timestamp": "\u0663" * 13},
}
PLACES: dict[str, Event] = {
    "no query": {"rawQueryString": None},
    "the end of a line": {"rawPath": "/health\n"},
    "above": {"rawPath": "/v1/../health"},
    "twice": {"rawPath": "//health"},
    "percent": {"rawPath": "/%68ealth"},
    "capitals": {"rawPath": "/HEALTH"},
}
# API Gateway sends none of these.
UNREADABLE: dict[str, Event] = {
    "no context": {"requestContext": None},
    "an empty context": {"requestContext": {}},
    "a context of another kind": {"requestContext": []},
    "no method": {"requestContext": {"domainName": HOST, "stage": "$default", "http": {}}},
    "no host": {"requestContext": {"stage": "$default", "http": {"method": "GET"}}},
    "no stage": {"requestContext": {"domainName": HOST, "http": {"method": "GET"}}},
    "no path": {"rawPath": None},
    "no route": {"routeKey": None},
    "half a surrogate in the path": {"rawPath": f"/v1/{HALF}"},
    "half a surrogate in the query": {"rawQueryString": HALF},
    "half a surrogate in the body": {"body": HALF},
    "half a surrogate in a header": {"headers": {"x-hubspot-signature-v3": HALF}},
    "half a surrogate as a header": {"headers": {HALF: "x"}},
    "half a surrogate in a cookie": {"cookies": [HALF]},
    "half a surrogate as a parameter": {"queryStringParameters": {HALF: "x"}},
    "headers of another kind": {"headers": ["x"]},
    "headers of no kind": {"headers": 0},
    "cookies of another kind": {"cookies": {"x": "y"}},
    "a body of another kind": {"body": {"x": "y"}},
}


class TestStrangers:
    """Nobody signed it."""

    def refused(self, what: str, event: Event, counted: list[str]) -> None:
        for function in ("api", "hubspot_webhook", "quickbooks_webhook"):
            del counted[:]
            assert ask(function, event)["statusCode"] == 401, (function, what)
            assert counted == [metrics.SIGNATURE_REFUSED]

    @pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "GET", "DELETE"])
    def test_no_body_is_looked_at(self, flow: Flow, counted: list[str], method: str) -> None:
        wrong = {
            "x-hubspot-signature-v3": "bm9ib2R5",
            "x-hubspot-request-timestamp": str(int(flow.clock.now().timestamp() * 1000)),
            "intuit-signature": "bm9ib2R5",
        }
        for what, body in BODIES.items():
            event = request(method, "/v1/settings", **body)
            self.refused(what, event, counted)
            headers = {**(event["headers"] or {}), **wrong}
            self.refused(what, {**event, "headers": headers}, counted)

    def test_odd_headers(self, flow: Flow, counted: list[str]) -> None:
        for what, headers in HEADERS.items():
            event = by_hubspot(request("POST", "/v1/backfill", body="{}"))
            self.refused(what, {**event, "headers": {**event["headers"], **headers}}, counted)

    def test_odd_places(self, flow: Flow, counted: list[str]) -> None:
        for what, place in PLACES.items():
            self.refused(what, {**by_hubspot(request()), **place}, counted)

    def test_what_is_no_request_is_not_looked_at(self, flow: Flow, counted: list[str]) -> None:
        for what, change in UNREADABLE.items():
            for function in HANDLERS:
                for path in ("/v1/failures", "/health", "/connect/hubspot"):
                    answer = ask(function, {**by_hubspot(request(path=path)), **change})
                    assert answer["statusCode"] == 400, (what, function)
                    assert problem(answer, 400) == "The request cannot be read."
        assert counted == []

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/v1"),
            ("GET", "/v1/nothing"),
            ("DELETE", "/v1/settings"),
            ("OPTIONS", "/v1/settings"),
            ("HEAD", "/v1/failures"),
            ("BREW", "/v1/failures"),
            ("GET", "/v1/failures?limit=0"),
            ("GET", "/v1/invoices/12x/sync-status"),
            ("POST", "/v1/backfill"),
        ],
    )
    def test_which_routes_there_are_is_not_told(self, flow: Flow, method: str, path: str) -> None:
        answer = httpx.request(method, flow.own.gateway.url + path)
        if path == "/v1":
            assert answer.status_code == 404  # the front's own: no function is asked
        else:
            assert answer.status_code == 401

    def test_a_link_that_is_not_ours_counts(self, flow: Flow, counted: list[str]) -> None:
        for ticket in ("", "x", "a.b.c"):
            problem(ask("api", file_of(ticket)), 403)
        assert counted == [metrics.SIGNATURE_REFUSED] * 3

    def test_a_state_that_is_not_ours_counts(self, flow: Flow, counted: list[str]) -> None:
        for state in ("", "x", "%ED%A0%80", "a.b.c"):
            for step in ("hubspot/callback", "quickbooks", "quickbooks/callback"):
                event = request(path=f"/connect/{step}", query=f"state={state}&code=1")
                event["cookies"] = ["__Host-invoice-sync-connect=\u00e9"]
                assert ask("connect", event)["statusCode"] == 400
        assert counted == [metrics.SIGNATURE_REFUSED] * 12

    def test_connecting_ends_with_a_page_whatever_is_asked(self, flow: Flow) -> None:
        for what, place in PLACES.items():
            for path in ("/connect/hubspot", "/connect/hubspot/callback", "/connect/nowhere"):
                answer = ask("connect", {**request(path=path), **place})
                assert answer["statusCode"] < 500, (what, path)
                assert answer["headers"]["Content-Type"] == "text/html; charset=utf-8"

    def test_the_description_is_made_once(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = ask("api", request(path="/openapi.json"))
        monkeypatch.setattr(openapi, "document", None)
        assert ask("api", request(path="/openapi.json")) == first


def every_answer(flow: Flow) -> Iterator[tuple[str, Event]]:
    yield "counts", ask("api", by_hubspot(request()))
    yield "a problem", ask("api", by_hubspot(request(query="portalId=x")))
    yield "a stranger", ask("api", request())
    yield "no route", ask("api", by_hubspot(request(path="/v1/x")))
    yield "too long", ask("api", request("PUT", body="x" * (LONGEST_BODY + 1)))
    yield "health", ask("api", request(path="/health"))
    yield "description", ask("api", request(path="/openapi.json"))
    yield "a file", ask("api", file_of("x"))
    for name in ("hubspot_webhook", "quickbooks_webhook"):
        yield f"{name}: a stranger", ask(name, request("POST", body="[]"))
        yield f"{name}: too long", ask(name, request("POST", body="x" * (LONGEST_BODY + 1)))
    yield "a hint", ask("hubspot_webhook", by_hubspot(request("POST", body="[]")))
    yield "an odd hint", ask("hubspot_webhook", by_hubspot(request("POST", body="{")))
    for query in ("", "nativeSync=never"):
        yield f"connect {query}", ask("connect", request(path="/connect/hubspot", query=query))
    yield "connect: refused", ask("connect", request(path="/connect/quickbooks"))
    yield "connect: elsewhere", ask("connect", request(path="/connect/nowhere"))


def test_every_answer_is_kept_and_framed_by_nobody(flow: Flow) -> None:
    statuses = set()
    for what, answer in every_answer(flow):
        statuses.add(answer["statusCode"])
        headers = answer["headers"]
        assert headers["Cache-Control"] == "no-cache, no-store", what
        assert headers["X-Content-Type-Options"] == "nosniff", what
        assert headers["Strict-Transport-Security"] == "max-age=31536000", what
        assert headers["Referrer-Policy"] == "no-referrer", what
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, what
        assert "form-action 'none'" in policy, what
        assert "frame-ancestors 'none'" in policy, what
    assert statuses == {200, 202, 302, 400, 401, 403, 404, 413}


def test_the_headers_arrive(flow: Flow) -> None:
    answer = httpx.get(f"{flow.own.gateway.url}/health")
    assert answer.headers["cache-control"] == "no-cache, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_only_what_says_so_needs_no_signature(flow: Flow) -> None:
    open_to_all = set()
    for method, path, function in ROUTES:
        if function == "api":
            answer = ask("api", request(method, path.replace("{invoiceId}", "1")))
            if answer["statusCode"] != 401:
                open_to_all.add(path)
    assert open_to_all == {"/health", "/openapi.json", "/files/reconciliation"}
