"""Load what a look needs: HubSpot's records whole, QuickBooks' only as far as not known."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from invoice_sync.model.connection import Connection
from invoice_sync.runtime.log import Log


def zone(connection: Connection, log: Log) -> tzinfo:
    """The portal's time zone."""
    try:
        return ZoneInfo(connection.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        # An invoice made near midnight may then be dated a day off: better than not at all.
        log.error("the portal's time zone is not known", extra={"portalId": connection.portal_id})
        return UTC


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
