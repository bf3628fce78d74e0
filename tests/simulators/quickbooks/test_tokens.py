"""Tokens as Intuit hands them out."""

from __future__ import annotations

import base64

import httpx

from infra.local.wire import tls
from tests.simulators.quickbooks.desk import REALM, Desk


def _token(desk: Desk, path: str = "/oauth2/v1/tokens/bearer", **form: str) -> httpx.Response:
    client = (desk.simulator.client_id, desk.simulator.client_secret)
    return httpx.post(f"{desk.simulator.url}{path}", data=form, auth=client, verify=tls())


def _refresh(desk: Desk, value: str) -> httpx.Response:
    return _token(desk, grant_type="refresh_token", refresh_token=value)


def test_the_refresh_value_changes_once_a_day(desk: Desk) -> None:
    first = desk.tokens["refresh_token"]
    answer = _refresh(desk, first).json()
    assert answer["refresh_token"] == first
    assert answer["access_token"] != desk.tokens["access_token"]
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 3600)
    assert answer["x_refresh_token_expires_in"] == 8640000
    desk.clock.advance(25 * 3600)
    second = _refresh(desk, first).json()["refresh_token"]
    assert second != first
    old = _refresh(desk, first)
    assert old.status_code == 400
    assert old.json()["error"] == "invalid_grant"
    assert _refresh(desk, second).status_code == 200
    desk.simulator.switches.rotate_refresh_token_always = True
    desk.simulator.switches.refresh_token_grace_seconds = 60
    assert _refresh(desk, second).json()["refresh_token"] != second
    assert _refresh(desk, second).status_code == 200


def test_a_hundred_idle_days_end_a_grant(desk: Desk) -> None:
    desk.clock.advance(99 * 86400)
    value = _refresh(desk, desk.tokens["refresh_token"]).json()["refresh_token"]
    desk.clock.advance(101 * 86400)
    assert _refresh(desk, value).json()["error"] == "invalid_grant"


def test_a_code_is_exchanged_once(desk: Desk) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": desk.simulator.authorization_code(REALM),
        "redirect_uri": "https://app.example/callback",
    }
    tokens = _token(desk, **form).json()
    answer = desk.http.get(
        f"{desk.base}/preferences", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert answer.status_code == 200
    assert _token(desk, **form).json()["error"] == "invalid_grant"
    assert _token(desk, grant_type="authorization_code").json()["error"] == "invalid_request"
    assert _token(desk, grant_type="password").json()["error"] == "unsupported_grant_type"


def test_only_the_client_gets_tokens(desk: Desk) -> None:
    url = f"{desk.simulator.url}/oauth2/v1/tokens/bearer"
    form = {"grant_type": "refresh_token", "refresh_token": desk.tokens["refresh_token"]}
    client_id, client_secret = desk.simulator.client_id, desk.simulator.client_secret
    # Before it looks at the token: an unknown one is no other answer.
    for token in (desk.tokens["refresh_token"], "nobodys"):
        for stranger in ((client_id, "else"), ("somebody", client_secret), ("", "")):
            own = {**form, "refresh_token": token}
            answer = httpx.post(url, data=own, auth=stranger, verify=tls())
            assert answer.status_code == 401
            assert answer.json() == {"error": "invalid_client"}
    assert httpx.post(url, data=form, verify=tls()).status_code == 401
    secret = f"{client_id}:{client_secret}"
    basic = {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()}
    assert (
        httpx.post(url, json=form, headers=basic, verify=tls()).json()["error"] == "invalid_request"
    )


def test_revocation(desk: Desk) -> None:
    client = (desk.simulator.client_id, desk.simulator.client_secret)
    url = f"{desk.simulator.url}/oauth2/v1/tokens/revoke"
    body = {"token": desk.tokens["refresh_token"]}
    assert httpx.post(url, json=body, auth=client, verify=tls()).status_code == 200
    assert desk.get("preferences").status_code == 401
    assert _refresh(desk, desk.tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert httpx.post(url, json=body, auth=client, verify=tls()).status_code == 400
