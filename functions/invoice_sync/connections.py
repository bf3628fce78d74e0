"""Portals, realms, settings and tokens. Tokens live in Secrets Manager, one secret a connection.

Secrets Manager has no conditional write, so a refresh is done by one worker at a time, under a
lease in DynamoDB, and the new pair is stored before it is used: Intuit may invalidate the old
refresh token at once.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from . import http, secrets
from .environment import Environment
from .http import ReconnectRequiredError, UnavailableError
from .model import Connection
from .secrets import CachedAppSecret
from .store import Store

Service = Literal["hubspot", "quickbooks"]
SHOWN_NAME: dict[Service, str] = {"hubspot": "HubSpot", "quickbooks": "QuickBooks"}

_REFRESH_AHEAD = timedelta(seconds=90)
_LEASE, _LEASE_SECONDS = "TOKENS", 30
_WAIT_FOR_SIBLING = 8.0


@dataclass(frozen=True)
class _Token:
    access_token: str
    refresh_token: str
    expires_at: datetime


class Connections:
    def __init__(
        self,
        store: Store,
        secrets_client: Any,
        environment: Environment,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store, self._secrets, self._clock = store, secrets_client, clock
        self._new_id, self._sleep = new_id, sleep
        self._app = CachedAppSecret(secrets_client, environment.app_secret_id)
        self._token_url = {
            "hubspot": environment.hubspot_token_url,
            "quickbooks": environment.quickbooks_token_url,
        }
        self._tokens: dict[tuple[str, Service], _Token] = {}
        self._lock = threading.Lock()

    def get(self, portal_id: str) -> Connection | None:
        return self._store.connection(portal_id)

    def require_reconnect(self, connection: Connection) -> None:
        """Stop using a connection until a person has renewed it."""
        if connection.state != "reconnect_required":
            self._store.set_connection_state(connection.portal_id, "reconnect_required")

    def access_token(self, connection: Connection, service: Service, refused: str = "") -> str:
        """A token that is good for at least a minute, and another one than the `refused`.

        Raises ReconnectRequiredError, UnavailableError, SecretError.
        """
        key = (connection.portal_id, service)
        with self._lock:  # threads of one worker ask at once: one refresh serves them all
            token = self._tokens.get(key)
            if token is None or not self._good(token, refused):
                token = self._current(connection, service, refused)
                self._tokens[key] = token
            return token.access_token

    def _good(self, token: _Token, refused: str = "") -> bool:
        return token.access_token != refused and token.expires_at > self._clock() + _REFRESH_AHEAD

    def _current(self, connection: Connection, service: Service, refused: str) -> _Token:
        token = self._stored(connection, service)
        if self._good(token, refused):
            return token
        owner = self._new_id()
        waited = 0.0
        while not self._store.take_lease(
            connection.portal_id, _LEASE, owner, self._clock(), _LEASE_SECONDS
        ):
            if waited >= _WAIT_FOR_SIBLING:
                raise UnavailableError(SHOWN_NAME[service], "a token refresh takes too long")
            self._sleep(0.25)
            waited += 0.25
        try:
            token = self._stored(connection, service)  # someone may have refreshed it meanwhile
            if not self._good(token, refused):
                token = self._refreshed(connection, service, token)
            return token
        finally:
            self._store.release_lease(connection.portal_id, _LEASE, owner)

    def _refreshed(self, connection: Connection, service: Service, old: _Token) -> _Token:
        app = self._app.get(self._clock())
        form = {"grant_type": "refresh_token", "refresh_token": old.refresh_token}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        if service == "hubspot":
            form |= {
                "client_id": app.hubspot_client_id,
                "client_secret": app.hubspot_client_secret,
            }
        else:
            pair = f"{app.quickbooks_client_id}:{app.quickbooks_client_secret}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        response = http.send(
            SHOWN_NAME[service],
            "POST",
            self._token_url[service],
            headers=headers,
            content=urlencode(form).encode(),
            # Repeating is safe for HubSpot, whose value stays, and the only remedy for Intuit:
            # after a lost answer the old value is all we have.
            repeatable=True,
        )
        try:
            answer = response.json()
        except ValueError:
            answer = {}
        dead = {"invalid_grant", "BAD_REFRESH_TOKEN"}
        if response.status_code == 400 and dead & {answer.get("error"), answer.get("status")}:
            raise ReconnectRequiredError(SHOWN_NAME[service])
        if response.status_code != 200 or not isinstance(answer.get("access_token"), str):
            # Never store an error body as tokens.
            raise UnavailableError(
                SHOWN_NAME[service], f"the token endpoint answered {response.status_code}"
            )
        token = _Token(
            access_token=answer["access_token"],
            refresh_token=answer.get("refresh_token") or old.refresh_token,
            expires_at=self._clock() + timedelta(seconds=int(answer.get("expires_in", 1800))),
        )
        self._put(connection, service, token)
        return token

    def _stored(self, connection: Connection, service: Service) -> _Token:
        value = secrets.read(self._secrets, connection.token_secret_id).get(service)
        if not isinstance(value, dict) or not value.get("accessToken"):
            raise ReconnectRequiredError(SHOWN_NAME[service])
        return _Token(
            access_token=value["accessToken"],
            refresh_token=value.get("refreshToken", ""),
            expires_at=datetime.fromisoformat(value["expiresAt"]),
        )

    def _put(self, connection: Connection, service: Service, token: _Token) -> None:
        # Both services share one secret, and one lease: the other's pair is kept as it is.
        value = secrets.read(self._secrets, connection.token_secret_id)
        value[service] = {
            "accessToken": token.access_token,
            "refreshToken": token.refresh_token,
            "expiresAt": token.expires_at.isoformat(),
        }
        secrets.write(self._secrets, connection.token_secret_id, value)
