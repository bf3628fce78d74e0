"""Connecting a portal and a realm: consent in HubSpot, then in QuickBooks, then it is stored.

A query is trusted for codes, the realm and sealed states only: the portal is the one that HubSpot's
token answer names. Connecting the same two again renews their tokens.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, get_args
from urllib.parse import parse_qsl, urlencode

from aws_lambda_powertools import Logger

from invoice_sync.clients import Clients
from invoice_sync.connect import consent, pages, trouble
from invoice_sync.connect.ended import Ended
from invoice_sync.connect.inquiries import Inquiries
from invoice_sync.connect.state import State, seal, unseal
from invoice_sync.credentials.app_secret import AppSecret, CachedAppSecret
from invoice_sync.credentials.endpoints import SERVICE_NAMES
from invoice_sync.credentials.tokens import Consent, Tokens
from invoice_sync.errors import (
    ConnectRefusedError,
    SecretError,
    UnavailableError,
)
from invoice_sync.hints import Queue
from invoice_sync.jobs import retry
from invoice_sync.model.audit import AuditEntry
from invoice_sync.model.connection import Company, Connection, NativeSync, Service, Settings
from invoice_sync.runtime.environment import Environment
from invoice_sync.store.store import Store

_ANOTHER_COMPANY = (
    "This HubSpot account is already connected to {company}. Changing the company would mix two"
    " books: the invoices synced so far are in that one. Start again and choose that company. Or"
    " connect the new company from a separate deployment or a different HubSpot account. Or first"
    " have whoever runs this app disconnect this account and delete what the app keeps for it."
)
_COMPANY_TAKEN = (
    "This QuickBooks company is already connected to a different HubSpot account, and goes with one"
    " only. Start again and choose a different company, or end the other connection first."
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
    """Answers the addresses that a browser visits while two accounts are connected, and after
    they were disconnected in QuickBooks."""

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
        self._tokens, self._queue = tokens, queue
        self._ended = Ended(store, tokens, clock, logger)
        self._ask = Inquiries(environment, store, tokens, clients, clock, logger)
        self._clock, self._log = clock, logger
        self._settings = Settings.model_validate_json(environment.default_settings, extra="forbid")
        self._routes = {
            "GET /connect/hubspot": self._begin,
            "GET /connect/hubspot/callback": self._hubspot_answered,
            "GET /connect/quickbooks": self._go_to_quickbooks,
            "GET /connect/quickbooks/callback": self._quickbooks_answered,
            "GET /connect/quickbooks/disconnected": self._disconnected,
        }

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer an API Gateway event (payload 2.0) with a redirect or a page."""
        try:
            route = self._routes.get(event["routeKey"])
            if route is None:
                raise ConnectRefusedError(
                    404, "No such page", "Nothing is at this address. Start from the beginning."
                )
            return route(_visit(event))
        except Exception as error:
            request_id = str(event["requestContext"].get("requestId", ""))
            return trouble.page(error, request_id, self._log)

    # -- the addresses

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
        domain = self._ask.consent(state.portal_id).hub_domain
        return pages.second_step(address, pages.account(domain, state.portal_id), state.nonce)

    def _quickbooks_answered(self, visit: _Visit) -> dict[str, Any]:
        secret = self._app().hubspot_client_secret
        code = _code(visit, "quickbooks")
        state = unseal(secret, "quickbooks", _state(visit), visit.nonce, self._clock())
        portal_id, realm_id = state.portal_id, visit.query.get("realmId", "")
        if not _is_id(realm_id):
            raise ConnectRefusedError(
                400,
                "No company",
                "QuickBooks did not say which company you chose. Start again, and choose one.",
            )
        # Before the exchange: new tokens might end those of the existing connection.
        existing = self._existing(portal_id, realm_id)
        new = existing or self._new(state, realm_id)
        token, _ = self._tokens.exchange("quickbooks", code, visit.callback("quickbooks"))
        company = self._ask.company(realm_id, token)
        consented = self._ask.consent(portal_id)
        with self._tokens.lease(portal_id, "quickbooks"):
            existing = self._existing(portal_id, realm_id)
            self._tokens.keep(portal_id, "quickbooks", token)
            connection = self._connect(existing or new, state, consented, company)
            if existing:
                self._renew(existing, connection)
            else:
                self._store.connections.put(connection)
        self._audit(connection, consented, again=existing is not None)
        woken = self._retry_what_waited(portal_id)
        # Last: if a service keeps us waiting until our time is over, all else has been done.
        self._ask.prepare_status_properties(connection)
        preferences = self._ask.preferences(connection)
        currency = preferences.home_currency if preferences else new.company.home_currency
        known = company.model_copy(update={"home_currency": currency})
        self._store.connections.set_company(portal_id, known)
        self._log.info("connected", extra={"portalId": portal_id, "woken": woken})
        numbers = preferences.custom_numbers if preferences else None
        if connection.settings.document_number == "quickbooks":
            numbers = None  # QuickBooks numbers all invoices
        return pages.connected(
            connection,
            pages.account(consented.hub_domain, portal_id),
            again=existing is not None,
            custom_numbers=numbers,
        )

    def _disconnected(self, visit: _Visit) -> dict[str, Any]:
        realm_id = visit.query.get("realmId", "")
        return self._ended.answer(realm_id if _is_id(realm_id) else "")

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
        if portal_id not in self._env.allowed_portal_ids:
            text = (
                f"HubSpot account {portal_id} may not be connected here. Start again and choose a"
                " different account, or ask whoever installed this app to allow this one."
            )
            raise ConnectRefusedError(403, "Not allowed", text)
        scopes = answer.get("scopes")
        granted = scopes if isinstance(scopes, list) else []
        missing = [scope for scope in consent.REQUIRED_SCOPES if scope not in granted]
        if missing:
            text = (
                f"HubSpot did not grant all that this app needs. Missing: {', '.join(missing)}."
                " Start again as a user who may grant it, such as a super admin."
            )
            raise ConnectRefusedError(403, "Permissions are missing", text)
        return portal_id

    def _existing(self, portal_id: str, realm_id: str) -> Connection | None:
        """Return the connection of these two, or None if neither has one.

        Raises ConnectRefusedError when one of them has another.
        """
        connection = self._store.connections.get(portal_id)
        if connection and connection.realm_id != realm_id:
            text = _ANOTHER_COMPANY.format(company=pages.company(connection))
            raise ConnectRefusedError(409, "A different company is connected", text)
        if self._store.connections.portal_of(realm_id) not in (None, portal_id):
            raise ConnectRefusedError(409, "The company is taken", _COMPANY_TAKEN)
        return connection

    # -- the new connection

    def _new(self, state: State, realm_id: str) -> Connection:
        settings = self._settings.model_copy(update={"native_sync": state.native_sync})
        connection = Connection(
            portal_id=state.portal_id,
            realm_id=realm_id,
            token_secret_id=self._tokens.secret_id(state.portal_id),
            # HubSpot's times have milliseconds: those within this second must count as after the
            # start.
            started_at=self._clock().replace(microsecond=0),
            settings=settings,
        )
        return connection.model_copy(update={"time_zone": self._ask.time_zone(connection)})

    def _connect(
        self, connection: Connection, state: State, consented: Consent, company: Company
    ) -> Connection:
        """Return the connection as it is after a person connected it, again or for the first
        time."""
        settings = connection.settings.model_copy(update={"native_sync": state.native_sync})
        connection = connection.model_copy(update={"settings": settings})
        if consented.person:
            settings = connection.settings_with(consented.person)
        changes: dict[str, Any] = {
            "state": "connected",
            "broken": None,
            "grant": secrets.token_hex(16),
            # A deployment may have begun to name its secrets in another way.
            "token_secret_id": self._tokens.secret_id(connection.portal_id),
            "settings": settings,
            "company": company,
        }
        if consented.person or not connection.connected_at:
            # Both or neither: who it was at that time.
            changes |= {"connected_by": consented.person, "connected_at": self._clock()}
        return connection.model_copy(update=changes)

    def _renew(self, before: Connection, after: Connection) -> None:
        """Store what connecting again changes, and only that: a person may be changing the settings
        at this very moment."""
        connections, portal_id = self._store.connections, after.portal_id
        connections.set_connected(after)
        connections.change_settings(portal_id, after.settings.changes_from(before.settings))

    def _audit(self, connection: Connection, consented: Consent, *, again: bool) -> None:
        account = pages.account(consented.hub_domain, connection.portal_id)
        company = pages.company(connection)
        entry = AuditEntry(
            at=self._clock(),
            who=consented.person.name if consented.person else "",
            action="reconnect" if again else "connect",
            says=f"Connected {account} and {company}{' again' if again else ''}.",
        )
        self._store.audit.add(connection.portal_id, entry)

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
        text = f"You did not give access in {name}. {stored} To connect the two, start again."
        raise ConnectRefusedError(403, "Not connected", text)
    code = visit.query.get("code", "")
    if "error" in visit.query or not code:
        text = f"{name} did not accept this app's request for access. {stored} Please start again."
        raise ConnectRefusedError(400, "Not connected", text)
    return code


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20
