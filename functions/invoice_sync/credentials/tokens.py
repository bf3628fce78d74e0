"""The OAuth tokens of connections, in Secrets Manager: one secret a connection, for both services.

Secrets Manager has no conditional write, so one worker at a time refreshes tokens, under a lease in
DynamoDB, and stores the new pair before it is used: Intuit may invalidate the old refresh token at
once (blog "OAuth token management done the right way").
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from invoice_sync.credentials import app_secret
from invoice_sync.credentials.endpoints import SERVICE_NAMES, TokenEndpoints
from invoice_sync.errors import (
    GrantRefusedError,
    ReconnectRequiredError,
    UnavailableError,
)
from invoice_sync.model.connection import Connection, Person, Service
from invoice_sync.runtime import metrics
from invoice_sync.runtime.clock import sleep
from invoice_sync.runtime.environment import Environment
from invoice_sync.store.store import Store

_REFRESH_AHEAD = timedelta(seconds=90)
# Longer than a refresh with all its tries: a lease runs out only if its worker died.
_LEASE, _LEASE_SECONDS = "TOKENS", 90
# Seconds to wait for another worker's refresh, and between two looks at it.
_LONGEST_WAIT, _WAIT = 8.0, 0.25
# Tokens that nobody uses are refreshed when they end sooner than this.
_KEPT_ALIVE = timedelta(days=30)


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
        self._endpoints = TokenEndpoints(environment, secrets_client, clock)
        self._prefix, self._kms_key_arn = environment.connection_secrets, environment.kms_key_arn
        self._cached: dict[tuple[str, Service], Token] = {}
        self._locks: dict[tuple[str, Service], threading.Lock] = {}

    def secret_id(self, portal_id: str) -> str:
        """Return the name of the secret that holds the tokens of a portal's connection."""
        return f"{self._prefix}{portal_id}"

    def new_grant(self) -> str:
        """Return an id for a connection that begins to work, or that ends."""
        return self._new_id()

    def require_reconnect(self, connection: Connection, service: str) -> bool:
        """Stop using a connection until a person has renewed it. `service`: the name of the one
        that no longer accepts our access. Returns False when the connection has begun to work again
        since it was read."""
        portal_id, grant = connection.portal_id, connection.grant
        if connection.state != "reconnect_required":
            broken = next((each for each, name in SERVICE_NAMES.items() if name == service), None)
            now = self._clock()
            if not self._store.connections.require_reconnect(portal_id, grant, broken, now):
                return False
            metrics.count(metrics.RECONNECT_REQUIRED)
            return True
        stored = self._store.connections.get(portal_id)
        return stored is not None and stored.grant == grant

    def try_again(self, connection: Connection) -> bool:
        """Renew the tokens of a connection that was given up, and use it again where that works.
        Returns False when it has begun to work again meanwhile.

        Raises ReconnectRequiredError, UnavailableError, SecretError.
        """
        for service in SERVICE_NAMES if connection.broken is None else (connection.broken,):
            self.renew(connection, service)
        return self._store.connections.set_working(
            connection.portal_id, connection.grant, self._new_id()
        )

    def renew(self, connection: Connection, service: Service) -> None:
        """Ask a service for new tokens now. Raises ReconnectRequiredError, UnavailableError,
        SecretError."""
        with self._lock_of(connection.portal_id, service):
            with self.lease(connection.portal_id, service):
                token = self._refreshed(connection, service)
            self._cached[connection.portal_id, service] = token

    def access_token(self, connection: Connection, service: Service, refused: str = "") -> str:
        """Return a token that is good for at least a minute, and is not the `refused` one.

        Raises ReconnectRequiredError, UnavailableError, SecretError.
        """
        key = (connection.portal_id, service)
        # Threads of one worker ask at once: one refresh serves them all.
        with self._lock_of(*key):
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
        answer = self._endpoints.grant(service, form, repeatable=False)
        if "refresh_token" not in answer:
            name = SERVICE_NAMES[service]
            raise UnavailableError(name, "the token endpoint gave no refresh token")
        return self._token(answer), answer

    def consent(self, portal_id: str) -> Consent:
        """Return who gave access to HubSpot last (API reference, "Token introspection endpoint").

        Raises UnavailableError, ReconnectRequiredError, SecretError.
        """
        # Not the cached token: another instance may have stored that of a newer consent.
        token = self._stored(self.secret_id(portal_id), "hubspot")
        answer = self._endpoints.introspected(token.access_token)
        return Consent(_person(answer), answer.get("hub_domain", ""))

    def keep(self, portal_id: str, service: Service, token: Token) -> None:
        """Store new tokens beside those of the other service. Call it only under the lease."""
        self._store_in(self.secret_id(portal_id), service, token)
        # Without the lock: the thread that has it may be waiting for the lease.
        self._cached[portal_id, service] = token

    def revoke(self, connection: Connection) -> None:
        """End the access of a disconnected connection to both services, and forget the tokens,
        unless somebody has connected again since it was read. Safe to repeat.

        Raises UnavailableError when a service does not confirm it, SecretError.
        """
        portal_id, secret_id = connection.portal_id, connection.token_secret_id
        with self.lease(portal_id, "hubspot"):
            current = self._store.connections.get(portal_id)
            if current is None or current.grant != connection.grant:
                return
            stored = app_secret.find(self._secrets, secret_id)
            if stored is None:
                return
            for service in SERVICE_NAMES:
                if isinstance(pair := stored.get(service), dict):
                    self._endpoints.revoke(service, str(pair.get("refreshToken", "")))
                self._cached.pop((portal_id, service), None)
            # At once: a person may connect again today, under the same name.
            self._secrets.delete_secret(SecretId=secret_id, ForceDeleteWithoutRecovery=True)

    def refresh_expires_at(self, connection: Connection) -> datetime | None:
        """Return when QuickBooks' refresh token ends if nobody uses it, or None if unknown.

        Raises ReconnectRequiredError, SecretError.
        """
        return self._stored(connection.token_secret_id, "quickbooks").refresh_expires_at

    def keep_alive(self, connection: Connection) -> datetime | None:
        """Renew QuickBooks' tokens if they would soon expire unused. Returns what
        `refresh_expires_at` returns then.

        Raises ReconnectRequiredError, UnavailableError, SecretError.
        """
        token = self._stored(connection.token_secret_id, "quickbooks")
        if not self._ends_soon(token):
            return token.refresh_expires_at
        lock = self._lock_of(connection.portal_id, "quickbooks")
        with lock, self.lease(connection.portal_id, "quickbooks"):
            token = self._stored(connection.token_secret_id, "quickbooks")
            if self._ends_soon(token):
                token = self._refreshed(connection, "quickbooks")
                self._cached[connection.portal_id, "quickbooks"] = token
            return token.refresh_expires_at

    # -- refreshing

    def _lock_of(self, portal_id: str, service: Service) -> threading.Lock:
        return self._locks.setdefault((portal_id, service), threading.Lock())

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
            # Another worker may have refreshed it.
            token = self._stored(connection.token_secret_id, service)
            return token if self._good(token, refused) else self._refreshed(connection, service)

    def _refreshed(self, connection: Connection, service: Service) -> Token:
        """Return new tokens for the stored ones, and store them. Call it only under the lease.

        Should the lease run out all the same, what others stored meanwhile stays: a refusal of the
        value that they replaced says nothing. Raises ReconnectRequiredError when the value that is
        still stored is refused.
        """
        secret_id = connection.token_secret_id
        old = self._stored(secret_id, service)
        form = {"grant_type": "refresh_token", "refresh_token": old.refresh_token}
        try:
            # Repeating is safe for HubSpot, whose value stays, and the only remedy for Intuit:
            # after a lost answer the old value is all we have.
            answer = self._endpoints.grant(service, form, repeatable=True)
        except GrantRefusedError:
            stored = self._stored(secret_id, service)
            if stored.refresh_token == old.refresh_token:
                raise ReconnectRequiredError(SERVICE_NAMES[service]) from None
            return stored
        stored = self._stored(secret_id, service)
        if stored.refresh_token != old.refresh_token:
            return stored
        token = self._token(answer, old.refresh_token)
        # The other service's pair, in the same secret, stays as it is.
        self._store_in(secret_id, service, token)
        return token

    def _store_in(self, secret_id: str, service: Service, token: Token) -> None:
        values: dict[str, Any] = {service: _as_stored(token)}
        app_secret.merge(self._secrets, secret_id, values, self._kms_key_arn)

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

    def _token(self, answer: dict[str, Any], old_refresh_token: str = "") -> Token:
        now, left = self._clock(), answer.get("x_refresh_token_expires_in")
        return Token(
            access_token=answer["access_token"],
            refresh_token=answer.get("refresh_token") or old_refresh_token,
            expires_at=now + timedelta(seconds=int(answer.get("expires_in", 1800))),
            refresh_expires_at=now + timedelta(seconds=int(left)) if left else None,
        )


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
