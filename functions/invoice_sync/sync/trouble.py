"""One look at the invoices of a portal: what is being looked at, and how it ended."""

from __future__ import annotations

import traceback

from invoice_sync.errors import UnavailableError
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import Unexpected
from invoice_sync.runtime.log import Log
from invoice_sync.sync.batch import Task, Waiting

# Seconds. Intuit's "API call limits and throttles" says a minute; HubSpot's window is ten seconds.
_PAUSE_AFTER_LIMIT = {"QuickBooks": 60.0, "HubSpot": 10.0}


def waiting(error: UnavailableError) -> Waiting:
    if not error.rate_limited:
        return Waiting(f"{error.service.lower()}_unavailable", error.service, error.retry_after)
    pause = _PAUSE_AFTER_LIMIT.get(error.service, 0)
    return Waiting("rate_limited", error.service, max(pause, error.retry_after))


def bug(error: Exception, job: Task, log: Log) -> Failure:
    """An error of our own, kept to the one invoice that met it: its neighbours in the batch must
    not wait for a correction. The error's text is not logged: it may hold personal data."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
    log.error(
        "an error of our own",
        extra={
            "portalId": job.record.portal_id,
            "invoiceId": job.record.invoice_id,
            "error": type(error).__name__,
            "where": where,
        },
    )
    words = f"An error in this app ({type(error).__name__} at {where}). Please report it."
    return Failure(detail=Unexpected(), message=words)
