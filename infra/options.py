"""What an owner may choose when deploying, read from `-c name=value` and checked at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aws_cdk import RemovalPolicy, aws_logs
from pydantic import ValidationError

from invoice_sync.model.connection import Settings

_RETENTION = {
    7: aws_logs.RetentionDays.ONE_WEEK,
    30: aws_logs.RetentionDays.ONE_MONTH,
    90: aws_logs.RetentionDays.THREE_MONTHS,
    180: aws_logs.RetentionDays.SIX_MONTHS,
    365: aws_logs.RetentionDays.ONE_YEAR,
}
_REMOVAL = {"retain": RemovalPolicy.RETAIN, "destroy": RemovalPolicy.DESTROY}


class OptionError(Exception):
    """An option that does not exist, or a value that it does not take."""


@dataclass(frozen=True)
class Options:
    """`stack_name`: also the name of the deployment in metrics. `alarm_email`: the operators;
    nobody is told when empty. `finance_email`: who is told of failing invoices; the operators when
    empty. `runbook_url`: of docs/runbook.md, where whoever gets an alarm can read it.
    `portal_ids`: the HubSpot accounts that this app works for. `settings`: JSON, what a new
    connection starts with. `failing_threshold`: alarm above so many invoices that began to fail
    within an hour. `dashboards`: two; from the account's fourth on each costs 3 USD a month.
    `reserved_concurrency`: each function has its own share of the account's concurrent executions.
    `retention`: of all logs. `removal_policy`: what happens to the table, the secret and the logs
    when the stack is deleted.
    """

    portal_ids: tuple[str, ...]
    stack_name: str = "invoice-sync"
    alarm_email: str = ""
    finance_email: str = ""
    runbook_url: str = ""
    dashboards: bool = True
    settings: str = "{}"
    quickbooks: Literal["production", "sandbox"] = "production"
    failing_threshold: int = 5
    reserved_concurrency: bool = False
    retention: aws_logs.RetentionDays = aws_logs.RetentionDays.THREE_MONTHS
    removal_policy: RemovalPolicy = RemovalPolicy.RETAIN


def parse(values: Mapping[str, str]) -> Options:
    """Raises OptionError."""
    unknown = set(values) - set(_PATTERNS)
    if unknown:
        raise OptionError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(_PATTERNS)}")
    for name, value in values.items():
        if not re.fullmatch(_PATTERNS[name], value, re.DOTALL):
            raise OptionError(f"{name} must be like {_PATTERNS[name]}")
    if "portalIds" not in values:
        raise OptionError(
            "portalIds is missing: name the HubSpot accounts that may use this app, with commas,"
            " for example -c portalIds=24680"
        )
    settings = values.get("settings", "{}")
    try:
        Settings.model_validate_json(settings, extra="forbid")
    except ValidationError as error:
        wrong = ", ".join(".".join(map(str, one["loc"])) or one["msg"] for one in error.errors())
        raise OptionError(f"settings: {wrong}") from None
    return Options(
        stack_name=values.get("stackName", "invoice-sync"),
        alarm_email=values.get("alarmEmail", ""),
        finance_email=values.get("financeEmail", ""),
        runbook_url=values.get("runbookUrl", ""),
        dashboards=values.get("dashboards", "on") == "on",
        portal_ids=tuple(values["portalIds"].split(",")),
        settings=settings,
        quickbooks="sandbox" if values.get("quickbooks") == "sandbox" else "production",
        failing_threshold=int(values.get("failingThreshold", "5")),
        reserved_concurrency=values.get("reservedConcurrency") == "on",
        retention=_RETENTION[int(values.get("logRetentionDays", "90"))],
        removal_policy=_REMOVAL[values.get("removalPolicy", "retain")],
    )


_PATTERNS = {
    "stackName": r"[A-Za-z][A-Za-z0-9-]{0,39}",
    "alarmEmail": r"[^@\s,]+@[^@\s,]+",
    "financeEmail": r"[^@\s,]+@[^@\s,]+",
    # It is part of each alarm's description, which has 1,024 characters.
    "runbookUrl": r"https://[^\s#]{1,120}",
    "dashboards": "on|off",
    "portalIds": r"[0-9]+(,[0-9]+)*",
    "settings": r"\{.*\}",
    "quickbooks": "production|sandbox",
    "failingThreshold": r"[0-9]{1,6}",
    "reservedConcurrency": "on|off",
    "logRetentionDays": "|".join(map(str, _RETENTION)),
    "removalPolicy": "|".join(_REMOVAL),
}
