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
from infra.options import BUDGET_REGIONS, KNOWN, OptionError, parse

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1f8a0b6c-3d5e-4a7b-9c2d-0e1f2a3b4c5d"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1f8a0b6c-3d5e-4a7b-9c2d-0e1f2a3b4c5d"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
# What some options need beside them.
BESIDE: dict[str, dict[str, Any]] = {
    "domainName": {"certificateArn": CERTIFICATE},
    "certificateArn": {"domainName": "invoices.example.com"},
    "monthlyBudget": {"alarmEmail": "ops@example.com"},
}
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


def test_two_environments_are_not_one_stack(tmp_path: Path) -> None:
    write(tmp_path, GOOD + 'stackName = "books"\n')
    (line,) = refused(write(tmp_path, GOOD + 'stackName = "books"\n', "dev"), "dev")
    assert f"it names the same stack as {tmp_path.name}/prod.toml" in line
    elsewhere = GOOD.replace("eu-west-1", "us-east-1") + 'stackName = "books"\n'
    assert load("dev", write(tmp_path, elsewhere, "dev")).stack_name == "books"


def test_an_empty_file_is_told_all_that_it_lacks(tmp_path: Path) -> None:
    lines = refused(write(tmp_path, ""))
    assert [line.split()[1] for line in lines] == ["account", "region", "portalIds"]


@pytest.mark.parametrize("table", ["settings", "tags"])
def test_an_option_below_a_table_is_not_taken_for_an_entry_of_it(
    tmp_path: Path, table: str
) -> None:
    lines = refused(write(tmp_path, GOOD + f'[{table}]\nalarmEmail = "ops@example.com"\n'))
    said = f"{table}.alarmEmail: alarmEmail is an option; write it above the line [{table}]"
    assert any(line.endswith(said) for line in lines)


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1", "eusc-de-east-1"])
def test_a_region_that_aws_runs_apart_is_refused(region: str) -> None:
    with pytest.raises(OptionError, match="region must be an AWS region, and not one of China"):
        parse({"portalIds": ["24680"], "region": region})


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
        ("domainName", "https://invoices.example.com"),
        ("domainName", "Invoices.example.com"),
        ("domainName", "invoices.example.com/sync"),
        ("domainName", "localhost"),
        ("domainName", "*.example.com"),
        ("certificateArn", CERTIFICATE.replace(":acm:", ":iam:")),
        ("certificateArn", "1f8a0b6c-3d5e-4a7b-9c2d-0e1f2a3b4c5d"),
        ("kmsKeyArn", "arn:aws:kms:eu-west-1:123456789012:alias/invoices"),
        ("kmsKeyArn", KEY[:-1]),
        ("permissionsBoundaryArn", "boundary"),
        ("permissionsBoundaryArn", "arn:aws:iam::123456789012:role/boundary"),
        ("tags", ["costCentre"]),
        ("monthlyBudget", 0),
        ("monthlyBudget", 19.5),
        ("monthlyBudget", "20"),
        ("tableName", "ab"),
        ("tableName", "arn:aws:dynamodb:eu-west-1:123456789012:table/x"),
    ],
)
def test_a_wrong_value_is_answered_with_words_and_an_example(name: str, value: Any) -> None:
    with pytest.raises(OptionError) as error:
        parse({"portalIds": ["24680"], **BESIDE.get(name, {}), name: value})
    said = str(error.value)
    assert "\n" not in said
    assert said.startswith(f"{name} must be ")
    example = said.partition(", for example ")[2]
    assert example
    # No pattern, and an example that can be pasted.
    assert not re.search(r"[\\^+*]|\[[^\]]*-[^\]]*\]", said.replace("[settings]", ""))
    if name not in ("settings", "tags"):
        given = {"portalIds": ["24680"], **BESIDE.get(name, {}), **tomllib.loads(example)}
        assert parse(given)


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


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"domainName": "invoices.example.com"},
            "domainName needs certificateArn too, for example",
        ),
        ({"certificateArn": CERTIFICATE}, "certificateArn needs domainName too, for example"),
        (
            {
                "domainName": "invoices.example.com",
                "certificateArn": CERTIFICATE.replace("eu-west-1", "us-east-1"),
            },
            "certificateArn is of us-east-1, and the stack is in eu-west-1: make a certificate of"
            " that name in eu-west-1",
        ),
        (
            {"kmsKeyArn": KEY.replace("eu-west-1", "us-east-1")},
            "kmsKeyArn is of us-east-1, and the stack is in eu-west-1: make a key in eu-west-1",
        ),
        (
            {"kmsKeyArn": KEY.replace("123456789012", "999999999999")},
            "kmsKeyArn is of the account 999999999999, and the stack is in 123456789012",
        ),
        (
            {"permissionsBoundaryArn": BOUNDARY.replace("123456789012", "999999999999")},
            "permissionsBoundaryArn is of the account 999999999999, and the stack is in",
        ),
        ({"monthlyBudget": 20}, 'needs alarmEmail, who is told of it, for example alarmEmail = "'),
    ],
)
def test_options_that_do_not_fit_each_other(
    tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    lines = [f"{name} = {value!r}\n" for name, value in options.items()]
    (line,) = refused(write(tmp_path, GOOD + "".join(lines)))
    assert said in line


def test_a_boundary_of_aws_and_a_key_of_several_regions_fit(tmp_path: Path) -> None:
    several = f"arn:aws:kms:eu-west-1:123456789012:key/mrk-{'0' * 32}"
    text = f'{GOOD}permissionsBoundaryArn = "arn:aws:iam::aws:policy/PowerUserAccess"\n'
    options = load("prod", write(tmp_path, f'{text}kmsKeyArn = "{several}"\n'))
    assert options.permissions_boundary_arn == "arn:aws:iam::aws:policy/PowerUserAccess"
    assert options.kms_key_arn == several


def test_a_budget_where_cloudformation_makes_none(tmp_path: Path) -> None:
    text = GOOD.replace("eu-west-1", "eu-north-1")
    text += 'alarmEmail = "ops@example.com"\nmonthlyBudget = 20\n'
    (line,) = refused(write(tmp_path, text))
    assert "CloudFormation makes no budgets in eu-north-1. Leave it out, and" in line


def test_where_cloudformation_makes_budgets() -> None:
    from cfnlint.helpers import REGIONS
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    commercial = [each for each in REGIONS if not re.match("cn-|us-gov-|.*-iso|eusc-", each)]
    assert len(commercial) > 30
    assert {
        each
        for each in commercial
        if "AWS::Budgets::Budget" in PROVIDER_SCHEMA_MANAGER.get_resource_types(each)
    } == BUDGET_REGIONS


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({"service": "x"}, "tags.service: service is set by this app; choose another name"),
        ({"Version": "1"}, "tags.Version: version is set by this app; choose another name"),
        ({"Team": "a", "team": "b"}, "tags.team: Team differs from it in capitals only, which IAM"),
        ({"aws:x": "1"}, "tags.aws:x: names that begin with aws: are AWS's own"),
        ({"": "1"}, 'tags: "" must have 1 to 128 characters'),
        ({"a" * 129: "1"}, "must have 1 to 128 characters"),
        ({"a#b": "1"}, 'tags: "a#b" must have 1 to 128 characters: letters, digits, spaces and'),
        ({"costCentre": 4711}, "tags.costCentre must be a text in quotes of 1 to 256 characters"),
        ({"costCentre": ""}, "tags.costCentre must be a text in quotes of 1 to 256 characters"),
        ({"costCentre": "a" * 257}, "tags.costCentre must be a text in quotes of 1 to 256"),
        ({f"t{n}": "x" for n in range(49)}, "tags has 49 entries, and may have 48: AWS takes 50"),
    ],
)
def test_tags_that_aws_would_refuse(tags: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError) as error:
        parse({"portalIds": ["24680"], "tags": tags})
    (line,) = str(error.value).splitlines()
    assert line.startswith("tags")
    assert said in line


def test_as_many_and_as_long_tags_as_aws_takes() -> None:
    tags = {f"{n:0128}": "ü:/= +-@_." + "x" * 246 for n in range(48)}
    assert parse({"portalIds": ["24680"], "tags": tags}).tags == tags


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
