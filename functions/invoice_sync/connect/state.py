"""OAuth's addresses, and the states that tie its answers to the browser that asked.

No I/O, and nothing heavy is loaded. A state is signed for one step of connecting, so that none
passes in another, and names the nonce that the browser must bring in a cookie: a stranger's link
cannot put a portal into another person's hands, nor that person's company into a stranger's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from invoice_sync.errors import StateError

LIFETIME = timedelta(minutes=10)

Step = Literal["hubspot", "handover", "quickbooks"]


@dataclass(frozen=True)
class State:
    """`hubspot` and `quickbooks` travel through these services, `handover` between the two.

    `portal_id` is known once HubSpot has named it.
    """

    step: Step
    nonce: str
    expires_at: datetime
    portal_id: str = ""


def seal(secret: str, state: State) -> str:
    """The signed text of a state. `secret`: HubSpot's client secret."""
    content = [state.step, state.nonce, int(state.expires_at.timestamp()), state.portal_id]
    payload = _encoded(json.dumps(content).encode())
    return f"{payload}.{_signature(secret, state.step, payload)}"


def unseal(secret: str, step: Step, text: str, nonce: str, now: datetime) -> State:
    """The state of that step and of the browser with that nonce. Raises StateError."""
    payload, _, signature = text.partition(".")
    if not secret or not nonce:
        raise StateError("there is no secret, or the browser has no cookie")
    expected = _signature(secret, step, payload)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise StateError("the signature does not fit")
    kind, own_nonce, expires, portal_id = json.loads(base64.urlsafe_b64decode(payload + "=="))
    state = State(kind, own_nonce, datetime.fromtimestamp(expires, UTC), portal_id)
    if not hmac.compare_digest(state.nonce.encode(), nonce.encode()):
        raise StateError("another browser began")
    if state.expires_at <= now:
        raise StateError("the time is over")
    return state


def _signature(secret: str, step: Step, payload: str) -> str:
    key = hmac.new(secret.encode(), f"invoice-sync state {step}".encode(), hashlib.sha256).digest()
    return _encoded(hmac.new(key, payload.encode(), hashlib.sha256).digest())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
