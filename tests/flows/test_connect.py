"""Connecting as an owner does it: a browser, both consent pages, then invoices sync."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

import hubspot_webhook
import sync_worker
from infra.local.system import APP_SECRET
from infra.local.wire import Answer, Fault
from invoice_sync.connect.pages import COOKIE
from invoice_sync.model.connection import (
    Company,
    Connection,
    Person,
    Settings,
    StatusProperties,
)
from invoice_sync.runtime.logger import logger

from .acting import refusing
from .browser import (
    NEW_PORTAL,
    NEW_REALM,
    Browser,
    check_page,
    check_synced,
    owner,
    restart,
    stored,
)
from .conftest import PORTAL_ID, REALM_ID, Flow

pytestmark = pytest.mark.sockets

PAT = Person(user_id="77", email="pat@example.com")


@pytest.fixture
def browser(flow: Flow) -> Iterator[Browser]:
    with owner(flow) as browser:
        yield browser


def test_a_new_portal_is_connected_and_its_invoices_sync(flow: Flow, browser: Browser) -> None:
    page = browser.go()
    check_page(page, 200, "<h1>Connected</h1>")
    assert f"The HubSpot account portal-{NEW_PORTAL}.example.com ({NEW_PORTAL})" in page.text
    assert "the QuickBooks company &quot;Simulated Company&quot;" in page.text
    connection = flow.own.store.connections.get(NEW_PORTAL)
    assert connection
    assert connection.started_at
    assert timedelta() <= flow.clock.now() - connection.started_at < timedelta(minutes=1)
    assert connection.connected_at
    assert connection.started_at <= connection.connected_at <= flow.clock.now()
    assert connection == Connection(
        started_at=connection.started_at,
        connected_by=PAT,
        connected_at=connection.connected_at,
        company=Company(name="Simulated Company", country="US", home_currency="USD"),
        settings=Settings(may_act=["pat@example.com"]),
        portal_id=NEW_PORTAL,
        realm_id=NEW_REALM,
        time_zone="US/Pacific",
        grant=connection.grant,
        token_secret_id=f"invoice-sync/connections/{NEW_PORTAL}",
        shown=StatusProperties(ready=True),
    )
    check_synced(flow)
    # The cookie has done its work.
    assert list(browser.http.cookies.jar) == []


@pytest.mark.parametrize(
    ("is_on", "words"),
    [
        (True, ["numbers are on", "Duplicate Document Number Error", "then turn custom"]),
        (False, ["numbers are off", "keep their HubSpot number"]),
    ],
)
def test_it_says_what_quickbooks_numbering_means(
    flow: Flow, browser: Browser, is_on: bool, words: list[str]
) -> None:
    """HubSpot's own advice for "Duplicate Document Number Error": renumber, then turn them off."""
    realm = flow.quickbooks.realms[NEW_REALM]
    realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", is_on)
    before = flow.quickbooks.metered_reads(NEW_REALM)
    page = browser.go()
    check_page(page, 200, "<h1>Connected</h1>")
    assert all(each in page.text for each in words)
    # The company's name proves access; the preferences are the other read.
    assert flow.quickbooks.metered_reads(NEW_REALM) == before + 2


def test_numbering_that_cannot_be_read_does_not_keep_them_apart(
    flow: Flow, browser: Browser
) -> None:
    refusing(flow, "10000", "System Failure Error", status=500, path="/preferences")
    check_page(browser.go(), 200, "<h1>Connected</h1>")
    assert stored(flow)


def test_the_status_has_its_properties_before_the_first_invoice(
    flow: Flow, browser: Browser
) -> None:
    browser.go()
    schema = flow.hubspot.portal(NEW_PORTAL).schemas["invoices"]
    assert schema.properties["qbo_sync_status"].group == "quickbooks_sync"


def test_new_tokens_are_encrypted_with_the_owners_key(
    flow: Flow, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1f8a0b6c-3d5e-4a7b-9c2d-0e1f2a3b4c5d"
    monkeypatch.setenv("KMS_KEY_ARN", key)
    restart()
    check_page(browser.go(), 200, "<h1>Connected</h1>")
    client = flow.own.aws.client("secretsmanager")
    described = client.describe_secret(SecretId=f"invoice-sync/connections/{NEW_PORTAL}")
    assert described["KmsKeyId"] == key
    # Without one AWS's own key is used, which has no name here.
    old = client.describe_secret(SecretId=f"invoice-sync/connections/{PORTAL_ID}")
    assert "KmsKeyId" not in old


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
    connection = flow.own.store.connections.get(NEW_PORTAL)
    assert connection
    assert (connection.shown.ready, connection.shown.refused) == (False, why)
    flow.hubspot.faults.clear()
    check_synced(flow)
    # Connecting again asks again, whatever was answered before.
    browser.go()
    connection = flow.own.store.connections.get(NEW_PORTAL)
    assert connection
    assert connection.shown == StatusProperties(ready=True)


def test_the_cookie_is_for_this_host_and_no_script(flow: Flow, browser: Browser) -> None:
    header = browser.get("/connect/hubspot", nativeSync="never").headers["set-cookie"]
    parts = header.split("; ")
    assert parts[0].startswith(f"{COOKIE}=")
    assert parts[1:] == ["Max-Age=600", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"]


def test_a_new_connection_begins_with_the_settings_of_the_deployment(
    flow: Flow, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEFAULT_SETTINGS", '{"createCustomers": true, "terms": {"30": "3"}}')
    monkeypatch.setenv("ALLOWED_PORTAL_IDS", f"1,{NEW_PORTAL}")
    restart()
    check_page(browser.go(), 200, "Connected")
    connection = flow.own.store.connections.get(NEW_PORTAL)
    assert connection
    assert connection.settings == Settings(
        create_customers=True, terms={"30": "3"}, may_act=["pat@example.com"]
    )


@pytest.mark.parametrize(
    "answer", [Answer(200, {"timeZone": "Mars/Olympus"}), Answer(404), Answer(200, [])]
)
def test_a_portal_whose_time_zone_is_unknown_has_utc(
    flow: Flow, browser: Browser, answer: Answer
) -> None:
    flow.hubspot.faults.append(Fault(lambda r: "/account-info/" in r.path, answer))
    browser.state_of("/connect/quickbooks/callback?")
    assert [one.portal_id for one in flow.own.store.connections.all()] == [PORTAL_ID]
    check_page(browser.go(), 200, "<h1>Connected</h1>")
    connection = flow.own.store.connections.get(NEW_PORTAL)
    assert connection
    assert connection.time_zone == "UTC"


def test_a_stale_token_does_not_hide_the_time_zone(flow: Flow) -> None:
    # Our clock stands still: so the token looks good, and HubSpot refuses it.
    start = flow.clock.now()
    with owner(flow, clock=lambda: start) as browser:
        address, _ = browser.state_of("/connect/quickbooks?")
        flow.clock.advance(1900)
        check_page(browser.go(address), 200, "<h1>Connected</h1>")
    connection = flow.own.store.connections.get(NEW_PORTAL)
    assert connection
    assert connection.time_zone == "US/Pacific"


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
    connection = flow.own.store.connections.get(PORTAL_ID)
    assert connection
    assert connection.state == "connected"
    # An administrator's choice outlives it, and so does what HubSpot was asked once.
    assert connection.settings.document_number == "quickbooks"
    assert connection.time_zone == "America/New_York"


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
@pytest.mark.parametrize("has_value", [True, False])
def test_an_app_secret_that_is_not_filled_in(
    flow: Flow, browser: Browser, path: str, has_value: bool
) -> None:
    secrets = flow.own.aws.client("secretsmanager")
    secrets.delete_secret(SecretId="invoice-sync/app", ForceDeleteWithoutRecovery=True)
    empty = {"SecretString": json.dumps(dict.fromkeys(APP_SECRET, ""))} if has_value else {}
    secrets.create_secret(Name="invoice-sync/app", **empty)
    restart()
    check_page(browser.go(path), 503, "fill in its secret")
    # A webhook that is signed with an empty secret is nobody's.
    hubspot_webhook.collaborators.cache_clear()
    answer = browser.http.post(f"{flow.own.gateway.url}/webhooks/hubspot", content=b"[]")
    assert answer.status_code == 401
    secrets.put_secret_value(SecretId="invoice-sync/app", SecretString=json.dumps(APP_SECRET))


def test_without_its_secret_a_page_says_so(flow: Flow, browser: Browser) -> None:
    _, query = browser.state_of("/connect/quickbooks/callback?")
    flow.own.aws.client("secretsmanager").delete_secret(
        SecretId="invoice-sync/app", ForceDeleteWithoutRecovery=True
    )
    restart()
    page = browser.get("/connect/quickbooks/callback", **query)
    check_page(page, 503, "fill in its secret")
    flow.own.aws.put_secret("invoice-sync/app", APP_SECRET)


def test_the_log_holds_neither_codes_nor_tokens(
    flow: Flow, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = io.StringIO()
    for handler in logger.handlers:
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


def test_the_first_page_asks_about_hubspots_own_sync(flow: Flow, browser: Browser) -> None:
    before = stored(flow)
    page = browser.get("/connect/hubspot")
    check_page(page, 200, "HubSpot has a QuickBooks sync of its own")
    answers = re.findall(r'href="(/connect/hubspot\?nativeSync=\w+)"', page.text)
    assert [answer.partition("=")[2] for answer in answers] == ["never", "was_on", "on"]
    # What is no answer is asked again.
    check_page(browser.get("/connect/hubspot", nativeSync="maybe"), 200, "ends up in QuickBooks")
    assert stored(flow) == before
    check_page(browser.go(answers[1]), 200, "Connected")
    connection = flow.own.store.connections.get(NEW_PORTAL)
    assert connection
    assert connection.settings == Settings(native_sync="was_on", may_act=["pat@example.com"])


def test_connecting_again_keeps_the_start_and_takes_the_new_answer(
    flow: Flow, browser: Browser
) -> None:
    flow.settings(document_number="quickbooks", native_sync="on", may_act=["sam@example.com"])
    before = flow.own.store.connections.get(PORTAL_ID)
    assert before
    flow.hubspot.consent(PORTAL_ID)
    flow.quickbooks.consent(REALM_ID)
    flow.clock.advance(60)
    check_page(browser.go("/connect/hubspot?nativeSync=was_on"), 200, "Connected")
    connection = flow.own.store.connections.get(PORTAL_ID)
    assert connection
    assert connection.started_at == before.started_at
    assert connection.settings == before.settings.model_copy(
        update={"native_sync": "was_on", "may_act": ["sam@example.com", "pat@example.com"]}
    )
