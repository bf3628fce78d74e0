"""States: each passes once begun by this browser, for its step, for ten minutes."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from invoice_sync.connect import state
from invoice_sync.connect.state import State, Step
from invoice_sync.errors import StateError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET, NONCE = "the app's secret", "a-nonce"
STATE = State(NONCE, "24680", "was_on")
TEXT = state.seal(SECRET, "quickbooks", STATE, NOW)


def test_a_state_comes_back_as_it_was() -> None:
    assert state.unseal(SECRET, "quickbooks", TEXT, NONCE, NOW) == STATE
    almost_over = NOW + state.LIFETIME - timedelta(seconds=1)
    assert state.unseal(SECRET, "quickbooks", TEXT, NONCE, almost_over) == STATE
    # It needs no escaping, so that no service can spoil it on its way.
    assert set(TEXT) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def with_another_portal(text: str) -> str:
    payload, _, rest = text.partition(".")
    content = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert content == [NONCE, "24680", "was_on"]
    changed = json.dumps([NONCE, "13579", "was_on"], separators=(",", ":")).encode()
    return f"{base64.urlsafe_b64encode(changed).decode().rstrip('=')}.{rest}"


def with_another_time(text: str) -> str:
    payload, time, signature = text.split(".")
    later = base64.urlsafe_b64decode(time + "==")[:-1] + bytes([255])
    return f"{payload}.{base64.urlsafe_b64encode(later).decode().rstrip('=')}.{signature}"


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
        {"now": NOW + state.LIFETIME + timedelta(seconds=1)},
        {"now": NOW - timedelta(minutes=1)},
        {"now": NOW + timedelta(days=365)},
        {"text": ""},
        {"text": "."},
        {"text": "ü.ü"},
        {"text": TEXT[:-1]},
        {"text": TEXT.partition(".")[0]},
        {"text": TEXT.rpartition(".")[0]},
        {"text": with_another_portal(TEXT)},
        {"text": with_another_time(TEXT)},
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
        state.seal("", "quickbooks", STATE, NOW)
    with pytest.raises(StateError):
        state.unseal("", "quickbooks", TEXT, NONCE, NOW)
