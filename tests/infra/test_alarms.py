"""Every alarm says what is wrong and what to do first, and leads to a section of the runbook."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from invoice_sync.runtime import metrics

from .conftest import template_of
from .test_stack import FUNCTIONS, of_type
from .topic_policy import allows

RUNBOOK = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text(encoding="utf-8")
PREFIX = "invoice-sync: "


@pytest.fixture
def alarms(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the alarms by their names without the prefix."""
    return {
        one["AlarmName"].removeprefix(PREFIX): one
        for one in of_type(template, "AWS::CloudWatch::Alarm").values()
    }


@pytest.fixture
def composite(template: dict[str, Any]) -> dict[str, Any]:
    (one,) = of_type(template, "AWS::CloudWatch::CompositeAlarm").values()
    return one


def looked_at(alarm: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Return (namespace, metric, statistic) for each metric of an alarm."""
    if "MetricName" in alarm:
        statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
        return {(alarm["Namespace"], alarm["MetricName"], statistic)}
    parts = [one["MetricStat"] for one in alarm["Metrics"] if "MetricStat" in one]
    return {(one["Metric"]["Namespace"], one["Metric"]["MetricName"], one["Stat"]) for one in parts}


OWN = "InvoiceSync"
WATCHED = {
    "hints are in the dead-letter queue": {
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum")
    },
    "hints wait too long": {("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum")},
    "invoices are failing, or the sweep is dead": {(OWN, "FailingInvoices", "Maximum")},
    "changes have not been looked for": {(OWN, "SweepLag", "Maximum")},
    "many failures that we cannot explain": {
        (OWN, "InvoicesUnexpected", "Sum"),
        (OWN, "InvoicesFailed", "Sum"),
    },
    **{
        f"{name} fails too often": {
            ("AWS/Lambda", "Errors", "Sum"),
            ("AWS/Lambda", "Invocations", "Sum"),
        }
        for name in FUNCTIONS
    },
    "an error in the app itself": {(OWN, "OwnErrors", "Sum")},
    "functions are throttled": {("AWS/Lambda", "Throttles", "Sum")},
    "a function runs into its time limit": {("AWS/Lambda", "Duration", "p99")},
    "signatures are refused": {(OWN, "SignatureRefused", "Sum")},
    "a connection must be renewed": {(OWN, "ReconnectRequired", "Maximum")},
    "a QuickBooks token dies soon": {(OWN, "DaysToReconnect", "Minimum")},
    "the API answers with server errors": {
        ("AWS/ApiGateway", "5xx", "Sum"),
        ("AWS/ApiGateway", "Count", "Sum"),
    },
    "invoices reach QuickBooks later than promised": {(OWN, "SyncLatency", "p99")},
}


def test_each_thing_that_can_be_wrong_has_its_alarm(alarms: dict[str, dict[str, Any]]) -> None:
    assert {name: looked_at(one) for name, one in alarms.items()} == WATCHED


def test_each_alarm_says_what_to_do_first(
    alarms: dict[str, dict[str, Any]], composite: dict[str, Any]
) -> None:
    for one in (*alarms.values(), composite):
        assert one["AlarmName"].startswith(PREFIX)
        assert "First: " in one["AlarmDescription"]
        assert "docs/runbook.md" in one["AlarmDescription"]
        assert len(one["AlarmDescription"]) <= 1024


def test_the_runbook_has_a_section_for_each_alarm_and_no_other(
    alarms: dict[str, dict[str, Any]], composite: dict[str, Any]
) -> None:
    sections = re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)
    assert sorted(sections) == sorted([*alarms, composite["AlarmName"].removeprefix(PREFIX)])
    headings = re.findall(r"^#+ (.+)$", RUNBOOK, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}
    assert set(re.findall(r"\(#([^)]+)\)", RUNBOOK)) <= anchors


def test_each_section_says_what_it_means_and_what_to_do_first() -> None:
    for section in re.split(r"^## ", RUNBOOK, flags=re.MULTILINE)[1:]:
        assert "**For users:**" in section, section
        assert "**First:**" in section, section


def test_what_the_runbook_quotes_can_be_found(
    alarms: dict[str, dict[str, Any]], template: dict[str, Any]
) -> None:
    """Most quotes are messages of the log, and nobody can search for one that nothing writes."""
    sources = (Path(__file__).parents[2] / "functions").rglob("*.py")
    known = "".join(path.read_text(encoding="utf-8") for path in sources)
    prose = re.sub(r"^ {4}.*$", "", RUNBOOK, flags=re.MULTILINE)
    quoted = set(re.findall(r'"([^"]+)"', re.sub(r"`[^`]*`", "", prose))) - set(alarms)
    ours = {" ".join(one.split()) for one in quoted if "Lambda" not in one and "yes" not in one}
    assert len(ours) > 8
    assert {one for one in ours if one not in known + dashboard(template)} == set()


def test_one_trouble_is_told_once(
    template: dict[str, Any], alarms: dict[str, dict[str, Any]], composite: dict[str, Any]
) -> None:
    (topic,) = of_type(template, "AWS::SNS::Topic")
    tells = [{"Ref": topic}]
    assert composite["AlarmActions"] == composite["OKActions"] == tells
    rule = json.dumps(composite["AlarmRule"])
    logical = of_type(template, "AWS::CloudWatch::Alarm")
    under = {one["AlarmName"] for name, one in logical.items() if f'"{name}"' in rule}
    assert {one.removeprefix(PREFIX) for one in under} == {
        "hints wait too long",
        "hubspot_webhook fails too often",
        "sync_worker fails too often",
        "functions are throttled",
        "a connection must be renewed",
        "the API answers with server errors",
        "invoices reach QuickBooks later than promised",
    }
    for one in alarms.values():
        if one["AlarmName"] in under:
            assert "AlarmActions" not in one
        else:
            assert one["AlarmActions"] == one["OKActions"] == tells


def test_an_alarm_may_publish_and_nobody_else(template: dict[str, Any]) -> None:
    (policy,) = of_type(template, "AWS::SNS::TopicPolicy").values()
    (topic,) = of_type(template, "AWS::SNS::Topic")
    assert policy["Topics"] == [{"Ref": topic}]
    assert all(one["Resource"] == {"Ref": topic} for one in policy["PolicyDocument"]["Statement"])
    cloudwatch = {"Service": "cloudwatch.amazonaws.com"}
    own = {"aws__SourceAccount": {"Ref": "AWS::AccountId"}, "aws__SecureTransport": "true"}
    assert allows(policy, cloudwatch, **own)
    assert not allows(policy, cloudwatch, **{**own, "aws__SecureTransport": "false"})
    assert not allows(policy, cloudwatch, **{**own, "aws__SourceAccount": "210987654321"})
    assert not allows(policy, {"Service": "events.amazonaws.com"}, **own)
    assert not allows(policy, {"AWS": "210987654321"}, **own)


def test_the_topic_has_no_key_that_cloudwatch_could_not_use(template: dict[str, Any]) -> None:
    (topic,) = of_type(template, "AWS::SNS::Topic").values()
    # AWS's own key for SNS has a policy without CloudWatch, and nobody can change it.
    assert "KmsMasterKeyId" not in topic


def test_only_the_sweeps_silence_is_bad_news(alarms: dict[str, dict[str, Any]]) -> None:
    silence = {name: one["TreatMissingData"] for name, one in alarms.items()}
    assert silence.pop("invoices are failing, or the sweep is dead") == "breaching"
    assert set(silence.values()) == {"notBreaching"}


def value(alarm: dict[str, Any], **now: float) -> float:
    """Return the result of the alarm's metric math for one period's metrics by their ids."""
    (math,) = (one["Expression"] for one in alarm["Metrics"] if "Expression" in one)
    known: dict[str, Any] = {
        "IF": lambda condition, yes, no: yes if condition else no,
        "MAX": max,
        "SUM": sum,
    }
    return float(eval(math, {"__builtins__": {}}, known | now))  # noqa: S307 - our own text


def rings(alarm: dict[str, Any], number: float) -> bool:
    if alarm["ComparisonOperator"] == "LessThanThreshold":
        return bool(number < alarm["Threshold"])
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    return bool(number > alarm["Threshold"])


@pytest.mark.parametrize(
    ("wrong", "well", "ill"),
    [
        ("hints are in the dead-letter queue", 0, 1),
        ("hints wait too long", 300, 301),  # seconds
        ("invoices are failing, or the sweep is dead", 0, 1),
        ("signatures are refused", 25, 26),
        ("a connection must be renewed", 0, 1),
        ("a QuickBooks token dies soon", 14, 13.9),  # days
        ("invoices reach QuickBooks later than promised", 60_000, 60_001),  # milliseconds
    ],
)
def test_where_a_number_becomes_an_alarm(
    alarms: dict[str, dict[str, Any]], wrong: str, well: float, ill: float
) -> None:
    assert not rings(alarms[wrong], well)
    assert rings(alarms[wrong], ill)


@pytest.mark.parametrize(
    ("few", "many", "seldom", "often", "wrong"),
    [
        *(("errors", "calls", 5, 6, f"{name} fails too often") for name in sorted(FUNCTIONS)),
        ("unexpected", "failed", 5, 6, "many failures that we cannot explain"),
        ("broken", "requests", 1, 2, "the API answers with server errors"),
    ],
)
def test_where_a_share_becomes_an_alarm(
    alarms: dict[str, dict[str, Any]], few: str, many: str, seldom: float, often: float, wrong: str
) -> None:
    alarm = alarms[wrong]

    def at(number: float, of: float) -> bool:
        return rings(alarm, value(alarm, **{few: number, many: of}))

    assert not at(0, 0.001)
    assert not at(2, 2)  # too few to be a trend
    assert at(3, 3)
    assert not at(10 * seldom, 1000)
    assert at(10 * often, 1000)


def test_a_single_throttle_counts_and_the_slowest_function_does(
    template: dict[str, Any], alarms: dict[str, dict[str, Any]]
) -> None:
    throttles, near = (
        alarms["functions are throttled"],
        alarms["a function runs into its time limit"],
    )
    limits = {
        one["FunctionName"]: 1000 * one["Timeout"]
        for one in of_type(template, "AWS::Lambda::Function").values()
    }
    logical = {
        name: one["FunctionName"]
        for name, one in of_type(template, "AWS::Lambda::Function").items()
    }
    for alarm in (throttles, near):
        ids = {
            one["Id"]: logical[one["MetricStat"]["Metric"]["Dimensions"][0]["Value"]["Ref"]]
            for one in alarm["Metrics"]
            if "MetricStat" in one
        }
        assert len(set(ids.values())) == len(FUNCTIONS)
        for slow, name in ids.items():
            idle = dict.fromkeys(ids, 0.0)
            assert not rings(alarm, value(alarm, **idle))
            if alarm is throttles:
                assert rings(alarm, value(alarm, **{**idle, slow: 1}))
            else:
                assert not rings(alarm, value(alarm, **{**idle, slow: 0.8 * limits[name]}))
                assert rings(alarm, value(alarm, **{**idle, slow: 0.81 * limits[name]}))


def test_what_is_bad_at_once_is_told_at_once(alarms: dict[str, dict[str, Any]]) -> None:
    dead = alarms["hints are in the dead-letter queue"]
    assert (dead["DatapointsToAlarm"], dead["EvaluationPeriods"], dead["Period"]) == (1, 1, 60)
    # A sweep that comes a little late is not a dead one.
    sweep = alarms["invoices are failing, or the sweep is dead"]
    assert (sweep["DatapointsToAlarm"], sweep["EvaluationPeriods"], sweep["Period"]) == (3, 3, 300)


def test_the_owner_chooses_how_many_may_fail() -> None:
    made = template_of(failingThreshold="7", stackName="other")
    found = of_type(made, "AWS::CloudWatch::Alarm").values()
    (failing,) = (one for one in found if one["AlarmName"].endswith("the sweep is dead"))
    assert failing["AlarmName"].startswith("other: ")
    assert not rings(failing, 7)
    assert rings(failing, 8)


def test_own_metrics_are_those_of_this_deployment(template: dict[str, Any]) -> None:
    text = json.dumps(of_type(template, "AWS::CloudWatch::Alarm"))
    own = re.findall(r'"Dimensions": \[\{"Name": "service", "Value": "([^"]+)"\}\]', text)
    assert set(own) == {"invoice-sync"}


def test_the_first_row_of_the_dashboard_answers_what_is_asked_first(
    template: dict[str, Any],
) -> None:
    widgets = json.loads(dashboard(template))["widgets"]
    row = sorted((one for one in widgets if one["y"] == 0), key=lambda one: int(one["x"]))
    assert [one["properties"]["title"] for one in row] == [
        "Failing now",
        "Oldest failure, seconds",
        "Synced in 24 hours",
        "Latency p99, ms",
        "Backlog",
        "Metered reads in 30 days",
    ]


def test_every_metric_that_is_sent_is_shown_or_watched(
    template: dict[str, Any], alarms: dict[str, dict[str, Any]]
) -> None:
    sent = {
        value
        for name, value in vars(metrics).items()
        if name.isupper() and not name.startswith("_") and isinstance(value, str)
    }
    watched = {name for one in alarms.values() for space, name, _ in looked_at(one) if space == OWN}
    shown = set(re.findall(rf'"{OWN}","(\w+)"', dashboard(template)))
    assert watched | shown == sent


def dashboard(template: dict[str, Any]) -> str:
    (one,) = of_type(template, "AWS::CloudWatch::Dashboard").values()
    body = one["DashboardBody"]
    if isinstance(body, str):
        return body
    return "".join(part if isinstance(part, str) else "x" for part in body["Fn::Join"][1])
