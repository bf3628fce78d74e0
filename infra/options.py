"""What an owner may choose when deploying, checked before CDK is loaded, which takes seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from infra.option_values import one_of, portal_ids, settings, tags, text, unknown, whole_number

if TYPE_CHECKING:
    from aws_cdk import RemovalPolicy, aws_logs

_RETENTION = {
    7: "ONE_WEEK",
    30: "ONE_MONTH",
    90: "THREE_MONTHS",
    180: "SIX_MONTHS",
    365: "ONE_YEAR",
}


class OptionError(Exception):
    """What is wrong with a configuration, a line for each mistake."""


@dataclass(frozen=True)
class Options:
    """`account`, `region`: where the stack belongs; empty: wherever somebody deploys it.
    `stack_name`: also the name of the deployment in metrics. `alarm_email`: the operators; nobody
    is told when empty. `finance_email`: who is told of failing invoices; the operators when empty.
    `runbook_url`: of docs/runbook.md, where whoever gets an alarm can read it. `portal_ids`: the
    HubSpot accounts that this app works for. `settings`: JSON, what a new connection starts with.
    `failing_threshold`: alarm above so many invoices that began to fail within an hour.
    `dashboards`: two; from the account's fourth on each costs 3 USD a month.
    `reserved_concurrency`: each function has its own share of the account's concurrent executions.
    `log_retention_days`: of all logs. `on_deletion`: what happens to the table, the secret and the
    logs when the stack is deleted. `domain_name`: of the HTTP front, instead of the one that AWS
    makes up; `certificate_arn` is the certificate of that name. `kms_key_arn`: the owner's key for
    all that is kept; AWS's own when empty. `permissions_boundary_arn`: of every role. `tags`: of
    every resource, beside ours. `monthly_budget`: US dollars; nobody is told when 0. `table_name`:
    a table that was restored, used instead of the stack's own. `chosen`: all that the owner wrote
    down, by its name there.
    """

    portal_ids: tuple[str, ...]
    account: str = ""
    region: str = ""
    stack_name: str = "invoice-sync"
    alarm_email: str = ""
    finance_email: str = ""
    runbook_url: str = ""
    dashboards: bool = True
    settings: str = "{}"
    quickbooks: Literal["production", "sandbox"] = "production"
    failing_threshold: int = 5
    reserved_concurrency: bool = False
    log_retention_days: int = 90
    on_deletion: Literal["retain", "destroy"] = "retain"
    domain_name: str = ""
    certificate_arn: str = ""
    kms_key_arn: str = ""
    permissions_boundary_arn: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    monthly_budget: int = 0
    table_name: str = ""
    chosen: Mapping[str, Any] = field(default_factory=dict)

    @property
    def retention(self) -> aws_logs.RetentionDays:
        from aws_cdk import aws_logs  # noqa: PLC0415

        return aws_logs.RetentionDays[_RETENTION[self.log_retention_days]]

    @property
    def removal_policy(self) -> RemovalPolicy:
        from aws_cdk import RemovalPolicy  # noqa: PLC0415

        return RemovalPolicy[self.on_deletion.upper()]

    @property
    def removal_policy_of_logs(self) -> RemovalPolicy:
        """Their names are given, and AWS makes none twice: those of a deployment that turned back
        would stop the next one."""
        from aws_cdk import RemovalPolicy  # noqa: PLC0415

        if self.on_deletion == "destroy":
            return RemovalPolicy.DESTROY
        return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE


def parse(values: Mapping[str, Any]) -> Options:
    """Return the options that a TOML table names. Raises OptionError."""
    problems = list(unknown(values, KNOWN))
    read: dict[str, Any] = {}
    for name, value in values.items():
        option = KNOWN.get(name)
        if option is None:
            continue
        try:
            read[option.field] = option.read(value)
        except ValueError as error:
            said = str(error) or f"{name} must be {option.must_be}, for example {option.example}"
            problems.append(said)
    if "portalIds" not in values:
        problems.append(
            "portalIds is missing: name the HubSpot accounts that may use this app, for example"
            f" {KNOWN['portalIds'].example}"
        )
    problems += _misfits(values, read)
    if problems:
        raise OptionError("\n".join(problems))
    chosen = {name: value for name, value in values.items() if name not in _PLACE}
    return Options(**read, chosen={**chosen, "portalIds": list(read["portal_ids"])})


def _misfits(values: Mapping[str, Any], read: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each option that does not fit another. `values`: as they are written;
    `read`: those that are right, by field."""
    for name, other in (("domainName", "certificateArn"), ("certificateArn", "domainName")):
        if name in values and other not in values:
            yield f"{name} needs {other} too, for example {KNOWN[other].example}"
    for name in ("settings", "tags"):
        # A line that was written at the end of the file, below the last table.
        table = values.get(name)
        for one in table if isinstance(table, Mapping) else ():
            if one in KNOWN and one not in _PLACE:
                yield f"{name}.{one}: {one} is an option; write it above the line [{name}]"
    if "monthlyBudget" in values and "alarmEmail" not in values:
        example = KNOWN["alarmEmail"].example
        yield f"monthlyBudget needs alarmEmail, who is told of it, for example {example}"
    if "monthlyBudget" in values and read.get("region", "us-east-1") not in BUDGET_REGIONS:
        yield (
            f"monthlyBudget: CloudFormation makes no budgets in {read['region']}. Leave it out, and"
            " make one in AWS' Billing console for the tag service"
        )
    for name, kind in _REGIONAL.items():
        _, _, _, region, account, *_ = read.get(KNOWN[name].field, ":::::").split(":")
        if region and region != read.get("region", region):
            yield (
                f"{name} is of {region}, and the stack is in {read['region']}: make {kind} in"
                f" {read['region']} and name that one"
            )
        elif account and account != read.get("account", account):
            yield f"{name} is of the account {account}, and the stack is in {read['account']}"
    owner = read.get("permissions_boundary_arn", "::::aws:").split(":")[4]
    if owner not in ("aws", read.get("account", owner)):
        yield (
            f"permissionsBoundaryArn is of the account {owner}, and the stack is in"
            f" {read['account']}: IAM takes a policy of its own account only"
        )


@dataclass(frozen=True)
class _Option:
    """`read` raises a ValueError: with words of its own, or without any."""

    field: str
    must_be: str
    example: str
    read: Callable[[Any], Any]


# Where a deployment is: to change it makes another one.
_PLACE = ("account", "region", "stackName")
# What AWS takes in its own region and account only.
_REGIONAL = {"certificateArn": "a certificate of that name", "kmsKeyArn": "a key"}
# Where CloudFormation knows AWS::Budgets::Budget; a test compares it with cfn-lint's lists.
BUDGET_REGIONS = frozenset(
    (
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
        *("eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "me-south-1"),
        *("ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
    )
)
_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_EXAMPLE = "1f8a0b6c-3d5e-4a7b-9c2d-0e1f2a3b4c5d"
_EMAIL = text(r"[^@\s,]+@[^@\s,]+")
KNOWN = {
    "account": _Option(
        "account",
        "the twelve digits of an AWS account, in quotes",
        'account = "123456789012"',
        text("[0-9]{12}"),
    ),
    "region": _Option(
        "region",
        "an AWS region, and not one of China, of a government or of the European Sovereign Cloud",
        'region = "us-east-1"',
        # Of AWS' other partitions: their services, addresses and ARNs differ.
        text("(?!cn-|us-gov-|us-iso|eu-iso|eusc-)[a-z]{2}(-[a-z]+)+-[0-9]"),
    ),
    "stackName": _Option(
        "stack_name",
        "a name of at most 40 letters, digits and hyphens that begins with a letter",
        'stackName = "invoice-sync-prod"',
        text("[A-Za-z][A-Za-z0-9-]{0,39}"),
    ),
    "portalIds": _Option(
        "portal_ids",
        "a list of ids of HubSpot accounts",
        'portalIds = ["24680", "13579"]',
        portal_ids,
    ),
    "alarmEmail": _Option(
        "alarm_email", "one e-mail address", 'alarmEmail = "ops@example.com"', _EMAIL
    ),
    "financeEmail": _Option(
        "finance_email", "one e-mail address", 'financeEmail = "books@example.com"', _EMAIL
    ),
    "runbookUrl": _Option(
        "runbook_url",
        "an https address of at most 128 characters, without #",
        'runbookUrl = "https://example.com/runbook"',
        # It is part of each alarm's description, which has 1,024 characters.
        text(r"https://[^\s#]{1,120}"),
    ),
    "dashboards": _Option("dashboards", "true or false", "dashboards = false", one_of(True, False)),
    "quickbooks": _Option(
        "quickbooks",
        '"production" or "sandbox"',
        'quickbooks = "sandbox"',
        one_of("production", "sandbox"),
    ),
    "failingThreshold": _Option(
        "failing_threshold",
        "a whole number from 0 to 999999",
        "failingThreshold = 5",
        whole_number(0),
    ),
    "reservedConcurrency": _Option(
        "reserved_concurrency", "true or false", "reservedConcurrency = true", one_of(True, False)
    ),
    "logRetentionDays": _Option(
        "log_retention_days",
        "7, 30, 90, 180 or 365",
        "logRetentionDays = 90",
        one_of(*_RETENTION),
    ),
    "removalPolicy": _Option(
        "on_deletion",
        '"retain" or "destroy"',
        'removalPolicy = "retain"',
        one_of("retain", "destroy"),
    ),
    "settings": _Option(
        "settings",
        "a table of settings",
        "createCustomers = true below a line [settings]",
        settings,
    ),
    "domainName": _Option(
        "domain_name",
        "a host name of yours of at most 64 small letters, digits, hyphens and dots, without https://"
        " and without a path",
        'domainName = "invoices.example.com"',
        # It is part of an alarm's description too.
        text(r"(?=.{4,64}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"),
    ),
    "certificateArn": _Option(
        "certificate_arn",
        "the ARN of a certificate in AWS Certificate Manager",
        f'certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/{_EXAMPLE}"',
        text(rf"arn:aws:acm:[a-z0-9-]+:[0-9]{{12}}:certificate/{_UUID}"),
    ),
    "kmsKeyArn": _Option(
        "kms_key_arn",
        "the ARN of a symmetric key in AWS KMS, not of an alias",
        f'kmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/{_EXAMPLE}"',
        text(rf"arn:aws:kms:[a-z0-9-]+:[0-9]{{12}}:key/({_UUID}|mrk-[0-9a-f]{{32}})"),
    ),
    "permissionsBoundaryArn": _Option(
        "permissions_boundary_arn",
        "the ARN of an IAM policy",
        'permissionsBoundaryArn = "arn:aws:iam::123456789012:policy/boundary"',
        text(r"arn:aws:iam::([0-9]{12}|aws):policy/[\w+=,.@/-]+"),
    ),
    "tags": _Option(
        "tags", "a table of names and texts", 'costCentre = "books" below a line [tags]', tags
    ),
    "monthlyBudget": _Option(
        "monthly_budget",
        "a whole number of US dollars from 1 to 999999",
        "monthlyBudget = 20",
        whole_number(1),
    ),
    "tableName": _Option(
        "table_name",
        "the name of a table in DynamoDB",
        'tableName = "invoice-sync-restored"',
        text("[A-Za-z0-9_.-]{3,255}"),
    ),
}
