"""HubSpot's request signature, version 3.

Source: guide "Validating requests": base64(HMAC-SHA256(client secret, method + URI + body +
timestamp)), where twelve percent-codes of the URI's query are decoded and all others stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from invoice_sync.errors import SignatureError
from invoice_sync.runtime.signing import fits, hmac_sha256, raw_body

MAX_AGE = timedelta(minutes=5)
# HubSpot's clock may run a little ahead of ours.
MAX_SKEW = timedelta(minutes=1)

_DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$",
    "%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
_CODES = re.compile("|".join(_DECODED), re.IGNORECASE)


def sign(secret: str, method: str, uri: str, body: bytes, timestamp: str) -> str:
    """Return the signature that HubSpot would send. `timestamp`: epoch milliseconds as text."""
    path, question_mark, query = uri.partition("?")
    query = _CODES.sub(lambda match: _DECODED[match[0].upper()], query)
    message = f"{method.upper()}{path}{question_mark}{query}".encode() + body + timestamp.encode()
    return hmac_sha256(secret, message)


def verify(secret: str, event: Mapping[str, Any], now: datetime) -> bytes:
    """Check an API Gateway event (payload 2.0) and return its raw body.

    The URL is built from the raw path and the raw query, never from parsed parameters. Raises
    SignatureError when a header is missing, the time is off, or the signature does not fit.
    """
    headers: Mapping[str, str] = event.get("headers") or {}
    signature = headers.get("x-hubspot-signature-v3", "")
    timestamp = headers.get("x-hubspot-request-timestamp", "")
    if not secret:
        raise SignatureError("no client secret is configured")
    if not signature or not re.fullmatch(r"[0-9]{1,15}", timestamp):
        raise SignatureError("the signature headers are missing or malformed")
    age = timedelta(milliseconds=now.timestamp() * 1000 - int(timestamp))
    if not -MAX_SKEW <= age <= MAX_AGE:
        raise SignatureError("the timestamp is more than five minutes off")
    context = event["requestContext"]
    scheme = headers.get("x-forwarded-proto", "https")
    query = event.get("rawQueryString") or ""
    uri = f"{scheme}://{context['domainName']}{event['rawPath']}" + (f"?{query}" if query else "")
    body = raw_body(event)
    expected = sign(secret, context["http"]["method"], uri, body, timestamp)
    if not fits(expected, signature):
        raise SignatureError("the signature does not fit")
    return body
