"""The addresses of both consent pages, and the scopes that a person consents to.

Sources: HubSpot's guide "Manage OAuth access tokens"; Intuit's page "Set up OAuth 2.0".
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

# Equal to those of the HubSpot app's project: HubSpot refuses a request that lacks one of them.
REQUIRED_SCOPES = (
    "oauth",
    "crm.objects.invoices.read",
    "crm.objects.invoices.write",
    "crm.objects.line_items.read",
    "crm.objects.contacts.read",
    "crm.objects.companies.read",
    "crm.objects.commercepayments.read",
    "crm.schemas.invoices.read",
    "crm.schemas.invoices.write",
)
QUICKBOOKS_SCOPE = "com.intuit.quickbooks.accounting"


def hubspot_address(authorize_url: str, client_id: str, redirect_uri: str, state: str) -> str:
    """Return the address where a person consents in HubSpot."""
    return _address(
        authorize_url,
        client_id=client_id,
        redirect_uri=redirect_uri,
        scope=" ".join(REQUIRED_SCOPES),
        state=state,
    )


def quickbooks_address(authorize_url: str, client_id: str, redirect_uri: str, state: str) -> str:
    """Return the address where a person chooses the QuickBooks company and consents."""
    return _address(
        authorize_url,
        client_id=client_id,
        response_type="code",
        scope=QUICKBOOKS_SCOPE,
        redirect_uri=redirect_uri,
        state=state,
    )


def _address(url: str, **query: str) -> str:
    return f"{url}?{urlencode(query, quote_via=quote)}"
