"""The times in QuickBooks' answers and events. No pydantic here: the webhook function must start
quickly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def moment(text: Any) -> datetime | None:
    """Return a time in UTC, or None for one that cannot be read or has no offset.

    Intuit does not document which offset such a time has. Digits of a fraction past the sixth are
    cut off.
    """
    try:
        parsed = datetime.fromisoformat(text)
        return parsed.astimezone(UTC) if parsed.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None
