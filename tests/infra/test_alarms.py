"""Every alarm says what is wrong and what to do first, and leads to a section of the runbook."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from infra import links

from .cloudwatch import evaluated, is_beyond, metrics_of, period_of
from .conftest import template_of
from .test_configuration import CERTIFICATE
from .test_stack import of_type
from .topic_policy import allows

RUNBOOK = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text(encoding="utf-8")
PREFIX = "invoice-sync: "


@pytest.fixture
def alarms(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the alarms by their names without the prefix."""
    return {one["AlarmName"].removeprefix(PREFIX): one for one in telling(template)}


def telling(template: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the alarms that tell somebody. Others stop a deployment: test_rollout.py."""
    every = of_type(template, "AWS::CloudWatch::Alarm").values()
    return [one for one in every if "AlarmActions" in one]


def looked_at(alarm: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the name and the statistic of each metric of an alarm."""
    return {(name.partition(" ")[0], statistic) for _, name, statistic in metrics_of(alarm)}


WATCHED = {
    "many invoices began to fail": {("InvoicesFailed", "Sum")},
    "an invoice has failed for over a day": {("OldestFailureAge", "Maximum")},
    "a connection was lost": {("ReconnectRequired", "Sum")},
    "a connection has ended or ends soon": {("DaysToReconnect", "Minimum")},
    "invoices are late": {("ApproximateAgeOfOldestMessage", "Maximum"), ("SyncLatency", "p99")},
    "messages are in the dead-letter queue": {("ApproximateNumberOfMessagesVisible", "Maximum")},
    "sync_worker fails": {("Errors", "Sum")},
    "requests are answered with server errors": {("5xx", "Sum")},
    "the sweep has stopped": {("SweepLag", "SampleCount")},
    "changes have not been looked for": {("SweepLag", "Maximum")},
    "an error in the app itself": {("OwnErrors", "Sum")},
    "failures that we cannot explain": {("InvoicesUnexpected", "Sum")},
    "signatures are refused": {("SignatureRefused", "Sum")},
}
FOR_FINANCE = {"many invoices began to fail", "an invoice has failed for over a day"}
FOR_BOTH = {"a connection was lost", "a connection has ended or ends soon"}
# They may be on for days. Of an end nobody is told: each day has one.
LASTING = {
    "an invoice has failed for over a day",
    "a connection has ended or ends soon",
    "messages are in the dead-letter queue",
    "changes have not been looked for",
    "signatures are refused",
}


def test_each_thing_that_can_be_wrong_has_its_alarm(alarms: dict[str, dict[str, Any]]) -> None:
    assert {name: looked_at(one) for name, one in alarms.items()} == WATCHED


def text_of(value: Any, region: str = "eu-west-1") -> str:
    """Return a text of the template as CloudFormation makes it."""
    if isinstance(value, str):
        return value
    parts = value["Fn::Join"][1]
    front = f"https://abcdefghij.execute-api.{region}.amazonaws.com"
    made = {"Ref": region, "Fn::GetAtt": front}
    return "".join(part if isinstance(part, str) else made[next(iter(part))] for part in parts)


def test_each_alarm_says_what_to_do_first_with_full_links() -> None:
    page = "https://github.com/acme/invoices/blob/main/docs/runbook.md"
    made = template_of(stackName="books", runbookUrl=page)
    console = "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#"
    found = telling(made)
    assert len(found) == len(WATCHED)
    for one in found:
        name = one["AlarmName"].removeprefix("books: ")
        first, runbook, dashboard, log = text_of(one["AlarmDescription"]).split("\n")
        assert first.startswith("First: ")
        assert runbook == f"Runbook: {page}#{name.replace(' ', '-')}"
        board = "books-business" if name in FOR_FINANCE else "books-technical"
        assert dashboard == f"Dashboard: {console}dashboards/dashboard/{board}"
        if name in FOR_BOTH:
            front = "https://abcdefghij.execute-api.eu-west-1.amazonaws.com"
            assert f"open {front}/connect/hubspot and" in first
        assert log.startswith(f"Log: {console}logsV2:logs-insights$3FqueryDetail$3D$257E$2528end")


def test_a_link_to_the_log_is_what_the_console_reads() -> None:
    """The example is from the console itself, by somebody who asked how it is made."""
    link = links.log_query("eu-west-1", ["/books/api"], "fields @timestamp | limit 20")
    _, _, detail = link.partition("queryDetail$3D")
    once = unquote(unquote(detail.replace("$", "%")))
    assert once == (
        "~(end~0~start~-21600~timeType~'RELATIVE~unit~'seconds"
        "~editorString~'fields*20*40timestamp*20*7C*20limit*2020~source~(~'*2Fbooks*2Fapi))"
    )


def test_without_an_address_the_description_names_the_file(
    alarms: dict[str, dict[str, Any]],
) -> None:
    text = text_of(alarms["signatures are refused"]["AlarmDescription"])
    assert "\nRunbook: docs/runbook.md#signatures-are-refused\n" in text


def test_the_longest_names_fit_into_what_cloudwatch_takes() -> None:
    longest = "https://" + "x" * 120
    domain = {"domainName": f"{'x' * 60}.com", "certificateArn": CERTIFICATE}
    made = template_of(stackName="s" * 40, runbookUrl=longest, **domain)
    for one in telling(made):
        assert len(text_of(one["AlarmDescription"], "ap-southeast-2")) <= 1024, one["AlarmName"]


def test_the_runbook_has_a_section_for_each_alarm_and_no_other(
    alarms: dict[str, dict[str, Any]],
) -> None:
    sections = re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)
    assert sorted(sections) == sorted(alarms)
    headings = re.findall(r"^#+ (.+)$", RUNBOOK, re.MULTILINE)
    anchors = {links.anchor(one) for one in headings}
    assert set(re.findall(r"\(#([^)]+)\)", RUNBOOK)) <= anchors
    # Where the descriptions and the dashboards lead to.
    assert {links.anchor(one) for one in (*alarms, "Runbook")} <= anchors


def test_each_section_says_what_it_means_and_what_to_do_first() -> None:
    for section in re.split(r"^## ", RUNBOOK, flags=re.MULTILINE)[1:]:
        assert "**For users:**" in section, section
        assert "**First:**" in section, section


def dashboards(template: dict[str, Any]) -> dict[str, str]:
    """Return the bodies by the names without the stack's."""
    return {
        one["DashboardName"].removeprefix("invoice-sync-"): text_of(one["DashboardBody"])
        for one in of_type(template, "AWS::CloudWatch::Dashboard").values()
    }


def test_what_the_runbook_quotes_can_be_found(
    alarms: dict[str, dict[str, Any]], template: dict[str, Any]
) -> None:
    """Most quotes are messages of the log, and nobody can search for one that nothing writes."""
    sources = (Path(__file__).parents[2] / "functions").rglob("*.py")
    known = "".join(path.read_text(encoding="utf-8") for path in sources)
    known += "".join(dashboards(template).values())
    prose = re.sub(r"^ {4}.*$", "", RUNBOOK, flags=re.MULTILINE)
    quoted = set(re.findall(r'"([^"]+)"', re.sub(r"`[^`]*`", "", prose))) - set(alarms)
    ours = {" ".join(one.split()) for one in quoted if "Lambda" not in one and "yes" not in one}
    assert len(ours) > 8
    assert {one for one in ours if one not in known} == set()


def test_who_is_told_of_what(template: dict[str, Any], alarms: dict[str, dict[str, Any]]) -> None:
    business, technical = topics(template)
    for name, one in alarms.items():
        expected = {business} if name in FOR_FINANCE else {technical}
        expected |= {business} if name in FOR_BOTH else set()
        assert {action["Ref"] for action in one["AlarmActions"]} == expected, name
        ends = {action["Ref"] for action in one.get("OKActions", [])}
        assert ends == (set() if name in LASTING else expected), name
    assert of_type(template, "AWS::CloudWatch::CompositeAlarm") == {}


@pytest.mark.parametrize(
    ("given", "finance", "operators"),
    [
        ({}, None, None),
        ({"alarmEmail": "ops@example.com"}, "ops@example.com", "ops@example.com"),
        ({"financeEmail": "cfo@example.com"}, "cfo@example.com", None),
        (
            {"financeEmail": "cfo@example.com", "alarmEmail": "ops@example.com"},
            "cfo@example.com",
            "ops@example.com",
        ),
    ],
)
def test_where_mails_go(given: dict[str, str], finance: str | None, operators: str | None) -> None:
    made = template_of(**given)
    subscriptions = of_type(made, "AWS::SNS::Subscription").values()
    found = {one["TopicArn"]["Ref"]: one["Endpoint"] for one in subscriptions}
    business, technical = topics(made)
    assert (found.get(business), found.get(technical)) == (finance, operators)


def topics(template: dict[str, Any]) -> tuple[str, str]:
    """Return the logical ids of the one for finance and the one for operators."""
    found = of_type(template, "AWS::SNS::Topic")
    (business,) = (one for one in found if "Business" in one)
    (technical,) = (one for one in found if "Technical" in one)
    assert len(found) == 2
    return business, technical


def test_an_alarm_may_publish_and_nobody_else(template: dict[str, Any]) -> None:
    policies = of_type(template, "AWS::SNS::TopicPolicy").values()
    assert {policy["Topics"][0]["Ref"] for policy in policies} == set(topics(template))
    cloudwatch = {"Service": "cloudwatch.amazonaws.com"}
    own = {"aws__SourceAccount": {"Ref": "AWS::AccountId"}, "aws__SecureTransport": "true"}
    for policy in policies:
        (topic,) = policy["Topics"]
        assert all(one["Resource"] == topic for one in policy["PolicyDocument"]["Statement"])
        assert allows(policy, cloudwatch, **own)
        assert not allows(policy, cloudwatch, **{**own, "aws__SecureTransport": "false"})
        assert not allows(policy, cloudwatch, **{**own, "aws__SourceAccount": "210987654321"})
        assert not allows(policy, {"Service": "events.amazonaws.com"}, **own)
        assert not allows(policy, {"AWS": "210987654321"}, **own)


def test_no_topic_has_a_key_that_cloudwatch_could_not_use(template: dict[str, Any]) -> None:
    # AWS's own key for SNS has a policy without CloudWatch, and nobody can change it.
    for topic in of_type(template, "AWS::SNS::Topic").values():
        assert "KmsMasterKeyId" not in topic


def test_only_the_sweeps_silence_is_bad_news(alarms: dict[str, dict[str, Any]]) -> None:
    silence = {name: one["TreatMissingData"] for name, one in alarms.items()}
    assert silence.pop("the sweep has stopped") == "breaching"
    assert set(silence.values()) == {"notBreaching"}


NOON, REMINDER = 12 * 60, 5 * 60


def rings(alarm: dict[str, Any], number: float, minute: int = NOON) -> bool:
    """Tell whether one period with that number is beyond the threshold."""
    ((id_, _, _),) = metrics_of(alarm)
    return is_beyond(alarm, {id_: {minute: number}}, minute)


@pytest.mark.parametrize(
    ("wrong", "well", "ill"),
    [
        ("many invoices began to fail", 5, 6),
        ("a connection was lost", 0, 1),
        ("messages are in the dead-letter queue", 0, 1),
        ("sync_worker fails", 2, 3),
        ("requests are answered with server errors", 4, 5),
        ("the sweep has stopped", 1, 0),
        ("changes have not been looked for", 3600, 3601),  # seconds
        ("an error in the app itself", 0, 1),
        ("failures that we cannot explain", 2, 3),
        ("signatures are refused", 25, 26),
    ],
)
def test_where_a_number_becomes_an_alarm(
    alarms: dict[str, dict[str, Any]], wrong: str, well: float, ill: float
) -> None:
    assert not rings(alarms[wrong], well)
    assert rings(alarms[wrong], ill)


@pytest.mark.parametrize(
    ("wrong", "well", "ill"),
    [
        ("an invoice has failed for over a day", 86_400, 86_401),  # seconds
        ("a connection has ended or ends soon", 14, 13.9),  # days
    ],
)
def test_what_is_told_in_the_morning_only(
    alarms: dict[str, dict[str, Any]], wrong: str, well: float, ill: float
) -> None:
    assert not rings(alarms[wrong], well, REMINDER)
    assert rings(alarms[wrong], ill, REMINDER)
    assert rings(alarms[wrong], ill, REMINDER + 55)
    assert not rings(alarms[wrong], ill, REMINDER + 60)
    assert not rings(alarms[wrong], ill, NOON)


@pytest.mark.parametrize(
    ("waited", "took", "late"),
    [(300, 60_000, False), (301, None, True), (None, 60_001, True), (0, 0, False)],
)
def test_what_is_late(
    alarms: dict[str, dict[str, Any]], waited: float | None, took: float | None, late: bool
) -> None:
    alarm = alarms["invoices are late"]
    now = {"age": waited, "latency": took}
    assert (evaluated(alarm, now) > alarm["Threshold"]) == late
    # Three periods of five minutes in a row.
    assert (alarm["EvaluationPeriods"], period_of(alarm)) == (3, 5)


def test_what_is_bad_at_once_is_told_at_once(alarms: dict[str, dict[str, Any]]) -> None:
    for name in ("messages are in the dead-letter queue", "a connection was lost"):
        assert (alarms[name]["EvaluationPeriods"], period_of(alarms[name])) == (1, 5)
    # A sweep that comes a little late is not a dead one.
    sweep = alarms["the sweep has stopped"]
    assert (sweep["EvaluationPeriods"], period_of(sweep)) == (3, 5)


def test_the_owner_chooses_how_many_may_begin_to_fail() -> None:
    made = template_of(failingThreshold=7, stackName="other")
    found = telling(made)
    (failing,) = (one for one in found if one["AlarmName"].endswith("many invoices began to fail"))
    assert failing["AlarmName"].startswith("other: ")
    assert not rings(failing, 7)
    assert rings(failing, 8)


def test_own_metrics_are_those_of_this_deployment(template: dict[str, Any]) -> None:
    text = json.dumps(of_type(template, "AWS::CloudWatch::Alarm"))
    own = re.findall(r'"Dimensions": \[\{"Name": "service", "Value": "([^"]+)"\}\]', text)
    assert set(own) == {"invoice-sync"}
