"""What every HTTP answer of this app carries, and how much a request may bring."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

# All that hubspot.fetch sends, and far more than a delivery of webhooks.
LONGEST_BODY = 1024 * 1024
# What we answer is for one signed request, or for one person's browser: nobody keeps it, shows it
# in a page of his own, or takes it for another type.
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-cache, no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
PROBLEM = "application/problem+json"
TOO_LONG = "The body has more than 1 MB."


def guarded(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer with the headers that all have. Those that it has already stay."""
    return {**answer, "headers": {**HEADERS, **(answer.get("headers") or {})}}


def too_long(event: Mapping[str, Any]) -> bool:
    """Whether the body of an API Gateway event (payload 2.0) is over the limit. Decodes nothing."""
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return len(body) * 3 > LONGEST_BODY * 4
    return len(body) > LONGEST_BODY or len(body.encode(errors="surrogatepass")) > LONGEST_BODY


def too_long_answer() -> dict[str, Any]:
    """The problem (RFC 9457) for such a body, where nothing else answers with problems."""
    problem = {
        "type": "about:blank",
        "code": "invalid",
        "title": HTTPStatus.REQUEST_ENTITY_TOO_LARGE.phrase,
        "status": 413,
        "detail": TOO_LONG,
    }
    return {
        "statusCode": 413,
        "headers": {"Content-Type": PROBLEM},
        "body": json.dumps(problem),
    }
