"""Bring the invoices of a period into QuickBooks: first count them, then adopt or create them.

A plan only reads. Running it searches the same invoices again and decides anew: an invoice that is
in QuickBooks already is adopted, one that cannot be synced is recorded as failing, and the others
go to the worker as hints, a portion at a time.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from itertools import islice

from invoice_sync import errors
from invoice_sync.clients import Clients
from invoice_sync.hints import Queue
from invoice_sync.hubspot import parse
from invoice_sync.hubspot.dates import bounds, zone
from invoice_sync.jobs.portions import send_hints, updated_since, waited_too_long
from invoice_sync.model.connection import Connection
from invoice_sync.model.failure_details import DuplicateDocumentNumber
from invoice_sync.model.job import (
    BackfillJob,
    BackfillPlanCounts,
    BackfillPosition,
    BackfillRunCounts,
    SentPortion,
)
from invoice_sync.model.record import Record, Skip
from invoice_sync.plan.plans import Adopt
from invoice_sync.preview.dry_run import DryRun, Rehearsed
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store
from invoice_sync.sync.batch import Failed, Result, Synced, in_step
from invoice_sync.sync.record import Recorder

# Two reads of thirty values for each kind of question. A portion is created within some eight
# seconds, and a live invoice may have to wait that long.
PORTION = 60
# Three hundred creations a minute: the rest of what QuickBooks takes is for live invoices.
_SECONDS_PER_PORTION = 12
_SECONDS_BETWEEN_STEPS = 5
_UPDATES_PER_READ = 30
# Longer than a worker may run.
_LEASE, _LEASE_SECONDS = "BACKFILL", 120


def counted(
    plan: BackfillPlanCounts, invoices: Sequence[Rehearsed], *, synced: int = 0, reads: int = 0
) -> BackfillPlanCounts:
    """Return the counts of a plan with those of a portion.

    `synced`: how many more invoices of the portion are synced already. `reads`: the metered reads
    that the portion cost.
    """
    outcomes, codes, differences = Counter({"synced": synced}), Counter[str](), Counter[str]()
    for rehearsed in invoices:
        outcomes[rehearsed.outcome] += 1
        failure = rehearsed.failure
        if failure:
            codes[failure.code] += 1
            if isinstance(failure.detail, DuplicateDocumentNumber):
                differences.update(failure.detail.differs)
    return plan.model_copy(
        update={
            "invoices": plan.invoices + len(invoices) + synced,
            "by_outcome": _sum(plan.by_outcome, outcomes),
            "by_code": _sum(plan.by_code, codes),
            "numbers_taken_by": _sum(plan.numbers_taken_by, differences),
            "metered_reads": plan.metered_reads + reads,
        }
    )


def split(invoices: Sequence[Rehearsed]) -> tuple[list[Result], list[str]]:
    """Return the results of the invoices that end here, and the ids of those for the worker.

    An adopted invoice that differs from HubSpot is in both. A skipped invoice is in neither, unless
    it was failing.
    """
    results, to_sync = [], []
    for rehearsed in invoices:
        observation, decided, failure = rehearsed.observation, rehearsed.decided, rehearsed.failure
        task = observation.task
        if isinstance(decided, Adopt):
            # Without a fingerprint the worker compares it with HubSpot.
            desired = decided.desired if decided.agrees else None
            record = in_step(task.record, decided.existing, desired)
            results.append(Result(observation, Synced(record, "adopted")))
            if not decided.agrees:
                to_sync.append(task.invoice_id)
        elif failure:
            failing = replace(observation, task=replace(task, decided="fail"))
            results.append(Result(failing, Failed(task.record, failure)))
        elif not isinstance(decided, Skip) or task.before.status == "failing":
            to_sync.append(task.invoice_id)
    return results, to_sync


def _paid(results: Sequence[Result]) -> list[str]:
    """Return the ids of adopted invoices whose payments the worker still has to sync.

    That need not change the record, so no step waits for them.
    """
    return [
        result.task.invoice_id
        for result in results
        if isinstance(result.outcome, Synced)
        and result.observation.invoice
        and result.observation.invoice.payments
    ]


def settled(records: Mapping[str, Record], since: datetime) -> list[Record]:
    """Return the records that the worker has updated since, without those in trouble."""
    return [
        record
        for record in records.values()
        if record.status != "pending" and updated_since(record, since)
    ]


def with_settled(
    progress: BackfillRunCounts, sent: int, records: Sequence[Record]
) -> BackfillRunCounts:
    """Return the progress after a portion of `sent` invoices, of which these are settled."""
    statuses = Counter(record.status for record in records)
    return progress.model_copy(
        update={
            "finished": progress.finished + sent,
            "written": progress.written + statuses["synced"],
            "failing": progress.failing + statuses["failing"],
            "left": progress.left + sent - len(records),
        }
    )


class Backfill:
    def __init__(
        self,
        store: Store,
        queue: Queue,
        clients: Clients,
        dry_run: DryRun,
        recorder: Recorder,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        log: Log,
    ) -> None:
        self._store, self._queue, self._clients = store, queue, clients
        self._dry_run, self._recorder = dry_run, recorder
        self._clock, self._new_id, self._log = clock, new_id, log

    def step(self, job: BackfillJob, connection: Connection) -> tuple[BackfillJob, int]:
        """Plan or run one portion.

        Return the job, and the seconds to wait before its next step. Safe to repeat: the records
        show what a worker did before it died. Raises UnavailableError, ReconnectRequiredError,
        HubSpotRefusedError, FaultError, QueueRefusedError.
        """
        if job.state == "planning":
            return self._plan(job, connection)
        # Overlapping periods must not adopt one QuickBooks invoice twice.
        owner = self._new_id()
        if not self._store.leases.take(job.portal_id, _LEASE, owner, self._clock(), _LEASE_SECONDS):
            return job, _SECONDS_BETWEEN_STEPS
        try:
            return self._run(job, connection)
        finally:
            self._store.leases.release(job.portal_id, _LEASE, owner)

    def _plan(self, job: BackfillJob, connection: Connection) -> tuple[BackfillJob, int]:
        portion, position = self._portion(job, connection)
        rehearsal = self._dry_run.rehearse(connection, self._open(job, portion))
        synced = len(portion) - len(rehearsal.invoices)
        plan = counted(job.plan, rehearsal.invoices, synced=synced, reads=rehearsal.metered_reads)
        if not position.last:
            return job.model_copy(update={"plan": plan, "position": position}), 1
        # Running decides anew, and reads every invoice that it updates.
        updates = math.ceil(plan.by_outcome.get("update", 0) / _UPDATES_PER_READ)
        plan = plan.model_copy(update={"run_metered_reads": plan.metered_reads + updates})
        planned = {"plan": plan, "state": "planned", "position": BackfillPosition()}
        return job.model_copy(update=planned), 1

    def _run(self, job: BackfillJob, connection: Connection) -> tuple[BackfillJob, int]:
        progress, awaited = job.progress, job.position.awaited
        if awaited:
            records = self._store.records.get_many(job.portal_id, awaited.invoice_ids)
            finished = settled(records, awaited.sent_at)
            sent = len(awaited.invoice_ids)
            if len(finished) < sent and not waited_too_long(awaited, self._clock()):
                return job, _SECONDS_BETWEEN_STEPS
            progress = with_settled(progress, sent, finished)
        if job.position.last:
            done = {"progress": progress, "state": "done", "position": BackfillPosition()}
            return job.model_copy(update=done), 0
        return self._run_portion(job, progress, connection)

    def _run_portion(
        self, job: BackfillJob, progress: BackfillRunCounts, connection: Connection
    ) -> tuple[BackfillJob, int]:
        portion, position = self._portion(job, connection)
        rehearsal = self._dry_run.rehearse(connection, self._open(job, portion))
        results, to_sync = split(rehearsal.invoices)
        if results and not self._recorder.keep(connection, results):
            return job, _SECONDS_BETWEEN_STEPS
        sent_at = self._clock()
        send_hints(self._queue, job, list(dict.fromkeys((*to_sync, *_paid(results)))), sent_at)
        adopted = sum(isinstance(result.outcome, Synced) for result in results)
        progress = progress.model_copy(
            update={
                "finished": progress.finished + len(portion) - len(to_sync),
                "adopted": progress.adopted + adopted,
                "failing": progress.failing + len(results) - adopted,
                "sent": progress.sent + len(to_sync),
            }
        )
        awaited = SentPortion(invoice_ids=tuple(to_sync), sent_at=sent_at) if to_sync else None
        position = position.model_copy(update={"awaited": awaited})
        pause = max(1, math.ceil(len(to_sync) * _SECONDS_PER_PORTION / PORTION))
        return job.model_copy(update={"progress": progress, "position": position}), pause

    def _open(self, job: BackfillJob, portion: Sequence[str]) -> list[str]:
        """Return the ids that are not synced yet: events keep the others in step."""
        records = self._store.records.get_many(job.portal_id, portion)
        return [
            invoice_id
            for invoice_id in portion
            if invoice_id not in records or records[invoice_id].status != "synced"
        ]

    def _portion(
        self, job: BackfillJob, connection: Connection
    ) -> tuple[list[str], BackfillPosition]:
        """Return the ids of the next invoices of the period in HubSpot, and the position after.

        Drafts are left out.
        """
        portal_zone = zone(connection, self._log)
        hubspot = self._clients.hubspot(connection, bulk=True)
        matches = hubspot.search(
            "invoices",
            _filters(job, portal_zone),
            ["hs_invoice_date"],
            sort="hs_object_id",
        )
        rows = list(islice(matches, PORTION))
        ids = [str(row["id"]) for row in rows if within(row["properties"], job, portal_zone)]
        after = str(rows[-1]["id"]) if rows else job.position.after
        return ids, BackfillPosition(after=after, last=len(rows) < PORTION)


def _filters(job: BackfillJob, portal_zone: tzinfo) -> list[Mapping[str, object]]:
    low, high = bounds(job.start, job.end, portal_zone)
    dated = {"propertyName": "hs_invoice_date", "operator": "BETWEEN"}
    return [
        {**dated, "value": low, "highValue": high},
        {"propertyName": "hs_invoice_status", "operator": "NEQ", "value": "draft"},
        {"propertyName": "hs_object_id", "operator": "GT", "value": job.position.after},
    ]


def within(properties: Mapping[str, str | None], job: BackfillJob, portal_zone: tzinfo) -> bool:
    """Return whether an invoice is dated in the job's period."""
    try:
        dated = parse.invoice_date(properties, portal_zone)
    except errors.UnreadableError:
        return True  # syncing it says what is wrong with it
    return dated is not None and job.start <= dated <= job.end


def _sum(counts: Mapping[str, int], added: Counter[str]) -> dict[str, int]:
    """Add counts of the same name; a name without any is left out."""
    return dict(Counter(counts) + added)
