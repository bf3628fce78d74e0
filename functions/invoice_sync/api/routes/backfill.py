"""The backfill: bringing the invoices of a period into QuickBooks."""

from __future__ import annotations

from invoice_sync.api.connections import NOT_CONNECTED
from invoice_sync.api.parameters import FirstDay, LastDay
from invoice_sync.api.periods import OUT_OF_RANGE, cancel_job, request_job, stored_job
from invoice_sync.api.presenters.backfill import backfill
from invoice_sync.api.routing import Router
from invoice_sync.api.schemas.backfill import BackfillAnswer
from invoice_sync.api.schemas.period import CancelRequest, PeriodRequest
from invoice_sync.model.job import BackfillJob

router = Router("Backfill")


@router.operation(
    "GET",
    "/v1/backfill",
    answer={"description": "Its plan and its progress."},
    problems={404: "The portal is not connected, or no backfill of this period has been planned."},
)
def get_backfill(first: FirstDay = None, last: LastDay = None) -> BackfillAnswer:
    """Tell what a backfill would do, or how far it is.

    Without a period it is the backfill that was asked for last.
    """
    return backfill(stored_job(BackfillJob, router.caller.portal_id, first, last))


@router.operation(
    "POST",
    "/v1/backfill",
    answer={"description": "The backfill as it stands."},
    problems={
        404: NOT_CONNECTED,
        409: "Only a planned backfill can be run, and only some jobs at a time.",
        422: OUT_OF_RANGE,
    },
)
def request_backfill(body: PeriodRequest) -> BackfillAnswer:
    """Plan a backfill, or run one that is planned.

    A backfill brings the invoices of a period into QuickBooks: those from before the app was
    installed, or from an outage. The first request only plans and writes nothing. `run` carries
    out what is planned, `again` plans it anew.
    """
    return backfill(request_job(BackfillJob, router.caller, body))


@router.operation(
    "POST",
    "/v1/backfill/cancel",
    answer={"description": "The backfill, cancelled."},
    problems={
        404: "The portal is not connected, or there is no such backfill.",
        409: "The backfill has ended already.",
    },
)
def cancel_backfill(body: CancelRequest) -> BackfillAnswer:
    """Stop a backfill, or drop its plan.

    Invoices that it has queued already are synced all the same; what is done stays done. It can be
    planned anew.
    """
    return backfill(cancel_job(BackfillJob, router.caller, body))
