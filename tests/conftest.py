from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.aws import LocalAws
from infra.local.aws_calls import CALLS, Call
from infra.local.system import APP_SECRET

ALL_FLOWS_RUN = pytest.StashKey[bool]()
_FLOWS = Path(__file__).parent / "flows"
# What the workers of `pytest -n` called, for the run that compares it with the functions' rights.
_CALLED = Path(__file__).parents[1] / "build" / "aws-calls.json"
_LAST = "test_least_privilege.py"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What the functions called is compared with their rights once all of it is known: last, and
    not by a worker, which knows its own part only."""
    items.sort(key=lambda item: item.path.name == _LAST)
    chosen = bool(config.option.keyword) or any("::" in one for one in config.args)
    collected = {item.path for item in items}
    config.stash[ALL_FLOWS_RUN] = not chosen and set(_FLOWS.glob("test_*.py")) <= collected
    if hasattr(config, "workeroutput"):
        items[:] = [item for item in items if item.path.name != _LAST]
    elif not CALLS and collected and {path.name for path in collected} == {_LAST}:
        _take_over(config)


def _take_over(config: pytest.Config) -> None:
    """The calls of the run before, if there was one with workers."""
    if _CALLED.exists():
        known = json.loads(_CALLED.read_text(encoding="utf-8"))
        CALLS.update(Call(*one) for one in known["calls"])
        config.stash[ALL_FLOWS_RUN] = known["allFlowsRun"]


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["calls"] = [list(one) for one in CALLS]
        output["allFlowsRun"] = session.config.stash.get(ALL_FLOWS_RUN, False)


class Workers:
    """Gathers what each worker called."""

    def __init__(self) -> None:
        self.outputs: list[dict[str, Any]] = []

    def pytest_testnodedown(self, node: Any, error: object) -> None:
        self.outputs.append(getattr(node, "workeroutput", {"calls": [], "allFlowsRun": False}))

    def pytest_sessionfinish(self) -> None:
        calls = {tuple(one) for output in self.outputs for one in output["calls"]}
        whole = all(output["allFlowsRun"] for output in self.outputs)
        _CALLED.parent.mkdir(exist_ok=True)
        _CALLED.write_text(
            json.dumps({"calls": sorted(calls), "allFlowsRun": whole}), encoding="utf-8"
        )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("dist") != "no" and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Workers())


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAws]:
    with LocalAws(APP_SECRET) as running:
        yield running
