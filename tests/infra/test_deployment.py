"""The commands of an environment: whose account it is, what would be dropped, what is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import configuration, deployment, restored_table, smoke
from infra.options import parse

from .fake_account import ACCOUNT, FakeAccount
from .test_configuration import KEY
from .test_options import ALL

REGION = "eu-west-1"
NAME = "invoice-sync-prod"
PAGE = Path(__file__).parents[2] / "docs" / "deploy.md"
BEFORE = {
    "portalIds": ["24680", "13579"],
    "alarmEmail": "ops@example.com",
    "settings": {"createCustomers": True, "feeItemId": "7"},
}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAccount]:
    server = FakeAccount()
    server.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    # Another one than the configuration's: nothing may be asked there.
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    server.stacks[NAME] = ({"InvoiceSyncOptions": BEFORE}, {"StageUrl": "https://a.example"})
    yield server
    server.stop()


@pytest.fixture
def run(account: FakeAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(configuration.load, "__defaults__", (tmp_path,))

    def run(command: str, *rest: str, **changed: Any) -> int:
        values = {"account": ACCOUNT, "region": REGION, **BEFORE, **changed}
        text = "".join(f"{key} = {_toml(value)}\n" for key, value in values.items() if value)
        (tmp_path / "prod.toml").write_text(text, encoding="utf-8")
        return deployment.main([command, "prod", *rest])

    return run


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    return str(value).lower() if isinstance(value, bool) else repr(value)


@pytest.mark.parametrize("command", ["diff", "deploy", "destroy", "smoke", "extension"])
def test_credentials_of_another_account_are_refused_first(
    run: Any, account: FakeAccount, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command, account="999999999999") == 1
    said = capsys.readouterr().err
    assert "belongs to the AWS account 999999999999" in said
    assert f"are for {ACCOUNT}" in said
    assert account.asked == ["GetCallerIdentity"]


def test_without_credentials_nothing_is_asked(
    run: Any,
    account: FakeAccount,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert run("deploy") == 1
    assert "no AWS credentials" in capsys.readouterr().err
    assert account.asked == []


def test_the_same_and_more_is_deployed(run: Any, account: FakeAccount) -> None:
    assert run("deploy", portalIds=["1", "13579", "24680"], failingThreshold=5) == 0
    assert run("deploy", alarmEmail="others@example.com") == 0
    assert account.regions == {REGION}


def test_a_first_deployment_drops_nothing(run: Any, account: FakeAccount) -> None:
    account.stacks.clear()
    assert run("deploy", alarmEmail="") == 0


@pytest.mark.parametrize(
    ("changed", "gone", "name"),
    [
        ({"alarmEmail": ""}, 'alarmEmail = "ops@example.com"', "alarmEmail"),
        ({"portalIds": ["24680"]}, "portalIds: 13579", "portalIds"),
        ({"settings": {"feeItemId": "7"}}, "settings: createCustomers = True", "settings"),
        ({"settings": {}}, "settings = {'createCustomers': True, 'feeItemId': '7'}", "settings"),
    ],
)
def test_what_would_be_dropped_must_be_said(
    run: Any, changed: Any, gone: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("deploy", **changed) == 1
    said = capsys.readouterr().err
    assert f"  {gone}\n" in said
    assert f"make deploy ENV=prod DROP={name}" in said
    # Somebody only looks.
    assert run("diff", **changed) == 0
    assert gone in capsys.readouterr().out
    assert run("deploy", name, **changed) == 0


def test_the_refusal_is_the_one_that_the_page_shows(
    run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("deploy", alarmEmail="", portalIds=["24680"]) == 1
    shown = "".join(f"    {line}\n" for line in capsys.readouterr().err.splitlines())
    assert shown in PAGE.read_text(encoding="utf-8")


def test_options_that_cannot_be_read_are_not_taken_for_none(
    run: Any, account: FakeAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    account.unreadable = "{'InvoiceSyncOptions': {}}"
    assert run("deploy") == 1
    assert "what was chosen for it cannot be read" in capsys.readouterr().err


def test_one_that_is_said_does_not_cover_another(
    run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = {"alarmEmail": "", "portalIds": ["24680"]}
    assert run("deploy", "alarmEmail", **changed) == 1
    assert run("deploy", "alarmEmail,portalIds", **changed) == 0
    assert run("deploy", "alarmEmail portalIds", **changed) == 0
    capsys.readouterr()
    assert run("deploy", "alarmEmial") == 1
    assert "DROP names alarmEmial" in capsys.readouterr().err


def test_the_stack_keeps_what_was_chosen() -> None:
    from .conftest import template_of

    metadata = template_of(stackName="books", **BEFORE)["Metadata"]
    assert metadata == {"InvoiceSyncOptions": BEFORE}


def test_a_first_deployment_that_was_broken_off_can_be_begun_again(
    run: Any, account: FakeAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    account.stacks[NAME] = ({}, {})
    account.in_review.add(NAME)
    assert run("deploy") == 0
    assert run("setup") == 1
    assert "its first deployment failed, or is not over" in capsys.readouterr().err


def test_deleting_wants_the_name_and_says_what_stays(
    run: Any,
    account: FakeAccount,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    account.stacks[NAME][1].update(TableName="the-table", AppSecretId="the-secret")
    typed = ["yes", "", NAME]
    monkeypatch.setattr("builtins.input", lambda prompt: typed.pop(0))
    account.protected.add(NAME)
    assert run("destroy") == 1
    assert run("destroy") == 1
    assert account.protected == {NAME}
    assert run("destroy") == 0
    assert account.protected == set()
    said = capsys.readouterr().out
    for part in ("stay", "delete-table --table-name the-table", "--secret-id the-secret"):
        assert part in said


@pytest.mark.parametrize(("there", "file"), [("destroy", "retain"), ("retain", "destroy")])
def test_deleting_says_what_aws_does_and_not_what_the_file_says_since(
    run: Any,
    account: FakeAccount,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    there: str,
    file: str,
) -> None:
    account.stacks[NAME][0]["InvoiceSyncOptions"] = {**BEFORE, "removalPolicy": there}
    monkeypatch.setattr("builtins.input", lambda prompt: NAME)
    assert run("destroy", removalPolicy=file) == 0
    said = capsys.readouterr().out
    assert ("go too, for ever" in said) == (there == "destroy")
    assert f'removalPolicy = "{file}", which is not deployed' in said
    assert run("destroy", removalPolicy=there) == 0
    assert "not deployed" not in capsys.readouterr().out


def test_deleting_says_that_a_restored_table_stays(
    run: Any,
    account: FakeAccount,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    account.stacks[NAME][1].update(TableName="restored", OwnTableName="the-table")
    monkeypatch.setattr("builtins.input", lambda prompt: NAME)
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1f8a0b6c-3d5e-4a7b-9c2d-0e1f2a3b4c5d"
    account.stacks[NAME][0]["InvoiceSyncOptions"] = {**BEFORE, "kmsKeyArn": key}
    assert run("destroy", tableName="restored", kmsKeyArn=key) == 0
    said = capsys.readouterr().out
    assert "delete-table --table-name the-table" in said
    assert "delete-table --table-name restored" in said
    assert f"Without {key} nobody can read what stays" in said
    account.stacks[NAME][0]["InvoiceSyncOptions"] = {**BEFORE, "removalPolicy": "destroy"}
    assert run("destroy", tableName="restored", removalPolicy="destroy") == 0
    said = capsys.readouterr().out
    assert "delete-table --table-name restored" in said
    assert "the-table" not in said


@pytest.mark.parametrize("option", ["domainName", "kmsKeyArn", "tableName", "tags"])
def test_an_option_of_the_owners_own_is_not_dropped_unseen(option: str) -> None:
    before = parse({"portalIds": ["24680"], **ALL}).chosen
    after = {name: value for name, value in before.items() if name != option}
    assert [name for name, _ in deployment.dropped(before, after)] == [option]
    assert list(deployment.dropped(before, {**before, "tags": {"costCentre": "x", "a": "b"}})) == []
    gone = dict(deployment.dropped(before, {**before, "tags": {}}))
    assert gone == {"tags": 'tags: costCentre = "books"'}


def test_a_key_that_secrets_still_need_is_not_changed_unseen() -> None:
    before = {"kmsKeyArn": KEY}
    assert list(deployment.dropped(before, before)) == []
    ((name, said),) = deployment.dropped(before, {"kmsKeyArn": KEY.replace("1f8a", "2f8a")})
    assert name == "kmsKeyArn"
    assert said == f'kmsKeyArn = "{KEY}"; first: docs/deploy.md, "A key of your own"'


def test_other_commands_know_the_stack_and_its_address(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[list[str]] = []

    def main(arguments: list[str]) -> int:
        given.append(arguments)
        return 0

    monkeypatch.setattr(smoke, "main", main)
    assert run("smoke", "--portal", "24680") == 0
    assert given == [["https://a.example", "--stack", NAME, "--portal", "24680"]]


def test_an_environment_that_is_not_deployed(
    run: Any, account: FakeAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    account.stacks.clear()
    assert run("smoke") == 1
    said = capsys.readouterr().err
    assert said == f"There is no stack {NAME} in {REGION}: deploy it first\n"


def test_a_restored_table_is_not_touched_before_the_moment_is_right(
    run: Any, account: FakeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.stacks[NAME] = ({}, {"TableName": "restored"})
    touched = list[str]()

    def complete(_client: Any, table: str, _options: Any) -> list[str]:
        touched.append(table)
        return []

    monkeypatch.setattr(restored_table, "complete", complete)
    for wrong in ([], ["yesterday"], ["2026-11-20"]):
        with pytest.raises(SystemExit):
            run("restored", *wrong)
    assert touched == []


def test_an_account_is_bootstrapped_with_its_own_credentials_only(
    run: Any, account: FakeAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("target", account="999999999999") == 1
    said = capsys.readouterr()
    assert "belongs to the AWS account 999999999999" in said.err
    assert said.out == ""


def test_where_cdk_is_bootstrapped(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("target") == 0
    assert capsys.readouterr().out == f"aws://{ACCOUNT}/{REGION}\n"
