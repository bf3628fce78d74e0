"""The one place where trouble becomes an HTTP answer: a problem (RFC 9457) for each exception."""

from __future__ import annotations

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from invoice_sync.api import invalid
from invoice_sync.api.schemas.problem import Problem
from invoice_sync.errors import (
    CursorError,
    ProblemCode,
    ProblemError,
    ReconnectRequiredError,
    SecretError,
    ServiceError,
    SignatureError,
    UnavailableError,
)
from invoice_sync.runtime import entry, metrics
from invoice_sync.runtime.log import described
from invoice_sync.runtime.logger import logger

# What each status means where a route does not say it more precisely.
MEANINGS: dict[int, str] = {
    400: "A parameter or a field of the body is missing or not valid.",
    401: "The request has no valid HubSpot signature, or is older than five minutes.",
    403: "This app does not work for the HubSpot account: its owner names the accounts.",
    413: entry.TOO_LONG,
    415: "The body is not JSON.",
    500: "Something went wrong in this app; its log has the details.",
    502: "HubSpot or QuickBooks refused what this app asked for.",
    503: "HubSpot or QuickBooks does not answer. Try again in a moment.",
}
# What 409 means where QuickBooks or HubSpot is asked.
RECONNECT_FIRST = "HubSpot or QuickBooks must be connected again first."
# What 403 also means where people act.
MAY_ONLY_LOOK = "This user may only view: the settings name the people who may do this."

_NO_ROUTE = "There is no such route, or it does not take this method."


def answer(error: Exception) -> Response[str]:
    """Turn an exception into a problem, and log it where it is not the caller's mistake."""
    status, code, detail = _what_it_is(error)
    if isinstance(error, SignatureError):
        metrics.count(metrics.SIGNATURE_REFUSED)
        logger.warning("request refused", extra={"why": str(error)})
    elif isinstance(error, ServiceError):
        logger.warning("preview or resolution failed", extra={"error": type(error).__name__})
    elif status == HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("the request failed", extra=described(error))
        # Without the app's keys no version can answer.
        if not isinstance(error, SecretError):
            metrics.server_error()
    problem = Problem(
        type="about:blank", code=code, title=status.phrase, status=status, detail=detail
    )
    return Response(status, entry.PROBLEM, problem.model_dump_json())


def _what_it_is(error: Exception) -> tuple[HTTPStatus, ProblemCode, str]:
    """Return the status, the code and the words of an exception."""
    match error:
        case ProblemError():
            return HTTPStatus(error.status), error.code, str(error)
        case NotFoundError():
            return HTTPStatus.NOT_FOUND, "not_found", _NO_ROUTE
        case RequestValidationError():
            return HTTPStatus.BAD_REQUEST, "invalid", invalid.sentence(error.errors())
        case SignatureError():
            return HTTPStatus.UNAUTHORIZED, "signature", MEANINGS[401]
        case CursorError():
            return HTTPStatus.BAD_REQUEST, "invalid", _sentence(str(error))
        case UnavailableError() if not error.access_refused:
            detail = f"{error.service} does not answer. Try again in a moment."
            return HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", detail
        case ReconnectRequiredError() | UnavailableError():
            return HTTPStatus.CONFLICT, "reconnect_required", reconnect(error.service)
        case ServiceError():
            detail = f"{error.service} refused the request."
            return HTTPStatus.BAD_GATEWAY, "service_refused", detail
    return HTTPStatus.INTERNAL_SERVER_ERROR, "internal", MEANINGS[500]


def reconnect(service: str) -> str:
    """Say that a person must renew the access to a service."""
    return f"{service} must be connected again, on this app's connect page."


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
