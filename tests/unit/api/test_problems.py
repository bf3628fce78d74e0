"""Trouble becomes an answer in one place, and no answer repeats what came in."""

from __future__ import annotations

import io
import json
import logging
import re

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
from invoice_sync.runtime.logger import logger


@pytest.mark.parametrize(
    ("error", "status", "code", "words"),
    [
        (
            ProblemError(409, "Only a planned report can be run."),
            409,
            "not_possible",
            "Only a planned",
        ),
        (
            ProblemError(409, "Only once a day.", "busy"),
            409,
            "busy",
            "Only once",
        ),
        (ProblemError(404, "No report."), 404, "not_found", "No report"),
        (NotFoundError(), 404, "not_found", "no such route"),
        (
            CursorError("the cursor is not one that this list gave"),
            400,
            "invalid",
            "The cursor is not",
        ),
        (
            SignatureError("the signature does not fit"),
            401,
            "signature",
            "no valid HubSpot signature",
        ),
        (UnavailableError("HubSpot", "503"), 503, "unavailable", "HubSpot does not answer"),
        (
            UnavailableError("QuickBooks", "429", rate_limited=True),
            503,
            "unavailable",
            "QuickBooks does not",
        ),
        (
            ReconnectRequiredError("QuickBooks"),
            409,
            "reconnect_required",
            "QuickBooks must be connected again",
        ),
        (HubSpotRefusedError("no such scope"), 502, "service_refused", "HubSpot refused"),
        (
            FaultError("6000", "private", "private", "tid"),
            502,
            "service_refused",
            "QuickBooks refused",
        ),
        (GrantRefusedError("HubSpot"), 502, "service_refused", "HubSpot refused"),
        (SecretError("private"), 500, "internal", "its log has the details"),
        (ConfigurationError("private"), 500, "internal", "its log has the details"),
        (KeyError("private"), 500, "internal", "its log has the details"),
    ],
)
def test_each_kind_of_trouble_has_its_answer(
    error: Exception, status: int, code: str, words: str
) -> None:
    answer = problems.answer(error)
    problem = json.loads(str(answer.body))
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["type"]) == (
        status,
        status,
        "about:blank",
    )
    assert problem["code"] == code
    assert problem["title"]
    assert words in problem["detail"]
    assert problem["detail"].endswith(".")
    assert "private" not in str(answer.body)


def test_the_log_has_the_place_of_a_bug_and_not_its_text() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logger.registered_formatter)
    logger.addHandler(handler)
    try:
        raise KeyError("jane@private.example")
    except KeyError as error:
        problems.answer(error)
    log = json.loads(stream.getvalue())
    assert (log["message"], log["error"]) == ("the request failed", "KeyError")
    assert re.fullmatch(r"\w+\.py:\d+", log["where"])
    assert "private" not in stream.getvalue()
