"""A strict stand-in for HubSpot: its API, its webhooks and `hubspot.fetch`.

It knows HubSpot's published documents, and must not import `invoice_sync` or boto3.
"""

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
