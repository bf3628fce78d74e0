from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader
from httpx import _urls

from infra.local.aws import LocalAws
from infra.local.aws_calls import CALLS, Call
from infra.local.memory.services import Memory
from infra.local.on_moto import Moto
from infra.local.system import APP_SECRET

ALL_FLOWS_RUN = pytest.StashKey[bool]()
_FLOWS = Path(__file__).parent / "flows"
# Holds the calls of the workers of `pytest -n` for the run that compares them with the policies.
_CALLS_FILE = Path(__file__).parents[1] / "build" / "aws-calls.json"
_LAST = "test_least_privilege.py"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Compare the functions' calls with their rights at the very end, when all calls are made.

    A worker leaves the comparison out, because it has seen only its own share of the calls.
    """
    items.sort(key=lambda item: item.path.name == _LAST)
    grouped = [item for item in items if item.get_closest_marker("xdist_group")]
    if getattr(config.option, "loadgroup", False) and any("@" not in i.nodeid for i in grouped):
        raise pytest.UsageError("this pytest-xdist and this pytest do not group tests")
    chosen = bool(config.option.keyword) or any("::" in argument for argument in config.args)
    collected = {item.path for item in items}
    config.stash[ALL_FLOWS_RUN] = not chosen and set(_FLOWS.glob("test_*.py")) <= collected
    if hasattr(config, "workeroutput"):
        items[:] = [item for item in items if item.path.name != _LAST]
    elif not CALLS and collected and {path.name for path in collected} == {_LAST}:
        _take_over(config)


def pytest_collection_finish() -> None:
    """Leave what lives as long as the run out of every later garbage collection."""
    gc.collect()
    gc.freeze()


def _take_over(config: pytest.Config) -> None:
    """Use the calls of the run before, if it had workers."""
    if _CALLS_FILE.exists():
        before = json.loads(_CALLS_FILE.read_text(encoding="utf-8"))
        CALLS.update(Call(*call) for call in before["calls"])
        config.stash[ALL_FLOWS_RUN] = before["allFlowsRun"]


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["calls"] = [list(call) for call in CALLS]
        output["allFlowsRun"] = session.config.stash.get(ALL_FLOWS_RUN, False)


class Workers:
    """Gathers the calls that each worker has seen."""

    def __init__(self) -> None:
        self.outputs: list[dict[str, Any]] = []

    def pytest_testnodedown(self, node: Any, error: object) -> None:
        self.outputs.append(getattr(node, "workeroutput", {"calls": [], "allFlowsRun": False}))

    def pytest_sessionfinish(self) -> None:
        calls = {tuple(call) for output in self.outputs for call in output["calls"]}
        complete = all(output["allFlowsRun"] for output in self.outputs)
        _CALLS_FILE.parent.mkdir(exist_ok=True)
        _CALLS_FILE.write_text(
            json.dumps({"calls": sorted(calls), "allFlowsRun": complete}), encoding="utf-8"
        )


_load = JSONFileLoader.load_file


@cache
def _load_once(path: str) -> Any:
    return _load(JSONFileLoader(), path)


def _loaded(self: JSONFileLoader, file_path: str) -> Any:
    # Into the model of a service botocore merges what is said beside it, and moto says more.
    is_service = Path(file_path).name.startswith("service-")
    return _load(self, file_path) if is_service else _load_once(file_path)


def pytest_configure(config: pytest.Config) -> None:
    # Each session of boto3 reads the list of all endpoints anew: most of what a client costs.
    JSONFileLoader.load_file = _loaded  # type: ignore[method-assign]
    # httpx looks at each character of each address: a twelfth of what the flow tests cost.
    vars(_urls)["urlparse"] = lru_cache(4096)(vars(_urls)["urlparse"])
    if config.getoption("dist") != "no" and not hasattr(config, "workerinput"):
        # Workers would find nothing there, and none of them would say so.
        for path in {argument.partition("::")[0] for argument in config.args}:
            if not (config.invocation_params.dir / path).exists():
                raise pytest.UsageError(f"file or directory not found: {path}")
        config.pluginmanager.register(Workers())


@pytest.fixture(scope="session")
def aws_in_memory() -> Iterator[LocalAws]:
    with LocalAws(APP_SECRET, Memory()) as running:
        yield running


@pytest.fixture(scope="session")
def aws_on_moto() -> Iterator[LocalAws]:
    with LocalAws(APP_SECRET, Moto()) as running:
        yield running


@pytest.fixture
def aws(request: pytest.FixtureRequest) -> LocalAws:
    """Return AWS in memory; moto for tests with the mark `moto`, and for all with AWS=moto."""
    on_moto = request.node.get_closest_marker("moto") or os.environ.get("AWS") == "moto"
    running: LocalAws = request.getfixturevalue("aws_on_moto" if on_moto else "aws_in_memory")
    return running
