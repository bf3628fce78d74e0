"""Tokens: they say who may call, for which portal and with which scopes.

Access tokens live 1800 seconds, an account has one refresh token, and a code works once (guide
"Manage OAuth access tokens using the v3 APIs").
"""

from __future__ import annotations

import secrets
import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from werkzeug import Request

from ..wire import Answer, Clock
from .answers import RefusedError, expired, unauthenticated
from .properties import moment
from .types import SCOPES

LIFETIME = 1800
_CODE_LIFETIME = timedelta(seconds=60)  # only "short-lived" is documented
_FIELDS = {
    "grant_type",
    "client_id",
    "client_secret",
    "redirect_uri",
    "code",
    "code_verifier",
    "refresh_token",
    "scope",
    "client_assertion",
    "client_assertion_type",
}
_REVOKED = {"client_id", "client_secret", "token", "token_type_hint"}
_INTROSPECTED = {"client_id", "client_secret", "token", "token_type_hint"}


@dataclass(frozen=True)
class Access:
    portal_id: int
    scopes: frozenset[str]
    expires: datetime | None  # None: a static token


@dataclass(frozen=True)
class User:
    id: int
    email: str


@dataclass(frozen=True)
class Consent:
    """The decision of a person on the consent page."""

    portal_id: int
    user: User
    denied: bool = False
    without: frozenset[str] = frozenset()  # scopes that the account cannot grant


@dataclass(frozen=True)
class _Code:
    portal_id: int
    user: User
    scopes: frozenset[str]
    redirect_uri: str
    expires: datetime


class OAuth:
    def __init__(self, clock: Clock, client_id: str, client_secret: str) -> None:
        self._clock, self._client = clock, (client_id, client_secret)
        self._access: dict[str, Access] = {}
        self._refresh: dict[str, tuple[int, frozenset[str]]] = {}
        self._codes: dict[str, _Code] = {}
        # Who installed the app in a portal last. With `service_accounts`, tokens are those of an
        # account that HubSpot makes for the app, as on newer platforms (migration guide).
        self._installers: dict[int, User] = {}
        self.service_accounts = False
        self._lock = threading.Lock()

    def grant(self, portal_id: int, scopes: Iterable[str]) -> dict[str, Any]:
        """Install the app and return tokens.

        A second installation keeps the account's refresh token.
        """
        with self._lock:
            refresh_tokens = [
                token for token, held in self._refresh.items() if held[0] == portal_id
            ]
            refresh = refresh_tokens[0] if refresh_tokens else f"na1-fake-{uuid.uuid4()}"
            self._refresh[refresh] = portal_id, _known(scopes)
            return self._tokens(refresh)

    def code(self, portal_id: int, scopes: Iterable[str], redirect_uri: str, user: User) -> str:
        code = f"na1-fake-code-{secrets.token_hex(8)}"
        expires = self._clock.now() + _CODE_LIFETIME
        with self._lock:
            self._codes[code] = _Code(portal_id, user, _known(scopes), redirect_uri, expires)
        return code

    def consented(
        self, query: Mapping[str, str], consent: Consent | None, redirect_uris: Iterable[str]
    ) -> Answer:
        """Answer `GET /oauth/authorize` as if a person left the page at once.

        HubSpot shows an error page and redirects nowhere when the request is wrong.
        """
        parameters = {
            "client_id",
            "redirect_uri",
            "scope",
            "optional_scope",
            "state",
            "response_type",
        }
        scopes = frozenset(query.get("scope", "").split(" "))
        wrong = [
            *sorted(query.keys() - parameters),
            *(["client_id"] if query.get("client_id") != self._client[0] else []),
            *(["response_type"] if query.get("response_type", "code") != "code" else []),
            *(["redirect_uri"] if query.get("redirect_uri") not in set(redirect_uris) else []),
            *(["scope"] if "oauth" not in scopes or scopes - SCOPES else []),
        ]
        if wrong or consent is None:
            return Answer(400, f"Authorization failed: {', '.join(wrong) or 'nobody is here'}")
        back = {"state": query["state"]} if "state" in query else {}
        if consent.denied:
            back["error"] = "access_denied"
        else:
            granted = scopes - consent.without
            uri = query["redirect_uri"]
            back["code"] = self.code(consent.portal_id, granted, uri, consent.user)
        return Answer(302, None, {"Location": f"{query['redirect_uri']}?{urlencode(back)}"})

    def static(self, portal_id: int, scopes: Iterable[str]) -> str:
        token = f"pat-na1-fake-{uuid.uuid4()}"
        with self._lock:
            self._access[token] = Access(portal_id, _known(scopes), None)
        return token

    def revoke(self, portal_id: int) -> None:
        """End all tokens of a portal. It is an assumption that access tokens die at once."""
        with self._lock:
            self._refresh = {t: held for t, held in self._refresh.items() if held[0] != portal_id}
            self._access = {
                t: access for t, access in self._access.items() if access.portal_id != portal_id
            }

    def has_grant(self, portal_id: int) -> bool:
        """Return whether the portal has a refresh token that is good."""
        with self._lock:
            return any(held[0] == portal_id for held in self._refresh.values())

    def access(self, header: str | None) -> Access:
        scheme, _, token = (header or "").partition(" ")
        access = self._access.get(token)
        if scheme.lower() != "bearer" or not access:
            raise unauthenticated()
        if access.expires and access.expires <= self._clock.now():
            raise expired(moment(access.expires, True))
        return access

    def answer(self, request: Request) -> tuple[Answer, int | None]:
        """Answer `POST /oauth/v3/token`.

        Also return the portal in which a code has just installed the app.
        """
        form = request.form.to_dict()
        if request.mimetype != "application/x-www-form-urlencoded" or request.args:
            raise _refused("invalid_request", "BAD_REQUEST", "parameters belong in a form body")
        if unknown := sorted(form.keys() - _FIELDS):
            raise _refused("invalid_request", "BAD_REQUEST", f"unknown parameters {unknown}")
        self._authenticate(form)
        with self._lock:
            if form.get("grant_type") == "refresh_token":
                refresh, portal_id = form.get("refresh_token", ""), None
                if refresh not in self._refresh:
                    words = "refresh token is invalid, expired or revoked"
                    raise _refused("invalid_grant", "BAD_REFRESH_TOKEN", words)
            elif form.get("grant_type") == "authorization_code":
                refresh, portal_id = self._redeem(form)
            elif form.get("grant_type") == "client_credentials":
                # For apps with scopes of their own, which this one lacks. The word of 2026 was seen
                # by bagofwords (docs/feedback-loops/hubspot-mcp-preset.md); `error` is a guess.
                raise _refused("invalid_scope", "BAD_SCOPES", "missing or invalid scopes")
            else:
                raise _refused("unsupported_grant_type", "BAD_GRANT_TYPE", "unknown grant type")
            portal, scopes = self._refresh[refresh]
            more = {
                "token_type": "bearer",
                "token_use": "access_token",
                "hub_id": portal,
                "scopes": sorted(scopes),
            }
            return Answer(200, {**self._tokens(refresh), **more}), portal_id

    def revoked(self, request: Request) -> Answer:
        """Answer `POST /oauth/v3/token/revoke` (API reference, "Revoke an OAuth token").

        The app stays installed, and access tokens that are out live on. 204 is an assumption.
        """
        form = request.form.to_dict()
        if request.mimetype != "application/x-www-form-urlencoded" or request.args:
            raise _refused("invalid_request", "BAD_REQUEST", "parameters belong in a form body")
        if form.keys() != _REVOKED or form["token_type_hint"] != "refresh_token":
            raise _refused("invalid_request", "BAD_REQUEST", f"these are wrong: {sorted(form)}")
        self._authenticate(form)
        with self._lock:
            if self._refresh.pop(form["token"], None) is None:
                words = "refresh token is invalid, expired or revoked"
                raise _refused("invalid_grant", "BAD_REFRESH_TOKEN", words)
        return Answer(204)

    def introspected(self, request: Request) -> Answer:
        """Answer `POST /oauth/v3/token/introspect` about an access token (API reference).

        That a token which is not good has only `active` is RFC 7662.
        """
        form = request.form.to_dict()
        if request.mimetype != "application/x-www-form-urlencoded" or request.args:
            raise _refused("invalid_request", "BAD_REQUEST", "parameters belong in a form body")
        if form.keys() != _INTROSPECTED or form["token_type_hint"] != "access_token":
            raise _refused("invalid_request", "BAD_REQUEST", f"these are wrong: {sorted(form)}")
        self._authenticate(form)
        access = self._access.get(form["token"])
        if not access or not access.expires or access.expires <= self._clock.now():
            return Answer(200, {"active": False})
        person = self._installers.get(access.portal_id, User(0, ""))
        owner = User(person.id + 1_000, "") if self.service_accounts else person
        signed = {
            "hubId": access.portal_id,
            "userId": owner.id,
            "installingUserId": person.id,
            "isServiceAccount": self.service_accounts,
            "isUserLevel": False,
        }
        whole = {
            "active": True,
            "token": form["token"],
            "token_type": "access_token",
            "token_use": "access_token",
            "client_id": self._client[0],
            "hub_id": access.portal_id,
            "user_id": owner.id,
            "hub_domain": f"portal-{access.portal_id}.example.com",
            "scopes": sorted(access.scopes),
            "is_private_distribution": False,
            "signed_access_token": signed,
            "expires_in": int((access.expires - self._clock.now()).total_seconds()),
        }
        return Answer(200, whole | ({"user": owner.email} if owner.email else {}))

    def _authenticate(self, form: Mapping[str, str]) -> None:
        """Refuse another client before anything else (RFC 6749, 3.2.1). HubSpot has a word for
        each of the two mistakes (bagofwords, as above)."""
        client_id, client_secret = self._client
        if form.get("client_id") != client_id:
            words = "missing or unknown client id"
            raise _refused("invalid_client", "BAD_CLIENT_ID", words)
        if form.get("client_secret") != client_secret:
            words = "missing or invalid client secret"
            raise _refused("invalid_client", "BAD_CLIENT_SECRET", words)

    def _redeem(self, form: Mapping[str, str]) -> tuple[str, int]:
        code = self._codes.pop(form.get("code", ""), None)
        if not code or code.expires <= self._clock.now():
            raise _refused("invalid_grant", "BAD_AUTH_CODE", "missing or unknown auth code")
        if form.get("redirect_uri") != code.redirect_uri:
            raise _refused("invalid_grant", "BAD_REDIRECT_URI", "redirect_uri does not match")
        refresh_tokens = [
            token for token, held in self._refresh.items() if held[0] == code.portal_id
        ]
        refresh = refresh_tokens[0] if refresh_tokens else f"na1-fake-{uuid.uuid4()}"
        self._refresh[refresh] = code.portal_id, code.scopes
        self._installers[code.portal_id] = code.user
        return refresh, code.portal_id

    def _tokens(self, refresh: str) -> dict[str, Any]:
        portal_id, scopes = self._refresh[refresh]
        # Long, because real ones can be: no column or header of 255 characters will do.
        access = f"fake-{secrets.token_urlsafe(240)}"
        expires = self._clock.now() + timedelta(seconds=LIFETIME)
        self._access[access] = Access(portal_id, scopes, expires)
        return {"access_token": access, "refresh_token": refresh, "expires_in": LIFETIME}


def _known(scopes: Iterable[str]) -> frozenset[str]:
    chosen = frozenset(scopes)
    if unknown := chosen - SCOPES:
        raise ValueError(f"unknown scopes {sorted(unknown)}")
    return chosen


def _refused(code: str, status: str, message: str) -> RefusedError:
    """Refuse in OAuth's form, with HubSpot's word in `status`.

    Source: guide; only the word for a bad refresh token is certain.
    """
    body = {"error": code, "error_description": message, "status": status, "message": message}
    return RefusedError(Answer(400, body))
