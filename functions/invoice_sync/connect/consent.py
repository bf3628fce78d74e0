"""OAuth's addresses, and the states that tie its answers to the browser that asked.

No I/O, and nothing heavy is loaded. A state is signed for one step of connecting, so that none
passes in another, and names the nonce that the browser must bring in a cookie: a stranger's link
cannot put a portal into another person's hands, nor that person's company into a stranger's.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

# Equal to those of the HubSpot app's project: HubSpot refuses a request that lacks one.
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
    """Where a person consents in HubSpot."""
    return _address(
        authorize_url,
        client_id=client_id,
        redirect_uri=redirect_uri,
        scope=" ".join(REQUIRED_SCOPES),
        state=state,
    )


def quickbooks_address(authorize_url: str, client_id: str, redirect_uri: str, state: str) -> str:
    """Where a person chooses the QuickBooks company and consents."""
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
