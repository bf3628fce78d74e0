"""HubSpot's modification time of a record: it tells which changes of the record a reader has seen.

Only a time that HubSpot gave together with the values counts, never our own clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

MODIFIED = "hs_lastmodifieddate"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def modified_at(properties: Mapping[str, str | None]) -> datetime | None:
    """Return when a record was last modified. None for a time without milliseconds: another change
    in the same second would look like this one."""
    text = properties.get(MODIFIED) or ""
    try:
        if text.isdigit():
            return _EPOCH + timedelta(milliseconds=int(text))
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo and "." in text else None


def versions(records: Mapping[str, Mapping[str, str | None]]) -> dict[str, int]:
    """Return the modification time of each record that has one, in epoch milliseconds, by id."""
    times = {record_id: modified_at(properties) for record_id, properties in records.items()}
    return {record_id: milliseconds(at) for record_id, at in times.items() if at}


def milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)
