"""Who may ask: requests that HubSpot signed, each for its own portal. Who may act: the people whom
the settings name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from aws_lambda_powertools.event_handler import ApiGatewayResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

from invoice_sync.api.collaborators import collaborators
from invoice_sync.errors import ProblemError
from invoice_sync.hubspot import signature
from invoice_sync.model.connection import Person

NOT_ALLOWED = (
    "This HubSpot account may not use this app. Ask whoever installed it to allow the account."
)


@dataclass(frozen=True)
class Caller:
    """The portal and the user. What the query does not name exactly once is empty."""

    portal_id: str
    user_id: str
    email: str

    @property
    def name(self) -> str:
        """What the user is called by; empty when HubSpot names none."""
        return Person(user_id=self.user_id, email=self.email).name if self.user_id else self.email


def caller(event: Mapping[str, Any], secret: str, now: datetime) -> Caller:
    """Return who signed an event (payload 2.0): only what `hubspot.fetch` sends is good. `secret`:
    HubSpot's client secret.

    Raises SignatureError, and ProblemError when the query does not name exactly one portal.
    """
    signature.verify(secret, event, now)
    query = event.get("rawQueryString") or ""
    portal_id = _only(query, "portalId")
    if not (portal_id.isascii() and portal_id.isdigit()):
        raise ProblemError(400, "The signed query must name exactly one portalId.")
    if portal_id not in collaborators().allowed_portal_ids:
        raise ProblemError(403, NOT_ALLOWED)
    return Caller(portal_id, _only(query, "userId"), _only(query, "userEmail"))


def acting(app: ApiGatewayResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """Let nobody act who may only view. Raises ProblemError."""
    refuse_unless_allowed(app.context["caller"])
    return next_middleware(app)


def refuse_unless_allowed(caller: Caller) -> None:
    """Raise ProblemError unless the caller may act. In a portal that is not connected there is
    nothing to guard."""
    connection = collaborators().store.connections.get(caller.portal_id)
    if connection is None or connection.allows(caller.user_id, caller.email):
        return
    person = connection.connected_by
    ask = person.name if person else connection.settings.may_act[0]
    detail = f"Only people named in this app's settings may do this. Ask {ask}."
    raise ProblemError(403, detail)


def _only(query: str, parameter: str) -> str:
    """Return the value of a parameter; empty unless it is there exactly once. Empty parameters
    count: a caller must not put one before HubSpot's own."""
    pairs = parse_qsl(query, keep_blank_values=True)
    values = [value for name, value in pairs if name == parameter]
    return values[0] if len(values) == 1 else ""
