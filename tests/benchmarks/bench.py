"""Everything that is measured, in one table. Run it with: make bench

The product's own code runs in virtual time (see `simulation`), so the figures are the same on every
machine and under any load. Two scenarios run side by side, each in a process of its own.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from functools import partial

from tests.benchmarks.row import Row
from tests.benchmarks.scenarios import arrivals, jobs, looks, peers, portals, starts
from tests.benchmarks.simulation.scheduler import CannotMeasureError

Scenario = Callable[[], list[Row]]
# In the order of the table.
SCENARIOS: dict[str, Scenario] = {
    "steady-1": partial(arrivals.steady, 1),
    "steady-4": partial(arrivals.steady, 4),
    "burst": partial(arrivals.at_once, 1000, 2),
    "backlog-2": partial(arrivals.at_once, 10_000, 2),
    "backlog-4": partial(arrivals.at_once, 10_000, 4),
    "backfill": jobs.live_during_backfill,
    "retry": jobs.live_during_retry,
    "portals": portals.each_with_some,
    "new-portals": portals.all_new,
    "fairness": portals.beside_a_backlog,
    "one-invoice": looks.of_one_invoice,
    "kinds": looks.kinds,
    "peers": peers.compared,
    "starts": starts.cold,
}
# They take longest, and so begin first.
_LONG = ("backlog-2", "backlog-4", "fairness")
_PROCESSES = 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", help=", ".join(SCENARIOS))
    chosen = parser.parse_args().scenarios or [*SCENARIOS]
    if unknown := sorted(set(chosen) - SCENARIOS.keys()):
        parser.error(f"there is no {', '.join(unknown)}")
    if os.environ.get("PYTHONHASHSEED") != "0":
        parser.error("the order of sets follows from PYTHONHASHSEED=0: use make bench")
    started = time.process_time()
    print(f"Measuring {len(chosen)} scenarios, two at a time: minutes", file=sys.stderr)
    try:
        results = run(chosen)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    print(table(row for name in SCENARIOS if name in results for row in results[name]))
    print(
        f"\nprocessor seconds: {time.process_time() - started + _children():.0f}", file=sys.stderr
    )
    return int(len(results) < len(chosen))


def run(names: Iterable[str]) -> dict[str, list[Row]]:
    """Return the rows of each scenario that could be measured; the others are told of."""
    results: dict[str, list[Row]] = {}
    with ProcessPoolExecutor(_PROCESSES, max_tasks_per_child=1) as pool:
        running: dict[Future[list[Row]], str] = {
            pool.submit(_run, name): name
            for name in sorted(names, key=lambda one: one not in _LONG)
        }
        try:
            for future in as_completed(running):
                name = running[future]
                try:
                    results[name] = future.result()
                except CannotMeasureError as error:
                    print(f"{name} could not be measured: {error}", file=sys.stderr)
                else:
                    print(f"{name}: measured", file=sys.stderr)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return results


def _run(name: str) -> list[Row]:
    # What a scenario makes stays until its end: looking for garbage would be a fifth of the time.
    gc.disable()
    return SCENARIOS[name]()


def table(rows: Iterable[Row]) -> str:
    """Return the rows as Markdown. A ratio of at most 1 is a goal that is met."""
    lines = [
        "| ratio to goal | what | measured | goal | beside it |",
        "| ---: | --- | ---: | ---: | --- |",
    ]
    for row in rows:
        goal = f"{row.goal:,.4g} {row.unit}" + (f" ({row.goal_is})" if row.goal_is else "")
        ratio = f"{row.ratio:.2f}" if row.goal else "met" if row.measured <= 0 else "missed"
        shown = f"**{ratio}**" if row.is_missed else ratio
        lines.append(
            f"| {shown} | {row.what} | {row.measured:,.4g} {row.unit} | {goal} | {row.beside} |"
        )
    return "\n".join(lines)


def _children() -> float:
    used = os.times()
    return used.children_user + used.children_system


if __name__ == "__main__":
    sys.exit(main())
