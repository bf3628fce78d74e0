"""The way in, for requests that are signed, and odd or too long all the same."""

from __future__ import annotations

import base64
import io
import json
import logging

import pytest

from infra.local.system import signed
from invoice_sync.runtime import metrics
from invoice_sync.runtime.entry import LONGEST_BODY

from .asking import DEEP, HANDLERS, Event, ask, by_hubspot, by_intuit, problem, request
from .conftest import PORTAL_ID, Flow


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(metrics, "count", lambda name, number=1: found.append(name))
    return found


class TestTooLong:
    LONG = "x" * (LONGEST_BODY + 1)

    @pytest.mark.parametrize("function", HANDLERS)
    @pytest.mark.parametrize("kind", ["text", "two bytes each", "base64"])
    def test_it_is_not_looked_at_though_it_be_signed(
        self, flow: Flow, counted: list[str], function: str, kind: str
    ) -> None:
        body = "\u00e9" * (LONGEST_BODY // 2 + 1) if kind == "two bytes each" else self.LONG
        encoded = kind == "base64"
        if encoded:
            body = base64.b64encode(body.encode()).decode()
        path = "/connect/hubspot" if function == "connect" else "/v1/settings"
        event = by_hubspot(request("PUT", path, body=body, isBase64Encoded=encoded))
        answer = ask(function, by_intuit(event))
        assert answer["statusCode"] == 413
        assert counted == []
        assert problem(answer, 413) == "The body has more than 1 MB."

    def test_what_just_fits_is_read(self, flow: Flow) -> None:
        body = json.dumps([" " * (LONGEST_BODY - 4)])
        assert len(body) == LONGEST_BODY
        assert "body" in problem(
            ask("api", by_hubspot(request("PUT", "/v1/settings", body=body))), 400
        )


class TestSigned:
    """By a user of HubSpot, who may send odd things too."""

    @pytest.mark.parametrize(
        ("content_type", "status"),
        [
            ("application/json", 400),
            ("Application/JSON; charset=utf-8", 400),
            ("text/plain", 415),
            ("application/json-patch+json", 415),
            ("application/x-www-form-urlencoded", 415),
            ("multipart/form-data; boundary=x", 415),
            ("multipart/form-data", 415),
            ("", 400),
        ],
    )
    def test_only_json_is_read(self, flow: Flow, content_type: str, status: int) -> None:
        for route in ("PUT /v1/settings", "POST /v1/backfill", "POST /v1/invoices/1/resolve"):
            event = by_hubspot(request(*route.split(), body="{"))
            event["headers"]["content-type"] = content_type
            problem(ask("api", event), status)

    def test_what_is_no_body_is_said(self, flow: Flow) -> None:
        before = flow.get("/v1/settings")
        for body in (
            DEEP,
            DEEP + "]" * 100_000,
            '{"a":' * 5_000 + "1" + "}" * 5_000,
            '{"taxCodes": {"a": ' + "[" * 900 + "]" * 900 + "}}",
            "\x00",
            '"\\ud800"',
            '{"\\ud800": 1}',
            '{"taxCodes": {"\\ud800": "\\ud800"}}',
            "NaN",
            "1" * 5_000,
        ):
            answer = ask("api", by_hubspot(request("PUT", "/v1/settings", body=body)))
            assert answer["statusCode"] == 400, ascii(body[:40])
            problem(answer, 400)
        assert flow.get("/v1/settings") == before

    def test_what_is_no_text_is_said(self, flow: Flow) -> None:
        body = base64.b64encode(b"\xff").decode()
        event = by_hubspot(request("PUT", "/v1/settings", body=body, isBase64Encoded=True))
        assert problem(ask("api", event), 400) == "The body is not valid JSON."

    def test_ten_mistakes_are_named_and_no_more(self, flow: Flow) -> None:
        names = [f"n{number:02}" for number in range(30)]
        event = request("PUT", "/v1/settings", body=json.dumps(dict.fromkeys(names, 1)))
        detail = problem(ask("api", by_hubspot(event)), 400)
        assert detail.count("is unknown here") == 10
        assert detail.endswith("; and more.")

    def test_long_and_odd_names_are_cut(self, flow: Flow) -> None:
        body = json.dumps({"<script>alert('x')</script>": 1, "y" * 100_000: 1})
        detail = problem(ask("api", by_hubspot(request("PUT", "/v1/settings", body=body))), 400)
        assert "<" not in detail
        assert "'" not in detail
        assert len(detail) < 200

    def test_there_is_no_such_route(self, flow: Flow) -> None:
        assert "no such route" in problem(ask("api", by_hubspot(request(path="/v1/x"))), 404)

    def test_an_empty_name_is_not_replaced_by_the_callers_own(self, flow: Flow) -> None:
        """HubSpot adds who the user is behind what the caller wrote."""
        flow.settings(may_act=["boss@example.com"])
        own = "userEmail=boss%40example.com&userId=1"
        by_hubspot_itself = f"portalId={PORTAL_ID}&userEmail=&userId="
        event = request("POST", "/v1/invoices/1/retry", query=f"{own}&{by_hubspot_itself}")
        problem(ask("api", by_hubspot(event)), 403)

    @pytest.mark.parametrize("portal_id", ["", "\u0663", "\u00b2"])
    def test_a_portal_is_digits(self, flow: Flow, portal_id: str) -> None:
        event = request(query=f"portalId={portal_id}")
        assert "portalId" in problem(ask("api", by_hubspot(event)), 400)


class TestWebhooks:
    """Signed, and odd all the same: HubSpot and Intuit are told so and send it again."""

    @pytest.mark.parametrize(
        "changes",
        [
            {"objectTypeId": []},
            {"objectTypeId": {}},
            {"subscriptionType": "object.\ud800"},
            {"subscriptionType": "object." + "x" * 100},
            {"subscriptionType": "object.associationChange", "fromObjectTypeId": []},
            {"subscriptionType": "object.associationChange", "toObjectTypeId": {}},
        ],
    )
    def test_an_event_that_hubspot_cannot_mean(self, flow: Flow, changes: Event) -> None:
        event = {
            "portalId": 1,
            "occurredAt": 1767225600000,
            "subscriptionType": "object.creation",
            "objectId": 1,
            "objectTypeId": "0-53",
        }
        body = json.dumps([event | changes])
        sent = by_hubspot(request("POST", "/webhooks/hubspot", body=body))
        assert ask("hubspot_webhook", sent)["statusCode"] == 400
        assert flow.own.poller.depth()[0] == 0

    def test_nesting_without_end(self, flow: Flow) -> None:
        nested = "[" * 900 + "]" * 900
        for body in (DEEP, nested, f'[{{"type": {nested}}}]', f'[{{"propertyName": {nested}}}]'):
            sent = by_hubspot(request("POST", "/webhooks/hubspot", body=body))
            sent = by_intuit(sent)
            for function in ("hubspot_webhook", "quickbooks_webhook"):
                assert ask(function, sent)["statusCode"] in (200, 400)

    @pytest.mark.parametrize("function", ["hubspot_webhook", "quickbooks_webhook"])
    def test_numbers_that_cannot_be_written_cost_no_webhook(
        self, flow: Flow, function: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(metrics._metrics, "namespace", "")
        monkeypatch.setattr(metrics._metrics, "flush_metrics", self.broken)
        name = function.removesuffix("_webhook")
        path = "webhook-invoice-creation" if name == "hubspot" else "quickbooks-webhook-legacy"
        with open(f"events/{path}.json", encoding="utf-8") as file:
            event = signed(json.load(file), flow.clock.now().timestamp())
        metrics.count("SomethingBefore")
        log = io.StringIO()
        handler = logging.StreamHandler(log)
        own = logging.Logger("metrics")
        own.addHandler(handler)
        monkeypatch.setattr(metrics, "logger", own)
        assert ask(function, event)["statusCode"] in (200, 202)
        assert "metrics are lost" in log.getvalue()
        assert flow.own.poller.depth()[0] > 0

    def broken(self) -> None:
        raise ValueError("there is no namespace")
