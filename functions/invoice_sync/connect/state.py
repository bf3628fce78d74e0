"""The states that tie the services' answers to the browser that asked.

A state is signed for one step of connecting, so that it passes in no other, and names the nonce
that the browser must bring in a cookie: a stranger's link cannot put a portal into another person's
hands, nor that person's company into a stranger's.
"""

from __future__ import annotations

import hmac
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Literal

from invoice_sync.errors import SealError, StateError
from invoice_sync.model.connection import NativeSync
from invoice_sync.runtime import sealing

LIFETIME = timedelta(minutes=10)

# `hubspot` and `quickbooks` travel through these services, `handover` from one to the other.
Step = Literal["hubspot", "handover", "quickbooks"]


@dataclass(frozen=True)
class State:
    """What a step of connecting knows."""

    nonce: str
    # Empty until HubSpot has named the portal.
    portal_id: str = ""
    # The person's answer about HubSpot's own QuickBooks sync.
    native_sync: NativeSync = "never"


def seal(secret: str, step: Step, state: State, now: datetime) -> str:
    """Return the signed text of a state. `secret`: HubSpot's client secret. Raises StateError when
    there is none."""
    try:
        return sealing.seal(secret, _purpose(step), [*astuple(state)], now)
    except SealError as error:
        raise StateError(str(error)) from None


def unseal(secret: str, step: Step, text: str, nonce: str, now: datetime) -> State:
    """Return the state in a text that was sealed for this step and for the browser with this nonce,
    less than ten minutes ago. Raises StateError for any other text."""
    try:
        sealed = State(*sealing.unseal(secret, _purpose(step), text, now, LIFETIME))
    except SealError as error:
        raise StateError(str(error)) from None
    if not nonce or not hmac.compare_digest(sealed.nonce.encode(), nonce.encode()):
        raise StateError("another browser began")
    return sealed


def _purpose(step: Step) -> str:
    return f"connect {step}"
