"""Connecting as an owner does it: a browser, both consent pages, then invoices sync."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

import connect
import sync_worker
from infra.local.aws import TABLE
from infra.local.system import APP_SECRET
from infra.local.wire import Answer, Fault
from invoice_sync.connect.flow import COOKIE
from invoice_sync.connect.state import LIFETIME, State, Step, seal
from invoice_sync.credentials.tokens import Connections
from invoice_sync.errors import AlreadyConnectedError
from invoice_sync.model.connection import Connection, Settings, StatusProperties
from invoice_sync.store.store import Store

from .conftest import PORTAL_ID, REALM_ID, Flow

NEW_PORTAL, NEW_REALM = "13579", "9130000000000017"
LINE = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "2", "price": "150"}


class Browser:
    """Follows redirects, keeps cookies, and keeps Secure ones on this machine as browsers do."""

    def __init__(self, flow: Flow) -> None:
        self.base = flow.own.gateway.url
        self.http = httpx.Client(timeout=30, event_hooks={"request": [self._bring_cookies]})

    def _bring_cookies(self, request: httpx.Request) -> None:
        kept = [f"{one.name}={one.value}" for one in self.http.cookies.jar]
        if kept and str(request.url).startswith(self.base):
            request.headers["cookie"] = "; ".join(kept)

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.http.get(self.base + path, params=query or None)

    def go(self, path: str = "/connect/hubspot", until: str = "") -> httpx.Response:
        """Follow redirects from `path` to the page, or up to one whose address contains `until`,
        which is not opened."""
        answer = self.http.get(path if path.startswith("http") else self.base + path)
        while answer.status_code == 302:
            address = answer.headers["location"]
            if until and until in address:
                return answer
            answer = self.http.get(address)
        return answer

    def state_of(self, until: str) -> tuple[str, dict[str, str]]:
        """The address of a step that is about to be opened, and its query."""
        address = self.go(until=until).headers["location"]
        return address, {name: one[0] for name, one in parse_qs(urlsplit(address).query).items()}


@pytest.fixture
def browser(flow: Flow) -> Iterator[Browser]:
    """Both services have one more account, whose owner consents."""
    flow.hubspot.add_portal(NEW_PORTAL, time_zone="US/Pacific")
    flow.quickbooks.add_realm(NEW_REALM, preferences={"SalesFormsPrefs.CustomTxnNumbers": True})
    flow.hubspot.consent(NEW_PORTAL)
    flow.quickbooks.consent(NEW_REALM)
    one = Browser(flow)
    yield one
    one.http.close()


def stored(flow: Flow) -> str:
    """All that is kept: the secrets of connections, and the table but for leases."""
    secrets = flow.own.aws.client("secretsmanager")
    names = sorted(one["Name"] for one in secrets.list_secrets()["SecretList"])
    found: list[Any] = [
        (name, secrets.get_secret_value(SecretId=name)["SecretString"]) for name in names
    ]
    for page in flow.own.aws.client("dynamodb").get_paginator("scan").paginate(TableName=TABLE):
        found += [item for item in page["Items"] if "LEASE#" not in item["sk"]["S"]]
    return json.dumps(found, sort_keys=True)


def check_page(page: httpx.Response, status: int, words: str) -> None:
    assert page.status_code == status, page.text
    assert words in page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["content-security-policy"] == "default-src 'none'"
    assert page.text.startswith("<!doctype html>")
    assert not re.search(r"fake-|XAB1|AB11|eyJ|<script", page.text)
    for secret in APP_SECRET.values():
        assert secret not in page.text


def check_synced(flow: Flow) -> None:
    """An invoice of the new portal reaches the new realm."""
    portal, realm = flow.hubspot.portal(NEW_PORTAL), flow.quickbooks.realms[NEW_REALM]
    realm.add_item("Consulting", "CON-HOUR")
    realm.add_customer("Initech", "bills@initech.example")
    contact_id = portal.create("contacts", {"email": "bills@initech.example"})
    portal.create_invoice(contact_id=contact_id, lines=[LINE])
    flow.work()
    assert [one["TotalAmt"] for one in realm.invoices] == [300]


# -- it works


def test_a_new_portal_is_connected_and_its_invoices_sync(flow: Flow, browser: Browser) -> None:
    page = browser.go()
    check_page(page, 200, "<h1>Connected</h1>")
    assert NEW_PORTAL in page.text
    assert NEW_REALM in page.text
    connection = flow.own.store.connection(NEW_PORTAL)
    assert connection == Connection(
        portal_id=NEW_PORTAL,
        realm_id=NEW_REALM,
        time_zone="US/Pacific",
        token_secret_id=f"invoice-sync/connections/{NEW_PORTAL}",
        shown=StatusProperties(ready=True),
    )
    check_synced(flow)
    # The cookie has done its work.
    assert list(browser.http.cookies.jar) == []


def test_the_status_has_its_properties_before_the_first_invoice(
    flow: Flow, browser: Browser
) -> None:
    browser.go()
    schema = flow.hubspot.portal(NEW_PORTAL).schemas["invoices"]
    assert schema.properties["qbo_sync_status"].group == "quickbooks_sync"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(403, {"category": "MISSING_SCOPES"}), "MISSING_SCOPES"),
        (Answer(503, "busy"), ""),
        (Answer(200, {"unheard": "of"}), ""),
    ],
)
def test_a_portal_without_them_is_connected_all_the_same(
    flow: Flow, browser: Browser, answer: Answer, why: str
) -> None:
    flow.hubspot.faults.append(Fault(lambda one: "/properties/" in one.path, answer, 1_000))
    check_page(browser.go(), 200, "<h1>Connected</h1>")
    connection = flow.own.store.connection(NEW_PORTAL)
    assert connection
    assert (connection.shown.ready, connection.shown.refused) == (False, why)
    flow.hubspot.faults.clear()
    check_synced(flow)
    # Connecting again asks again, whatever was answered before.
    browser.go()
    connection = flow.own.store.connection(NEW_PORTAL)
    assert connection
    assert connection.shown == StatusProperties(ready=True)


def test_the_cookie_is_for_this_host_and_no_script(flow: Flow, browser: Browser) -> None:
    header = browser.get("/connect/hubspot").headers["set-cookie"]
    parts = header.split("; ")
    assert parts[0].startswith(f"{COOKIE}=")
    assert parts[1:] == ["Max-Age=600", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"]


def test_a_new_connection_begins_with_the_settings_of_the_deployment(
    flow: Flow, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEFAULT_SETTINGS", '{"createCustomers": true, "terms": {"30": "3"}}')
    monkeypatch.setenv("ALLOWED_PORTAL_IDS", f"1,{NEW_PORTAL}")
    connect.collaborators.cache_clear()
    check_page(browser.go(), 200, "Connected")
    connection = flow.own.store.connection(NEW_PORTAL)
    assert connection
    assert connection.settings == Settings(create_customers=True, terms={"30": "3"})


def test_a_portal_whose_time_zone_is_unknown_has_utc(flow: Flow, browser: Browser) -> None:
    for answer in (Answer(200, {"timeZone": "Mars/Olympus"}), Answer(404), Answer(200, [])):
        flow.hubspot.faults.append(Fault(lambda r: "/account-info/" in r.path, answer))
        address, _ = browser.state_of("/connect/quickbooks/callback?")
        portals = flow.own.store.connections()
        assert [one.portal_id for one in portals] == [PORTAL_ID]
        flow.hubspot.faults.append(Fault(lambda r: False, None))
        zone = connect.collaborators()._time_zone(NEW_PORTAL, NEW_REALM)
        assert zone == "UTC"
        assert address


def test_a_stale_token_does_not_hide_the_time_zone(flow: Flow, browser: Browser) -> None:
    browser.state_of("/connect/quickbooks/callback?")
    flow.clock.advance(1900)
    zone = connect.collaborators()._time_zone(NEW_PORTAL, NEW_REALM)
    assert zone == "US/Pacific"


def test_after_a_reconnect_what_waited_for_it_is_looked_at_at_once(
    flow: Flow, browser: Browser
) -> None:
    flow.settings(document_number="quickbooks")
    ids = [flow.invoice() for _ in range(3)]
    flow.quickbooks.tokens.revoke_realm(REALM_ID)
    sync_worker.collaborators.cache_clear()
    flow.work()
    assert flow.get("/v1/failures/count")["byCode"] == {"reconnect_required": 3}
    flow.hubspot.consent(PORTAL_ID)
    flow.quickbooks.consent(REALM_ID)
    check_page(browser.go(), 200, "Connected")
    flow.work()
    assert {flow.status(one)["status"] for one in ids} == {"synced"}
    connection = flow.own.store.connection(PORTAL_ID)
    assert connection
    assert connection.state == "connected"
    # An administrator's choice outlives it, and so does what HubSpot was asked once.
    assert connection.settings.document_number == "quickbooks"
    assert connection.time_zone == "America/New_York"


# -- it is refused, and nothing is stored


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
    assert flow.own.store.connection(NEW_PORTAL) is None
    if service == "hubspot":
        assert stored(flow) == before


def test_another_error_of_a_service_is_not_shown(flow: Flow, browser: Browser) -> None:
    page = browser.get("/connect/hubspot/callback", error="<script>alert(1)</script>")
    check_page(page, 400, "gave no access")


@pytest.mark.parametrize("step", ["/connect/hubspot/callback", "/connect/quickbooks/callback"])
def test_another_browser_cannot_take_part(flow: Flow, browser: Browser, step: str) -> None:
    address, _ = browser.state_of(f"{step}?")
    before = stored(flow)
    for stranger in (Browser(flow), Browser(flow)):
        check_page(stranger.go(address), 400, "no longer valid")
        # Nor with a cookie of its own; the code was not even tried.
        stranger.get("/connect/hubspot")
        check_page(stranger.go(address), 400, "no longer valid")
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
    own = State(service, nonce, datetime.now(UTC) + LIFETIME, NEW_PORTAL)
    secret = APP_SECRET["hubspotClientSecret"]
    if change == "tampered":
        query["state"] = state[:10] + ("A" if state[10] != "A" else "B") + state[11:]
    elif change == "expired":
        past = dataclasses.replace(own, expires_at=datetime.now(UTC) - timedelta(seconds=1))
        query["state"] = seal(secret, past)
    elif change == "of another step":
        query["state"] = seal(secret, dataclasses.replace(own, step="handover"))
    elif change == "twice":
        check_page(browser.get(f"{step}?state={state}&state={state}&code=1"), 400, "twice")
    if change != "twice":
        check_page(browser.get(step, **query), 400, "no longer valid")
    assert stored(flow) == before


def test_quickbooks_cannot_be_begun_with_a_portal_of_ones_own_choice(
    flow: Flow, browser: Browser
) -> None:
    before = stored(flow)
    browser.get("/connect/hubspot")
    check_page(browser.get("/connect/quickbooks", portalId=NEW_PORTAL), 400, "no longer valid")
    check_page(browser.get("/connect/quickbooks", state=NEW_PORTAL), 400, "no longer valid")
    assert stored(flow) == before


def test_the_portal_is_the_one_that_hubspot_names(flow: Flow, browser: Browser) -> None:
    address, _ = browser.state_of("/connect/hubspot/callback?")
    check_page(browser.go(f"{address}&portalId={PORTAL_ID}&hub_id={PORTAL_ID}"), 200, NEW_PORTAL)
    assert flow.own.store.portal_of(NEW_REALM) == NEW_PORTAL


def test_a_portal_that_is_not_allowed(
    flow: Flow, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_PORTAL_IDS", f"1,{PORTAL_ID}")
    connect.collaborators.cache_clear()
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
    check_page(browser.go(address), 400, "no longer valid")
    assert stored(flow) == before


def test_a_company_of_another_portal(flow: Flow, browser: Browser) -> None:
    flow.quickbooks.consent(REALM_ID)
    address, _ = browser.state_of("/connect/quickbooks/callback?")
    before, calls = stored(flow), flow.quickbooks.calls.copy()
    check_page(browser.go(address), 409, "connected to another HubSpot account")
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
    check_page(browser.get("/connect/quickbooks/callback", **wrong), 403, "does not let us into")
    assert stored(flow) == before


def test_a_realm_is_digits(flow: Flow, browser: Browser) -> None:
    _, query = browser.state_of("/connect/quickbooks/callback?")
    before = stored(flow)
    for realm_id in ("", "1/../2", "<b>1</b>", "1" * 21, "٣"):
        wrong = query | {"realmId": realm_id}
        check_page(browser.get("/connect/quickbooks/callback", **wrong), 400, "no company")
    assert stored(flow) == before


@pytest.mark.parametrize("service", ["hubspot", "quickbooks"])
@pytest.mark.parametrize("answer", [Answer(503, "busy"), Answer(200, []), Answer(401, {}), None])
def test_a_token_endpoint_in_trouble(
    flow: Flow, browser: Browser, service: str, answer: Answer | None
) -> None:
    address, _ = browser.state_of(f"/connect/{service}/callback?")
    before = stored(flow)
    simulator = flow.hubspot if service == "hubspot" else flow.quickbooks
    fault = Fault(lambda r: r.path.endswith(("/token", "/bearer")), answer, 10)
    simulator.faults.append(fault)
    check_page(browser.go(address), 503, "Try again")
    assert stored(flow) == before
    simulator.faults.clear()
    check_page(browser.go(), 200, "Connected")


@pytest.mark.parametrize("path", ["/connect/hubspot", "/connect/hubspot/callback?code=1"])
def test_an_app_secret_that_is_not_filled_in(flow: Flow, browser: Browser, path: str) -> None:
    empty = json.dumps(dict.fromkeys(APP_SECRET, ""))
    secrets = flow.own.aws.client("secretsmanager")
    secrets.put_secret_value(SecretId="invoice-sync/app", SecretString=empty)
    connect.collaborators.cache_clear()
    check_page(browser.go(path), 503, "Try again")
    secrets.put_secret_value(SecretId="invoice-sync/app", SecretString=json.dumps(APP_SECRET))


def test_without_its_secret_a_page_says_so(flow: Flow, browser: Browser) -> None:
    _, query = browser.state_of("/connect/quickbooks/callback?")
    flow.own.aws.client("secretsmanager").delete_secret(
        SecretId="invoice-sync/app", ForceDeleteWithoutRecovery=True
    )
    connect.collaborators.cache_clear()
    check_page(browser.get("/connect/quickbooks/callback", **query), 503, "Try again")
    flow.own.aws.put_secret("invoice-sync/app", APP_SECRET)


def test_the_log_holds_neither_codes_nor_tokens(
    flow: Flow, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = io.StringIO()
    for handler in connect.logger.handlers:
        monkeypatch.setattr(handler, "stream", log)
    _, query = browser.state_of("/connect/quickbooks/callback?")
    browser.get("/connect/quickbooks/callback", **(query | {"realmId": REALM_ID}))
    browser.get("/connect/quickbooks/callback", **(query | {"state": "x"}))
    browser.go()
    text = log.getvalue()
    assert "connecting refused" in text
    assert '"connected"' in text
    secrets = flow.own.aws.client("secretsmanager")
    kept = secrets.get_secret_value(SecretId=f"invoice-sync/connections/{NEW_PORTAL}")
    tokens = json.loads(kept["SecretString"]).values()
    hidden = [one[name] for one in tokens for name in ("accessToken", "refreshToken")]
    for value in (*hidden, *APP_SECRET.values(), query["code"], query["state"]):
        assert value not in text


# -- what is stored


def test_connections_are_listed_and_never_share_a_company(flow: Flow, browser: Browser) -> None:
    browser.go()
    store = flow.own.store
    assert {one.portal_id for one in store.connections()} == {PORTAL_ID, NEW_PORTAL}
    assert store.portal_of(REALM_ID) == PORTAL_ID
    assert store.portal_of("1") is None
    own = store.connection(PORTAL_ID)
    assert own
    for changed in ({"realm_id": NEW_REALM}, {"realm_id": "1"}, {"portal_id": "2"}):
        before = stored(flow)
        with pytest.raises(AlreadyConnectedError):
            store.put_connection(own.model_copy(update=changed))
        assert stored(flow) == before


class InPages:
    """DynamoDB whose answers to a query are short, as those of a large table are."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def query(self, **request: Any) -> Any:
        return self._real.query(**request, Limit=2)


def test_a_list_of_many_connections_is_whole(flow: Flow) -> None:
    with ThreadPoolExecutor(1) as executor:
        store = Store(InPages(flow.own.aws.client("dynamodb")), TABLE, executor)
        for n in range(5):
            new = Connection(portal_id=str(n), realm_id=f"9{n}", token_secret_id="s")
            store.put_connection(new)
        assert {one.portal_id for one in store.connections()} == {PORTAL_ID, *"01234"}


# -- tokens that nobody uses


def connections_at(flow: Flow, moment: datetime) -> Connections:
    """Of a process that has just begun, and knows no tokens."""
    connect.collaborators.cache_clear()
    own = connect.collaborators()._connections
    own._clock = lambda: moment
    return own


def test_idle_tokens_are_kept_alive(flow: Flow, browser: Browser) -> None:
    browser.go()
    connection = flow.own.store.connection(NEW_PORTAL)
    assert connection
    start = datetime.now(UTC)
    asked = "POST /oauth2/v1/tokens/bearer"
    for days in (1, 69, 71, 72, 140, 142):
        before = flow.quickbooks.calls[asked]
        # The simulator's clock moves as ours does.
        flow.clock.advance((start + timedelta(days=days) - flow.clock.now()).total_seconds())
        connections_at(flow, start + timedelta(days=days)).keep_alive(connection)
        refreshed = flow.quickbooks.calls[asked] - before
        assert refreshed == (1 if days in (71, 142) else 0), days
    ends = connections_at(flow, start).refresh_expires_at(connection)
    assert ends
    assert abs(ends - start - timedelta(days=242)) < timedelta(minutes=5)


def test_tokens_of_an_unknown_end_are_left_alone(flow: Flow) -> None:
    connection = flow.own.store.connection(PORTAL_ID)
    assert connection
    own = connect.collaborators()._connections
    assert own.refresh_expires_at(connection) is None
    own.keep_alive(connection)
    assert flow.quickbooks.calls.total() == 0
    # A refresh says when they end.
    flow.clock.advance(3700)
    connections_at(flow, flow.clock.now()).access_token(connection, "quickbooks")
    assert own.refresh_expires_at(connection)
