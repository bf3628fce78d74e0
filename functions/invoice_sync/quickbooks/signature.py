"""Intuit's webhook signature: base64(HMAC-SHA256(verifier token, body)).

Source: Intuit's guide "Configure webhooks". It covers the body only and no time, so an old delivery
can be sent again by whoever has seen it; a hint makes us look, and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoice_sync.errors import SignatureError
from invoice_sync.runtime.signing import fits, hmac_sha256, raw_body


def verify(verifier_token: str, event: Mapping[str, Any]) -> bytes:
    """Check an API Gateway event (payload 2.0) and return its raw body. Raises SignatureError."""
    headers: Mapping[str, str] = event.get("headers") or {}
    if not verifier_token:
        raise SignatureError("no verifier token is configured")
    body = raw_body(event)
    if not fits(hmac_sha256(verifier_token, body), headers.get("intuit-signature", "")):
        raise SignatureError("the signature is missing or does not fit")
    return body
