"""`make fuzz RUNS=100000 SEED=1` plays so many inputs; a few in every run of the tests.

What fails names its round, and a file with the input. The input goes into `examples/` with the
mending, under a name that says what it is.
"""

from __future__ import annotations

import pytest

from infra.local.aws import LocalAws

from .rounds import ENTRIES, Finding, play_round
from .runs import ROUND, RUNS, SEED

_SHARES = sum(each.share for each in ENTRIES.values())


def _rounds() -> list[tuple[str, str, int]]:
    """Return the rounds of this run: entry point, seed, number of inputs."""
    if ROUND:
        name, seed, inputs = ROUND.rsplit("/", 2)
        return [(name, seed, int(inputs))]
    rounds = []
    for entry in ENTRIES.values():
        left, number = max(1, RUNS * entry.share // _SHARES), 0
        while left > 0:
            rounds.append((entry.name, f"{SEED}.{number}", min(left, entry.a_round)))
            left, number = left - entry.a_round, number + 1
    return rounds


def _said(findings: list[Finding], again: str) -> str:
    return "\n".join(
        [
            f"{len(findings)} kinds of findings. The whole round again: {again}",
            *(f"- {each.entry}: {each.words}\n  {each.file}" for each in findings),
        ]
    )


@pytest.mark.parametrize(("name", "seed", "inputs"), _rounds())
def test_whatever_comes_in(aws_in_memory: LocalAws, name: str, seed: str, inputs: int) -> None:
    findings = play_round(aws_in_memory, ENTRIES[name], seed, inputs)
    assert not findings, _said(findings, f"make fuzz ROUND={name}/{seed}/{inputs}")
