"""Builds what each Lambda function works with. Imports are late: a function loads only what it
needs, and the webhooks neither pydantic nor httpx."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from invoice_sync.runtime import aws, environment
from invoice_sync.runtime.environment import Environment

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

    from invoice_sync.clients import Clients
    from invoice_sync.connect.flow import ConnectFlow
    from invoice_sync.credentials.app_secret import CachedAppSecret
    from invoice_sync.credentials.tokens import Tokens
    from invoice_sync.hints import Queue
    from invoice_sync.jobs.runner import JobRunner
    from invoice_sync.resolve.resolver import Resolver
    from invoice_sync.store.store import Store
    from invoice_sync.sweep.run import Sweep
    from invoice_sync.sync.batch import Batches
    from invoice_sync.sync.record import Recorder
    from invoice_sync.sync.worker import Worker
    from invoice_sync.webhooks import Collaborators

Clock = Callable[[], datetime]
# Threads for calls that run side by side: of the worker as many as a batch can use.
_WORKER_THREADS, _SWEEP_THREADS, _RESOLVER_THREADS, _FEW_THREADS = 20, 8, 10, 4


@dataclass(frozen=True)
class QueueWorker:
    worker: Worker
    jobs: JobRunner
    queue: Queue
    store: Store
    recorder: Recorder


@dataclass(frozen=True)
class Api:
    store: Store
    queue: Queue
    secret: CachedAppSecret
    quickbooks_base_url: str
    log: Logger

    @cached_property
    def resolver(self) -> Resolver:
        """Imported when first asked for: counts and cards must not wait for both APIs' clients."""
        from invoice_sync.preview.dry_run import DryRun  # noqa: PLC0415
        from invoice_sync.resolve.resolver import Resolver  # noqa: PLC0415

        parts = _Parts(environment.read(), now, ThreadPoolExecutor(_RESOLVER_THREADS), self.store)
        dry_run = DryRun(self.store, parts.batches(self.log))
        return Resolver(self.store, self.queue, parts.clients, dry_run, now)


@dataclass(frozen=True)
class _Parts:
    """What functions that call both services have in common."""

    environment: Environment
    clock: Clock
    threads: Executor
    store: Store

    @classmethod
    def of(cls, clock: Clock, threads: int) -> _Parts:
        variables, executor = environment.read(), ThreadPoolExecutor(threads)
        return cls(variables, clock, executor, _store(variables, executor))

    @cached_property
    def tokens(self) -> Tokens:
        from invoice_sync.credentials.tokens import Tokens  # noqa: PLC0415

        secrets = aws.client("secretsmanager")
        return Tokens(self.store, secrets, self.environment, self.clock, new_id)

    @cached_property
    def clients(self) -> Clients:
        from invoice_sync.clients import Clients  # noqa: PLC0415

        return Clients(self.environment, self.tokens, self.threads)

    @cached_property
    def queue(self) -> Queue:
        return _queue(self.environment)

    def batches(self, log: Logger) -> Batches:
        from invoice_sync.sync.batch import Batches  # noqa: PLC0415

        return Batches(self.store, self.clients, self.clock, log)


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return uuid.uuid4().hex


def webhook() -> Collaborators:
    from invoice_sync.webhooks import Collaborators  # noqa: PLC0415

    variables = environment.read()
    return Collaborators(_app_secret(variables), _queue(variables))


def api(log: Logger) -> Api:
    variables = environment.read()
    return Api(
        store=_store(variables, ThreadPoolExecutor(_FEW_THREADS)),
        queue=_queue(variables),
        secret=_app_secret(variables),
        quickbooks_base_url=variables.quickbooks_base_url,
        log=log,
    )


def connect_flow(clock: Clock, log: Logger) -> ConnectFlow:
    from invoice_sync.connect.flow import ConnectFlow  # noqa: PLC0415

    parts = _Parts.of(clock, _FEW_THREADS)
    return ConnectFlow(
        parts.environment,
        _app_secret(parts.environment),
        parts.store,
        parts.tokens,
        parts.queue,
        parts.clients,
        clock,
        log,
    )


def sweep(clock: Clock, log: Logger) -> Sweep:
    from invoice_sync.sweep.run import Sweep  # noqa: PLC0415

    parts = _Parts.of(clock, _SWEEP_THREADS)
    return Sweep(parts.store, parts.tokens, parts.queue, parts.clients, clock, log)


def queue_worker(clock: Clock, log: Logger) -> QueueWorker:
    from invoice_sync.sync.apply import Applier  # noqa: PLC0415
    from invoice_sync.sync.fan_out import FanOut  # noqa: PLC0415
    from invoice_sync.sync.payments import Payer  # noqa: PLC0415
    from invoice_sync.sync.record import Recorder  # noqa: PLC0415
    from invoice_sync.sync.status_properties import StatusProperties  # noqa: PLC0415
    from invoice_sync.sync.worker import Stages, Worker  # noqa: PLC0415

    parts = _Parts.of(clock, _WORKER_THREADS)
    store, tokens, queue = parts.store, parts.tokens, parts.queue
    batches, base_url = parts.batches(log), parts.environment.quickbooks_base_url
    status_properties = StatusProperties(store, queue, base_url, clock)
    recorder = Recorder(store, queue, batches, status_properties, new_id)
    stages = Stages(
        fan_out=FanOut(store, tokens, queue, clock),
        applier=Applier(store, new_id),
        payer=Payer(store, new_id),
        recorder=recorder,
    )
    worker = Worker(store, tokens, parts.clients, batches, stages, new_id, log)
    jobs = _jobs(parts, batches, recorder, log)
    return QueueWorker(worker, jobs, queue, store, recorder)


def _jobs(parts: _Parts, batches: Batches, recorder: Recorder, log: Logger) -> JobRunner:
    from invoice_sync.jobs.backfill import Backfill  # noqa: PLC0415
    from invoice_sync.jobs.retry import Retries  # noqa: PLC0415
    from invoice_sync.jobs.runner import JobRunner, Steps  # noqa: PLC0415
    from invoice_sync.preview.dry_run import DryRun  # noqa: PLC0415
    from invoice_sync.reconciliation.job import Reports  # noqa: PLC0415

    store, queue, clients, clock = parts.store, parts.queue, parts.clients, parts.clock
    dry_run = DryRun(store, batches)
    backfill = Backfill(store, queue, clients, dry_run, recorder, clock, new_id, log)
    steps = Steps(
        backfill=backfill.step,
        report=Reports(store, queue, clients, clock, log).step,
        retry=Retries(store, queue, clock).step,
    )
    return JobRunner(store, parts.tokens, queue, steps, clock, new_id, log)


def _store(variables: Environment, executor: Executor) -> Store:
    from invoice_sync.store.store import Store  # noqa: PLC0415

    return Store(aws.client("dynamodb"), variables.table_name, executor)


def _queue(variables: Environment) -> Queue:
    from invoice_sync.hints import Queue  # noqa: PLC0415

    return Queue(aws.client("sqs"), variables.queue_url)


def _app_secret(variables: Environment) -> CachedAppSecret:
    from invoice_sync.credentials.app_secret import CachedAppSecret  # noqa: PLC0415

    return CachedAppSecret(aws.client("secretsmanager"), variables.app_secret_id)
