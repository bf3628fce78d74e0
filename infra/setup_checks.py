"""Asks HubSpot and Intuit whether they know a client, without anybody's consent.

Both token endpoints look at the client first (RFC 6749, 3.2.1). The question is one that they must
refuse: what they refuse it for tells whether they know the client. Nothing is changed there.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.setup_values import Vendor
from invoice_sync.credentials import endpoints
from invoice_sync.credentials.app_secret import AppSecret
from invoice_sync.errors import UnavailableError
from invoice_sync.runtime.environment import hubspot_token_url, quickbooks_token_url

_WRONG_CLIENT = {"invalid_client", "BAD_CLIENT_ID", "BAD_CLIENT_SECRET"}
# Seen at HubSpot for this question, from a client with its secret (bagofwords,
# docs/feedback-loops/hubspot-mcp-preset.md), and what RFC 6749 has for the same.
_KNOWN_TO_HUBSPOT = {
    "BAD_SCOPES",
    "USER_LEVEL_CLIENT_CREDENTIALS_NOT_SUPPORTED",
    "invalid_scope",
    "unauthorized_client",
}
_NOBODYS_TOKEN = "no-refresh-token-make-setup-asks-for-the-client"  # noqa: S105


@dataclass(frozen=True)
class Verdict:
    """What a vendor thinks of a client id and its secret. `accepted`: None when it did not say."""

    accepted: bool | None
    words: str


def ask(vendor: Vendor, app: AppSecret) -> Verdict:
    """Ask a vendor whether it knows the client."""
    try:
        return _hubspot(app) if vendor == "HubSpot" else _intuit(app)
    except UnavailableError as error:
        why = str(error).partition(": ")[2]
        return Verdict(None, f"{vendor} did not answer ({why})")


def _hubspot(app: AppSecret) -> Verdict:
    """HubSpot gives tokens to an app itself only for scopes that this app does not have."""
    form = {"grant_type": "client_credentials", **endpoints.hubspot_client(app)}
    status, answer = endpoints.post("HubSpot", hubspot_token_url(), form, {}, repeatable=True)
    said = _said(answer)
    if said & _WRONG_CLIENT:
        if "BAD_CLIENT_ID" in said:
            return Verdict(False, "HubSpot knows no app with this client id: it may be the secret")
        if "BAD_CLIENT_SECRET" in said:
            return Verdict(False, "HubSpot knows the client id, but this is not its secret")
        return Verdict(False, "HubSpot does not accept client id and secret together")
    if status == 200 or said & _KNOWN_TO_HUBSPOT:
        return Verdict(True, "HubSpot knows the client id and accepts the secret")
    return _unclear("HubSpot", status)


def _intuit(app: AppSecret) -> Verdict:
    form = {"grant_type": "refresh_token", "refresh_token": _NOBODYS_TOKEN}
    headers = endpoints.quickbooks_client(app)
    status, answer = endpoints.post(
        "Intuit", quickbooks_token_url(), form, headers, repeatable=True
    )
    said = _said(answer)
    if said & _WRONG_CLIENT:
        return Verdict(False, "Intuit does not accept client id and secret together")
    if status == 400 and "invalid_grant" in said:
        return Verdict(True, "Intuit knows the client id and accepts the secret")
    return _unclear("Intuit", status)


def _said(answer: dict[str, object]) -> set[str]:
    return {str(answer.get("error")), str(answer.get("status"))}


def _unclear(vendor: Vendor, status: int) -> Verdict:
    return Verdict(None, f"{vendor} answered {status}, which tells neither yes nor no")
