"""A bug that a function answers itself is counted for its version; what others do is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from invoice_sync.api import problems
from invoice_sync.connect import trouble
from invoice_sync.errors import (
    ReconnectRequiredError,
    SecretError,
    UnavailableError,
)
from invoice_sync.runtime.logger import logger

Answer = Callable[[Exception], object]
ANSWERS: dict[str, Answer] = {
    "api": problems.answer,
    "connect": lambda error: trouble.page(error, "request", logger),
}


@pytest.fixture
def counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[], list[dict[str, Any]]]:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "InvoiceSync")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "invoice-sync")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "invoice-sync-api")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "12")

    def found() -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [line for line in lines if "_aws" in line]

    return found


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_bug_counts_for_the_version_that_met_it(
    answer: Answer, counted: Callable[[], list[dict[str, Any]]]
) -> None:
    answer(KeyError("private"))
    (line,) = counted()
    (metric,) = line["_aws"]["CloudWatchMetrics"]
    assert metric["Namespace"] == "InvoiceSync"
    assert [one["Name"] for one in metric["Metrics"]] == ["ServerErrors"]
    # An alarm finds it by exactly these: tests/infra/test_rollout.py.
    (dimensions,) = metric["Dimensions"]
    assert {name: line[name] for name in dimensions} == {
        "FunctionName": "invoice-sync-api",
        "ExecutedVersion": "12",
        "service": "invoice-sync",
    }
    assert line["ServerErrors"] == [1]


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize(
    "error",
    [
        SecretError("not filled in"),
        UnavailableError("QuickBooks", "503"),
        ReconnectRequiredError("QuickBooks"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_trouble_of_others_does_not(
    answer: Answer, error: Exception, counted: Callable[[], list[dict[str, Any]]]
) -> None:
    answer(error)
    assert counted() == []


def test_a_count_that_cannot_be_written_spoils_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE", raising=False)
    assert problems.answer(KeyError("private")).status_code == 500
