"""A few plans of each kind in every run of the tests; `make faults RUNS=10000` plays many."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from .kept import KEPT
from .kinds import ALL
from .runs import Plan

_EACH_SO_MANIETH_SINGLE, _BY_CHANCE = 400, 20


def played(*options: str) -> subprocess.CompletedProcess[str]:
    """Play plans in a process of their own, in which sets always have the same order."""
    return subprocess.run(
        [sys.executable, "-m", "tests.faults", "--processes", "1", *options],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a run is a fork of its world")
def test_after_any_fault_the_books_are_right() -> None:
    singles, runs = str(_EACH_SO_MANIETH_SINGLE), str(_BY_CHANCE)
    run = played("--kept", "--singles", singles, "--runs", runs)
    assert run.returncode == 0, run.stdout + run.stderr


def test_plans_can_be_written_down() -> None:
    plans = [
        Plan("new"),
        Plan("day 3", (("dynamodb Query#2", "throttled"),), ("slow queries",), 3, 77),
        *map(Plan.parse, KEPT),
    ]
    assert [Plan.parse(str(plan)) for plan in plans] == plans
    assert {kind for plan in plans for _, kind in plan.faults} <= ALL.keys()
