"""Follow up a report: queue the invoices of the rows that syncing may put right.

So anything that was lost on the way is put right by the next night at the latest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from invoice_sync.hints import Hint, Queue
from invoice_sync.model.record import Record
from invoice_sync.reconciliation.compare import Row, Window
from invoice_sync.runtime.chunks import chunks

# The pace of a backfill, for the same reasons.
_PORTION, _SECONDS_PER_PORTION, _LONGEST_DELAY = 60, 12, 900
_MAY_BE_PUT_RIGHT = (
    "missing_in_quickbooks",
    "missing_in_hubspot",
    "amounts_differ",
    "status_differs",
    # The look finds it unreadable too, and says so where people see it.
    "unreadable",
)


def may_be_put_right(row: Row, record: Record | None, *, ours: bool) -> bool:
    """Return whether syncing the invoice of a row may put it right.

    `ours`: the invoice is one of those that we sync. The others are left to a backfill, which
    somebody has to ask for.
    """
    if not ours or row.finding not in _MAY_BE_PUT_RIGHT or row.sync_status == "failing":
        return False
    # Money that came in only at QuickBooks needs no correction once we have seen it.
    paid_there = row.finding == "status_differs" and row.hubspot_status == "open"
    return is_news(row, record) or not (paid_there and row.quickbooks_amount)


def is_news(row: Row, record: Record | None) -> bool:
    """Return whether QuickBooks' invoice has changed since we read it last.

    Only then is it worth a metered read.
    """
    seen = record.written if record else None
    return seen is None or (seen.id, seen.total, seen.balance) != (
        row.quickbooks_id,
        row.quickbooks_amount,
        row.quickbooks_balance,
    )


def hints(window: Window, rows: Sequence[Row], realm_id: str, now: datetime) -> list[Hint]:
    """Return a hint for each row that syncing may put right."""
    result = []
    for row in rows:
        record = window.records.get(row.hubspot_id)
        ours = record is not None or row.hubspot_id not in window.skips
        if may_be_put_right(row, record, ours=ours):
            # With the realm, QuickBooks' invoice is read again too.
            reread = realm_id if is_news(row, record) else ""
            result.append(
                Hint(
                    window.portal_id,
                    row.hubspot_id,
                    "report",
                    now,
                    now,
                    realm_id=reread,
                    bulk=True,
                )
            )
    return result


def send(queue: Queue, hints: Sequence[Hint]) -> int:
    """Queue the hints in portions, each later than the one before, so that live invoices overtake.

    Return the seconds after which the last portion is out. Raises QueueRefusedError.
    """
    pause = 0
    for portion in chunks(hints, _PORTION):
        queue.send(portion, delay_seconds=pause)
        pause = min(pause + _SECONDS_PER_PORTION, _LONGEST_DELAY)
    return pause
