"""What the signatures of both services have in common."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any


def hmac_sha256(secret: str, message: bytes) -> str:
    """In base64, as both services send it."""
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


def fits(expected: str, signature: str) -> bool:
    """In constant time."""
    return hmac.compare_digest(expected.encode(), signature.encode())


def raw_body(event: Mapping[str, Any]) -> bytes:
    """The bytes that were sent, whichever way API Gateway wrapped them."""
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
