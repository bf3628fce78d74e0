"""How much work each function's start is, next to its floor: what it loads of others, and its AWS
clients, alone.

Run it with: python -m tests.benchmarks.init_times

The built package runs in Lambda's runtime client, in a new process each time. What is measured is
the processor's time, and function and floor take turns: so other work of the machine hardly counts.
Milliseconds are those of this machine; what counts is how little a function adds to its floor.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from infra.package import PackageError
from tests.infra.runtime_api import Function, FunctionError, Machine, prepare, read_only

_RUNS = 9


@dataclass(frozen=True)
class InitTime:
    function: str
    seconds: float
    floor: float


def measure(machine: Machine, function: str, runs: int) -> InitTime:
    """Return the least of each: what makes a run dearer is other work, in the same caches.

    Raises FunctionError where it cannot be measured.
    """
    with tempfile.TemporaryDirectory() as scratch:
        # The package stays where it is and is only searched later, as the runtime is.
        bare = replace(machine, package=Path(scratch))
        (bare.package / "floor.py").write_text(_floor(machine, function))
        path = {"PYTHONPATH": f"{machine.package}:{machine.runtime}"}
        seconds, floor = [], []
        for _ in range(runs):
            seconds.append(_start(machine, function, {}))
            floor.append(_start(bare, "floor", path))
    return InitTime(function, min(seconds), min(floor))


def _floor(machine: Machine, function: str) -> str:
    """Return a function that only loads the same modules of others, and makes the same clients in
    the usual way."""
    names = [module.name for module in machine.modules(function)]
    ours = {"invoice_sync", *machine.functions}
    services = ["secretsmanager", "sqs"]
    if "invoice_sync.store.store" in names:
        services.append("dynamodb")
    return "\n".join(
        [
            *(f"import {name}" for name in names if name.split(".")[0] not in ours),
            *(f"boto3.client({service!r})" for service in services),
            "def handler(event, context): pass",
        ]
    )


def table(times: Iterable[InitTime]) -> str:
    lines = [f"{'start, ms of processor':24}{'function':>10}{'floor':>10}{'ratio':>10}"]
    lines += [
        f"{time.function:24}{time.seconds * 1000:>10.0f}{time.floor * 1000:>10.0f}"
        f"{time.seconds / time.floor:>10.2f}"
        for time in times
    ]
    return "\n".join(lines)


def _start(machine: Machine, function: str, environment: dict[str, str]) -> float:
    with Function(machine, function, environment) as started:
        return started.init_seconds


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        try:
            machine = prepare(Path(scratch))
            with read_only(machine.package):
                print(table(measure(machine, name, _RUNS) for name in machine.functions))
        except (PackageError, FunctionError) as error:
            print(f"The starts were not measured. {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
