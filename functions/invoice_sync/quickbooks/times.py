"""QuickBooks' times. No pydantic here: the webhook function must start quickly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def moment(text: Any) -> datetime | None:
    """None for a time that cannot be read, or without an offset: which one is meant is not
    documented. Up to nine digits of a fraction; those past the sixth are cut off."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None
