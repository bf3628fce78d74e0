"""How long each function takes to start, next to its floor: what it imports of others, alone.

Run it with: python -m tests.benchmarks.init_times

The built package runs in Lambda's runtime client, in a new process each time. Seconds are those of
this machine; what counts is how little a function adds to its floor.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from infra.package import PackageError
from tests.infra.runtime_api import Function, Machine, prepare, read_only

_RUNS = 7


@dataclass(frozen=True)
class InitTime:
    function: str
    seconds: float
    floor: float


def measure(machine: Machine, function: str, runs: int) -> InitTime:
    """The fastest of each: what makes the others slower is other work of this machine."""
    with tempfile.TemporaryDirectory() as scratch:
        # The package stays where it is and is only searched later, as the runtime is.
        bare = replace(machine, package=Path(scratch))
        names = machine.third_party(function)
        lines = [*(f"import {name}" for name in names), "def handler(event, context): pass"]
        (bare.package / "floor.py").write_text("\n".join(lines))
        path = {"PYTHONPATH": f"{machine.package}:{machine.runtime}"}
        seconds, floor = [], []
        for _ in range(runs):
            seconds.append(_start(machine, function, {}))
            floor.append(_start(bare, "floor", path))
    return InitTime(function, min(seconds), min(floor))


def table(times: Iterable[InitTime]) -> str:
    lines = [f"{'init time, ms':20}{'function':>10}{'floor':>10}{'own':>10}"]
    for one in times:
        figures = (one.seconds, one.floor, one.seconds - one.floor)
        lines.append(
            f"{one.function:20}" + "".join(f"{figure * 1000:>10.0f}" for figure in figures)
        )
    return "\n".join(lines)


def _start(machine: Machine, function: str, environment: dict[str, str]) -> float:
    with Function(machine, function, environment) as started:
        return started.init_seconds


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        try:
            machine = prepare(Path(scratch))
        except PackageError as error:
            print(error, file=sys.stderr)
            return 1
        with read_only(machine.package):
            print(table(measure(machine, name, _RUNS) for name in machine.functions))
    return 0


if __name__ == "__main__":
    sys.exit(main())
