"""Days as HubSpot's search takes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo


def bounds(start: date, end: date, own: tzinfo) -> tuple[str, str]:
    """Epoch milliseconds, both included, of all that may be dated in the period.

    HubSpot keeps a date as midnight in Greenwich, and a moment as it was: so the days are taken in
    both zones. What is beside the period is left out afterwards.
    """
    after = end + timedelta(days=1)
    low = min(datetime.combine(start, time.min, one) for one in (UTC, own))
    high = max(datetime.combine(after, time.min, one) for one in (UTC, own))
    return _milliseconds(low), _milliseconds(high)


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))
