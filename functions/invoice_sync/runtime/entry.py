"""What every HTTP function does before and after its own work: an event that is no request, or a
body that is too long, is refused unread; every answer has the same headers; the metrics are
written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from invoice_sync.runtime import metrics

# All that hubspot.fetch sends, and far more than a delivery of webhooks.
LONGEST_BODY = 1024 * 1024
TOO_LONG = "The body has more than 1 MB."
# Of problems (RFC 9457).
PROBLEM = "application/problem+json"
# Our answers are for one signed request, or for one person's browser: nobody is to cache them,
# frame them or take them for another type.
_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-cache, no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}


def answered(
    event: Mapping[str, Any], answer: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    """Return the answer to an API Gateway event (payload 2.0). Its own headers win."""
    try:
        given = _refusal(event) or answer(event)
        return {**given, "headers": {**_HEADERS, **given.get("headers", {})}}
    finally:
        metrics.flush()


def _refusal(event: Mapping[str, Any]) -> dict[str, Any] | None:
    if not _is_request(event):
        return _problem(HTTPStatus.BAD_REQUEST, "The request cannot be read.")
    if _is_long(event.get("body") or "", in_base64=bool(event.get("isBase64Encoded"))):
        return _problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LONG)
    return None


def _is_long(body: str, *, in_base64: bool) -> bool:
    """Tell whether a body is too long, without decoding it: base64 writes three bytes as four
    characters."""
    return len(body) * 3 > LONGEST_BODY * 4 if in_base64 else len(body.encode()) > LONGEST_BODY


def _is_request(event: Mapping[str, Any]) -> bool:
    """Whether the members that we read are there, and are text. API Gateway sends nothing else."""
    context = event.get("requestContext")
    http = context.get("http") if isinstance(context, dict) else None
    if not (isinstance(context, dict) and isinstance(http, dict)):
        return False
    texts = [context.get("domainName"), context.get("stage"), http.get("method")]
    texts += [event.get("routeKey"), event.get("rawPath")]
    texts += [event.get("rawQueryString") or "", event.get("body") or ""]
    for name in ("headers", "queryStringParameters", "pathParameters"):
        values = event.get(name, {})
        if not isinstance(values, dict | None):
            return False
        texts += [*(values or {}), *(values or {}).values()]
    cookies = event.get("cookies") or []
    return isinstance(cookies, list) and all(map(_is_text, [*texts, *cookies]))


def _is_text(value: object) -> bool:
    """Whether it can be written as UTF-8: JSON, and so an event, can name half a surrogate."""
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def _problem(status: HTTPStatus, detail: str) -> dict[str, Any]:
    problem = {
        "type": "about:blank",
        "code": "invalid",
        "title": status.phrase,
        "status": status,
        "detail": detail,
    }
    headers = {"Content-Type": PROBLEM}
    return {"statusCode": int(status), "headers": headers, "body": json.dumps(problem)}
