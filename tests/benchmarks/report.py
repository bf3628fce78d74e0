"""What the reconciliation report of many invoices costs in calls. Run it with: make cost"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, date, datetime, timedelta

os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "ERROR")
os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")

import sync_worker
from infra.local.aws import LocalAws
from infra.local.on_moto import Moto
from infra.local.quickbooks import sales_line
from infra.local.system import APP_SECRET, LocalSystem
from invoice_sync.jobs.requests import request_job, step_hint, stored_job
from invoice_sync.model.job import ReportJob
from tests.flows.conftest import PORTAL_ID, REALM_ID, Flow

DAYS = 31


def main(invoices: int) -> None:
    with LocalAws(APP_SECRET, Moto()) as aws:
        aws.reset()
        with LocalSystem(aws) as own:
            flow = Flow(own)
            flow.quickbooks.switches.rate_limits_on = False
            print(f"{invoices} invoices, half of them in QuickBooks too")
            _make(flow, invoices)
            job = _planned(flow)
            print(
                f"  planned: {job.plan.metered_reads} metered reads, {job.window_days} days a step"
            )
            before = _totals(flow)
            started, steps = time.monotonic(), 0
            job = request_job(
                own.store, flow.queue, job, run=True, again=False, now=datetime.now(UTC)
            )
            while job.state == "running":
                job, steps = _step(flow, job), steps + 1
            spent = [after - start for after, start in zip(_totals(flow), before, strict=True)]
            print(f"  {job.state} in {steps} steps, {time.monotonic() - started:.0f} s here")
            names = ("HubSpot calls", "QuickBooks calls", "metered reads")
            for name, number in zip(names, spent, strict=True):
                print(f"  {name:20}{number:>8}{1000 * number / invoices:>10.1f} for 1,000 invoices")
            for total in job.totals:
                print(f"  {total.finding} {total.currency}: {total.invoices}")


def _make(flow: Flow, invoices: int) -> None:
    today = datetime.now(UTC).date()
    line = {"name": "Consulting", "quantity": "1", "price": "10"}
    for number in range(invoices):
        day = str(today - timedelta(days=1 + number % DAYS))
        invoice_id = flow.portal.create_invoice(
            contact_id=flow.contact_id,
            lines=[line],
            number=f"B-{number}",
            hs_invoice_date=day,
            hs_due_date=day,
        )
        if number % 2:
            flow.realm.add_invoice(
                flow.customer_id,
                [sales_line(flow.item_id, "10.00")],
                f"B-{number}",
                TxnDate=day,
                PrivateNote=f"HubSpot invoice {invoice_id} (portal {PORTAL_ID})",
            )
    flow.hubspot.webhooks.discard()


def _planned(flow: Flow) -> ReportJob:
    today, now = datetime.now(UTC).date(), datetime.now(UTC)
    start: date = today - timedelta(days=DAYS)
    job = ReportJob(
        portal_id=PORTAL_ID,
        start=start,
        end=today - timedelta(days=1),
        requested_at=now,
        updated_at=now,
    )
    return _step(
        flow, request_job(flow.own.store, flow.queue, job, run=False, again=False, now=now)
    )


def _step(flow: Flow, job: ReportJob) -> ReportJob:
    """One step, without the queue: it would bring the rest of the work with it."""
    sync_worker.collaborators().jobs.run([step_hint(job, datetime.now(UTC))])
    after = stored_job(flow.own.store, job)
    assert after
    return after


def _totals(flow: Flow) -> tuple[int, int, int]:
    return (
        flow.hubspot.calls.total(),
        flow.quickbooks.calls.total(),
        flow.quickbooks.metered_reads(REALM_ID),
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
