"""Tokens as Intuit hands them out: one hour of access, a refresh value that changes daily."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from werkzeug import Request

from ..wire import Answer, Clock
from .books import Switches

ACCESS_SECONDS = 3600
_ROTATION = timedelta(hours=24)
_IDLE = timedelta(days=100)
_LIFE = timedelta(days=5 * 365)
_AUTHORIZE = {"client_id", "response_type", "scope", "redirect_uri", "state"}
_SCOPE = "com.intuit.quickbooks.accounting"


@dataclass
class Grant:
    """One person's consent that this app may use one company."""

    realm_id: str
    refresh_token: str
    value_since: datetime
    begun: datetime
    used: datetime
    access: dict[str, datetime] = field(default_factory=dict)
    # Replaced refresh values, and until when each may still be used.
    former: dict[str, datetime] = field(default_factory=dict)


class Tokens:
    def __init__(self, clock: Clock, switches: Switches, client_id: str, secret: str) -> None:
        self._clock, self._switches = clock, switches
        self._client = (client_id, secret)
        self._lock = threading.Lock()
        self._grants: list[Grant] = []
        self._codes: dict[str, tuple[str, str]] = {}
        self.redirect_uris: set[str] = set()
        # The decision of everybody on the consent page: the company, and whether it is denied.
        self.consent: tuple[str, bool] | None = None
        self._by_access: dict[str, tuple[Grant, datetime]] = {}

    # -- for tests and the demo
    def grant(self, realm_id: str) -> dict[str, Any]:
        with self._lock:
            now = self._clock.now()
            grant = Grant(realm_id, _secret("AB11"), now, now, now)
            self._grants.append(grant)
            return self._hand_out(grant)

    def add_code(self, realm_id: str, redirect_uri: str = "") -> str:
        """Return a new code; without `redirect_uri` any is accepted at the exchange."""
        with self._lock:
            code = _secret("XAB1")
            self._codes[code] = realm_id, redirect_uri
            return code

    def revoke_realm(self, realm_id: str) -> None:
        with self._lock:
            for grant in [each for each in self._grants if each.realm_id == realm_id]:
                self._drop(grant)

    def grants_of(self, realm_id: str) -> int:
        """Return how many consents for this company are in force."""
        with self._lock:
            return sum(each.realm_id == realm_id for each in self._grants)

    def expire_access(self, realm_id: str) -> None:
        """End the hour of each access token to this company."""
        with self._lock:
            for token, (grant, _) in self._by_access.items():
                if grant.realm_id == realm_id:
                    self._by_access[token] = (grant, self._clock.now())

    # -- for the API
    def realm_of(self, access_token: str) -> tuple[str | None, str]:
        """Return the company that a token opens, or None and the reason."""
        with self._lock:
            held = self._by_access.get(access_token)
            if held is None:
                return None, "Token invalid"
            grant, until = held
            if grant not in self._grants:
                return None, f"Token revoked: {access_token[:4]}..."
            if self._clock.now() >= until:
                return None, f"Token expired: {access_token[:4]}..."
            return grant.realm_id, ""

    # -- the consent page
    def authorize(self, request: Request) -> Answer:
        """Answer the consent page as if a person left it at once.

        A wrong request is redirected nowhere.
        """
        query = request.args.to_dict()
        right = {
            "client_id": query.get("client_id") == self._client[0],
            "response_type": query.get("response_type") == "code",
            "scope": query.get("scope") == _SCOPE,
            "redirect_uri": query.get("redirect_uri") in self.redirect_uris,
            "state": bool(query.get("state")),
        }
        wrong = [
            *(name for name, ok in right.items() if not ok),
            *sorted(query.keys() - _AUTHORIZE),
        ]
        if wrong or self.consent is None:
            return Answer(400, f"Undefined didn't connect: {', '.join(wrong) or 'nobody is here'}")
        realm_id, denied = self.consent
        if denied:
            back = {"error": "access_denied", "state": query["state"]}
        else:
            code = self.add_code(realm_id, query["redirect_uri"])
            back = {"code": code, "state": query["state"], "realmId": realm_id}
        return Answer(302, None, {"Location": f"{query['redirect_uri']}?{urlencode(back)}"})

    # -- the two addresses
    def bearer(self, request: Request) -> Answer:
        refused = self._client_refused(request)
        if refused:
            return refused
        if request.mimetype != "application/x-www-form-urlencoded":
            return _error(400, "invalid_request")
        form = request.form
        with self._lock:
            if form.get("grant_type") == "authorization_code":
                return self._exchange(form.get("code"), form.get("redirect_uri"))
            if form.get("grant_type") == "refresh_token":
                return self._refresh(form.get("refresh_token"))
        return _error(400, "unsupported_grant_type")

    def revoke(self, request: Request) -> Answer:
        refused = self._client_refused(request)
        if refused:
            return refused
        if request.mimetype != "application/json":
            return _error(400, "invalid_request")
        try:
            body = json.loads(request.get_data())
        except ValueError:
            return _error(400, "invalid_request")
        token = body.get("token") if isinstance(body, dict) else None
        with self._lock:
            for grant in self._grants:
                if token and token in (grant.refresh_token, *grant.access):
                    self._drop(grant)
                    return Answer(200)
        return _error(400, "invalid_request")

    # -- within
    def _client_refused(self, request: Request) -> Answer | None:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        try:
            given = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            given = ""
        if scheme.lower() != "basic" or given != ":".join(self._client):
            return _error(401, "invalid_client")
        return None

    def _exchange(self, code: str | None, redirect_uri: str | None) -> Answer:
        if not code or not redirect_uri:
            return _error(400, "invalid_request")
        realm_id, bound_to = self._codes.pop(code, ("", ""))
        if not realm_id:
            return _error(400, "invalid_grant", "Invalid authorization code")
        if bound_to not in ("", redirect_uri):
            return _error(400, "invalid_grant", "Invalid redirect URI")
        now = self._clock.now()
        grant = Grant(realm_id, _secret("AB11"), now, now, now)
        self._grants.append(grant)
        return Answer(200, self._hand_out(grant))

    def _refresh(self, value: str | None) -> Answer:
        if not value:
            return _error(400, "invalid_request")
        now = self._clock.now()
        grant = next((each for each in self._grants if self._accepts(each, value, now)), None)
        if grant is None:
            return _error(400, "invalid_grant", "Incorrect or invalid refresh token")
        if self._switches.rotate_refresh_token_always or now - grant.value_since >= _ROTATION:
            grace = timedelta(seconds=self._switches.refresh_token_grace_seconds)
            grant.former[grant.refresh_token] = now + grace
            grant.refresh_token, grant.value_since = _secret("AB11"), now
        grant.used = now
        return Answer(200, self._hand_out(grant))

    @staticmethod
    def _accepts(grant: Grant, value: str, now: datetime) -> bool:
        if now >= grant.used + _IDLE or now >= grant.begun + _LIFE:
            return False
        return value == grant.refresh_token or now < grant.former.get(value, now)

    def _hand_out(self, grant: Grant) -> dict[str, Any]:
        token = _secret("eyJ")
        now = self._clock.now()
        until = now + timedelta(seconds=ACCESS_SECONDS)
        grant.access[token] = until
        self._by_access[token] = (grant, until)
        left = min(_IDLE, grant.begun + _LIFE - now)
        return {
            "token_type": "bearer",
            "access_token": token,
            "expires_in": ACCESS_SECONDS,
            "refresh_token": grant.refresh_token,
            "x_refresh_token_expires_in": int(left.total_seconds()),
        }

    def _drop(self, grant: Grant) -> None:
        self._grants.remove(grant)


def discovery(url: str) -> dict[str, Any]:
    """Return the discovery document, from which Intuit's OAuth clients learn the addresses."""
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/connect/oauth2",
        "token_endpoint": f"{url}/oauth2/v1/tokens/bearer",
        "revocation_endpoint": f"{url}/v2/oauth2/tokens/revoke",
        "userinfo_endpoint": f"{url}/v1/openid_connect/userinfo",
        "jwks_uri": f"{url}/op/v1/jwks",
    }


def _secret(prefix: str) -> str:
    return prefix + secrets.token_hex(20)


def _error(status: int, error: str, description: str = "") -> Answer:
    body = {"error": error}
    if description:
        body["error_description"] = description
    return Answer(status, body)
