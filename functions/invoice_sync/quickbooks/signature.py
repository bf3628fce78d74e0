"""Intuit's webhook signature: base64(HMAC-SHA256(verifier token, body)).

Source: Intuit's page "Webhooks". The signature covers the body and no time, so whoever has seen a
delivery can send it again. That does no harm: a hint only makes us look.
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
