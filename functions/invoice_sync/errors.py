"""Every exception that this package raises, drawn as one tree.

    Error
    ├── ServiceError              HubSpot or QuickBooks did not do what we asked
    │   ├── UnavailableError      not now: trying later may help
    │   ├── RefusedError          a definite no
    │   │   ├── HubSpotRefusedError
    │   │   └── FaultError        QuickBooks' own word for it
    │   ├── ReconnectRequiredError  our access has ended
    │   └── GrantRefusedError     an OAuth code or refresh token is no longer good
    ├── InputError                what came in cannot be used
    │   ├── SignatureError  HintError  CursorError  StateError  UnreadableError  FormError
    │   ├── ConnectRefusedError
    │   └── ProblemError          a request of the API cannot be carried out
    ├── ConfigurationError        the deployment is not complete
    │   └── EnvironmentVariableError  SecretError (SecretMissingError)
    ├── QueueRefusedError         the queue did not take every hint
    └── AlreadyConnectedError     portal or realm belongs to another connection

Expected failures of an invoice are values (`model.failure.Failure`), never exceptions. No text here
ever holds a secret or what a stranger sent. This module imports nothing of ours: the webhook
functions must start quickly.
"""

from __future__ import annotations

from typing import Literal

# What kind of problem an answer of the API is about, for a program: the words are for people.
ProblemCode = Literal[
    "invalid",
    "setting_invalid",
    "signature",
    "not_allowed",
    "not_found",
    "not_connected",
    "not_offered",
    "argument_missing",
    "not_possible",
    "changed_meanwhile",
    "busy",
    "reconnect_required",
    "service_refused",
    "unavailable",
    "internal",
]


class Error(Exception):
    """The root of the tree."""


class ServiceError(Error):
    """HubSpot or QuickBooks did not do what we asked. `service`: its name as people know it."""

    def __init__(self, service: str, text: str) -> None:
        super().__init__(text)
        self.service = service


class UnavailableError(ServiceError):
    """The service did not answer, or answered that it cannot now. Trying later may help."""

    def __init__(
        self,
        service: str,
        why: str,
        *,
        outcome_unknown: bool = False,
        retry_after: float = 0,
        rate_limited: bool = False,
        access_refused: bool = False,
        fault: FaultError | None = None,
    ) -> None:
        super().__init__(service, f"{service}: {why}")
        # The request may have taken effect.
        self.outcome_unknown = outcome_unknown
        # Seconds; 0 when the service does not say.
        self.retry_after = retry_after
        self.rate_limited = rate_limited
        # It answers 401 or 403 to tokens that it just renewed: by a gateway's mistake, or for good.
        self.access_refused = access_refused
        # What QuickBooks says under a status of 500 and above; None where it did not answer.
        self.fault = fault


class RefusedError(ServiceError):
    """The service turned the request down, and would do so again."""


class HubSpotRefusedError(RefusedError):
    """HubSpot turned a request down. Holds its category and correlation id, never its content."""

    def __init__(
        self, words: str, category: str = "", correlation_id: str = "none", status: int = 0
    ) -> None:
        super().__init__("HubSpot", f"{words} (correlation id {correlation_id})")
        # The same for the same refusal, unlike the correlation id.
        self.words, self.category, self.correlation_id = words, category, correlation_id
        # The HTTP status; 0 for an answer that made no sense.
        self.status = status


class FaultError(RefusedError):
    """QuickBooks turned a request down. The text holds codes only: details may name people."""

    def __init__(self, code: str, message: str, detail: str, intuit_tid: str) -> None:
        tid = intuit_tid or "none"
        super().__init__("QuickBooks", f"QuickBooks fault {code} (intuit_tid {tid})")
        self.code, self.message, self.detail = code, message, detail
        self.intuit_tid = intuit_tid


class ReconnectRequiredError(ServiceError):
    """The service no longer accepts our access: a person must connect it again."""

    def __init__(self, service: str) -> None:
        super().__init__(service, f"{service} must be connected again")


class GrantRefusedError(ServiceError):
    """The service refuses an OAuth code or a refresh token."""

    def __init__(self, service: str) -> None:
        super().__init__(service, f"{service} refused the grant")


class InputError(Error):
    """What came in cannot be used. The text never holds it."""


class SignatureError(InputError):
    """A request that its sender did not sign, or signed too long ago."""


class HintError(InputError):
    """A webhook body or a queue message that cannot be read."""


class CursorError(InputError):
    """A cursor that we did not give for this portal."""


class SealError(InputError):
    """A signed text is not ours, was made for something else, or is too old."""


class StateError(InputError):
    """An OAuth state that is not ours, too old, of another step or of another browser."""


class UnreadableError(InputError):
    """A HubSpot record has a value that its property cannot have. Names the property only."""


class FormError(InputError):
    """A part of an answer is not of the documented form. `place`: the names that lead to it."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


class ConnectRefusedError(InputError):
    """Connecting ends here, with a page that says why."""

    def __init__(self, status: int, title: str, text: str) -> None:
        super().__init__(title)
        self.status, self.title, self.text = status, title, text


class ProblemError(InputError):
    """A request of the API cannot be carried out. The text, a whole sentence, is shown to the
    caller, with the HTTP status. Without a code, it has the one that goes with the status."""

    def __init__(self, status: int, detail: str, code: ProblemCode | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code: ProblemCode = code or _CODES.get(status, "invalid")


_CODES: dict[int, ProblemCode] = {403: "not_allowed", 404: "not_found", 409: "not_possible"}


class ConfigurationError(Error):
    """The deployment is not complete."""


class EnvironmentVariableError(ConfigurationError):
    """An environment variable that the functions need is missing."""


class SecretError(ConfigurationError):
    """A secret is missing or not of the documented form."""


class SecretMissingError(SecretError):
    """There is no such secret."""


class QueueRefusedError(Error):
    """The queue did not take every hint. The sender must send all of them again."""


class AlreadyConnectedError(Error):
    """The realm belongs to another portal, or the portal to another realm."""
