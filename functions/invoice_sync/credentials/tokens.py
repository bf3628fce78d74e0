"""The OAuth tokens of connections, in Secrets Manager: one secret a connection, for both services.

Secrets Manager has no conditional write, so one worker at a time refreshes tokens, under a lease in
DynamoDB, and stores the new pair before it is used: Intuit may invalidate the old refresh token at
once (blog "OAuth token management done the right way").
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from invoice_sync.credentials import app_secret
from invoice_sync.credentials.app_secret import CachedAppSecret
from invoice_sync.errors import (
    FormError,
    GrantRefusedError,
    ReconnectRequiredError,
    UnavailableError,
)
from invoice_sync.model.connection import Connection, Person, Service
from invoice_sync.runtime import answers, http_client, metrics
from invoice_sync.runtime.answers import Members, digits_or_number, flag, text
from invoice_sync.runtime.clock import sleep
from invoice_sync.runtime.environment import Environment
from invoice_sync.store.store import Store

SERVICE_NAMES: dict[Service, str] = {"hubspot": "HubSpot", "quickbooks": "QuickBooks"}

_REFRESH_AHEAD = timedelta(seconds=90)
_LEASE, _LEASE_SECONDS = "TOKENS", 30
# Seconds to wait for another worker's refresh, and between two looks at it.
_LONGEST_WAIT, _WAIT = 8.0, 0.25
# Tokens that nobody uses are refreshed when they end sooner than this.
_KEPT_ALIVE = timedelta(days=30)
# Members of the answers that we read. Tokens go into a header, so only ASCII will do.
_LONGEST_TOKEN, _LONGEST_LIFE = 8_000, 10**9


def _is_token(value: Any) -> bool:
    is_token = isinstance(value, str) and value.isascii() and value.isprintable()
    return is_token and 0 < len(value) <= _LONGEST_TOKEN


def _is_life(value: Any) -> bool:
    """Tell whether it is a number of seconds, which may stand in quotes."""
    return digits_or_number(value) and 0 < int(value) <= _LONGEST_LIFE


_TOKENS = Members(
    {
        "refresh_token": _is_token,
        "expires_in": _is_life,
        "x_refresh_token_expires_in": _is_life,
    },
    needed={"access_token": _is_token},
)
_INTROSPECTION = Members(
    {
        "user": text,
        "user_id": digits_or_number,
        "hub_domain": text,
        "signed_access_token": Members(
            {"isServiceAccount": flag, "installingUserId": digits_or_number}
        ),
    },
    needed={"active": flag},
)
# How the token endpoints say that a code or refresh token is no longer good: Intuit's `error`
# (RFC 6749, 5.2) and HubSpot's `status`.
_GRANT_IS_DEAD = {"invalid_grant", "BAD_REFRESH_TOKEN", "BAD_AUTH_CODE"}


@dataclass(frozen=True)
class Token:
    """A pair of tokens of one service."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    # None when the service does not say.
    refresh_expires_at: datetime | None = None


@dataclass(frozen=True)
class Consent:
    """Who gave access to HubSpot, and for which account."""

    # None when HubSpot does not tell.
    person: Person | None
    # The account's domain, which people know it by; empty when HubSpot does not tell.
    hub_domain: str


def secret_id(portal_id: str) -> str:
    """Return the name of the secret that holds the tokens of a portal's connection."""
    return f"{app_secret.CONNECTION_SECRETS}{portal_id}"


class Tokens:
    """Gives access tokens, refreshes them in time, and stores those of a new consent."""

    def __init__(
        self,
        store: Store,
        secrets_client: Any,
        environment: Environment,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        sleep: Callable[[float], None] = sleep,
    ) -> None:
        self._store, self._secrets, self._clock = store, secrets_client, clock
        self._new_id, self._sleep = new_id, sleep
        self._app = CachedAppSecret(secrets_client, environment.app_secret_id)
        self._token_url: dict[Service, str] = {
            "hubspot": environment.hubspot_token_url,
            "quickbooks": environment.quickbooks_token_url,
        }
        self._cached: dict[tuple[str, Service], Token] = {}
        self._lock = threading.Lock()

    def require_reconnect(self, connection: Connection, service: str) -> None:
        """Stop using a connection until a person has renewed it. `service`: the name of the one
        that no longer accepts our access."""
        if connection.state != "reconnect_required":
            broken = next((each for each, name in SERVICE_NAMES.items() if name == service), None)
            self._store.connections.set_state(connection.portal_id, "reconnect_required", broken)
            metrics.count(metrics.RECONNECT_REQUIRED)

    def access_token(self, connection: Connection, service: Service, refused: str = "") -> str:
        """Return a token that is good for at least a minute, and is not the `refused` one.

        Raises ReconnectRequiredError, UnavailableError, SecretError.
        """
        key = (connection.portal_id, service)
        with self._lock:  # threads of one worker ask at once: one refresh serves them all
            token = self._cached.get(key)
            if token is None or not self._good(token, refused):
                token = self._current(connection, service, refused)
                self._cached[key] = token
            return token.access_token

    @contextmanager
    def lease(self, portal_id: str, service: Service) -> Iterator[None]:
        """Keep all others from changing the tokens and the realm of a portal's connection.

        Raises UnavailableError, in the name of the service, when another has the lease for long.
        """
        owner = self._new_id()
        waited = 0.0
        while not self._store.leases.take(portal_id, _LEASE, owner, self._clock(), _LEASE_SECONDS):
            if waited >= _LONGEST_WAIT:
                raise UnavailableError(SERVICE_NAMES[service], "a token refresh takes too long")
            self._sleep(_WAIT)
            waited += _WAIT
        try:
            yield
        finally:
            self._store.leases.release(portal_id, _LEASE, owner)

    def exchange(self, service: Service, code: str, redirect_uri: str) -> tuple[Token, Any]:
        """Return tokens for the code of a consent, not stored yet, and the whole answer.

        Raises GrantRefusedError, UnavailableError, SecretError.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        # A code works once: after a lost answer a repetition is refused anyway.
        answer = self._request(service, form, repeatable=False)
        if "refresh_token" not in answer:
            name = SERVICE_NAMES[service]
            raise UnavailableError(name, "the token endpoint gave no refresh token")
        return self._token(answer), answer

    def consent(self, portal_id: str) -> Consent:
        """Return who gave access to HubSpot last (API reference, "Token introspection endpoint").

        Raises UnavailableError, ReconnectRequiredError, SecretError.
        """
        app = self._app.get(self._clock())
        # Not the cached token: another instance may have stored that of a newer consent.
        token = self._stored(secret_id(portal_id), "hubspot")
        form = {
            "client_id": app.hubspot_client_id,
            "client_secret": app.hubspot_client_secret,
            "token": token.access_token,
            "token_type_hint": "access_token",
        }
        url = f"{self._token_url['hubspot']}/introspect"
        status, answer = _post_form("HubSpot", url, form, {}, repeatable=True)
        if place := _odd(status, answer, _INTROSPECTION):
            raise UnavailableError("HubSpot", f"the introspection endpoint answered {place}")
        if not answer["active"]:
            raise UnavailableError("HubSpot", "the introspection endpoint does not know the token")
        return Consent(_person(answer), answer.get("hub_domain", ""))

    def keep(self, portal_id: str, service: Service, token: Token) -> None:
        """Store new tokens beside those of the other service. Call it only under the lease."""
        app_secret.merge(self._secrets, secret_id(portal_id), {service: _as_stored(token)})
        # Without the lock: whoever has it may be waiting for the lease.
        self._cached[portal_id, service] = token

    def refresh_expires_at(self, connection: Connection) -> datetime | None:
        """Return when QuickBooks' refresh token ends if nobody uses it, or None if unknown.

        Raises ReconnectRequiredError, SecretError.
        """
        return self._stored(connection.token_secret_id, "quickbooks").refresh_expires_at

    def keep_alive(self, connection: Connection) -> datetime | None:
        """Renew QuickBooks' tokens if they soon end for want of use. Returns what
        `refresh_expires_at` then would.

        Raises ReconnectRequiredError, UnavailableError, SecretError.
        """
        token = self._stored(connection.token_secret_id, "quickbooks")
        if not self._ends_soon(token):
            return token.refresh_expires_at
        with self._lock, self.lease(connection.portal_id, "quickbooks"):
            token = self._stored(connection.token_secret_id, "quickbooks")
            if self._ends_soon(token):
                token = self._refreshed(connection, "quickbooks", token)
                self._cached[connection.portal_id, "quickbooks"] = token
            return token.refresh_expires_at

    # -- refreshing

    def _good(self, token: Token, refused: str = "") -> bool:
        return token.access_token != refused and token.expires_at > self._clock() + _REFRESH_AHEAD

    def _ends_soon(self, token: Token) -> bool:
        ends = token.refresh_expires_at
        return ends is not None and ends < self._clock() + _KEPT_ALIVE

    def _current(self, connection: Connection, service: Service, refused: str) -> Token:
        token = self._stored(connection.token_secret_id, service)
        if self._good(token, refused):
            return token
        with self.lease(connection.portal_id, service):
            token = self._stored(
                connection.token_secret_id, service
            )  # another worker may have refreshed it
            if not self._good(token, refused):
                token = self._refreshed(connection, service, token)
            return token

    def _refreshed(self, connection: Connection, service: Service, old: Token) -> Token:
        form = {"grant_type": "refresh_token", "refresh_token": old.refresh_token}
        try:
            # Repeating is safe for HubSpot, whose value stays, and the only remedy for Intuit:
            # after a lost answer the old value is all we have.
            answer = self._request(service, form, repeatable=True)
        except GrantRefusedError:
            raise ReconnectRequiredError(SERVICE_NAMES[service]) from None
        token = self._token(answer, old.refresh_token)
        # The other service's pair, in the same secret, stays as it is.
        app_secret.merge(self._secrets, connection.token_secret_id, {service: _as_stored(token)})
        return token

    def _stored(self, secret: str, service: Service) -> Token:
        value = app_secret.read(self._secrets, secret).get(service)
        if not isinstance(value, dict) or not value.get("accessToken"):
            raise ReconnectRequiredError(SERVICE_NAMES[service])
        ends = value.get("refreshExpiresAt")
        return Token(
            access_token=value["accessToken"],
            refresh_token=value.get("refreshToken", ""),
            expires_at=datetime.fromisoformat(value["expiresAt"]),
            refresh_expires_at=datetime.fromisoformat(ends) if ends else None,
        )

    # -- the token endpoints

    def _request(
        self, service: Service, form: dict[str, str], *, repeatable: bool
    ) -> dict[str, Any]:
        """Return the token endpoint's answer, which holds an access token."""
        app = self._app.get(self._clock())
        headers = dict[str, str]()
        if service == "hubspot":
            form = form | {
                "client_id": app.hubspot_client_id,
                "client_secret": app.hubspot_client_secret,
            }
        else:
            pair = f"{app.quickbooks_client_id}:{app.quickbooks_client_secret}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        name = SERVICE_NAMES[service]
        url = self._token_url[service]
        status, answer = _post_form(name, url, form, headers, repeatable=repeatable)
        words = {str(answer.get("error")), str(answer.get("status"))}
        if status == 400 and words & _GRANT_IS_DEAD:
            raise GrantRefusedError(name)
        if place := _odd(status, answer, _TOKENS):
            # Never take an error body for tokens.
            raise UnavailableError(name, f"the token endpoint answered {place}")
        return answer

    def _token(self, answer: dict[str, Any], old_refresh_token: str = "") -> Token:
        now, left = self._clock(), answer.get("x_refresh_token_expires_in")
        return Token(
            access_token=answer["access_token"],
            refresh_token=answer.get("refresh_token") or old_refresh_token,
            expires_at=now + timedelta(seconds=int(answer.get("expires_in", 1800))),
            refresh_expires_at=now + timedelta(seconds=int(left)) if left else None,
        )


def _post_form(
    service: str, url: str, form: dict[str, str], headers: dict[str, str], *, repeatable: bool
) -> tuple[int, dict[str, Any]]:
    """Return the status, and the JSON object that came with it; empty if none did."""
    types = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    request = http_client.Request(
        service=service,
        method="POST",
        url=url,
        headers=types | headers,
        content=urlencode(form).encode(),
        repeatable=repeatable,
    )
    response = http_client.send(request)
    try:
        answer = answers.parsed(response.content)
    except FormError:
        answer = None
    return response.status_code, answer if isinstance(answer, dict) else {}


def _odd(status: int, answer: Any, form: Members) -> str:
    """Return in what an answer is not one of status 200 and of this form; empty if it is."""
    return f"with status {status}" if status != 200 else answers.misfit(answer, form)


def _person(answer: dict[str, Any]) -> Person | None:
    """Return who consented. The token may be that of an account that HubSpot made for the app:
    then its user is nobody, and only the id of the person is known."""
    signed = answer.get("signed_access_token", {})
    for_app = signed.get("isServiceAccount") is True
    user_id = signed.get("installingUserId") if for_app else answer.get("user_id")
    if not user_id:
        return None
    email = "" if for_app else answer.get("user", "")
    return Person(user_id=str(user_id), email=email)


def _as_stored(token: Token) -> dict[str, str]:
    ends = token.refresh_expires_at
    return {
        "accessToken": token.access_token,
        "refreshToken": token.refresh_token,
        "expiresAt": token.expires_at.isoformat(),
        **({"refreshExpiresAt": ends.isoformat()} if ends else {}),
    }
