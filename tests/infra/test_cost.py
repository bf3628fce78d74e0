"""The cost table agrees with sums done by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from invoice_sync.runtime import metrics
from tests.benchmarks import cost, meter


def number(value: int | str) -> Decimal:
    return Decimal(value)


NOTHING: dict[str, Decimal] = {}
LOOK = {
    "http": number(1),
    "call:hubspot_webhook": number(1),
    "call:sync_worker": number(2),
    "sqs": number(6),
    "writes": number(10),
    "reads": number("7.5"),
    "log bytes": number(500),
}
VIEW = {"http": number(1), "call:api": number(1), "reads": number(1), "log bytes": number(0)}
EACH = {
    "created": LOOK,
    "changed": LOOK,
    "unchanged": NOTHING,
    "status": VIEW,
    "count": NOTHING,
    "list": NOTHING,
    "sweep": NOTHING,
}


def test_a_month_of_a_thousand_invoices() -> None:
    """A thousand invoices mean 2,000 looks and 3,000 views."""
    found = cost.month(1000, EACH, number(2048))
    assert found["http"] == 5_000
    assert found["calls"] == 9_000  # 2,000 webhooks, 4,000 batches, 3,000 views
    # 2,000 x 0.1 s x 0.5 GB, 4,000 x 1.5 s x 1 GB, 3,000 x 0.1 s x 1 GB
    assert found["gb seconds"] == 100 + 6_000 + 300
    assert found["sqs"] == 12_000
    assert found["idle sqs"] == 648_000
    assert found["writes"] == 20_000
    assert found["reads"] == 18_000
    assert found["table gb"] == found["backup gb"] == number("0.02288818359375")
    # 10,800 for tokens, 2,000 + 4,000 + 3,000 for the app secret
    assert found["secret calls"] == 19_800
    # 2,000 x 500 + 9,000 x 600 + 5,000 x 350 bytes
    assert found["log gb"] * 2**30 == 8_150_000


def test_an_unused_app_secret_is_read_every_five_minutes_at_most() -> None:
    found = cost.month(100_000, EACH, number(0))
    assert found["secret calls"] == 10_800 + 3 * 8_640


def test_money() -> None:
    spent = {"http": number(2_500_000), "writes": number(4_000_000), "secrets": number(2)}
    assert cost.total(spent) == number("2.50") + number("2.50") + number("0.80")


def test_the_free_allowance_is_never_more_than_what_is_used() -> None:
    assert cost.free({"calls": number(500_000)}) == number("0.10")
    assert cost.free({"calls": number(5_000_000)}) == number("0.20")
    assert cost.free({"writes": number(5_000_000)}) == 0


def test_item_sizes() -> None:
    assert meter.item_size({"pk": {"S": "ab"}, "n": {"N": "-1234"}}) == 2 + 2 + 1 + 3
    nested = {"M": {"a": {"S": "é"}, "b": {"L": [{"BOOL": True}, {"NULL": True}]}}}
    assert meter.value_size(nested) == 3 + (1 + 2 + 1) + (1 + (3 + 2 + 2) + 1)


@pytest.mark.parametrize(
    ("before", "after", "transaction", "units"),
    [
        ({}, {"v": {"S": "x" * 1023}}, False, 1),
        ({}, {"v": {"S": "x" * 1024}}, False, 2),
        ({"v": {"S": "x" * 3000}}, {"v": {"S": "x"}}, False, 3),
        ({"v": {"S": "x" * 3000}}, {}, True, 6),
    ],
)
def test_write_units(
    before: dict[str, Any], after: dict[str, Any], transaction: bool, units: int
) -> None:
    assert meter.write_units(before, after, transaction) == units


def test_the_index_costs_while_an_item_is_in_it() -> None:
    failing = {"openPortal": {"S": "p"}, "openSince": {"S": "1"}}
    later = {**failing, "openSince": {"S": "2"}}
    assert meter.write_units({}, failing, False) == 2
    assert meter.write_units(failing, {**failing, "x": {"S": ""}}, False) == 2
    assert meter.write_units(failing, later, False) == 3  # out of its old place, into the new one
    assert meter.write_units(failing, {"x": {"S": ""}}, False) == 2
    assert meter.write_units(failing, failing, False) == 1


def test_what_the_stack_makes_is_what_is_counted(template: dict[str, Any]) -> None:
    def made(kind: str) -> list[dict[str, Any]]:
        return [
            one.get("Properties", {})
            for one in template["Resources"].values()
            if one["Type"] == kind
        ]

    # Of a formula each metric is paid for, the formula itself is not.
    looked_at = sum(
        sum("MetricStat" in part for part in alarm["Metrics"]) if "Metrics" in alarm else 1
        for alarm in made("AWS::CloudWatch::Alarm")
    )
    assert looked_at == cost.ALARM_METRICS
    assert made("AWS::CloudWatch::CompositeAlarm") == []
    assert len(made("AWS::CloudWatch::Dashboard")) == cost.DASHBOARDS
    sent = {value for name, value in vars(metrics).items() if name.isupper() and name[0] != "_"}
    assert set(cost.METRIC_HOURS) == sent - metrics._LOGGED
    (stage,) = made("AWS::ApiGatewayV2::Stage")
    detailed = stage.get("DefaultRouteSettings", {}).get("DetailedMetricsEnabled", False)
    assert not detailed, "six metrics a route, each paid for; the access log has the route"
    memory = {
        function["Handler"].partition(".")[0]: function["MemorySize"]
        for function in made("AWS::Lambda::Function")
    }
    assumed = {name: megabytes for name, (_, megabytes) in cost.MILLISECONDS_AND_MB.items()}
    assert {name: memory[name] for name in assumed} == assumed
