"""HubSpot's request signatures, from the guide "Validating requests"; independent of the product.

The secret is the app's client secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

# The only escapes that are decoded before signing, and only in the query.
_DECODED = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}
_ESCAPE = re.compile("|".join(_DECODED))


def signed_url(url: str) -> str:
    """Return the URL as it enters the v3 signature."""
    path, mark, query = url.partition("?")
    return path + mark + _ESCAPE.sub(lambda match: _DECODED[match.group()], query)


def v1(secret: str, body: bytes) -> str:
    return hashlib.sha256(secret.encode() + body).hexdigest()


def v2(secret: str, method: str, url: str, body: bytes) -> str:
    return hashlib.sha256((secret + method.upper() + url).encode() + body).hexdigest()


def v3(secret: str, method: str, url: str, body: bytes, timestamp: int) -> str:
    base = (method.upper() + signed_url(url)).encode() + body + str(timestamp).encode()
    return base64.b64encode(hmac.new(secret.encode(), base, hashlib.sha256).digest()).decode()
