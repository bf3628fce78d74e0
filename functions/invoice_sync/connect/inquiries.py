"""What both services are asked while two accounts are connected: who, what, and may we."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from zoneinfo import available_timezones

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from invoice_sync.clients import Clients
from invoice_sync.credentials.tokens import Consent, Token, Tokens
from invoice_sync.errors import (
    ConnectRefusedError,
    FormError,
    HubSpotRefusedError,
    SecretError,
    ServiceError,
    UnavailableError,
)
from invoice_sync.model.connection import Company, Connection
from invoice_sync.model.quickbooks import Preferences
from invoice_sync.quickbooks import forms, parse
from invoice_sync.runtime import answers
from invoice_sync.runtime.answers import Members, text
from invoice_sync.runtime.environment import Environment
from invoice_sync.runtime.http_client import Request, send, send_authorised
from invoice_sync.store.store import Store
from invoice_sync.sync import status_properties

# The account's details, as far as we ask for them.
_DETAILS = Members(needed={"timeZone": text})


class Inquiries:
    def __init__(
        self,
        environment: Environment,
        store: Store,
        tokens: Tokens,
        clients: Clients,
        clock: Callable[[], datetime],
        log: Logger,
    ) -> None:
        self._env, self._store, self._tokens = environment, store, tokens
        self._clients, self._clock, self._log = clients, clock, log

    def consent(self, portal_id: str) -> Consent:
        """Return who gave access to HubSpot last. If HubSpot does not say, connecting goes on."""
        try:
            return self._tokens.consent(portal_id)
        except (ServiceError, SecretError, BotoCoreError, ClientError) as error:
            self._warn("who connects is not known", portal_id, error)
            return Consent(None, "")

    def company(self, realm_id: str, token: Token) -> Company:
        """Read the company with the new token. Only this proves that the token is for the realm: a
        query names the realm, and no token answer does. Raises ConnectRefusedError,
        UnavailableError."""
        base = f"{self._env.quickbooks_base_url}/v3/company/{realm_id}/companyinfo/{realm_id}"
        headers = {"Authorization": f"Bearer {token.access_token}", "Accept": "application/json"}
        response = send(_get("QuickBooks", f"{base}?minorversion=75", headers))
        if response.status_code in (401, 403):
            text = (
                f"This app has no access to QuickBooks company {realm_id}. Start again, and choose"
                " the company in QuickBooks as a user who manages its apps."
            )
            raise ConnectRefusedError(403, "No access to the company", text)
        if response.status_code != 200:
            raise UnavailableError("QuickBooks", f"companyinfo answered {response.status_code}")
        try:
            answer = answers.parsed(response.content)
            payload = forms.whole(answer, "CompanyInfo", forms.COMPANY_INFO)
        except FormError:
            return Company()
        return Company(name=payload.get("CompanyName", ""), country=parse.country(payload))

    def preferences(self, connection: Connection) -> Preferences | None:
        """Return the preferences of the QuickBooks company; None when they cannot be read now."""
        try:
            return parse.preferences(self._clients.quickbooks(connection).preferences())
        except Exception as error:
            # Whatever it was: the two are connected, and the page must say so.
            self._warn("the preferences are not known", connection.portal_id, error)
            return None

    def time_zone(self, connection: Connection) -> str:
        """Return the portal's time zone, which makes days of HubSpot's moments, or UTC if HubSpot
        does not say (guide "Account information API")."""
        url = f"{self._env.hubspot_base_url}/account-info/v3/details"
        access_token = partial(self._tokens.access_token, connection, "hubspot")
        response = send_authorised(_get("HubSpot", url, {}), access_token)
        try:
            answer = answers.parsed(response.content)
            answers.check(answer, _DETAILS)
            name = answer["timeZone"] if response.status_code == 200 else ""
        except FormError:
            name = ""
        if name not in available_timezones():
            fields = {"portalId": connection.portal_id}
            self._log.warning("the portal's time zone is unknown", extra=fields)
            return "UTC"
        return name

    def prepare_status_properties(self, connection: Connection) -> None:
        """Create the properties that show the status in HubSpot. Where that fails, the portal is
        connected all the same, and the next sweep tries again."""
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
            self._warn("the status cannot be shown yet", portal_id, error)

    def _warn(self, what: str, portal_id: str, error: Exception) -> None:
        fields = {"portalId": portal_id, "error": type(error).__name__}
        self._log.warning(what, extra=fields)


def _get(service: str, url: str, headers: dict[str, str]) -> Request:
    return Request(service=service, method="GET", url=url, headers=headers, repeatable=True)
