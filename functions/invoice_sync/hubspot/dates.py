"""HubSpot's times and calendar days: the portal's time zone, and the moments of a period."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from invoice_sync.model.connection import Connection
from invoice_sync.runtime.log import Log


def zone(connection: Connection, log: Log) -> tzinfo:
    """Return the portal's time zone, or UTC if the stored name is unknown."""
    try:
        return ZoneInfo(connection.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        # An invoice made near midnight may then be dated a day off: better than not at all.
        log.error("the portal's time zone is not known", extra={"portalId": connection.portal_id})
        return UTC


def bounds(start: date, end: date, time_zone: tzinfo) -> tuple[str, str]:
    """Return the first and last moment, in epoch milliseconds, that may belong to these days.

    HubSpot keeps a date as midnight UTC and a moment as it was (guide "Properties API"), so the
    days count in both zones. The caller leaves out records that are outside the period.
    """
    after = end + timedelta(days=1)
    low = min(datetime.combine(start, time.min, zone) for zone in (UTC, time_zone))
    high = max(datetime.combine(after, time.min, zone) for zone in (UTC, time_zone))
    return _milliseconds(low), _milliseconds(high)


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))
