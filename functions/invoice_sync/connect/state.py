"""The states that tie the services' answers to the browser that asked.

A state is signed for one step of connecting, so that it passes in no other, and names the nonce
that the browser must bring in a cookie: a stranger's link cannot put a portal into another person's
hands, nor that person's company into a stranger's.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from invoice_sync.errors import StateError
from invoice_sync.model.connection import NativeSync

LIFETIME = timedelta(minutes=10)

# `hubspot` and `quickbooks` travel through these services, `handover` from one to the other.
Step = Literal["hubspot", "handover", "quickbooks"]


@dataclass(frozen=True)
class State:
    """What a step of connecting knows."""

    nonce: str
    # Empty until HubSpot has named the portal.
    portal_id: str = ""
    # What the person said about HubSpot's own QuickBooks sync.
    native_sync: NativeSync = "never"


class _Signer(TimestampSigner):
    """Signs by the clock that the caller gives."""

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self._now = now

    def get_timestamp(self) -> int:
        return int(self._now.timestamp())


def seal(secret: str, step: Step, state: State, now: datetime) -> str:
    """Return the signed text of a state. `secret`: HubSpot's client secret."""
    return str(_serializer(secret, step, now).dumps([*astuple(state)]))


def unseal(secret: str, step: Step, text: str, nonce: str, now: datetime) -> State:
    """Return the state in a text that was sealed for this step and for the browser with this nonce,
    less than ten minutes ago. Raises StateError for any other text."""
    try:
        # The age may equal the limit: the last second of the ten minutes is left out.
        limit = int(LIFETIME.total_seconds()) - 1
        sealed = State(*_serializer(secret, step, now).loads(text, max_age=limit))
    except BadData as error:
        raise StateError(f"not a state of this step and time: {type(error).__name__}") from None
    if not nonce or not hmac.compare_digest(sealed.nonce.encode(), nonce.encode()):
        raise StateError("another browser began")
    return sealed


def _serializer(secret: str, step: Step, now: datetime) -> URLSafeTimedSerializer:
    """Raises StateError when there is no secret: anybody can sign with an empty one."""
    if not secret:
        raise StateError("there is no secret")
    return URLSafeTimedSerializer(
        secret,
        salt=f"invoice-sync connect {step}",
        signer=_Signer,
        signer_kwargs={"now": now, "digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
