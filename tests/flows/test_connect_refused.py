"""Connecting that is refused: the page says why, and nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.system import APP_SECRET
from invoice_sync.connect.pages import COOKIE
from invoice_sync.connect.state import LIFETIME, State, Step, seal

from .browser import NEW_PORTAL, NEW_REALM, Browser, check_page, owner, restart, stored
from .conftest import PORTAL_ID, REALM_ID, Flow


@pytest.fixture
def browser(flow: Flow) -> Iterator[Browser]:
    with owner(flow) as browser:
        yield browser


@pytest.mark.parametrize("service", ["hubspot", "quickbooks"])
def test_without_consent_nothing_is_stored(flow: Flow, browser: Browser, service: str) -> None:
    if service == "hubspot":
        flow.hubspot.consent(NEW_PORTAL, denied=True)
    else:
        browser.state_of("/connect/quickbooks?")
        flow.quickbooks.consent(NEW_REALM, denied=True)
    before = stored(flow)
    page = browser.go()
    check_page(page, 403, "You did not give access")
    assert flow.own.store.connections.get(NEW_PORTAL) is None
    if service == "hubspot":
        assert stored(flow) == before


def test_another_error_of_a_service_is_not_shown(flow: Flow, browser: Browser) -> None:
    page = browser.get("/connect/hubspot/callback", error="<script>alert(1)</script>")
    check_page(page, 400, "request for access")


@pytest.mark.parametrize("step", ["/connect/hubspot/callback", "/connect/quickbooks/callback"])
def test_another_browser_cannot_take_part(flow: Flow, browser: Browser, step: str) -> None:
    address, _ = browser.state_of(f"{step}?")
    before = stored(flow)
    for stranger in (Browser(flow), Browser(flow)):
        check_page(stranger.go(address), 400, "Please start again")
        # Nor with a cookie of its own; the code was not even tried.
        stranger.get("/connect/hubspot", nativeSync="never")
        check_page(stranger.go(address), 400, "Please start again")
        stranger.http.close()
    assert stored(flow) == before
    check_page(browser.go(address), 200, "Connected")


@pytest.mark.parametrize("step", ["/connect/hubspot/callback", "/connect/quickbooks/callback"])
@pytest.mark.parametrize("change", ["tampered", "expired", "missing", "of another step", "twice"])
def test_a_state_that_is_not_of_now_and_here(
    flow: Flow, browser: Browser, step: str, change: str
) -> None:
    _, query = browser.state_of(f"{step}?")
    before = stored(flow)
    state = query.pop("state")
    nonce = browser.http.cookies[COOKIE]
    service: Step = "hubspot" if "hubspot" in step else "quickbooks"
    own, now = State(nonce, NEW_PORTAL), flow.clock.now()
    secret = APP_SECRET["hubspotClientSecret"]
    if change == "tampered":
        query["state"] = state[:10] + ("A" if state[10] != "A" else "B") + state[11:]
    elif change == "expired":
        query["state"] = seal(secret, service, own, now - LIFETIME)
    elif change == "of another step":
        query["state"] = seal(secret, "handover", own, now)
    elif change == "twice":
        check_page(browser.get(f"{step}?state={state}&state={state}&code=1"), 400, "twice")
    if change != "twice":
        check_page(browser.get(step, **query), 400, "Please start again")
    assert stored(flow) == before


def test_quickbooks_cannot_be_begun_with_a_portal_of_ones_own_choice(
    flow: Flow, browser: Browser
) -> None:
    before = stored(flow)
    browser.get("/connect/hubspot", nativeSync="never")
    check_page(browser.get("/connect/quickbooks", portalId=NEW_PORTAL), 400, "Please start again")
    check_page(browser.get("/connect/quickbooks", state=NEW_PORTAL), 400, "Please start again")
    assert stored(flow) == before


def test_the_portal_is_the_one_that_hubspot_names(flow: Flow, browser: Browser) -> None:
    address, _ = browser.state_of("/connect/hubspot/callback?")
    check_page(browser.go(f"{address}&portalId={PORTAL_ID}&hub_id={PORTAL_ID}"), 200, NEW_PORTAL)
    assert flow.own.store.connections.portal_of(NEW_REALM) == NEW_PORTAL


def test_a_portal_that_is_not_allowed(
    flow: Flow, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_PORTAL_IDS", f"1,{PORTAL_ID}")
    restart()
    before = stored(flow)
    check_page(browser.go(), 403, "may not be connected here")
    assert stored(flow) == before


def test_a_scope_that_hubspot_does_not_grant_is_named(flow: Flow, browser: Browser) -> None:
    flow.hubspot.consent(NEW_PORTAL, without=["crm.objects.invoices.read"])
    before = stored(flow)
    check_page(browser.go(), 403, "Missing: crm.objects.invoices.read.")
    assert stored(flow) == before


@pytest.mark.parametrize("step", ["/connect/hubspot/callback", "/connect/quickbooks/callback"])
def test_a_code_works_once(flow: Flow, browser: Browser, step: str) -> None:
    address, _ = browser.state_of(f"{step}?")
    nonce = browser.http.cookies[COOKIE]
    check_page(browser.go(address), 200, "Connected")
    before = stored(flow)
    browser.http.cookies.set(COOKIE, nonce, domain="127.0.0.1")
    check_page(browser.go(address), 400, "Please start again")
    assert stored(flow) == before


def test_a_company_of_another_portal(flow: Flow, browser: Browser) -> None:
    flow.quickbooks.consent(REALM_ID)
    address, _ = browser.state_of("/connect/quickbooks/callback?")
    before, calls = stored(flow), flow.quickbooks.calls.copy()
    check_page(browser.go(address), 409, "connected to a different HubSpot account")
    assert stored(flow) == before
    # The code was not even tried: new tokens might have ended the other portal's.
    assert flow.quickbooks.calls == calls


def test_a_portal_does_not_change_its_company(flow: Flow, browser: Browser) -> None:
    flow.hubspot.consent(PORTAL_ID)
    address, _ = browser.state_of("/connect/quickbooks/callback?")
    before = stored(flow)
    check_page(browser.go(address), 409, "mix two books")
    assert stored(flow) == before


def test_a_company_that_the_code_is_not_of(flow: Flow, browser: Browser) -> None:
    flow.quickbooks.add_realm("9130000000000099")
    _, query = browser.state_of("/connect/quickbooks/callback?")
    before = stored(flow)
    wrong = query | {"realmId": "9130000000000099"}
    check_page(
        browser.get("/connect/quickbooks/callback", **wrong), 403, "This app has no access to"
    )
    assert stored(flow) == before


def test_a_realm_is_digits(flow: Flow, browser: Browser) -> None:
    _, query = browser.state_of("/connect/quickbooks/callback?")
    before = stored(flow)
    for realm_id in ("", "1/../2", "<b>1</b>", "1" * 21, "٣"):
        wrong = query | {"realmId": realm_id}
        check_page(
            browser.get("/connect/quickbooks/callback", **wrong), 400, "which company you chose"
        )
    assert stored(flow) == before
