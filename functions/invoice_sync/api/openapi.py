"""The OpenAPI document of the API, made from its routes and models."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from invoice_sync.version import VERSION

_DESCRIPTION = """\
Failures, status, previews, decisions, reports, backfills and settings of one HubSpot portal.

Everyone who may use the portal may view. Any request but a `GET` is for the people whom the setting
`mayAct` names and for whoever connected the portal last; others get 403.

Every request under `/v1` must carry HubSpot's v3 signature, as `hubspot.fetch` of a UI extension
sends it. `hubspot.fetch` adds `portalId`, `userId`, `userEmail` and `appId` to the query and signs
the whole URL; the portal of a request is the signed `portalId`. A request is refused when it is
older than five minutes, or when its body has more than 1 MB.

Ids and amounts are text, times are in UTC. Where something is missing, text is empty and other
values are null; an answer always has all of its fields. Problems are `application/problem+json`
(RFC 9457): `detail` is a sentence for people, `code` is for programs."""
_SIGNATURE = "HubSpotSignature"
# The subjects of the routers, in the order in which they are described.
TAGS = {
    "Failures": "Which invoices are not in step, and why.",
    "Invoices": "One invoice: its status, what the next check would do, and what a person decides.",
    "QuickBooks": "What a person can choose for an invoice.",
    "Payments": "Money that came in, or went back, and is in no book.",
    "Reconciliation report": "Both systems side by side, for every invoice that is dated in a"
    " period in either of them.",
    "Backfill": "Bringing the invoices of a period into QuickBooks: those from before the app was"
    " installed, or from an outage.",
    "Settings": "How the connection of the portal syncs.",
    "Connection": "Whether the portal is connected, to which QuickBooks company, and who may act.",
    "Audit": "What people did with this app.",
    "Service": "The API itself. No signature is needed.",
}
# Powertools describes its own errors; ours are problems.
_POWERTOOLS_ERRORS = ("HTTPValidationError", "ResponseValidationError", "ValidationError")


def document(app: APIGatewayHttpResolver) -> dict[str, Any]:
    """Describe all routes of the API."""
    # Slow to import, and nothing else needs it.
    from aws_lambda_powertools.event_handler.openapi.models import APIKey, Tag  # noqa: PLC0415

    signature = APIKey.model_validate(
        {
            "name": "X-HubSpot-Signature-v3",
            "in": "header",
            "description": "HubSpot's signature of method, URL, body and the time in"
            " `X-HubSpot-Request-Timestamp`.",
        }
    )
    described: dict[str, Any] = json.loads(
        app.get_openapi_json_schema(
            title="Invoice sync",
            version=VERSION,
            description=_DESCRIPTION,
            tags=[Tag(name=name, description=about) for name, about in TAGS.items()],
            security_schemes={_SIGNATURE: signature},
            security=[{_SIGNATURE: []}],
        )
    )
    schemas = described["components"]["schemas"]
    for name in _POWERTOOLS_ERRORS:
        schemas.pop(name, None)
    _drop_titles(described)
    return described


def _drop_titles(node: Any) -> None:
    """Remove pydantic's titles: they only repeat names, and not as they are in JSON."""
    if isinstance(node, dict):
        if isinstance(node.get("title"), str) and ("type" in node or "anyOf" in node):
            del node["title"]
        for child in node.values():
            _drop_titles(child)
    elif isinstance(node, list):
        for child in node:
            _drop_titles(child)
