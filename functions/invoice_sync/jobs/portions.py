"""Portions: a job hands the worker some invoices at a time and waits until they are synced.

So live invoices overtake it, and QuickBooks' limit of 500 creations a minute stays far away.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from invoice_sync.hints import Hint, Queue
from invoice_sync.model.job import Job, SentPortion
from invoice_sync.model.record import Record

# The records themselves show lasting trouble. A job does not wait for its end.
_LONGEST_WAIT = timedelta(minutes=15)


def send_hints(queue: Queue, job: Job, invoice_ids: Sequence[str], now: datetime) -> None:
    """Queue a hint for each invoice. Raises QueueRefusedError."""
    queue.send(
        Hint(job.portal_id, invoice_id, job.kind, now, now, bulk=True) for invoice_id in invoice_ids
    )


def waited_too_long(portion: SentPortion, now: datetime) -> bool:
    return now - portion.sent_at >= _LONGEST_WAIT


def updated_since(record: Record, moment: datetime) -> bool:
    return record.updated_at is not None and record.updated_at >= moment
