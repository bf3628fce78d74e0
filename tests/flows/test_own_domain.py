"""Behind a name of the owner's own: what HubSpot signs, where browsers are sent, what links say.

API Gateway puts the name that a request came to into `requestContext.domainName` (guide "Customize
HTTP API access logs", `$context.domainName`: the same as the Host header). So does the local one.
"""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from .browser import owner
from .conftest import PORTAL_ID, Flow
from .test_webhook import EVENT, waiting

OWN = "invoices.example.com"


def ask(
    flow: Flow, method: str, path: str, *, signed_for: str = OWN, body: bytes = b""
) -> httpx.Response:
    """Ask the front under the owner's name, as HubSpot does: signed for an address of it."""
    headers = flow.hubspot.signed_headers(method, f"http://{signed_for}{path}", body)
    url = flow.own.gateway.url + path
    return httpx.request(method, url, content=body, headers={**headers, "Host": OWN})


def test_webhooks_are_signed_for_that_name(flow: Flow) -> None:
    flow.hubspot.webhooks.discard()
    body = json.dumps([EVENT]).encode()
    other = urlsplit(flow.own.gateway.url).netloc
    assert ask(flow, "POST", "/webhooks/hubspot", signed_for=other, body=body).status_code == 401
    assert waiting(flow) == 0
    assert ask(flow, "POST", "/webhooks/hubspot", body=body).status_code == 202
    assert waiting(flow) == 1


def test_the_screens_are_answered_and_links_have_that_name(flow: Flow) -> None:
    path = f"/v1/connection?portalId={PORTAL_ID}"
    answer = ask(flow, "GET", path)
    assert answer.status_code == 200
    assert f"http://{OWN}/connect/hubspot" in answer.text


@pytest.mark.parametrize("name", [OWN, ""])
def test_the_browser_is_sent_back_to_the_name_that_it_began_at(flow: Flow, name: str) -> None:
    """So the address that AWS made up goes on working, as long as it is registered."""
    begun_at = name or urlsplit(flow.own.gateway.url).netloc
    with owner(flow) as browser:
        headers = {"Host": name} if name else {}
        answer = browser.http.get(
            f"{browser.base}/connect/hubspot?nativeSync=never", headers=headers
        )
        (back,) = parse_qs(urlsplit(answer.headers["location"]).query)["redirect_uri"]
    assert back == f"http://{begun_at}/connect/hubspot/callback"
