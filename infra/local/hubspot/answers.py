"""HubSpot's refusals, as exceptions and as ready answers for `Fault`.

Shapes: guide "Error handling" and the published error schema. A category marked "guess" has no
published sample.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from ..wire import Answer

VALIDATION = "VALIDATION_ERROR"


class RefusedError(Exception):
    """A request that HubSpot turns down; `answer` is what the caller gets."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.status} {answer.body}")
        self.answer = answer

    @property
    def message(self) -> str:
        return str(self.answer.body["message"])


def error(
    status: int, category: str, message: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Answer:
    body = {
        "status": "error",
        "message": message,
        "correlationId": str(uuid.uuid4()),
        "category": category,
        **more,
    }
    return Answer(status, body, dict(headers or {}))


def invalid(message: str, **more: Any) -> RefusedError:
    return RefusedError(error(400, VALIDATION, message, **more))


def invalid_properties(problems: Iterable[tuple[str, str, str]]) -> RefusedError:
    """Refuse (property, code, message) problems.

    The message repeats them as JSON, as HubSpot does.
    """
    refused = list(problems)
    listed = [
        {"isValid": False, "message": message, "error": code, "name": name}
        for name, code, message in refused
    ]
    return invalid(
        f"Property values were not valid: {json.dumps(listed)}",
        errors=[
            {"message": message, "code": code, "context": {"propertyName": [name]}}
            for name, code, message in refused
        ],
    )


def not_found(message: str = "resource not found") -> RefusedError:
    return RefusedError(error(404, "OBJECT_NOT_FOUND", message))


def conflict(message: str) -> RefusedError:
    return RefusedError(error(409, "CONFLICT", message))


def unauthenticated() -> RefusedError:
    return RefusedError(
        error(
            401,
            "INVALID_AUTHENTICATION",
            "Authentication credentials not found. This API supports OAuth 2.0 authentication.",
        )
    )


def expired(since: str) -> RefusedError:
    return RefusedError(
        error(
            401,
            "EXPIRED_AUTHENTICATION",
            f"The OAuth token used to make this call expired at {since}.",
            context={"expire time": [since]},
        )
    )


def missing_scopes(scopes: Iterable[str]) -> RefusedError:
    message = "This app hasn't been granted all required scopes to make this call."
    detail = {"message": message, "context": {"requiredGranularScopes": sorted(scopes)}}
    links = {"scopes": "https://developers.hubspot.com/scopes"}
    return RefusedError(error(403, "MISSING_SCOPES", message, errors=[detail], links=links))


def rate_limited(policy: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return a 429, whose body has `errorType` and `policyName` but no `category` (recorded)."""
    period = {"SECONDLY": "secondly", "DAILY": "daily"}.get(policy, "ten_secondly_rolling")
    body = {
        "status": "error",
        "message": f"You have reached your {period} limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": str(uuid.uuid4()),
        "policyName": policy,
        "requestId": uuid.uuid4().hex,
    }
    return Answer(429, body, dict(headers or {}))


# -- trouble on demand, for `Fault`


def locked() -> Answer:
    """Return what a record answers for two seconds of heavy use (guide "Error handling".

    Category: guess).
    """
    return error(423, "LOCKED", "The resource is locked.")


def migrating(retry_after: int = 3600) -> Answer:
    """Return what an account answers while it moves to another data centre.

    Source: guide "Error handling"; the category is a guess.
    """
    return error(
        477, "MIGRATION_IN_PROGRESS", "Migration in progress.", {"Retry-After": str(retry_after)}
    )


def gateway(status: int = 502) -> Answer:
    """Return a 502, 503 or 504, whose body is a page: it comes from in front of the API."""
    return Answer(status, f"<html><body>{status}</body></html>", {"Content-Type": "text/html"})
