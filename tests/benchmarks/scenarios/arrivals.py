"""Invoices that people make in HubSpot: one after the other, many at once, a backlog."""

from __future__ import annotations

from tests.benchmarks.row import Row, percentile
from tests.benchmarks.scenarios.common import (
    SEED,
    Failing,
    check_once,
    seconds_taken,
    spread,
    until_confirmed,
    warm_up,
)
from tests.benchmarks.simulation.scheduler import sleep
from tests.benchmarks.simulation.world import World, world

# QuickBooks takes so many plain calls a minute; the goal is a little more than what that takes.
_A_MINUTE, _WITHIN = 500, 1.1
_STEADY_SECONDS = 300


def steady(per_second: float) -> list[Row]:
    """Invoices at random moments, for five minutes."""
    with world(SEED, customers=5) as running:

        def scenario() -> list[Row]:
            warm_up(running)
            ends = running.now + _STEADY_SECONDS
            while running.now < ends:
                sleep(running.random.expovariate(per_second))
                running.places[0].invoice()
            until_confirmed(running)
            check_once(running)
            seconds = seconds_taken(running)
            calls = running.calls.made["hubspot"] / len(seconds)
            return [
                Row(
                    f"steady {per_second:g}/s: p99 from webhook to QuickBooks",
                    percentile(seconds, 0.99),
                    "s",
                    6,
                    beside=f"{spread(seconds)}; {calls:.1f} HubSpot calls an invoice;"
                    f" {refusals(running)}",
                )
            ]

        rows: list[Row] = running.scheduler.run(scenario)
        return rows


def at_once(number: int, workers: int) -> list[Row]:
    """A burst, or a backlog: so many invoices at the same moment."""
    with world(SEED, customers=5) as running:

        def scenario() -> list[Row]:
            warm_up(running, workers)
            failing = Failing(running)
            for _ in range(number):
                running.places[0].invoice()
            until_confirmed(running)
            check_once(running)
            return _rows(running, number, workers, failing)

        rows: list[Row] = running.scheduler.run(scenario)
        return rows


def _rows(running: World, number: int, workers: int, failing: Failing) -> list[Row]:
    seconds = seconds_taken(running)
    name = f"{number:,} at once, {workers} workers"
    per_call = running.calls.made["quickbooks"] / number
    return [
        Row(
            f"{name}: all in QuickBooks",
            max(seconds),
            "s",
            number / _A_MINUTE * 60 * _WITHIN,
            f"{_WITHIN} of 500 a minute",
            f"p50 {percentile(seconds, 0.5):.0f} s; {per_call:.2f} QuickBooks calls an invoice",
        ),
        Row(
            f"{name}: answers of 429 in the worst minute",
            running.calls.in_worst_minute("quickbooks"),
            "QuickBooks",
            1,
            beside=refusals(running),
        ),
        Row(f"{name}: shown as failing meanwhile", failing.most, "invoices", 0),
    ]


def refusals(running: World) -> str:
    """Return how many calls were refused for their number, in words."""
    counts = [
        f"{running.calls.refusals(service)} of {name}"
        for service, name in (("hubspot", "HubSpot"), ("quickbooks", "QuickBooks"))
    ]
    return f"429s: {', '.join(counts)}"
