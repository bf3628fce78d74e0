"""Builds the steps of jobs, on top of what the queue's worker has already."""

from __future__ import annotations

from invoice_sync.jobs.backfill import Backfill
from invoice_sync.jobs.deletion import Deletions
from invoice_sync.jobs.retry import Retries
from invoice_sync.jobs.runner import JobRunner, Steps
from invoice_sync.preview.dry_run import DryRun
from invoice_sync.reconciliation.job import Reports
from invoice_sync.runtime.log import Log
from invoice_sync.sync.batch import Batches
from invoice_sync.sync.worker import Stages
from invoice_sync.wiring.outside import new_id
from invoice_sync.wiring.parts import Parts


def build(built: Parts, batches: Batches, stages: Stages, log: Log) -> JobRunner:
    store, queue, clients, clock = built.store, built.queue, built.clients, built.clock
    dry_run = DryRun(store, batches)
    backfill = Backfill(store, queue, clients, dry_run, stages.recorder, clock, new_id, log)
    steps = Steps(
        backfill=backfill.step,
        report=Reports(store, queue, clients, clock, log).step,
        retry=Retries(store, queue, clock).step,
        deletion=Deletions(store, clock).step,
    )
    allowed, boundary = built.environment.allowed_portal_ids, stages.boundary
    return JobRunner(store, built.tokens, queue, steps, allowed, boundary, clock, new_id, log)
