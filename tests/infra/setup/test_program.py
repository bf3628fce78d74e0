"""make setup takes the values from another program, such as a password manager."""

from __future__ import annotations

from typing import Any

import pytest

from infra import deployment

from .account import HUBSPOT_SECRET, INTUIT_ID, OTHER, SECRETS, USUAL, Account, Pipe


def test_all_five_from_a_password_manager(
    account: Account, pipe: Pipe, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pipe(USUAL) == 0
    assert account.stored == USUAL
    said = capsys.readouterr()
    assert [secret for secret in SECRETS if secret in said.err + said.out] == []


def test_names_that_are_left_out_or_empty_keep_their_values(account: Account, pipe: Pipe) -> None:
    account.put({**USUAL, "hubspotClientSecret": "old"})
    given = {"hubspotClientSecret": HUBSPOT_SECRET, "quickbooksVerifierToken": " "}
    assert pipe(given) == 0
    assert account.stored == USUAL


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "Nobody is there to ask"),
        ("the-secret", "no JSON object"),
        ('{"hubspotClientSecret": "the-secret"', "no JSON object"),
        ('["the-secret"]', "no JSON object"),
        ('[["hubspotClientId", "the-secret"]]', "no JSON object"),
        ({"the-secret": "x"}, "a name that is unknown"),
        ({"hubspotClientSecret": {"the-secret": 1}}, "hubspotClientSecret must be a text"),
        ('{"hubspotClientId": "the-secret", "hubspotClientId": "x"}', "hubspotClientId twice"),
        ({"hubspotClientSecret": "the-secret" * 10_000}, "far too long"),
        (USUAL | {"hubspotClientSecret": "the-secret x"}, "hubspotClientSecret: There are"),
        (USUAL | {"hubspotClientSecret": INTUIT_ID}, "hubspotClientSecret: That is the same"),
        (USUAL | {"hubspotClientSecret": OTHER}, "this is not its secret"),
    ],
)
def test_what_is_certainly_wrong_stores_nothing_and_is_not_repeated(
    account: Account,
    pipe: Pipe,
    given: Any,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert pipe(given) == 1
    assert account.versions == 0
    captured = capsys.readouterr()
    assert said in captured.err
    assert "the-secret" not in captured.err + captured.out
    assert OTHER not in captured.err + captured.out


def test_what_is_only_unusual_is_taken_with_a_word(
    account: Account, pipe: Pipe, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pipe(USUAL | {"quickbooksVerifierToken": "a-token"}) == 0
    assert account.stored["quickbooksVerifierToken"] == "a-token"
    assert "quickbooksVerifierToken: It has 7 characters" in capsys.readouterr().out


def test_a_client_that_was_refused_before_is_in_nobodys_way(account: Account, pipe: Pipe) -> None:
    account.put(USUAL | {"hubspotClientSecret": OTHER})
    assert pipe({"quickbooksVerifierToken": OTHER.replace("9", "8")}) == 1
    assert account.stored["quickbooksVerifierToken"] == OTHER.replace("9", "8")


def test_no_value_is_taken_from_the_command(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deployment.main(["setup", "example", "the-secret"]) == 1
    said = capsys.readouterr().err
    assert "takes no values in the command" in said
    assert "the-secret" not in said
    assert account.versions == 0
