"""One event by hand: each one gets a real answer, and a wrong file is told so in a sentence."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from infra.local import invoke
from infra.local.system import LocalSystem
from invoice_sync.runtime.logger import logger
from tests.driven_time import driving
from tests.in_process import no_sockets

# Each leads the process's AWS variables to a system of its own.
pytestmark = pytest.mark.xdist_group("invoke")


class Driven(LocalSystem):
    """Drives the product's time: nobody waits for QuickBooks' limits."""

    def __enter__(self) -> Self:
        # Calls would bunch on a clock that runs on while this process waits for the machine.
        self._driving = driving(self.clock.stand_still(tick=0.001))
        self._driving.__enter__()
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self._driving.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def only_the_answer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a process of its own, which says so before it loads the functions."""
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "true")
    monkeypatch.setattr(invoke, "LocalSystem", Driven)
    level = logger.log_level
    logger.setLevel(logging.ERROR)
    with no_sockets():
        yield
    logger.setLevel(level)


REQUESTS = sorted(invoke.EVENTS.glob("api-*.json"))


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
def test_a_request_is_answered(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke.main([str(path)]) == 0
    head, _, body = capsys.readouterr().out.partition("\n\n")
    assert head.startswith("Status 200\n"), body
    assert "{\n" in body  # for people to read


def test_the_events_name_an_invoice_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke.main([str(invoke.EVENTS / "api-sync-status.json")]) == 0
    _, _, body = capsys.readouterr().out.partition("\n\n")
    answer = json.loads(body)
    assert answer["number"] == "INV-2015"
    assert answer["failure"]["code"] == "duplicate_display_name"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("README.md", "README.md is not JSON."),
        ("events/scenario.json", "is the demo's company, not an event."),
        ("events/nope.json", "events/nope.json cannot be read: No such file or directory."),
        ("events", "events cannot be read: Is a directory."),
        ("", "usage: make invoke EVENT=events/FILE.json"),
    ],
)
def test_a_file_that_is_no_event(
    name: str, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(invoke.EVENTS.parent)
    assert invoke.main([name]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert "  events/api-failures.json\n" in error
    assert "scenario.json\n" not in error.partition("The events:")[2]


@pytest.mark.parametrize("content", ["[]", "{}", '"x"', '{"source": "aws.events"}'])
def test_json_that_is_no_event(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.json"
    path.write_text(content, encoding="utf-8")
    assert invoke.main([str(path)]) == 2
    assert "is not an event of this system" in capsys.readouterr().err


def test_a_route_that_nobody_serves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.json"
    path.write_text('{"requestContext": {}, "routeKey": "GET /nothing"}', encoding="utf-8")
    assert invoke.main([str(path)]) == 2
    assert capsys.readouterr().err == f"{path}: no function serves the route GET /nothing.\n"
