"""Random days. `make audit RUNS=2000` plays so many; a day that fails prints how to play it again.

A run is a new pair of companies and some days of theirs.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from infra.local.aws import LocalAws

from .days import Days

# Five days.
_ACTS = 40
_IN_THE_SUITE = 4


def test_the_books_are_right_after_every_day(aws: LocalAws) -> None:
    runs = int(os.environ.get("RUNS", _IN_THE_SUITE))

    class OnThisAws(Days):
        def __init__(self) -> None:
            super().__init__(aws)

    run_state_machine_as_test(
        OnThisAws,
        settings=settings(
            max_examples=runs,
            stateful_step_count=_ACTS,
            deadline=None,
            derandomize="RUNS" not in os.environ,
            database=None,
            print_blob=True,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        ),
    )
