"""The one place where trouble becomes a page: what each exception says to the person who
connects."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from invoice_sync.connect import pages
from invoice_sync.errors import (
    AlreadyConnectedError,
    ConnectRefusedError,
    GrantRefusedError,
    QueueRefusedError,
    ReconnectRequiredError,
    SecretError,
    StateError,
    UnavailableError,
)
from invoice_sync.runtime import metrics
from invoice_sync.runtime.log import Log, where

# Reloading the last page must not look like a failure.
_DONE_BEFORE = (
    'If you have already seen "Connected", you are done and can close this page. Otherwise, please'
    " start again."
)
_REFUSALS = (ConnectRefusedError, StateError, GrantRefusedError, AlreadyConnectedError)
_FAILURES = (
    ReconnectRequiredError,
    UnavailableError,
    SecretError,
    QueueRefusedError,
    BotoCoreError,
    ClientError,
)


def page(error: Exception, request_id: str, log: Log) -> dict[str, Any]:
    """Log an exception, and return the page that connecting ends with."""
    fields = {"why": _why(error), "requestId": request_id}
    if isinstance(error, StateError):
        metrics.count(metrics.SIGNATURE_REFUSED)
    if isinstance(error, _REFUSALS):
        log.warning("connecting refused", extra=fields)
        return pages.trouble(*_refusal(error), request_id)
    if isinstance(error, _FAILURES):
        log.error("connecting failed", extra=fields)
        return pages.trouble(503, *_failure(error), request_id)
    # A bug: its place tells more than its text, which may hold personal data.
    log.error("connecting failed", extra={**fields, "where": where(error)})
    metrics.server_error()
    return pages.trouble(500, *_failure(error), request_id)


def _why(error: Exception) -> str:
    """Return what a log may hold: our own words, and of any other exception only the type."""
    ours = ConnectRefusedError | StateError | GrantRefusedError | UnavailableError | SecretError
    return str(error) if isinstance(error, ours) else type(error).__name__


def _refusal(error: Exception) -> tuple[int, str, str]:
    """Return the status, the title and the text for a person whose visit ends here."""
    match error:
        case ConnectRefusedError():
            return error.status, error.title, error.text
        case StateError():
            text = (
                "This link has expired, was already used, or was opened in a different browser."
                f" {_DONE_BEFORE}"
            )
            return 400, "Please start again", text
        case GrantRefusedError():
            text = f"This step was already used, for example by reloading the page. {_DONE_BEFORE}"
            return 400, "Please start again", text
    text = (
        "One of the two accounts was connected to a different one a moment ago. Ask who else is"
        " connecting them, then start again."
    )
    return 409, "Already connected", text


def _failure(error: Exception) -> tuple[str, str]:
    """Return the title and the text for a person who met trouble that is none of their making."""
    match error:
        case UnavailableError():
            text = f"{error.service} did not answer. Wait a minute, then start again."
            return "Try again", text
        case SecretError():
            text = (
                "The keys of this app are missing or not complete. Whoever installed it must fill"
                " in its secret; then start again."
            )
            return "Not set up yet", text
    text = "This app could not finish. Wait a minute, then start again."
    return "Try again", text
