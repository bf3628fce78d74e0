"""Connecting a portal and a realm: consent in HubSpot, then in QuickBooks, then it is stored.

Nothing is taken from a query but codes, the realm and sealed states: the portal is the one that
HubSpot's token answer names. Connecting the same two again renews their tokens.
"""

from __future__ import annotations

import secrets as randomness
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import available_timezones

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from invoice_sync import errors
from invoice_sync.clients import Clients
from invoice_sync.connect import consent
from invoice_sync.connect.state import LIFETIME, State, Step, seal, unseal
from invoice_sync.credentials.app_secret import AppSecret, CachedAppSecret
from invoice_sync.credentials.tokens import SHOWN_NAME, Connections, Service, Token, secret_id
from invoice_sync.errors import (
    AlreadyConnectedError,
    ConnectRefusedError,
    GrantRefusedError,
    QueueRefusedError,
    ReconnectRequiredError,
    SecretError,
    StateError,
    UnavailableError,
)
from invoice_sync.hints import Queue
from invoice_sync.jobs import retry
from invoice_sync.model.connection import Connection, Settings
from invoice_sync.runtime import http_client
from invoice_sync.runtime.environment import Environment
from invoice_sync.store.store import Store
from invoice_sync.sync import status_properties

# Only this host may set it, for the whole host, over TLS: no neighbour's page can plant one.
COOKIE = "__Host-invoice-sync-connect"
_TRIED_TOKENS = 2
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'",
}
_BEGIN_AGAIN = '<p><a href="/connect/hubspot">Begin again</a></p>'
_CLASH = (
    "This HubSpot account is connected to another QuickBooks company. Changing the company would"
    " mix two books: what was synced so far points into the old one. Begin again and choose that"
    " company, or connect the new company from a separate deployment or HubSpot account."
)


@dataclass(frozen=True)
class _Visit:
    """What a browser asks for. `nonce`: of its cookie."""

    base_url: str
    query: Mapping[str, str]
    nonce: str

    def callback(self, service: Service) -> str:
        return f"{self.base_url}/connect/{service}/callback"


class Connecting:
    def __init__(
        self,
        environment: Environment,
        app_secret: CachedAppSecret,
        store: Store,
        connections: Connections,
        queue: Queue,
        clients: Clients,
        clock: Callable[[], datetime],
        logger: Logger,
    ) -> None:
        self._env, self._app_secret, self._store = environment, app_secret, store
        self._connections, self._queue, self._clients = connections, queue, clients
        self._clock, self._log = clock, logger
        self._settings = Settings.model_validate_json(environment.default_settings)
        self._routes = {
            "GET /connect/hubspot": self._begin,
            "GET /connect/hubspot/callback": self._hubspot_answered,
            "GET /connect/quickbooks": self._go_to_quickbooks,
            "GET /connect/quickbooks/callback": self._quickbooks_answered,
        }

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """To an API Gateway event (payload 2.0): a redirect or a page."""
        try:
            return self._routes[event["routeKey"]](_visit(event))
        except ConnectRefusedError as error:
            self._log.warning("connecting refused", extra={"why": error.title})
            return _page(error.status, error.title, error.text)
        except StateError as error:
            self._log.warning("connecting refused", extra={"why": str(error)})
            text = "Your browser did not begin this, or did so more than ten minutes ago."
            return _page(400, "This link is no longer valid", text)
        except GrantRefusedError as error:
            self._log.warning("connecting refused", extra={"why": str(error)})
            text = f"{error.service} does not accept its own answer any more: it works only once."
            return _page(400, "This link is no longer valid", text)
        except AlreadyConnectedError:
            self._log.warning("connecting refused", extra={"why": "somebody else was quicker"})
            return _page(409, "Already connected", "One of the two was just connected elsewhere.")
        except (
            ReconnectRequiredError,
            UnavailableError,
            SecretError,
            QueueRefusedError,
            BotoCoreError,
            ClientError,
        ) as error:
            # The kind only, but for our own words: a text may tell more than a log should hold.
            known = isinstance(error, UnavailableError | SecretError)
            why = str(error) if known else type(error).__name__
            self._log.error("connecting failed", extra={"why": why})
            return _page(503, "Try again", "Something did not answer. Try again in a minute.")

    # -- the four addresses

    def _begin(self, visit: _Visit) -> dict[str, Any]:
        app, nonce = self._app(), randomness.token_urlsafe(24)
        state = self._seal(app, "hubspot", nonce)
        to = visit.callback("hubspot")
        url = self._env.hubspot_authorize_url
        return _redirect(consent.hubspot_address(url, app.hubspot_client_id, to, state), nonce)

    def _hubspot_answered(self, visit: _Visit) -> dict[str, Any]:
        app = self._app()
        code = _code(visit, "hubspot")
        state = self._unseal(app, "hubspot", visit)
        token, answer = self._connections.exchange("hubspot", code, visit.callback("hubspot"))
        portal_id = str(answer.get("hub_id"))
        if not _is_id(portal_id):
            raise UnavailableError("HubSpot", "the token endpoint named no portal")
        allowed = self._env.allowed_portal_ids
        if allowed and portal_id not in allowed:
            text = f"The HubSpot account {portal_id} may not be connected here."
            raise ConnectRefusedError(403, "Not allowed", text)
        scopes = answer.get("scopes")
        granted = scopes if isinstance(scopes, list) else []
        if missing := [one for one in consent.REQUIRED_SCOPES if one not in granted]:
            text = f"HubSpot did not grant all that is needed. Missing: {', '.join(missing)}."
            raise ConnectRefusedError(403, "Rights are missing", text)
        with self._connections.lease(portal_id, "hubspot"):
            self._connections.keep(portal_id, "hubspot", token)
        query = urlencode({"state": self._seal(app, "handover", state.nonce, portal_id)})
        return _redirect(f"{visit.base_url}/connect/quickbooks?{query}", state.nonce)

    def _go_to_quickbooks(self, visit: _Visit) -> dict[str, Any]:
        app = self._app()
        before = self._unseal(app, "handover", visit)
        state = self._seal(app, "quickbooks", before.nonce, before.portal_id)
        to = visit.callback("quickbooks")
        url = self._env.quickbooks_authorize_url
        address = consent.quickbooks_address(url, app.quickbooks_client_id, to, state)
        return _redirect(address, before.nonce)

    def _quickbooks_answered(self, visit: _Visit) -> dict[str, Any]:
        app = self._app()
        code = _code(visit, "quickbooks")
        portal_id = self._unseal(app, "quickbooks", visit).portal_id
        realm_id = visit.query.get("realmId", "")
        if not _is_id(realm_id):
            raise ConnectRefusedError(400, "No company", "QuickBooks named no company.")
        # Before the exchange: new tokens might end those of the connection that there is.
        existing = self._existing(portal_id, realm_id)
        time_zone = existing.time_zone if existing else self._time_zone(portal_id, realm_id)
        token, _ = self._connections.exchange("quickbooks", code, visit.callback("quickbooks"))
        self._check_realm(realm_id, token)
        with self._connections.lease(portal_id, "quickbooks"):
            existing = self._existing(portal_id, realm_id)
            self._connections.keep(portal_id, "quickbooks", token)
            if existing:
                # Only this: its settings may be changed at this very moment.
                self._store.set_connection_state(portal_id, "connected")
            else:
                self._store.put_connection(self._new(portal_id, realm_id, time_zone))
        woken = self._wake(portal_id)
        # Last: should HubSpot keep us waiting until our time is over, all else is done.
        self._prepare_to_show(existing or self._new(portal_id, realm_id, time_zone))
        self._log.info("connected", extra={"portalId": portal_id, "woken": woken})
        text = (
            f"The HubSpot account {portal_id} and the QuickBooks company {realm_id} are connected."
            " You can close this page."
        )
        return _page(200, "Connected", text, done=True)

    # -- within

    def _app(self) -> AppSecret:
        app = self._app_secret.get(self._clock())
        if not (app.hubspot_client_secret and app.quickbooks_client_secret):
            # As deployed. States signed with nothing could be made by anybody.
            raise SecretError("the app secret is not filled in")
        return app

    def _seal(self, app: AppSecret, step: Step, nonce: str, portal_id: str = "") -> str:
        sealed = State(step, nonce, self._clock() + LIFETIME, portal_id)
        return seal(app.hubspot_client_secret, sealed)

    def _unseal(self, app: AppSecret, step: Step, visit: _Visit) -> State:
        text = visit.query.get("state", "")
        return unseal(app.hubspot_client_secret, step, text, visit.nonce, self._clock())

    def _existing(self, portal_id: str, realm_id: str) -> Connection | None:
        """The connection of these two. Raises RefusedError when one of them has another."""
        connection = self._store.connection(portal_id)
        if connection and connection.realm_id != realm_id:
            raise ConnectRefusedError(409, "Another company is connected", _CLASH)
        if self._store.portal_of(realm_id) not in (None, portal_id):
            text = f"The QuickBooks company {realm_id} is connected to another HubSpot account."
            raise ConnectRefusedError(409, "The company is taken", text)
        return connection

    def _new(self, portal_id: str, realm_id: str, time_zone: str = "UTC") -> Connection:
        return Connection(
            portal_id=portal_id,
            realm_id=realm_id,
            time_zone=time_zone,
            token_secret_id=secret_id(portal_id),
            settings=self._settings,
        )

    def _time_zone(self, portal_id: str, realm_id: str) -> str:
        """The portal's: it makes days of HubSpot's moments. UTC if HubSpot does not say."""
        connection, token = self._new(portal_id, realm_id), ""
        for _ in range(_TRIED_TOKENS):
            token = self._connections.access_token(connection, "hubspot", token)
            url = f"{self._env.hubspot_base_url}/account-info/v3/details"
            response = _get("HubSpot", url, token)
            if response.status_code != 401:
                break
        try:
            name = response.json()["timeZone"] if response.status_code == 200 else ""
        except (ValueError, KeyError, TypeError):
            name = ""
        if not isinstance(name, str) or name not in available_timezones():
            self._log.warning("the portal's time zone is unknown", extra={"portalId": portal_id})
            return "UTC"
        return name

    def _check_realm(self, realm_id: str, token: Token) -> None:
        """The realm comes in a query, and no token answer names it: only using it proves it."""
        base = f"{self._env.quickbooks_base_url}/v3/company/{realm_id}/companyinfo/{realm_id}"
        response = _get("QuickBooks", f"{base}?minorversion=75", token.access_token)
        if response.status_code in (401, 403):
            text = f"QuickBooks does not let us into the company {realm_id}."
            raise ConnectRefusedError(403, "No access to the company", text)
        if response.status_code != 200:
            raise UnavailableError("QuickBooks", f"companyinfo answered {response.status_code}")

    def _prepare_to_show(self, connection: Connection) -> None:
        """Make the properties of the status on HubSpot's invoices. Where that fails, the portal is
        connected all the same, and a look tries again."""
        portal_id = connection.portal_id
        hubspot, _ = self._clients(connection)
        try:
            status_properties.prepare(hubspot, self._store, portal_id)
        except errors.HubSpotRefusedError as error:
            status_properties.is_refused(
                self._store, portal_id, error.category, self._clock(), self._log
            )
        except Exception as error:
            # Whatever it was: the page must not say that connecting failed.
            kind = type(error).__name__
            self._log.warning(
                "the status cannot be shown yet", extra={"portalId": portal_id, "error": kind}
            )

    def _wake(self, portal_id: str) -> int:
        """Look again at what failed for want of a connection. Of many the worker does the rest."""
        job = retry.begin(
            self._store, self._queue, portal_id, code="reconnect_required", now=self._clock()
        )
        return job.progress.total


def _visit(event: Mapping[str, Any]) -> _Visit:
    headers = event.get("headers") or {}
    scheme = headers.get("x-forwarded-proto", "https")
    pairs = parse_qsl(event.get("rawQueryString") or "")
    query = dict(pairs)
    if len(query) != len(pairs):
        raise ConnectRefusedError(400, "Not understood", "The address names something twice.")
    cookies = dict(one.partition("=")[::2] for one in event.get("cookies") or [])
    base_url = f"{scheme}://{event['requestContext']['domainName']}"
    return _Visit(base_url, query, cookies.get(COOKIE, ""))


def _code(visit: _Visit, service: Service) -> str:
    shown = SHOWN_NAME[service]
    # QuickBooks comes second: by then HubSpot has given its access.
    stored = "Nothing was stored." if service == "hubspot" else "Nothing was connected."
    if visit.query.get("error") == "access_denied":
        text = f"You did not give access in {shown}. {stored}"
        raise ConnectRefusedError(403, "Not connected", text)
    code = visit.query.get("code", "")
    if "error" in visit.query or not code:
        text = f"{shown} gave no access. {stored}"
        raise ConnectRefusedError(400, "Not connected", text)
    return code


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20


def _get(service: str, url: str, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return http_client.send(service, "GET", url, headers=headers, repeatable=True)


def _redirect(url: str, nonce: str) -> dict[str, Any]:
    """`nonce`: the browser's for another ten minutes."""
    age = int(LIFETIME.total_seconds())
    return {
        "statusCode": 302,
        "headers": {"Location": url, **_HEADERS},
        "cookies": [_cookie(nonce, age)],
    }


def _page(status: int, title: str, text: str, *, done: bool = False) -> dict[str, Any]:
    body = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title></head>\n<body><h1>{escape(title)}</h1>"
        f"<p>{escape(text)}</p>{'' if done else _BEGIN_AGAIN}</body></html>\n"
    )
    return {
        "statusCode": status,
        "headers": {"Content-Type": "text/html; charset=utf-8", **_HEADERS},
        "body": body,
        **({"cookies": [_cookie("", 0)]} if done else {}),
    }


def _cookie(value: str, max_age: int) -> str:
    return f"{COOKIE}={value}; Max-Age={max_age}; Path=/; Secure; HttpOnly; SameSite=Lax"
