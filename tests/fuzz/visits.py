"""The four addresses that connect two accounts, asked for by an owner and by strangers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from random import Random
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from infra.local.system import APP_SECRET

from . import garbage
from .entries import Entry, Input, of_outcome
from .http_inputs import Outcome, Request, send
from .world import A_PORTAL, B_MARK, B_PORTAL, B_REALM, HOST, World, is_work, of_b

C_PORTAL, C_REALM = "13579", "9130000000000017"
_COOKIE = "__Host-invoice-sync-connect"
STEPS = (
    "/connect/hubspot",
    "/connect/hubspot/callback",
    "/connect/quickbooks",
    "/connect/quickbooks/callback",
    # Where Intuit sends whoever has disconnected there.
    "/connect/quickbooks/disconnected",
)
_ENDED = 4
_SECRET = re.compile(r"fake-|XAB1|AB11|eyJ|<script")


@dataclass
class Browser:
    """The browser of the owner of tenant C, who consents to everything."""

    world: World
    nonce: str = ""
    portal: str = C_PORTAL
    realm: str = C_REALM
    # What a damaged query may bring in the place of its own.
    states: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        system = self.world.system
        if int(C_PORTAL) not in system.hubspot._portals:
            system.hubspot.add_portal(C_PORTAL)
            system.quickbooks.add_realm(C_REALM)
        system.hubspot.redirect_uris.add(f"https://{HOST}{STEPS[1]}")
        system.quickbooks.tokens.redirect_uris.add(f"https://{HOST}{STEPS[3]}")

    def get(self, path: str, query: str, cookie: str | None = None) -> Outcome:
        cookie = f"{_COOKIE}={self.nonce}" if cookie is None else cookie
        headers = {"cookie": cookie} if cookie else {}
        outcome = send(self.world, Request("GET", path, query, headers=headers))
        assert outcome
        return outcome

    def query_of(self, step: int) -> dict[str, str]:
        """Go on to a step, and return the query with which its address is asked for."""
        if step == _ENDED:
            return {"realmId": self.realm}
        hubspot, quickbooks = self.world.system.hubspot, self.world.system.quickbooks
        query = {"nativeSync": "never"}
        for now in range(step):
            outcome = self.get(STEPS[now], urlencode(query))
            assert outcome.status in (200, 302), outcome
            if now == 0:
                self.nonce = outcome.headers["set-cookie"].partition(";")[0].partition("=")[2]
            address = dict(parse_qsl(urlsplit(_onwards(outcome)).query))
            query = {"state": address["state"]}
            self.states[("hubspot", "handover", "quickbooks")[now]] = address["state"]
            if now == 0:
                redirect = f"https://{HOST}{STEPS[1]}"
                query["code"] = hubspot.authorize(self.portal, redirect)
            elif now == 2:
                redirect = f"https://{HOST}{STEPS[3]}"
                query["code"] = quickbooks.authorization_code(self.realm, redirect)
                query["realmId"] = self.realm
        return query


def _onwards(outcome: Outcome) -> str:
    if outcome.status == 302:
        return outcome.headers["location"]
    link = re.search(r'class="go" href="(http[^"]+)"', outcome.text)
    assert link, outcome.text
    return unescape(link[1])


def _make(chosen: Random, _: World) -> Input:
    step = chosen.randrange(5)
    changes = [
        [chosen.choice(("state", "code", "realmId", "nativeSync", "error")), _change(chosen)]
        for _ in range(chosen.choice((0, 1, 1, 1, 2)))
    ]
    more = chosen.choice(("", "", "", "state=a", "&", "code=1&code=2", "%ff=%fe", "a[]=1"))
    return {
        "step": step,
        "changes": changes,
        "more": more,
        "cookie": chosen.choice((None,) * 6 + _COOKIES),
        "portal": chosen.choice((C_PORTAL, C_PORTAL, C_PORTAL, A_PORTAL)),
    }


_COOKIES = ("", f"{_COOKIE}=", f"{_COOKIE}=other", f"{_COOKIE}=\u00e9", "=", f"{_COOKIE}; a=b;;=")


def _change(chosen: Random) -> str:
    """Return a value, or the name of one that only the run knows."""
    known = ("-", "{hubspot}", "{handover}", "{quickbooks}", "{cut}", "{signature}", "{twice}")
    return chosen.choice((*known, B_REALM, A_PORTAL, B_PORTAL, garbage.text(chosen)))


def _changed(states: dict[str, str], old: str, change: str) -> str | None:
    known: dict[str, Callable[[], str | None]] = {
        "-": lambda: None,
        "{cut}": lambda: old[: len(old) // 2],
        "{signature}": lambda: old[:-3] + ("AAA" if old[-3:] != "AAA" else "BBB"),
        "{twice}": lambda: old * 2,
        **{f"{{{name}}}": lambda name=name: states.get(name, "") for name in _STATES},  # type: ignore[misc]
    }
    return known[change]() if change in known else change


_STATES = ("hubspot", "handover", "quickbooks")


def _play(world: World, played: Input) -> Iterator[str]:
    browser = Browser(world, portal=played["portal"])
    query = browser.query_of(played["step"])
    right = dict(query)
    for name, change in played["changes"]:
        value = _changed(browser.states, query.get(name, ""), change)
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    encoded = urlencode(query, errors="surrogatepass", quote_via=quote)
    if played["more"]:
        encoded += f"&{played['more']}"
    kept = world.kept()
    world.calls.take()
    outcome = browser.get(STEPS[played["step"]], encoded, played["cookie"])
    calls, queued = world.calls.take(), world.queued()
    is_right = query == right and played["cookie"] is None and played["portal"] == C_PORTAL
    yield from of_outcome(outcome, lambda status: status < 500)
    if is_right and not played["more"] and outcome.status not in (200, 302):
        yield f"the right visit was answered with {outcome.status}"
    after = world.kept()
    if any(after.get(key) is not item for key, item in kept.items() if of_b(key)):
        yield "an item of tenant B has changed"
    connected = [key for key in after if key not in kept and "CONNECTION" in str(key)]
    matters = {n: value for n, value in query.items() if value and (n in right or n == "error")}
    if connected and (matters != right or played["cookie"] is not None):
        yield f"a damaged visit connected {connected}"
    if queued and played["portal"] != A_PORTAL:
        yield f"a visit queued {len(queued)} hints"
    if played["cookie"] == "" and played["step"] != _ENDED and any(is_work(call) for call in calls):
        yield f"a visit without a cookie caused {calls[-1].name}"
    yield from _of_page(outcome)
    world.restore(kept)


def _of_states(world: World) -> Iterator[str]:
    for portal_id in (A_PORTAL, B_PORTAL):
        connection = world.system.store.connections.get(portal_id)
        if connection is None or connection.state != "connected":
            yield f"a visit ended the connection of {portal_id}"


def _of_page(outcome: Outcome) -> Iterator[str]:
    if B_MARK in f"{outcome.text}{outcome.headers}".lower():
        yield "a page shows something of tenant B"
    if outcome.status == 302:
        hosts = (HOST, "127.0.0.1")
        if urlsplit(outcome.headers["location"]).hostname not in hosts:
            yield f"a redirect leads to {outcome.headers['location'][:80]}"
        return
    onwards = re.sub(r'href="http[^"]+"', "", outcome.text)
    if found := _SECRET.search(onwards):
        yield f"a page shows {found[0]}"
    if any(secret in outcome.text for secret in APP_SECRET.values() if "secret" in secret):
        yield "a page shows a secret of the app"
    if not outcome.raised and not outcome.headers.get("content-type", "").startswith("text/html"):
        yield f"a page is {outcome.headers.get('content-type')}"


VISITS = Entry("visits", 60, 150, _make, _play)
