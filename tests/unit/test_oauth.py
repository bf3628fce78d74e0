"""States: each passes once begun by this browser, for its step, for ten minutes."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from invoice_sync.connect import consent, state
from invoice_sync.connect.state import State, Step
from invoice_sync.errors import StateError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET, NONCE = "the app's secret", "a-nonce"
STATE = State("quickbooks", NONCE, NOW + state.LIFETIME, "24680")
TEXT = state.seal(SECRET, STATE)


def test_a_state_comes_back_as_it_was() -> None:
    assert state.unseal(SECRET, "quickbooks", TEXT, NONCE, NOW) == STATE
    # It needs no escaping, so that no service can spoil it on its way.
    assert set(TEXT) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def with_another_portal(text: str) -> str:
    payload, _, signature = text.partition(".")
    content = json.loads(base64.urlsafe_b64decode(payload + "=="))
    content[3] = "13579"
    changed = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    return f"{changed}.{signature}"


@pytest.mark.parametrize(
    "other",
    [
        {"secret": "another secret"},
        {"secret": ""},
        {"step": "hubspot"},
        {"step": "handover"},
        {"nonce": "another nonce"},
        {"nonce": ""},
        {"nonce": "ü"},
        {"now": NOW + state.LIFETIME},
        {"now": NOW + timedelta(days=365)},
        {"text": ""},
        {"text": "."},
        {"text": "ü.ü"},
        {"text": TEXT[:-1]},
        {"text": TEXT.partition(".")[0]},
        {"text": with_another_portal(TEXT)},
    ],
    ids=str,
)
def test_any_other_is_refused(other: dict[str, Any]) -> None:
    given: dict[str, Any] = {"secret": SECRET, "text": TEXT, "nonce": NONCE, "now": NOW, **other}
    step: Step = given.get("step", "quickbooks")
    with pytest.raises(StateError) as caught:
        state.unseal(given["secret"], step, given["text"], given["nonce"], given["now"])
    assert TEXT not in str(caught.value)


def test_nobody_signs_with_an_empty_secret() -> None:
    with pytest.raises(StateError):
        state.unseal("", "quickbooks", state.seal("", STATE), NONCE, NOW)


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
