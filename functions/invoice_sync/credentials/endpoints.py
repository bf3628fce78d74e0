"""The token endpoints of both services: a grant, who gave it, and its end."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from invoice_sync.credentials.app_secret import AppSecret, CachedAppSecret
from invoice_sync.errors import FormError, GrantRefusedError, SecretError, UnavailableError
from invoice_sync.model.connection import Service
from invoice_sync.runtime import answers, http_client
from invoice_sync.runtime.answers import Members, digits_or_number, flag, text
from invoice_sync.runtime.environment import Environment

SERVICE_NAMES: dict[Service, str] = {"hubspot": "HubSpot", "quickbooks": "QuickBooks"}

# How the token endpoints say that a code or refresh token is no longer good: Intuit's `error`
# (RFC 6749, 5.2) and HubSpot's `status`.
_GRANT_IS_DEAD = {"invalid_grant", "BAD_REFRESH_TOKEN", "BAD_AUTH_CODE"}
_FORM = "application/x-www-form-urlencoded"
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


class TokenEndpoints:
    def __init__(
        self, environment: Environment, secrets_client: Any, clock: Callable[[], datetime]
    ) -> None:
        self._clock = clock
        self._app = CachedAppSecret(secrets_client, environment.app_secret_id)
        self._token_url: dict[Service, str] = {
            "hubspot": environment.hubspot_token_url,
            "quickbooks": environment.quickbooks_token_url,
        }
        self._revoke_url: dict[Service, str] = {
            "hubspot": f"{environment.hubspot_token_url}/revoke",
            "quickbooks": environment.quickbooks_revoke_url,
        }

    def grant(self, service: Service, form: dict[str, str], *, repeatable: bool) -> dict[str, Any]:
        """Return the token endpoint's answer, which holds an access token.

        Raises GrantRefusedError, UnavailableError, SecretError.
        """
        url, name = self._token_url[service], SERVICE_NAMES[service]
        app, headers = self._filled_in(), dict[str, str]()
        if service == "hubspot":
            form = form | hubspot_client(app)
        else:
            headers = quickbooks_client(app)
        status, answer = post(name, url, form, headers, repeatable=repeatable)
        words = {str(answer.get("error")), str(answer.get("status"))}
        if status == 400 and words & _GRANT_IS_DEAD:
            raise GrantRefusedError(name)
        if place := _odd(status, answer, _TOKENS):
            # Never take an error body for tokens.
            raise UnavailableError(name, f"the token endpoint answered {place}")
        return answer

    def introspected(self, access_token: str) -> dict[str, Any]:
        """Return what HubSpot says about an access token (API reference, "Token introspection
        endpoint"). Raises UnavailableError, SecretError."""
        form = {"token": access_token, "token_type_hint": "access_token"}
        form |= hubspot_client(self._filled_in())
        url = f"{self._token_url['hubspot']}/introspect"
        status, answer = post("HubSpot", url, form, {}, repeatable=True)
        if place := _odd(status, answer, _INTROSPECTION):
            raise UnavailableError("HubSpot", f"the introspection endpoint answered {place}")
        if not answer["active"]:
            raise UnavailableError("HubSpot", "the introspection endpoint does not know the token")
        return answer

    def revoke(self, service: Service, refresh_token: str) -> None:
        """End a grant (HubSpot's API reference, "Revoke an OAuth token"; Intuit's discovery
        document, `revocation_endpoint`). Raises UnavailableError, SecretError."""
        url, name = self._revoke_url[service], SERVICE_NAMES[service]
        app, body = self._filled_in(), {"token": refresh_token}
        if service == "hubspot":
            form = {**body, "token_type_hint": "refresh_token", **hubspot_client(app)}
            status, _ = post(name, url, form, {}, repeatable=True)
        else:
            headers = {**quickbooks_client(app), "Content-Type": "application/json"}
            status, _ = post(name, url, body, headers, repeatable=True)
        # 400: the service does not know the token, which is just as good.
        if status not in (200, 202, 204, 400):
            raise UnavailableError(name, f"the revocation endpoint answered {status}")

    def _filled_in(self) -> AppSecret:
        app = self._app.get(self._clock())
        ids = (app.hubspot_client_id, app.quickbooks_client_id)
        if not all((*ids, app.hubspot_client_secret, app.quickbooks_client_secret)):
            raise SecretError("the app secret is not filled in")
        return app


def hubspot_client(app: AppSecret) -> dict[str, str]:
    """Return the members of a form by which HubSpot knows the app."""
    return {"client_id": app.hubspot_client_id, "client_secret": app.hubspot_client_secret}


def quickbooks_client(app: AppSecret) -> dict[str, str]:
    """Return the header by which Intuit knows the app."""
    pair = f"{app.quickbooks_client_id}:{app.quickbooks_client_secret}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def post(
    service: str, url: str, values: dict[str, str], headers: dict[str, str], *, repeatable: bool
) -> tuple[int, dict[str, Any]]:
    """Post values as a form, or as JSON where the headers say so. Return the status, and the JSON
    object that came with it; empty if none did. Raises UnavailableError."""
    headers = {"Content-Type": _FORM, "Accept": "application/json"} | headers
    body = urlencode(values) if headers["Content-Type"] == _FORM else json.dumps(values)
    request = http_client.Request(
        service=service,
        method="POST",
        url=url,
        headers=headers,
        content=body.encode(),
        repeatable=repeatable,
    )
    response = http_client.send(request)
    try:
        answer = answers.parsed(response.content)
    except FormError:
        answer = None
    return response.status_code, answer if isinstance(answer, dict) else {}


def _odd(status: int, answer: Any, form: Members) -> str:
    """Return how an answer differs from one of status 200 and this form; empty if it does not."""
    return f"with status {status}" if status != 200 else answers.misfit(answer, form)
