"""Builds the queue's worker: the sync of invoices. The steps of jobs are loaded with the first one:
most workers meet none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from invoice_sync.hints import Queue
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store
from invoice_sync.sync.apply import Applier
from invoice_sync.sync.batch import Batches
from invoice_sync.sync.boundary import Boundary
from invoice_sync.sync.fan_out import FanOut
from invoice_sync.sync.known import Known
from invoice_sync.sync.payments import PaymentRecorder
from invoice_sync.sync.record import Recorder
from invoice_sync.sync.status_properties import StatusProperties
from invoice_sync.sync.worker import Stages, Worker
from invoice_sync.wiring import parts
from invoice_sync.wiring.outside import new_id

if TYPE_CHECKING:
    from invoice_sync.jobs.runner import JobRunner

# As many as a batch can use.
_THREADS = 20


@dataclass(frozen=True)
class QueueWorker:
    worker: Worker
    queue: Queue
    store: Store
    clock: Callable[[], datetime]
    build_jobs: Callable[[], JobRunner]

    @cached_property
    def jobs(self) -> JobRunner:
        """Runs the steps of jobs. Built when first asked for."""
        return self.build_jobs()


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
        payment_recorder=PaymentRecorder(store, new_id),
        recorder=Recorder(store, queue, batches, status_properties, new_id),
        boundary=Boundary(queue, clock, log),
    )
    allowed = built.environment.allowed_portal_ids
    worker = Worker(store, tokens, built.clients, batches, stages, allowed, new_id, log)

    def build_jobs() -> JobRunner:
        from invoice_sync.wiring import jobs  # noqa: PLC0415

        return jobs.build(built, batches, stages, log)

    return QueueWorker(worker, queue, store, clock, build_jobs)
