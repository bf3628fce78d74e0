"""Who may act, in the API as users of HubSpot meet it; and what it tells of the connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import sync_worker
from infra.local.wire import Answer, Fault
from tests.described import check, document

from .acting import down, run_sweep, up
from .browser import NEW_PORTAL, NEW_REALM, Browser, check_page, owner
from .conftest import PORTAL_ID, REALM_ID, Flow

SAM: dict[str, Any] = {"user_email": "sam@example.com", "user_id": 78}
DETAIL = "Only people named in this app's settings may do this. Ask pat@example.com."
# Every operation that is not a GET.
ACTS = sorted(
    (method.upper(), path)
    for path, operations in document()["paths"].items()
    for method in operations
    if method != "get"
)


@pytest.fixture
def browser(flow: Flow) -> Iterator[Browser]:
    with owner(flow) as browser:
        yield browser


@pytest.fixture
def connected(browser: Browser) -> Browser:
    """The new portal, connected by Pat."""
    browser.go()
    return browser


def asked(flow: Flow, method: str, path: str, body: Any = None, **user: Any) -> Any:
    url = flow.own.gateway.url + path
    answer = flow.hubspot.fetch(NEW_PORTAL, method, url, body, **user)
    check(method, path, answer)
    return answer


def shown(flow: Flow, **user: Any) -> dict[str, Any]:
    found: dict[str, Any] = asked(flow, "GET", "/v1/connection", **user).json()
    return found


class TestConnection:
    def test_a_portal_that_is_not_connected(self, flow: Flow, browser: Browser) -> None:
        found = shown(flow)
        assert (found["state"], found["companyName"], found["realmId"]) == ("not_connected", "", "")
        assert found["connectUrl"] == f"{flow.own.gateway.url}/connect/hubspot"
        assert found["you"] == {"email": "pat@example.com", "mayAct": True}
        check_page(browser.get("/connect/hubspot"), 200, "Step 1 of 2: HubSpot")

    @pytest.mark.usefixtures("connected")
    def test_a_connected_one(self, flow: Flow) -> None:
        stored = flow.own.store.connections.get(NEW_PORTAL)
        assert stored
        assert stored.started_at
        assert stored.connected_at
        assert shown(flow) == {
            "state": "connected",
            "service": "",
            "companyName": "Simulated Company",
            "realmId": NEW_REALM,
            "country": "US",
            "homeCurrency": "USD",
            "quickbooksUrl": "https://app.qbo.intuit.com/app/homepage",
            "connectedAt": stored.connected_at.isoformat().replace("+00:00", "Z"),
            "connectedBy": "pat@example.com",
            "startedAt": stored.started_at.isoformat().replace("+00:00", "Z"),
            "lastSweepAt": None,
            "lastTrouble": None,
            "connectUrl": f"{flow.own.gateway.url}/connect/hubspot",
            "you": {"email": "pat@example.com", "mayAct": True},
        }

    def test_one_from_an_earlier_version(self, flow: Flow) -> None:
        found = flow.get("/v1/connection")
        assert (found["state"], found["companyName"], found["connectedBy"]) == ("connected", "", "")
        assert (found["connectedAt"], found["you"]["mayAct"]) == (None, True)

    @pytest.mark.parametrize("service", ["hubspot", "quickbooks"])
    def test_it_names_the_service_that_has_to_be_connected_again(
        self, flow: Flow, browser: Browser, service: str
    ) -> None:
        flow.invoice()
        if service == "hubspot":
            flow.hubspot.uninstall(PORTAL_ID)
        else:
            flow.quickbooks.tokens.revoke_realm(REALM_ID)
        sync_worker.collaborators.cache_clear()
        flow.work()
        run_sweep(flow)
        found = flow.get("/v1/connection")
        assert (found["state"], found["service"]) == ("reconnect_required", service)
        flow.hubspot.consent(PORTAL_ID)
        flow.quickbooks.consent(REALM_ID)
        check_page(browser.go(), 200, "Invoices that failed because the connection had ended")
        found = flow.get("/v1/connection")
        assert (found["state"], found["service"]) == ("connected", "")
        assert (found["connectedBy"], found["companyName"]) == (
            "pat@example.com",
            "Simulated Company",
        )
        flow.work()

    def test_the_last_sweep_and_the_last_trouble(self, flow: Flow) -> None:
        run_sweep(flow)
        whole = flow.get("/v1/connection")
        assert whole["lastSweepAt"]
        assert whole["lastTrouble"] is None
        down(flow, "quickbooks")
        flow.clock.advance(300)
        run_sweep(flow)
        up(flow)
        found = flow.get("/v1/connection")
        assert found["lastSweepAt"] == whole["lastSweepAt"]
        assert found["lastTrouble"]["at"] > whole["lastSweepAt"]
        assert found["lastTrouble"]["words"] == (
            "QuickBooks did not answer. This app tries again every five minutes."
        )
        flow.clock.advance(300)
        run_sweep(flow)
        again = flow.get("/v1/connection")
        assert again["lastSweepAt"] > whole["lastSweepAt"]
        # It is the last one still.
        assert again["lastTrouble"] == found["lastTrouble"]


class TestWhoMayAct:
    @pytest.mark.usefixtures("connected")
    def test_who_is_not_named_may_only_look(self, flow: Flow) -> None:
        assert len(ACTS) >= 6
        for method, path in ACTS:
            url = path.replace("{invoiceId}", "512")
            # Before the body is even looked at.
            for body in ({}, {"no": "such field"}):
                answer = asked(flow, method, url, body, **SAM)
                assert (answer.status, answer.json()["detail"]) == (403, DETAIL), path
        assert shown(flow, **SAM)["you"] == {"email": "sam@example.com", "mayAct": False}
        # Pat may; the end of the connection comes last.
        for method, path in sorted(ACTS, key=lambda act: act[0] == "DELETE"):
            url = path.replace("{invoiceId}", "512")
            assert asked(flow, method, url, {"no": "such field"}).status != 403

    @pytest.mark.usefixtures("connected")
    def test_looking_is_for_everybody(self, flow: Flow) -> None:
        for path in ("/v1/failures", "/v1/audit", "/v1/settings", "/v1/failures/count"):
            assert asked(flow, "GET", path, **SAM).status == 200
        path = "/v1/invoices/512/sync-status"
        assert asked(flow, "GET", path, **SAM).json()["mayAct"] is False
        assert asked(flow, "GET", path).json()["mayAct"] is True

    @pytest.mark.usefixtures("connected")
    def test_settings_name_others(self, flow: Flow) -> None:
        settings = asked(flow, "GET", "/v1/settings").json()
        assert settings["mayAct"] == ["pat@example.com"]
        for named, status in (
            (["SAM@example.com"], 200),
            (["78"], 200),
            (["everyone"], 200),
            (["kim@example.com"], 403),
            ([], 403),
        ):
            body = settings | {"mayAct": named}
            assert asked(flow, "PUT", "/v1/settings", body).json()["mayAct"] == named
            assert asked(flow, "POST", "/v1/failures/retry", **SAM).status == status, named
        for wrong in (["sam"], [""], ["a b@example.com"], "everyone", None):
            body = settings | {"mayAct": wrong}
            assert asked(flow, "PUT", "/v1/settings", body).status == 400
        one = asked(flow, "PUT", "/v1/settings", settings | {"mayAct": ["Sam Lund"]})
        assert one.json()["detail"].startswith("mayAct must name each person by email")

    def test_who_connects_again_may_act_too(self, flow: Flow, connected: Browser) -> None:
        flow.hubspot.consent(NEW_PORTAL, **SAM)
        page = connected.go()
        check_page(page, 200, "You (sam@example.com) and those whom the settings name may decide")
        assert shown(flow)["connectedBy"] == "sam@example.com"
        assert shown(flow)["you"]["mayAct"]
        assert shown(flow, **SAM)["you"]["mayAct"]
        settings = asked(flow, "GET", "/v1/settings").json()
        assert settings["mayAct"] == ["pat@example.com", "sam@example.com"]

    def test_the_account_that_hubspot_makes_for_the_app_is_nobody(
        self, flow: Flow, browser: Browser
    ) -> None:
        flow.hubspot.use_service_accounts()
        check_page(browser.go(), 200, "You (HubSpot user 77) may decide")
        assert shown(flow)["connectedBy"] == "HubSpot user 77"
        assert shown(flow)["you"]["mayAct"]
        refused = asked(flow, "POST", "/v1/failures/retry", **SAM)
        assert refused.json()["detail"].endswith("Ask HubSpot user 77.")

    @pytest.mark.parametrize("answer", [Answer(404), Answer(200, {"active": False}), None])
    def test_a_hubspot_that_does_not_say_who_connects(
        self, flow: Flow, browser: Browser, answer: Answer | None
    ) -> None:
        fault = Fault(lambda request: request.path.endswith("/introspect"), answer, 100)
        flow.hubspot.faults.append(fault)
        page = browser.go()
        check_page(page, 200, "HubSpot did not say who you are.")
        assert f"HubSpot account {NEW_PORTAL} and the QuickBooks company" in page.text
        # As for connections of before: until somebody connects again, or people are named.
        assert shown(flow, **SAM)["you"]["mayAct"]
        flow.hubspot.faults.clear()
        browser.go()
        assert not shown(flow, **SAM)["you"]["mayAct"]
