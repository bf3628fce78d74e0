"""Tokens, scopes and portals."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from infra.local.hubspot import (
    SCOPES,
    HubSpotSimulator,
    Portal,
)
from infra.local.wire import Clock, tls
from tests.simulators.hubspot.client import LINES, PORTAL, Api, refused

PATH = "/crm/v3/objects/invoices"


def form(hubspot: HubSpotSimulator, **fields: str) -> httpx.Response:
    client = {"client_id": hubspot.client_id, "client_secret": hubspot.client_secret}
    return httpx.post(f"{hubspot.url}/oauth/v3/token", data={**client, **fields}, verify=tls())


def test_missing_wrong_and_expired(
    hubspot: HubSpotSimulator,
    api: Api,
    connect: Callable[[str | None], Api],
    clock: Clock,
) -> None:
    nobody = refused(connect(None)("GET", PATH), 401, "INVALID_AUTHENTICATION")
    assert nobody["message"].startswith("Authentication credentials not found.")
    refused(connect("wrong")("GET", PATH), 401, "INVALID_AUTHENTICATION")
    clock.advance(1799)
    assert api("GET", PATH).status_code == 200
    clock.advance(1)
    body = refused(api("GET", PATH), 401, "EXPIRED_AUTHENTICATION")
    assert body["context"]["expire time"]
    static = connect(hubspot.static_token(PORTAL))
    clock.advance(10_000)
    assert static("GET", PATH).status_code == 200


def test_refresh(
    hubspot: HubSpotSimulator, portal: Portal, connect: Callable[[str | None], Api]
) -> None:
    granted = hubspot.grant(PORTAL)
    assert granted["expires_in"] == 1800
    assert hubspot.grant(PORTAL)["refresh_token"] == granted["refresh_token"]
    fields = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    answer = form(hubspot, **fields)
    body = answer.json()
    assert (answer.status_code, body["hub_id"]) == (200, PORTAL)
    assert body["refresh_token"] == granted["refresh_token"]
    assert len(body["access_token"]) > 255
    assert connect(body["access_token"])("GET", PATH).status_code == 200
    hubspot.uninstall(PORTAL)
    refusal = form(hubspot, **fields)
    assert (refusal.status_code, refusal.json()["status"]) == (400, "BAD_REFRESH_TOKEN")
    assert refusal.json()["error"] == "invalid_grant"
    assert connect(body["access_token"])("GET", PATH).status_code == 401


def test_codes_work_once(hubspot: HubSpotSimulator, portal: Portal) -> None:
    back = "https://sync.example.com/connect/hubspot/callback"
    fields = {"grant_type": "authorization_code", "redirect_uri": back}
    fields["code"] = hubspot.authorize(PORTAL, back)
    answer = form(hubspot, **fields)
    assert (answer.status_code, answer.json()["scopes"]) == (200, sorted(SCOPES))
    assert form(hubspot, **fields).json()["status"] == "BAD_AUTH_CODE"
    fields |= {"code": hubspot.authorize(PORTAL, back), "redirect_uri": back + "/x"}
    assert form(hubspot, **fields).status_code == 400


def test_token_requests_that_are_refused(hubspot: HubSpotSimulator, portal: Portal) -> None:
    token = hubspot.grant(PORTAL)["refresh_token"]
    good = {"grant_type": "refresh_token", "refresh_token": token}
    for change in ({"client_secret": "x"}, {"grant_type": "password"}, {"extra": "1"}):
        assert form(hubspot, **{**good, **change}).status_code == 400
    url = f"{hubspot.url}/oauth/v3/token"
    assert httpx.post(url, json=good, verify=tls()).status_code == 400
    assert httpx.post(url, params=good, verify=tls()).status_code == 400
    assert httpx.get(url, verify=tls()).status_code == 405


def test_a_wrong_client_is_named_before_anything_else(
    hubspot: HubSpotSimulator, portal: Portal
) -> None:
    """An unknown id and a wrong secret have words of their own at each address."""
    wrong = {
        "BAD_CLIENT_ID": {"client_id": hubspot.client_secret},
        "BAD_CLIENT_SECRET": {"client_secret": hubspot.client_id},
    }
    token = {"token": hubspot.grant(PORTAL)["refresh_token"]}
    questions = {
        "": {"grant_type": "authorization_code", "code": "no-code", "redirect_uri": "https://x"},
        "/introspect": token | {"token_type_hint": "access_token"},
        "/revoke": token | {"token_type_hint": "refresh_token"},
    }
    client = {"client_id": hubspot.client_id, "client_secret": hubspot.client_secret}
    for path, question in questions.items():
        for word, change in wrong.items():
            url = f"{hubspot.url}/oauth/v3/token{path}"
            answer = httpx.post(url, data={**client, **question, **change}, verify=tls())
            body = answer.json()
            assert (answer.status_code, body["error"]) == (400, "invalid_client")
            assert body["status"] == word
    assert hubspot.has_grant(PORTAL)


def test_the_app_itself_gets_no_token(hubspot: HubSpotSimulator) -> None:
    answer = form(hubspot, grant_type="client_credentials")
    assert (answer.status_code, answer.json()["status"]) == (400, "BAD_SCOPES")
    answer = form(hubspot, grant_type="client_credentials", client_secret="x")
    assert answer.json()["status"] == "BAD_CLIENT_SECRET"


def test_scopes(
    hubspot: HubSpotSimulator, portal: Portal, connect: Callable[[str | None], Api]
) -> None:
    reader = connect(hubspot.grant(PORTAL, ["oauth", "crm.objects.invoices.read"])["access_token"])
    assert reader("GET", PATH).status_code == 200
    body = {"properties": {"hs_currency": "USD"}}
    answer = refused(reader("POST", PATH, body), 403, "MISSING_SCOPES")
    context = answer["errors"][0]["context"]
    assert context["requiredGranularScopes"] == ["crm.objects.invoices.write"]
    assert answer["links"]["scopes"]
    for path in ("/crm/v3/objects/fees", "/tax-rates/v1/tax-rates"):
        refused(reader("GET", path), 403, "MISSING_SCOPES")
    refused(reader.associations("invoices", "contacts", ["1"]), 403, "MISSING_SCOPES")
    with pytest.raises(ValueError, match="unknown scopes"):
        hubspot.grant(PORTAL, ["crm.objects.invoice.read"])


def test_portals_do_not_see_each_other(
    hubspot: HubSpotSimulator, portal: Portal, connect: Callable[[str | None], Api]
) -> None:
    invoice = portal.create_invoice(lines=LINES)
    stranger_portal = hubspot.add_portal("13579", time_zone="Europe/Berlin", currency="EUR")
    stranger = connect(hubspot.grant("13579")["access_token"])
    refused(stranger("GET", f"{PATH}/{invoice}"), 404, "OBJECT_NOT_FOUND")
    assert stranger.read("invoices", [invoice]).json()["results"] == []
    assert stranger.associations("invoices", "line_items", [invoice]).json()["results"] == []
    assert stranger.search("invoices").json()["total"] == 0
    assert stranger("GET", "/account-info/v3/details").json()["companyCurrency"] == "EUR"
    assert stranger_portal.ids("invoices") == []
    assert hubspot.portal("13579") is stranger_portal
