"""The addresses of both consent pages."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from invoice_sync.connect import consent


def test_the_addresses_hold_what_the_services_ask_for() -> None:
    back = "https://sync.example.com/connect/hubspot/callback"
    url = consent.hubspot_address("https://app.hubspot.com/oauth/authorize", "id", back, "s")
    assert parse_qs(urlsplit(url).query) == {
        "client_id": ["id"],
        "redirect_uri": [back],
        "scope": [" ".join(consent.REQUIRED_SCOPES)],
        "state": ["s"],
    }
    assert "+" not in url
    url = consent.quickbooks_address("https://appcenter.intuit.com/connect/oauth2", "id", back, "s")
    assert parse_qs(urlsplit(url).query) == {
        "client_id": ["id"],
        "response_type": ["code"],
        "scope": ["com.intuit.quickbooks.accounting"],
        "redirect_uri": [back],
        "state": ["s"],
    }
