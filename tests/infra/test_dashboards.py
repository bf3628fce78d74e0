"""Two dashboards that are read without a manual, and the saved queries."""

from __future__ import annotations

import json
from typing import Any

import pytest

from invoice_sync.runtime import metrics

from .conftest import template_of
from .test_alarms import RUNBOOK, dashboards, looked_at, telling, text_of
from .test_stack import of_type


def widgets(template: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(dashboards(template)[name])["widgets"]
    return sorted(found, key=lambda one: (one["y"], one["x"]))


def titles(template: dict[str, Any], name: str) -> list[str]:
    return [one["properties"].get("title", "") for one in widgets(template, name)]


def test_what_each_dashboard_answers(template: dict[str, Any]) -> None:
    assert titles(template, "business") == [
        "",
        "Alarms",
        "Failing now (at the newest sweep)",
        "Oldest failure, days",
        "Days until a connection ends",
        "Invoices written to QuickBooks, by day",
        "Invoices that began to fail, an hour",
        "Oldest failure",
        "Failing invoices by reason, in the time shown",
    ]
    assert titles(template, "technical") == [
        "",
        "Alarms",
        "Messages",
        "Age of the oldest message",
        "From webhook to QuickBooks",
        "Runs that failed",
        "Runs that were throttled",
        "Longest run, of its time limit",
        "Requests that failed",
        "The look for changes that is longest overdue",
        "Trouble of our own",
        "Newest errors",
        "Metered reads of QuickBooks, by day (Intuit gives 500,000 a month)",
    ]


@pytest.mark.parametrize("name", ["business", "technical"])
def test_a_dashboard_is_read_without_a_manual(template: dict[str, Any], name: str) -> None:
    head, states, *others = widgets(template, name)
    other = {"business": "technical", "technical": "business"}[name]
    assert f"dashboards/dashboard/invoice-sync-{other})" in head["properties"]["markdown"]
    # Without an address there is no link: from a console the file's name leads nowhere.
    assert ": docs/runbook.md " in head["properties"]["markdown"]
    page = "https://example.com/runbook"
    linked, *_ = widgets(template_of(runbookUrl=page), name)
    assert f"]({page}#runbook)" in linked["properties"]["markdown"]
    assert states["type"] == "alarm"
    for one in others:
        if one["properties"].get("view") == "timeSeries":
            assert one["properties"]["yAxis"]["left"]["label"], one["properties"]["title"]


def test_the_lines_in_the_graphs_are_where_alarms_ring(template: dict[str, Any]) -> None:
    lines = {
        one["properties"]["title"]: [line["value"] for line in found["horizontal"]]
        for name in ("business", "technical")
        for one in widgets(template, name)
        if (found := one["properties"].get("annotations"))
    }
    assert lines == {
        "Invoices that began to fail, an hour": [5],
        "Oldest failure": [1],
        "Age of the oldest message": [300],
        "From webhook to QuickBooks": [60],
        "Longest run, of its time limit": [80],
        "Requests that failed": [4],
        "The look for changes that is longest overdue": [60],
    }


def test_a_dashboard_stays_below_what_is_free(template: dict[str, Any]) -> None:
    """AWS gives an account three dashboards of at most 50 metrics each."""
    assert len(dashboards(template)) == 2
    for name in dashboards(template):
        rows = [
            row for one in widgets(template, name) for row in one["properties"].get("metrics", [])
        ]
        shown = [row for row in rows if isinstance(row[0], str)]
        assert 0 < len(shown) <= 50


def test_the_owner_may_do_without_dashboards() -> None:
    made = template_of(dashboards=False)
    assert of_type(made, "AWS::CloudWatch::Dashboard") == {}
    for one in of_type(made, "AWS::CloudWatch::Alarm").values():
        assert "Dashboard: " not in text_of(one["AlarmDescription"])


def sent_names() -> set[str]:
    return {
        value
        for name, value in vars(metrics).items()
        if name.isupper() and not name.startswith("_") and isinstance(value, str)
    }


def test_only_what_an_alarm_looks_at_is_a_metric(template: dict[str, Any]) -> None:
    """The others are in the log, and shown from there."""
    watched = {name for one in telling(template) for name, _ in looked_at(one)}
    # That one stops deployments: test_rollout.py.
    watched.add(metrics.SERVER_ERRORS)
    assert watched & sent_names() == sent_names() - metrics._LOGGED
    shown = "".join(dashboards(template).values())
    assert {name for name in metrics._LOGGED if f"ispresent({name})" in shown} == metrics._LOGGED


def test_the_saved_queries(template: dict[str, Any]) -> None:
    saved = of_type(template, "AWS::Logs::QueryDefinition").values()
    assert {one["Name"] for one in saved} == {
        f"invoice-sync/{name}"
        for name in (
            "errors",
            "looks",
            "looks by status and reason",
            "failing invoices by reason",
            "timeouts",
            "metered reads by day",
            "invoices written by hour",
            "requests that failed",
        )
    }
    for one in saved:
        assert f"*{one['Name'].partition('/')[2]}*" in RUNBOOK, one["Name"]
