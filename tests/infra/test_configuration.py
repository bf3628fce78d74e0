"""A configuration is checked before anything is done, in words that say what to write."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from infra.configuration import FOLDER, load
from infra.options import KNOWN, OptionError, parse

GOOD = 'account = "123456789012"\nregion = "eu-west-1"\nportalIds = ["24680"]\n'


def write(folder: Path, text: str, name: str = "prod") -> Path:
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path, name: str = "prod") -> list[str]:
    with pytest.raises(OptionError) as error:
        load(name, folder)
    return str(error.value).splitlines()


def test_an_environment_has_a_name_an_account_and_a_region_of_its_own(tmp_path: Path) -> None:
    options = load("prod", write(tmp_path, GOOD))
    assert options.stack_name == "invoice-sync-prod"
    assert (options.account, options.region) == ("123456789012", "eu-west-1")
    other = load("dev", write(tmp_path, GOOD, "dev"))
    assert other.stack_name == "invoice-sync-dev"
    own = load("own", write(tmp_path, GOOD + 'stackName = "books"\n', "own"))
    assert own.stack_name == "books"


@pytest.mark.parametrize("missing", ["account", "region", "portalIds"])
def test_what_must_be_chosen(tmp_path: Path, missing: str) -> None:
    text = "".join(line for line in GOOD.splitlines(True) if not line.startswith(missing))
    (line,) = refused(write(tmp_path, text))
    assert f"{missing} is missing" in line
    assert f"for example {missing} = " in line


def test_all_mistakes_are_told_at_once_with_the_file(tmp_path: Path) -> None:
    folder = write(tmp_path, GOOD + 'alarmEmial = "ops@example.com"\nlogRetentionDays = 8\n')
    lines = refused(folder)
    assert lines == [
        f"{tmp_path.name}/prod.toml: alarmEmial is unknown; did you mean alarmEmail?",
        f"{tmp_path.name}/prod.toml: logRetentionDays must be 7, 30, 90, 180 or 365, for example"
        " logRetentionDays = 90",
    ]


def test_a_file_that_is_not_there_or_not_toml(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    assert "There are: prod" in refused(tmp_path, "stage")[0]
    assert "is not TOML" in refused(write(tmp_path, "account: 1"))[0]


@pytest.mark.parametrize("name", ["", "../prod", "Prod", "a b", "-c", "x" * 21])
def test_a_name_that_is_none(tmp_path: Path, name: str) -> None:
    assert refused(tmp_path, name)[0].startswith("Name an environment, for example ENV=prod")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account", 123456789012),
        ("region", "Virginia"),
        ("stackName", "1st"),
        ("portalIds", "24680"),
        ("portalIds", []),
        ("portalIds", ["12a"]),
        ("portalIds", [True]),
        ("alarmEmail", "nobody"),
        ("alarmEmail", "a@example.com,b@example.com"),
        ("financeEmail", "nobody"),
        ("runbookUrl", "http://example.com/runbook"),
        ("dashboards", 3),
        ("quickbooks", "live"),
        ("failingThreshold", -1),
        ("failingThreshold", "7"),
        ("reservedConcurrency", "on"),
        ("reservedConcurrency", 1),
        ("logRetentionDays", 8),
        ("removalPolicy", "keep"),
        ("settings", "createCustomers"),
    ],
)
def test_a_wrong_value_is_answered_with_words_and_an_example(name: str, value: Any) -> None:
    with pytest.raises(OptionError) as error:
        parse({"portalIds": ["24680"], name: value})
    said = str(error.value)
    assert said.startswith(f"{name} must be ")
    example = said.partition(", for example ")[2]
    assert example
    # No pattern, and an example that can be pasted.
    assert not re.search(r"[\\^+*]|\[[^\]]*-[^\]]*\]", said.replace("[settings]", ""))
    if name != "settings":
        assert parse({"portalIds": ["24680"], **tomllib.loads(example)})


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("createCustomer", True, "createCustomer is unknown; did you mean createCustomers?"),
        ("createCustomers", "maybe", "must be true or false, for example createCustomers = true"),
        ("displayName", "shop", 'must be "company", "person" or "company_person", for example'),
        ("fallbackItemId", 21, "must be an id of QuickBooks in quotes, for example"),
        ("terms", {"30": 3}, 'for example terms = { "30" = "3" }'),
        ("mayAct", ["no body"], 'for example mayAct = ["pat@example.com", "77"]'),
    ],
)
def test_a_wrong_setting(setting: str, value: Any, said: str) -> None:
    with pytest.raises(OptionError) as error:
        parse({"portalIds": ["24680"], "settings": {setting: value}})
    assert str(error.value).startswith(f"settings.{setting} ")
    assert said in str(error.value)


def test_the_example_names_every_option_and_is_one() -> None:
    options = load("example")
    text = (FOLDER / "example.toml").read_text(encoding="utf-8")
    for name in KNOWN:
        assert re.search(rf"^(# )?(\[{name}\]|{name} = )", text, re.MULTILINE), name
    # What is commented out is right, and apart from the name and the tables the value anyway.
    whole = parse(tomllib.loads(re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE)))
    assert whole.log_retention_days == options.log_retention_days
    assert whole.on_deletion == options.on_deletion


def test_a_mistake_is_told_without_waiting_for_cdk() -> None:
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from infra.app import main; code = main(['nowhere']);"
            " print(code, 'aws_cdk' in sys.modules)",
        ],
        cwd=FOLDER.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == ["2", "False"]
    assert "config/nowhere.toml is not there" in ran.stderr
