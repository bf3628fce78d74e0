"""How much work the start of each function is, beside its floor."""

from __future__ import annotations

import tempfile
from pathlib import Path

from infra.package import PackageError
from tests.benchmarks.init_times import measure
from tests.benchmarks.row import Row
from tests.benchmarks.simulation.scheduler import CannotMeasureError
from tests.infra.runtime_api import FunctionError, prepare, read_only

_RUNS, _OF_FLOOR = 5, 1.1


def cold() -> list[Row]:
    with tempfile.TemporaryDirectory() as scratch:
        try:
            machine = prepare(Path(scratch))
            with read_only(machine.package):
                times = [measure(machine, name, _RUNS) for name in machine.functions]
        except (PackageError, FunctionError) as error:
            raise CannotMeasureError(str(error)) from error
    return [
        Row(
            f"cold start of {time.function}",
            time.seconds * 1000,
            "ms",
            time.floor * _OF_FLOOR * 1000,
            f"{_OF_FLOOR} of its floor",
        )
        for time in times
    ]
