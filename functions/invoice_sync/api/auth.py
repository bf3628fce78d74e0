"""Who may ask: requests that HubSpot signed, for the portal that it signed them for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from aws_lambda_powertools.event_handler import ApiGatewayResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

from invoice_sync.api.collaborators import collaborators
from invoice_sync.errors import ProblemError
from invoice_sync.hubspot import signature
from invoice_sync.runtime import clock


@dataclass(frozen=True)
class Caller:
    """The portal, and the user's email; empty when the query does not name exactly one."""

    portal_id: str
    email: str


def signed(app: ApiGatewayResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """Let in only what `hubspot.fetch` sends, and take the portal from the signed query.

    Raises SignatureError, and ProblemError when the query does not name exactly one portal.
    """
    event, now = app.current_event.raw_event, clock.now()
    secret = collaborators().secret.get(now)
    signature.verify(secret.hubspot_client_secret, event, now)
    query = event.get("rawQueryString") or ""
    portal_id = _only(query, "portalId")
    if not portal_id.isdigit():
        raise ProblemError(400, "The signed query must name exactly one portalId.")
    caller = Caller(portal_id, _only(query, "userEmail"))
    app.append_context(caller=caller)  # type: ignore[no-untyped-call]
    return next_middleware(app)


def _only(query: str, parameter: str) -> str:
    """Return the value of a parameter; empty unless it is there exactly once."""
    values = [value for name, value in parse_qsl(query) if name == parameter]
    return values[0] if len(values) == 1 else ""
