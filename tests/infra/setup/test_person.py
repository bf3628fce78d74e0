"""A person fills the app secret in: make setup asks, checks, stores and gives nothing away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from infra.local.hubspot import HubSpotSimulator
from infra.local.quickbooks import QuickBooksSimulator
from infra.local.wire import HttpServer
from invoice_sync.credentials.app_secret import APP_SECRET_KEYS

from .account import (
    HUBSPOT_ID,
    HUBSPOT_SECRET,
    INTUIT_ID,
    INTUIT_SECRET,
    SECRETS,
    USUAL,
    VERIFIER,
    Account,
    Ask,
)


def test_the_five_values_are_stored_and_none_is_given_away(
    account: Account, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(f" {HUBSPOT_ID}\n", *list(USUAL.values())[1:]) == 0
    assert account.stored == USUAL
    out = capsys.readouterr().out
    assert "Stored: " + ", ".join(APP_SECRET_KEYS) in out
    assert "HubSpot knows the client id and accepts the secret" in out
    assert "Intuit knows the client id and accepts the secret" in out
    assert "within 5 minutes" in out
    assert [secret for secret in SECRETS if secret in out] == []
    assert account.regions == {"us-east-1"}


def test_enter_alone_keeps_what_is_stored(
    account: Account, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    account.put(USUAL)
    assert ask("", "", "", "", "") == 0
    assert account.versions == 1
    out = capsys.readouterr().out
    assert out.count("kept") == 5
    assert "there was nothing to store" in out
    assert HUBSPOT_ID[:8] in out
    assert [secret for secret in SECRETS if secret[:8] in out] == []


def test_only_what_is_new_changes(account: Account, ask: Ask) -> None:
    account.put({**USUAL, "quickbooksVerifierToken": "old", "somebodyElses": 1})
    assert ask("", "", "", "", VERIFIER) == 0
    assert account.stored == {**USUAL, "somebodyElses": 1}


def test_a_slip_is_asked_for_again(
    account: Account, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = [f'"{HUBSPOT_ID}"', HUBSPOT_ID, "\u2022\u2022\u2022", HUBSPOT_ID, HUBSPOT_SECRET]
    assert ask(*answers, INTUIT_ID, INTUIT_SECRET, "") == 1
    assert account.stored == {k: v for k, v in USUAL.items() if v != VERIFIER}
    out = capsys.readouterr().out
    assert "quotation marks" in out
    assert "dots that hide it" in out
    assert "same as HubSpot's client id" in out
    assert "Missing: quickbooksVerifierToken" in out


def test_what_is_only_unusual_is_taken_when_it_is_entered_again(
    account: Account, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    account.put(USUAL)
    assert ask("", "", "", "", "a-token", "another", "another") == 0
    assert account.stored["quickbooksVerifierToken"] == "another"
    assert capsys.readouterr().out.count("enter it once more") == 2


def test_a_client_id_and_a_secret_that_are_swapped(
    account: Account, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    swapped = (HUBSPOT_SECRET, HUBSPOT_ID)
    assert ask(*swapped, HUBSPOT_ID, HUBSPOT_SECRET, *list(USUAL.values())[2:]) == 0
    assert account.stored == USUAL
    out = capsys.readouterr().out
    assert "HubSpot knows no app with this client id: it may be the secret" in out
    # Not even in the brackets of the second question.
    assert HUBSPOT_SECRET not in out


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("hubspotClientSecret", "HubSpot knows the client id, but this is not its secret"),
        ("hubspotClientId", "HubSpot knows no app with this client id"),
        ("quickbooksClientSecret", "Intuit does not accept client id and secret together"),
        ("quickbooksClientId", "Intuit does not accept client id and secret together"),
    ],
)
def test_who_insists_on_a_refused_value_has_it_stored_and_is_told(
    account: Account,
    ask: Ask,
    wrong: str,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    values = {**USUAL, wrong: USUAL[wrong][:-1] + "3"}
    first, second = list(values.values())[:2], list(values.values())[2:4]
    again = ["", ""]
    if wrong.startswith("hubspot"):
        answers = [*first, *again, *second, VERIFIER]
    else:
        answers = [*first, *second, *again, VERIFIER]
    assert ask(*answers) == 1
    assert account.stored == values
    _, _, end = capsys.readouterr().out.partition("Stored: ")
    assert said in end
    assert "Nobody can connect like this" in end


@pytest.mark.parametrize("leaves", ["^C", "^D"])
def test_who_leaves_has_stored_nothing(
    account: Account, ask: Ask, leaves: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(HUBSPOT_ID, HUBSPOT_SECRET, INTUIT_ID, leaves) == 1
    assert account.versions == 0
    assert "Nothing was stored" in capsys.readouterr().err


def test_a_part_now_and_the_rest_later(
    account: Account,
    ask: Ask,
    hubspot: HubSpotSimulator,
    intuit: QuickBooksSimulator,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ask(HUBSPOT_ID, HUBSPOT_SECRET, INTUIT_ID, "", "") == 1
    assert list(account.stored) == list(APP_SECRET_KEYS[:3])
    out = capsys.readouterr().out
    assert "Missing: quickbooksClientSecret, quickbooksVerifierToken" in out
    assert hubspot.calls["POST oauth/v3/token"] == 1
    assert intuit.calls["POST /oauth2/v1/tokens/bearer"] == 0
    assert ask("", "", "", INTUIT_SECRET, VERIFIER) == 0
    assert account.stored == USUAL


def test_vendors_that_do_not_answer(
    account: Account,
    ask: Ask,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HUBSPOT_TOKEN_URL", "http://127.0.0.1:9")
    odd = HttpServer(_odd, 0)
    odd.start()
    monkeypatch.setenv("QUICKBOOKS_TOKEN_URL", odd.url)
    try:
        assert ask(*USUAL.values()) == 0
    finally:
        odd.stop()
    assert account.stored == USUAL
    _, _, unchecked = capsys.readouterr().out.partition("What could not be checked")
    assert "HubSpot did not answer (ConnectError)" in unchecked
    assert "Intuit answered 404, which tells neither yes nor no" in unchecked


def _odd(_: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("404 Not Found", [("Content-Type", "text/html")])
    return [b"<h1>invalid_client</h1>"]
