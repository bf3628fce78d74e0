"""What make setup says when the secret cannot be read or written."""

from __future__ import annotations

import pytest

from .account import HUBSPOT_SECRET, SECRETS, USUAL, Account, Ask


@pytest.mark.parametrize("text", ["[]", "no JSON", '"text"'])
def test_one_that_is_broken_is_replaced_and_stays_as_the_version_before(
    account: Account, ask: Ask, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    account.put(text)
    assert ask(*USUAL.values()) == 0
    assert account.stored == USUAL
    before = {"SecretId": account.arn, "VersionStage": "AWSPREVIOUS"}
    assert account.secrets.run("GetSecretValue", before)["SecretString"] == text
    out = " ".join(capsys.readouterr().out.split())
    assert "all five values are needed" in out
    assert text not in out or len(text) < 3


def test_who_may_not_read_it_is_told_before_the_first_question(
    account: Account, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    account.denied["GetSecretValue"] = "User is not authorized to perform it"
    assert ask() == 1
    said = capsys.readouterr().err
    assert f"These credentials lack secretsmanager:GetSecretValue for {account.arn}" in said
    assert "docs/deploy.md" in said


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        ("User is not authorized to perform it", "secretsmanager:PutSecretValue for "),
        ("Access to KMS is not allowed", "kms:Decrypt and kms:GenerateDataKey"),
    ],
)
def test_who_may_not_write_it(
    account: Account,
    ask: Ask,
    words: str,
    needed: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # AWS may repeat what was sent.
    account.denied["PutSecretValue"] = f"{words}: {HUBSPOT_SECRET}"
    assert ask(*USUAL.values()) == 1
    said = capsys.readouterr()
    assert said.err.startswith("Nothing was stored. ")
    assert needed in said.err
    assert [secret for secret in SECRETS if secret in said.err + said.out] == []


def test_one_that_is_about_to_be_deleted(
    account: Account, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    account.secrets.run("DeleteSecret", {"SecretId": account.arn})
    assert ask() == 1
    assert f"restore-secret --secret-id {account.arn}" in capsys.readouterr().err


def test_one_that_is_gone(account: Account, ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    account.outputs["AppSecretId"] = f"{account.arn}-gone"
    assert ask(*USUAL.values()) == 1
    assert "was it deleted?" in capsys.readouterr().err
