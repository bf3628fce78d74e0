"""Many portals at the same workers."""

from __future__ import annotations

from tests.benchmarks.row import Row, percentile
from tests.benchmarks.scenarios.common import (
    SEED,
    check_once,
    seconds_taken,
    spread,
    until_confirmed,
    warm_up,
)
from tests.benchmarks.simulation.lambdas import TIMEOUT
from tests.benchmarks.simulation.scheduler import sleep
from tests.benchmarks.simulation.world import world

_BACKLOG = 10_000
_ALONE_WITHIN = 60.0


def each_with_some(portals: int = 20, invoices: int = 50) -> list[Row]:
    with world(SEED, portals=portals) as running:

        def scenario() -> list[Row]:
            warm_up(running)
            for _ in range(invoices):
                for place in running.places:
                    place.invoice()
            until_confirmed(running)
            check_once(running)
            seconds = seconds_taken(running)
            # Calls to one realm at ten a second, and one batch before they begin.
            return [
                Row(
                    f"{portals} portals with {invoices} invoices each at once: all in QuickBooks",
                    max(seconds),
                    "s",
                    60,
                    beside=f"{spread(seconds)}; {running.busy():.0f} s of workers",
                )
            ]

        rows: list[Row] = running.scheduler.run(scenario)
        return rows


def all_new(portals: int = 100) -> list[Row]:
    """One invoice of each, and no worker knows any of them."""
    with world(SEED, portals=portals) as running:

        def scenario() -> list[Row]:
            for place in running.places:
                place.invoice()
            # All are on the queue before the workers come.
            running.start(1)
            until_confirmed(running)
            check_once(running)
            seconds = seconds_taken(running)
            killed = sum(poller.killed for poller in running.pollers)
            return [
                Row(
                    f"{portals} portals, all new, with one invoice each: all in QuickBooks",
                    max(seconds),
                    "s",
                    TIMEOUT / 2,
                    "half of the worker's time",
                    f"{spread(seconds)}; workers killed by their time limit: {killed}",
                )
            ]

        rows: list[Row] = running.scheduler.run(scenario)
        return rows


def beside_a_backlog(others: int = 19) -> list[Row]:
    """One portal with ten thousand, the others with one invoice at a random moment after."""
    with world(SEED, portals=1 + others) as running:

        def scenario() -> list[Row]:
            warm_up(running)
            large, *small = running.places
            for _ in range(_BACKLOG):
                large.invoice()
            moments = sorted(running.random.uniform(0, _ALONE_WITHIN) for _ in small)
            begun = running.now
            for moment, place in zip(moments, small, strict=True):
                sleep(max(0.0, begun + moment - running.now))
                place.invoice()
            until_confirmed(running, small)
            check_once(running, small)
            seconds = seconds_taken(running, small)
            return [
                Row(
                    f"one portal with {_BACKLOG:,}, {others} with one invoice: p99 of theirs",
                    percentile(seconds, 0.99),
                    "s",
                    15,
                    beside=spread(seconds),
                )
            ]

        rows: list[Row] = running.scheduler.run(scenario)
        return rows
