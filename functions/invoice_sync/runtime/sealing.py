"""Values that we hand out and take back: signed, for one purpose, for a limited time."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from invoice_sync.errors import SealError


class _Signer(TimestampSigner):
    """Signs by the clock that the caller gives."""

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self._now = now

    def get_timestamp(self) -> int:
        return int(self._now.timestamp())


def seal(secret: str, purpose: str, value: object, now: datetime) -> str:
    """Return a value, which JSON must know, as a text that fits into an address. Raises SealError
    when there is no secret."""
    return str(_serializer(secret, purpose, now).dumps(value))


def unseal(secret: str, purpose: str, text: str, now: datetime, lifetime: timedelta) -> Any:
    """Return the value of a text that was sealed for this purpose less than `lifetime` ago. Raises
    SealError for any other text, and when there is no secret."""
    try:
        # The age may equal the limit: its last second is left out.
        limit = int(lifetime.total_seconds()) - 1
        return _serializer(secret, purpose, now).loads(text, max_age=limit)
    except BadData as error:
        raise SealError(f"not sealed for this: {type(error).__name__}") from None


def _serializer(secret: str, purpose: str, now: datetime) -> URLSafeTimedSerializer:
    if not secret:
        # Anybody can sign with an empty one.
        raise SealError("there is no secret")
    return URLSafeTimedSerializer(
        secret,
        salt=f"invoice-sync {purpose}",
        signer=_Signer,
        signer_kwargs={"now": now, "digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
