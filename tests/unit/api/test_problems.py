"""Trouble becomes an answer in one place, and no answer repeats what came in."""

from __future__ import annotations

import json

import pytest
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from invoice_sync.api import problems
from invoice_sync.errors import (
    ConfigurationError,
    CursorError,
    FaultError,
    GrantRefusedError,
    HubSpotRefusedError,
    ProblemError,
    ReconnectRequiredError,
    SecretError,
    SignatureError,
    UnavailableError,
)


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (ProblemError(409, "Only a planned report can be run."), 409, "Only a planned"),
        (NotFoundError(), 404, "no such route"),
        (CursorError("the cursor is not one that this list gave"), 400, "The cursor is not"),
        (SignatureError("the signature does not fit"), 401, "no valid HubSpot signature"),
        (UnavailableError("HubSpot", "503"), 503, "HubSpot does not answer"),
        (UnavailableError("QuickBooks", "429", rate_limited=True), 503, "QuickBooks does not"),
        (ReconnectRequiredError("QuickBooks"), 409, "connect QuickBooks again"),
        (HubSpotRefusedError("no such scope"), 502, "HubSpot refused"),
        (FaultError("6000", "private", "private", "tid"), 502, "QuickBooks refused"),
        (GrantRefusedError("HubSpot"), 502, "HubSpot refused"),
        (SecretError("private"), 500, "its log has the details"),
        (ConfigurationError("private"), 500, "its log has the details"),
        (KeyError("private"), 500, "its log has the details"),
    ],
)
def test_each_kind_of_trouble_has_its_answer(error: Exception, status: int, words: str) -> None:
    answer = problems.answer(error)
    problem = json.loads(str(answer.body))
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["type"]) == (
        status,
        status,
        "about:blank",
    )
    assert problem["title"]
    assert words in problem["detail"]
    assert problem["detail"].endswith(".")
    assert "private" not in str(answer.body)
