"""HubSpot's side of the product, on one machine: API, webhooks and `hubspot.fetch`."""

from __future__ import annotations

from .answers import error, gateway, locked, migrating, rate_limited
from .fetch import FetchResult
from .portal import Portal
from .records import Record, Switches
from .server import HubSpotSimulator
from .types import SCOPES
from .webhooks import Post, Stats, WebhookSender

__all__ = [
    "SCOPES",
    "FetchResult",
    "HubSpotSimulator",
    "Portal",
    "Post",
    "Record",
    "Stats",
    "Switches",
    "WebhookSender",
    "error",
    "gateway",
    "locked",
    "migrating",
    "rate_limited",
]
