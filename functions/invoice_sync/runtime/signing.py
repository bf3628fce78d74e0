"""The parts that the signatures of both services share: HMAC, comparison, the signed bytes."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from invoice_sync.errors import SignatureError


def hmac_sha256(secret: str, message: bytes) -> str:
    """Return the HMAC-SHA256 of a message in base64, the form in which both services send it."""
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


def fits(expected: str, signature: str) -> bool:
    """Compare two signatures in constant time."""
    return hmac.compare_digest(expected.encode(), signature.encode())


def raw_body(event: Mapping[str, Any]) -> bytes:
    """Return the bytes that the sender signed.

    API Gateway hands over some bodies in base64, and then sets `isBase64Encoded` (AWS guide "Create
    AWS Lambda proxy integrations for HTTP APIs", payload format 2.0). Raises SignatureError for a
    body that stands for no bytes.
    """
    body = event.get("body") or ""
    try:
        return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    except ValueError:
        raise SignatureError("the body cannot be decoded") from None
