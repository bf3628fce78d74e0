"""Builds the queue's worker: the sync of invoices, and the steps of jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from invoice_sync.hints import Queue
from invoice_sync.jobs.backfill import Backfill
from invoice_sync.jobs.deletion import Deletions
from invoice_sync.jobs.retry import Retries
from invoice_sync.jobs.runner import JobRunner, Steps
from invoice_sync.preview.dry_run import DryRun
from invoice_sync.reconciliation.job import Reports
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store
from invoice_sync.sync.apply import Applier
from invoice_sync.sync.batch import Batches
from invoice_sync.sync.boundary import Boundary
from invoice_sync.sync.fan_out import FanOut
from invoice_sync.sync.known import Known
from invoice_sync.sync.payments import Payer
from invoice_sync.sync.record import Recorder
from invoice_sync.sync.status_properties import StatusProperties
from invoice_sync.sync.worker import Stages, Worker
from invoice_sync.wiring import parts
from invoice_sync.wiring.outside import new_id
from invoice_sync.wiring.parts import Parts

# As many as a batch can use.
_THREADS = 20


@dataclass(frozen=True)
class QueueWorker:
    worker: Worker
    jobs: JobRunner
    queue: Queue
    store: Store
    clock: Callable[[], datetime]


def build(clock: Callable[[], datetime], log: Log) -> QueueWorker:
    built = parts.build(clock, threads=_THREADS)
    store, tokens, queue = built.store, built.tokens, built.queue
    batches = Batches(store, built.clients, clock, log)
    base_url = built.environment.quickbooks_base_url
    status_properties = StatusProperties(store, queue, base_url, clock)
    stages = Stages(
        known=Known(store, clock, log),
        fan_out=FanOut(store, tokens, queue, clock),
        applier=Applier(store, new_id),
        payer=Payer(store, new_id),
        recorder=Recorder(store, queue, batches, status_properties, new_id),
        boundary=Boundary(queue, clock, log),
    )
    allowed = built.environment.allowed_portal_ids
    worker = Worker(store, tokens, built.clients, batches, stages, allowed, new_id, log)
    return QueueWorker(worker, _jobs(built, batches, stages, log), queue, store, clock)


def _jobs(built: Parts, batches: Batches, stages: Stages, log: Log) -> JobRunner:
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
