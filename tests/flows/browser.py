"""The owner of one more account in both services, and the browser in which they connect it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from html import escape, unescape
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import httpx

import connect
from infra.local import aws_calls
from infra.local.aws import TABLE
from infra.local.system import APP_SECRET

from .conftest import Flow

NEW_PORTAL, NEW_REALM = "13579", "9130000000000017"
# What the first page offers, to somebody who never had HubSpot's own sync.
BEGIN = "/connect/hubspot?nativeSync=never"
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

    def go(self, path: str = BEGIN, until: str = "") -> httpx.Response:
        """Follow redirects, and the one link of the second step, from `path` to the last page, or
        up to an address that contains `until`, which is not opened."""
        answer = self.http.get(path if path.startswith("http") else self.base + path)
        while address := _onwards(answer):
            if until and until in address:
                return answer
            answer = self.http.get(address)
        return answer

    def state_of(self, until: str) -> tuple[str, dict[str, str]]:
        """The address of a step that is about to be opened, and its query."""
        address = _onwards(self.go(until=until))
        return address, {name: one[0] for name, one in parse_qs(urlsplit(address).query).items()}


def _onwards(answer: httpx.Response) -> str:
    """The address that a redirect or the second step leads to; empty on any other page."""
    if answer.status_code == 302:
        return str(answer.headers["location"])
    link = re.search(r'class="go" href="(http[^"]+)"', answer.text)
    return unescape(link[1]) if link else ""


@contextmanager
def owner(flow: Flow, clock: Callable[[], datetime] | None = None) -> Iterator[Browser]:
    """The browser of somebody who consents in both services. The function has the services' clock,
    or the given one."""
    flow.hubspot.add_portal(NEW_PORTAL, time_zone="US/Pacific")
    flow.quickbooks.add_realm(NEW_REALM, preferences={"SalesFormsPrefs.CustomTxnNumbers": True})
    flow.hubspot.consent(NEW_PORTAL)
    flow.quickbooks.consent(NEW_REALM)
    build = connect.build
    with patch.object(connect, "build", lambda _: build(clock or flow.clock.now)):
        restart()
        browser = Browser(flow)
        yield browser
        browser.http.close()
    restart()


def restart() -> None:
    """The function begins anew: with the environment as it is now, and knowing no secret."""
    connect.collaborators.cache_clear()
    with aws_calls.made_by("connect"):
        connect.collaborators()


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
    assert page.headers["cache-control"] == "no-cache, no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    styles = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = b64encode(sha256(styles[0].encode()).digest()).decode()
    assert len(styles) == 1
    assert page.headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )
    assert not re.search(r"style=|<link|<img|<form|url\(", page.text)
    assert "<header>Invoice sync</header>" in page.text
    if status != 200:
        # A way on, and what finds the visit in the log.
        assert '<a class="go" href="/connect/hubspot">Start again</a>' in page.text
        assert re.search(r"installed the app: [0-9a-f-]{36}<", page.text)
    assert page.text.startswith("<!doctype html>")
    # No link with a state but the one that leads on.
    told = page.text.replace(escape(_onwards(page)) or " ", "")
    assert not re.search(r"fake-|XAB1|AB11|eyJ|<script", told)
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
