"""Every alarm says what is wrong and what to do first, and leads to a section of the runbook."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from invoice_sync import metrics

from .test_stack import FUNCTIONS, of_type

RUNBOOK = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text(encoding="utf-8")
PREFIX = "invoice-sync: "


@pytest.fixture
def alarms(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By what is wrong."""
    return {
        one["AlarmName"].removeprefix(PREFIX): one
        for one in of_type(template, "AWS::CloudWatch::Alarm").values()
    }


@pytest.fixture
def composite(template: dict[str, Any]) -> dict[str, Any]:
    (one,) = of_type(template, "AWS::CloudWatch::CompositeAlarm").values()
    return one


def looked_at(alarm: dict[str, Any]) -> set[tuple[str, str, str]]:
    """(namespace, metric, statistic)"""
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
    "functions are throttled": {("AWS/Lambda", "Throttles", "Sum")},
    "a function runs into its time limit": {("AWS/Lambda", "Duration", "p99")},
    "webhook signatures are refused": {(OWN, "SignatureRefused", "Sum")},
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
    anchors = {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in sections}
    assert set(re.findall(r"\(#([^)]+)\)", RUNBOOK)) <= anchors


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
        "invoices reach QuickBooks later than promised",
    }
    for one in alarms.values():
        if one["AlarmName"] in under:
            assert "AlarmActions" not in one
        else:
            assert one["AlarmActions"] == one["OKActions"] == tells


def test_only_the_sweeps_silence_is_bad_news(alarms: dict[str, dict[str, Any]]) -> None:
    silence = {name: one["TreatMissingData"] for name, one in alarms.items()}
    assert silence.pop("invoices are failing, or the sweep is dead") == "breaching"
    assert set(silence.values()) == {"notBreaching"}


def test_a_poison_message_and_a_slow_minute_are_noticed(alarms: dict[str, dict[str, Any]]) -> None:
    dead = alarms["hints are in the dead-letter queue"]
    assert (dead["Threshold"], dead["EvaluationPeriods"], dead["Period"]) == (0, 1, 60)
    late = alarms["invoices reach QuickBooks later than promised"]
    assert late["Threshold"] == 60_000  # the unit is milliseconds


def test_own_metrics_are_those_of_this_deployment(template: dict[str, Any]) -> None:
    text = json.dumps(of_type(template, "AWS::CloudWatch::Alarm"))
    own = re.findall(r'"Dimensions": \[\{"Name": "service", "Value": "([^"]+)"\}\]', text)
    assert set(own) == {"invoice-sync"}


def test_the_first_row_of_the_dashboard_answers_what_is_asked_first(
    template: dict[str, Any],
) -> None:
    text = dashboard(template)
    titles = re.findall(r'"title":"([^"]+)"', text)
    assert titles[:6] == [
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
