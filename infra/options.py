"""What an owner may choose when deploying, checked before CDK is loaded, which takes seconds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from invoice_sync.model.connection import Settings

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
    logs when the stack is deleted. `chosen`: all that the owner wrote down, by its name there.
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
    chosen: Mapping[str, Any] = field(default_factory=dict)

    @property
    def retention(self) -> aws_logs.RetentionDays:
        from aws_cdk import aws_logs  # noqa: PLC0415

        return aws_logs.RetentionDays[_RETENTION[self.log_retention_days]]

    @property
    def removal_policy(self) -> RemovalPolicy:
        from aws_cdk import RemovalPolicy  # noqa: PLC0415

        return RemovalPolicy[self.on_deletion.upper()]


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
    if problems:
        raise OptionError("\n".join(problems))
    chosen = {name: value for name, value in values.items() if name not in _PLACE}
    return Options(**read, chosen={**chosen, "portalIds": list(read["portal_ids"])})


def unknown(names: Iterable[str], known: Iterable[str], prefix: str = "") -> Iterator[str]:
    """Yield a sentence for each name that is not known."""
    known = list(known)
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
            yield f"{prefix}{name} is unknown; {hint}"


@dataclass(frozen=True)
class _Option:
    """`read` raises a ValueError: with words of its own, or without any."""

    field: str
    must_be: str
    example: str
    read: Callable[[Any], Any]


def _text(form: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if isinstance(value, str) and re.fullmatch(form, value):
            return value
        raise ValueError

    return read


def _one_of(*known: Any) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        # True is 1 to Python, and not to the owner.
        if any(type(value) is type(one) and value == one for one in known):
            return value
        raise ValueError

    return read


def _whole_number(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1_000_000:
        return value
    raise ValueError


def _portal_ids(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError
    ids = tuple(str(one) for one in value if not isinstance(one, bool))
    if len(ids) < len(value) or not all(re.fullmatch("[0-9]{1,20}", one) for one in ids):
        raise ValueError
    return ids


def _settings(value: Any) -> str:
    if not isinstance(value, dict):
        raise ValueError
    names = [info.alias or name for name, info in Settings.model_fields.items()]
    if strange := list(unknown(value, names, "settings.")):
        raise ValueError("\n".join(strange))
    try:
        text = json.dumps(value)
        Settings.model_validate_json(text, extra="forbid")
    except TypeError:  # TOML has times; no setting is one
        raise ValueError from None
    except ValidationError as error:
        raise ValueError("\n".join(_wrong_settings(error))) from None
    return text


def _wrong_settings(error: ValidationError) -> Iterator[str]:
    for one in error.errors():
        name, kind = str(one["loc"][0]), one["type"]
        if name in _TABLES:
            must_be, example = _TABLES[name]
        elif kind == "literal_error":
            must_be = one["ctx"]["expected"].replace("'", '"')
            example = must_be.split(",")[0].split(" or ")[0]
        elif kind.startswith("bool"):
            must_be, example = "true or false", "true"
        else:
            must_be, example = "an id of QuickBooks in quotes", '"21"'
        yield f"settings.{name} must be {must_be}, for example {name} = {example}"


# Settings that hold more than one value.
_TABLES = {
    "mayAct": (
        "a list of e-mail addresses or HubSpot user ids",
        '["pat@example.com", "77"]',
    ),
    "sources": ("a list of values of hs_invoice_source", '["hubspot"]'),
    "terms": ("a table of days and the id of their term", '{ "30" = "3" }'),
    "taxCodes": ("a table of HubSpot taxes and the id of their tax code", '{ "VAT" = "5" }'),
}
# Where a deployment is: to change it makes another one.
_PLACE = ("account", "region", "stackName")
_EMAIL = _text(r"[^@\s,]+@[^@\s,]+")
KNOWN = {
    "account": _Option(
        "account",
        "the twelve digits of an AWS account, in quotes",
        'account = "123456789012"',
        _text("[0-9]{12}"),
    ),
    "region": _Option(
        "region", "an AWS region", 'region = "us-east-1"', _text("[a-z]{2}(-[a-z]+)+-[0-9]")
    ),
    "stackName": _Option(
        "stack_name",
        "a name of at most 40 letters, digits and hyphens that begins with a letter",
        'stackName = "invoice-sync-prod"',
        _text("[A-Za-z][A-Za-z0-9-]{0,39}"),
    ),
    "portalIds": _Option(
        "portal_ids",
        "a list of ids of HubSpot accounts",
        'portalIds = ["24680", "13579"]',
        _portal_ids,
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
        _text(r"https://[^\s#]{1,120}"),
    ),
    "dashboards": _Option(
        "dashboards", "true or false", "dashboards = false", _one_of(True, False)
    ),
    "quickbooks": _Option(
        "quickbooks",
        '"production" or "sandbox"',
        'quickbooks = "sandbox"',
        _one_of("production", "sandbox"),
    ),
    "failingThreshold": _Option(
        "failing_threshold",
        "a whole number from 0 to 999999",
        "failingThreshold = 5",
        _whole_number,
    ),
    "reservedConcurrency": _Option(
        "reserved_concurrency", "true or false", "reservedConcurrency = true", _one_of(True, False)
    ),
    "logRetentionDays": _Option(
        "log_retention_days",
        "7, 30, 90, 180 or 365",
        "logRetentionDays = 90",
        _one_of(*_RETENTION),
    ),
    "removalPolicy": _Option(
        "on_deletion",
        '"retain" or "destroy"',
        'removalPolicy = "retain"',
        _one_of("retain", "destroy"),
    ),
    "settings": _Option(
        "settings",
        "a table of settings",
        "createCustomers = true below a line [settings]",
        _settings,
    ),
}
