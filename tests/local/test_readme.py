"""Every command that a newcomer is shown is one that a check runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/deploy.md", "docs/local.md")
# The commands of these pages, and what runs them here.
RUN_BY = {
    "make demo ARGS=--once": ".ci/run",
    'make demo ARGS="--once --record out.jsonl --invoices 200"': ".ci/run",
    "make test": ".ci/run",
    "make check": ".ci/run",
    "make invoke EVENT=events/api-failure-count.json": "test_one_event_by_hand",
    "make synth ENV=example": ".ci/run",
    # These need accounts. The README says so, and that they have not been run.
    "make bootstrap ENV=prod": "nobody",
    "make diff ENV=prod": "nobody",
    "make deploy ENV=prod": "nobody",
    "make destroy ENV=prod": "nobody",
    "make extension ENV=prod": "nobody",
    "make setup ENV=prod": "nobody",
    "make smoke ENV=prod": "nobody",
}


def test_the_pages_show_only_commands_that_are_run() -> None:
    text = "".join((ROOT / page).read_text(encoding="utf-8") for page in PAGES)
    assert set(re.findall(r"^    (make .+)$", text, re.MULTILINE)) == set(RUN_BY)


@pytest.mark.parametrize(
    "command", [command for command, runner in RUN_BY.items() if runner == ".ci/run"]
)
def test_ci_runs_it(command: str) -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    run = [re.sub(r"^beside \w+ (nice -n 19 )?", "", line) for line in lines]
    assert command in run


def test_one_event_by_hand() -> None:
    event = "events/api-failure-count.json"
    ran = subprocess.run(
        [sys.executable, "-m", "infra.local.invoke", event],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("Status 200\n")
