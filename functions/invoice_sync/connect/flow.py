"""Connecting a portal and a realm: consent in HubSpot, then in QuickBooks, then it is stored.

A query is trusted for codes, the realm and sealed states only: the portal is the one that HubSpot's
token answer names. Connecting the same two again renews their tokens.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, get_args
from urllib.parse import parse_qsl, urlencode
from zoneinfo import available_timezones

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from invoice_sync.clients import Clients
from invoice_sync.connect import consent, pages
from invoice_sync.connect.state import State, seal, unseal
from invoice_sync.credentials.app_secret import AppSecret, CachedAppSecret
from invoice_sync.credentials.tokens import SERVICE_NAMES, Service, Token, Tokens, secret_id
from invoice_sync.errors import (
    AlreadyConnectedError,
    ConnectRefusedError,
    GrantRefusedError,
    HubSpotRefusedError,
    QueueRefusedError,
    ReconnectRequiredError,
    SecretError,
    StateError,
    UnavailableError,
)
from invoice_sync.hints import Queue
from invoice_sync.jobs import retry
from invoice_sync.model.connection import Connection, NativeSync, Settings
from invoice_sync.quickbooks import parse
from invoice_sync.runtime.environment import Environment
from invoice_sync.runtime.http_client import Request, send, send_authorised
from invoice_sync.store.store import Store
from invoice_sync.sync import status_properties

_ANOTHER_COMPANY = (
    "This HubSpot account is connected to another QuickBooks company. Changing the company would"
    " mix two books: the invoices synced so far are in the other one. Begin again and choose that"
    " company, or connect the new company from a separate deployment or HubSpot account."
)


@dataclass(frozen=True)
class _Visit:
    """What a browser asks for."""

    base_url: str
    query: Mapping[str, str]
    # The browser's, from its cookie.
    nonce: str

    @property
    def native_sync(self) -> NativeSync | None:
        """What the person answered about HubSpot's own sync; None: nothing yet."""
        answer = self.query.get("nativeSync")
        return next((value for value in get_args(NativeSync) if value == answer), None)

    def callback(self, service: Service) -> str:
        return f"{self.base_url}/connect/{service}/callback"


class ConnectFlow:
    """Answers the four addresses that a browser visits while two accounts are connected."""

    def __init__(
        self,
        environment: Environment,
        app_secret: CachedAppSecret,
        store: Store,
        tokens: Tokens,
        queue: Queue,
        clients: Clients,
        clock: Callable[[], datetime],
        logger: Logger,
    ) -> None:
        self._env, self._app_secret, self._store = environment, app_secret, store
        self._tokens, self._queue, self._clients = tokens, queue, clients
        self._clock, self._log = clock, logger
        self._settings = Settings.model_validate_json(environment.default_settings)
        self._routes = {
            "GET /connect/hubspot": self._begin,
            "GET /connect/hubspot/callback": self._hubspot_answered,
            "GET /connect/quickbooks": self._go_to_quickbooks,
            "GET /connect/quickbooks/callback": self._quickbooks_answered,
        }

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer an API Gateway event (payload 2.0) with a redirect or a page."""
        try:
            return self._routes[event["routeKey"]](_visit(event))
        except ConnectRefusedError as error:
            return self._refusal(error.title, error.status, error.title, error.text)
        except StateError as error:
            text = "This link has expired or was opened in another browser. Please start again."
            return self._refusal(str(error), 400, "This link is no longer valid", text)
        except GrantRefusedError as error:
            text = (
                "This step was already used, for example by reloading the page. Please start again."
            )
            return self._refusal(str(error), 400, "This link is no longer valid", text)
        except AlreadyConnectedError:
            text = "One of the two was connected to another account a moment ago."
            return self._refusal("somebody else was quicker", 409, "Already connected", text)
        except (
            ReconnectRequiredError,
            UnavailableError,
            SecretError,
            QueueRefusedError,
            BotoCoreError,
            ClientError,
        ) as error:
            # Of others than our own words only the type: a text may tell too much for a log.
            ours = isinstance(error, UnavailableError | SecretError)
            why = str(error) if ours else type(error).__name__
            self._log.error("connecting failed", extra={"why": why})
            text = "A service did not answer. Try again in a minute."
            return pages.trouble(503, "Try again", text)

    def _refusal(self, why: str, status: int, title: str, text: str) -> dict[str, Any]:
        self._log.warning("connecting refused", extra={"why": why})
        return pages.trouble(status, title, text)

    # -- the four addresses

    def _begin(self, visit: _Visit) -> dict[str, Any]:
        app, nonce = self._app(), secrets.token_urlsafe(24)
        answered = visit.native_sync
        if answered is None:
            return pages.question()
        begun = State(nonce, native_sync=answered)
        state = seal(app.hubspot_client_secret, "hubspot", begun, self._clock())
        address = consent.hubspot_address(
            self._env.hubspot_authorize_url,
            app.hubspot_client_id,
            visit.callback("hubspot"),
            state,
        )
        return pages.redirect(address, nonce)

    def _hubspot_answered(self, visit: _Visit) -> dict[str, Any]:
        app = self._app()
        secret = app.hubspot_client_secret
        code = _code(visit, "hubspot")
        state = unseal(secret, "hubspot", _state(visit), visit.nonce, self._clock())
        token, answer = self._tokens.exchange("hubspot", code, visit.callback("hubspot"))
        portal_id = self._granted_portal(answer)
        with self._tokens.lease(portal_id, "hubspot"):
            self._tokens.keep(portal_id, "hubspot", token)
        named = replace(state, portal_id=portal_id)
        handover = seal(secret, "handover", named, self._clock())
        query = urlencode({"state": handover})
        return pages.redirect(f"{visit.base_url}/connect/quickbooks?{query}", state.nonce)

    def _go_to_quickbooks(self, visit: _Visit) -> dict[str, Any]:
        app = self._app()
        secret = app.hubspot_client_secret
        state = unseal(secret, "handover", _state(visit), visit.nonce, self._clock())
        address = consent.quickbooks_address(
            self._env.quickbooks_authorize_url,
            app.quickbooks_client_id,
            visit.callback("quickbooks"),
            seal(secret, "quickbooks", state, self._clock()),
        )
        return pages.redirect(address, state.nonce)

    def _quickbooks_answered(self, visit: _Visit) -> dict[str, Any]:
        secret = self._app().hubspot_client_secret
        code = _code(visit, "quickbooks")
        state = unseal(secret, "quickbooks", _state(visit), visit.nonce, self._clock())
        portal_id, realm_id = state.portal_id, visit.query.get("realmId", "")
        if not _is_id(realm_id):
            raise ConnectRefusedError(400, "No company", "QuickBooks named no company.")
        # Before the exchange: new tokens might end those of the existing connection.
        existing = self._existing(portal_id, realm_id)
        new = existing or self._new(state, realm_id)
        token, _ = self._tokens.exchange("quickbooks", code, visit.callback("quickbooks"))
        self._check_realm(realm_id, token)
        with self._tokens.lease(portal_id, "quickbooks"):
            existing = self._existing(portal_id, realm_id)
            self._tokens.keep(portal_id, "quickbooks", token)
            if existing:
                # Only what this is about: somebody may change its settings at this very moment.
                self._store.connections.set_state(portal_id, "connected")
                self._keep_answer(existing, state)
            else:
                self._store.connections.put(new)
        woken = self._retry_what_waited(portal_id)
        # Last: should a service keep us waiting until our time is over, all else has been done.
        self._prepare_status_properties(existing or new)
        custom_numbers = self._custom_numbers(existing or new)
        self._log.info("connected", extra={"portalId": portal_id, "woken": woken})
        return pages.connected(portal_id, realm_id, custom_numbers=custom_numbers)

    # -- checks

    def _app(self) -> AppSecret:
        app = self._app_secret.get(self._clock())
        if not (app.hubspot_client_secret and app.quickbooks_client_secret):
            # As deployed. Anybody could make a state that is signed with an empty secret.
            raise SecretError("the app secret is not filled in")
        return app

    def _granted_portal(self, answer: Mapping[str, Any]) -> str:
        """Return the portal that HubSpot's token answer is for, if it may connect with these
        scopes. Raises ConnectRefusedError, UnavailableError."""
        portal_id = str(answer.get("hub_id"))
        if not _is_id(portal_id):
            raise UnavailableError("HubSpot", "the token endpoint named no portal")
        allowed = self._env.allowed_portal_ids
        if allowed and portal_id not in allowed:
            text = f"HubSpot account {portal_id} may not be connected here."
            raise ConnectRefusedError(403, "Not allowed", text)
        scopes = answer.get("scopes")
        granted = scopes if isinstance(scopes, list) else []
        missing = [scope for scope in consent.REQUIRED_SCOPES if scope not in granted]
        if missing:
            text = f"HubSpot did not grant all that this app needs. Missing: {', '.join(missing)}."
            raise ConnectRefusedError(403, "Permissions are missing", text)
        return portal_id

    def _existing(self, portal_id: str, realm_id: str) -> Connection | None:
        """Return the connection of these two, or None if neither has one.

        Raises ConnectRefusedError when one of them has another.
        """
        connection = self._store.connections.get(portal_id)
        if connection and connection.realm_id != realm_id:
            raise ConnectRefusedError(409, "Another company is connected", _ANOTHER_COMPANY)
        if self._store.connections.portal_of(realm_id) not in (None, portal_id):
            text = f"QuickBooks company {realm_id} is connected to another HubSpot account."
            raise ConnectRefusedError(409, "The company is taken", text)
        return connection

    def _check_realm(self, realm_id: str, token: Token) -> None:
        """Use the realm with the new token: a query names it and no token answer, so only use
        proves it. Raises ConnectRefusedError, UnavailableError."""
        base = f"{self._env.quickbooks_base_url}/v3/company/{realm_id}/companyinfo/{realm_id}"
        headers = {"Authorization": f"Bearer {token.access_token}", "Accept": "application/json"}
        response = send(_get("QuickBooks", f"{base}?minorversion=75", headers))
        if response.status_code in (401, 403):
            text = f"This app has no access to QuickBooks company {realm_id}."
            raise ConnectRefusedError(403, "No access to the company", text)
        if response.status_code != 200:
            raise UnavailableError("QuickBooks", f"companyinfo answered {response.status_code}")

    # -- the new connection

    def _new(self, state: State, realm_id: str) -> Connection:
        settings = self._settings.model_copy(update={"native_sync": state.native_sync})
        connection = Connection(
            portal_id=state.portal_id,
            realm_id=realm_id,
            token_secret_id=secret_id(state.portal_id),
            # HubSpot's moments have milliseconds: those of this very second count as after it.
            started_at=self._clock().replace(microsecond=0),
            settings=settings,
        )
        return connection.model_copy(update={"time_zone": self._time_zone(connection)})

    def _keep_answer(self, connection: Connection, state: State) -> None:
        """Keep what was answered about HubSpot's own sync when the two are connected again."""
        if connection.settings.native_sync != state.native_sync:
            changes = {"native_sync": state.native_sync}
            self._store.connections.change_settings(connection.portal_id, changes)

    def _time_zone(self, connection: Connection) -> str:
        """Return the portal's time zone, which makes days of HubSpot's moments, or UTC if HubSpot
        does not say (guide "Account information API")."""
        url = f"{self._env.hubspot_base_url}/account-info/v3/details"
        access_token = partial(self._tokens.access_token, connection, "hubspot")
        response = send_authorised(_get("HubSpot", url, {}), access_token)
        try:
            name = response.json()["timeZone"] if response.status_code == 200 else ""
        except (ValueError, KeyError, TypeError):
            name = ""
        if not isinstance(name, str) or name not in available_timezones():
            fields = {"portalId": connection.portal_id}
            self._log.warning("the portal's time zone is unknown", extra=fields)
            return "UTC"
        return name

    def _prepare_status_properties(self, connection: Connection) -> None:
        """Create the properties that show the status in HubSpot. Where that fails, the portal is
        connected all the same, and the next sync tries again."""
        portal_id = connection.portal_id
        hubspot = self._clients.hubspot(connection)
        try:
            status_properties.prepare(hubspot, self._store, portal_id)
        except HubSpotRefusedError as error:
            status_properties.is_refused(
                self._store, portal_id, error.category, self._clock(), self._log
            )
        except Exception as error:
            # Whatever it was: the page must not say that connecting failed.
            fields = {"portalId": portal_id, "error": type(error).__name__}
            self._log.warning("the status cannot be shown yet", extra=fields)

    def _custom_numbers(self, connection: Connection) -> bool | None:
        """Return whether QuickBooks' custom transaction numbers are on; None where that does not
        matter, since QuickBooks numbers all invoices, or cannot be read now."""
        if connection.settings.document_number == "quickbooks":
            return None
        try:
            preferences = self._clients.quickbooks(connection).preferences()
            return parse.preferences(preferences).custom_numbers
        except Exception as error:
            # Whatever it was: the two are connected, and the page must say so.
            fields = {"portalId": connection.portal_id, "error": type(error).__name__}
            self._log.warning("the numbering is not known", extra=fields)
            return None

    def _retry_what_waited(self, portal_id: str) -> int:
        """Look again at the invoices that failed for want of a connection; return how many.

        A few are looked at now, and a job does the rest.
        """
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
        raise ConnectRefusedError(
            400, "Link not valid", "The address has a parameter twice. Please start again."
        )
    cookies = dict(cookie.partition("=")[::2] for cookie in event.get("cookies") or [])
    base_url = f"{scheme}://{event['requestContext']['domainName']}"
    return _Visit(base_url, query, cookies.get(pages.COOKIE, ""))


def _state(visit: _Visit) -> str:
    return visit.query.get("state", "")


def _code(visit: _Visit, service: Service) -> str:
    """Return the code of a consent. Raises ConnectRefusedError when the person gave none."""
    name = SERVICE_NAMES[service]
    # QuickBooks comes second: by then the tokens of HubSpot are stored.
    stored = "Nothing was stored." if service == "hubspot" else "Nothing was connected."
    if visit.query.get("error") == "access_denied":
        text = f"You did not give access in {name}. {stored}"
        raise ConnectRefusedError(403, "Not connected", text)
    code = visit.query.get("code", "")
    if "error" in visit.query or not code:
        raise ConnectRefusedError(
            400, "Not connected", f"{name} did not give this app access. {stored}"
        )
    return code


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20


def _get(service: str, url: str, headers: Mapping[str, str]) -> Request:
    return Request(service=service, method="GET", url=url, headers=headers, repeatable=True)
