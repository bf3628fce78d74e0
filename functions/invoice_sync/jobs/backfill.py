"""The invoices of a period that QuickBooks does not have yet: first counted, then brought in.

A plan only reads. Running walks the same invoices again and decides anew: what is in QuickBooks
already is adopted, what cannot be is recorded as failing, and the rest goes to the worker as hints,
a portion at a time, so that live invoices overtake it and QuickBooks' limit of 500 creations a
minute is far.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from itertools import islice
from typing import Any

from invoice_sync import errors
from invoice_sync.clients import Clients
from invoice_sync.hints import Hint, Queue
from invoice_sync.hubspot import parse
from invoice_sync.hubspot.dates import bounds, zone
from invoice_sync.model.connection import Connection
from invoice_sync.model.job import Job
from invoice_sync.model.record import Record
from invoice_sync.plan.plans import Adopt, Skip
from invoice_sync.preview.dry_run import DryRun, Rehearsed
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store
from invoice_sync.sync.batch import Failed, Result, Synced, in_step
from invoice_sync.sync.record import Recorder

# Two reads of thirty values for each kind of question; created within some eight seconds, which is
# what a live invoice may have to wait.
PORTION = 60
# Three hundred creations a minute: the rest of what QuickBooks takes is for live invoices.
_SECONDS_A_PORTION = 12
_SECONDS_BETWEEN_LOOKS = 5
# Trouble that lasts is shown by the records themselves: the rest does not wait for it for ever.
_WAITS_FOR_PORTION = timedelta(minutes=15)
_UPDATES_A_READ = 30
# Longer than a worker may run.
_LEASE, _LEASE_SECONDS = "BACKFILL", 120


@dataclass(frozen=True)
class Place:
    """Where a job goes on: `after` this invoice. `sent`: hints whose invoices are waited for, sent
    at `sent_at`. `last`: there are no more."""

    after: str = "0"
    sent: tuple[str, ...] = ()
    sent_at: datetime | None = None
    last: bool = False


def place_of(job: Job) -> Place:
    if not job.position:
        return Place()
    stored = json.loads(job.position)
    sent_at = stored.get("sentAt")
    return Place(
        after=stored["after"],
        sent=tuple(stored.get("sent", ())),
        sent_at=datetime.fromisoformat(sent_at) if sent_at else None,
        last=stored.get("last", False),
    )


def position(place: Place) -> str:
    stored: dict[str, Any] = {"after": place.after}
    if place.sent and place.sent_at:
        stored |= {"sent": place.sent, "sentAt": place.sent_at.isoformat()}
    if place.last:
        stored["last"] = True
    return json.dumps(stored)


def counted(totals: Mapping[str, int], invoices: Sequence[Rehearsed]) -> dict[str, int]:
    """The totals with a portion's outcomes, its failures by code, and in what documents differ that
    have the number of an invoice."""
    added: Counter[str] = Counter()
    for one in invoices:
        added[f"outcome {one.outcome}"] += 1
        if one.failure:
            added[f"code {one.failure.code}"] += 1
            for what in one.failure.detail.get("differs", "").split():
                added[f"differs {what}"] += 1
    return _plus(totals, added)


def split(invoices: Sequence[Rehearsed]) -> tuple[list[Result], list[str]]:
    """What ends here and now, with its outcome, and the ids of those that the worker looks at."""
    ended, wanted = [], []
    for one in invoices:
        observation, failure = one.observation, one.failure
        task = observation.task
        if isinstance(one.decided, Adopt):
            # One of ours that says something else is looked at once it is known again.
            fingerprint = one.decided.document.fingerprint() if one.decided.agrees else ""
            record = in_step(task.record, one.decided.posted, fingerprint)
            ended.append(Result(observation, Synced(record, "adopted")))
            if not one.decided.agrees:
                wanted.append(task.invoice_id)
        elif failure:
            failing = replace(observation, task=replace(task, decided="fail"))
            ended.append(Result(failing, Failed(task.record, failure)))
        elif not isinstance(one.decided, Skip) or task.before.status == "failing":
            wanted.append(task.invoice_id)
    return ended, wanted


def _paid(ended: Sequence[Result]) -> list[str]:
    """Adopted ones whose payments follow: with a look, which need not change anything, so nothing
    waits for it."""
    return [
        result.task.invoice_id
        for result in ended
        if isinstance(result.outcome, Synced)
        and result.observation.invoice
        and result.observation.invoice.payments
    ]


def settled(records: Mapping[str, Record], since: datetime) -> list[Record]:
    """Those that have been looked at since, and are not in trouble that may pass."""
    return [
        one
        for one in records.values()
        if one.status != "pending" and one.updated_at and one.updated_at >= since
    ]


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

    def step(self, job: Job, connection: Connection) -> tuple[Job, int]:
        """One portion. Safe to repeat: what a dead worker did is seen in the records."""
        if job.state == "planning":
            return self._plan(job, connection)
        # Overlapping periods must not adopt one QuickBooks invoice twice.
        owner = self._new_id()
        if not self._store.take_lease(job.portal_id, _LEASE, owner, self._clock(), _LEASE_SECONDS):
            return job, _SECONDS_BETWEEN_LOOKS
        try:
            return self._run(job, connection)
        finally:
            self._store.release_lease(job.portal_id, _LEASE, owner)

    def _plan(self, job: Job, connection: Connection) -> tuple[Job, int]:
        portion, place = self._portion(job, connection)
        rehearsal = self._dry_run.rehearse(connection, self._open(job, portion))
        totals = counted(job.totals, rehearsal.invoices)
        totals = _plus(
            totals,
            {
                "invoices": len(portion),
                "outcome synced": len(portion) - len(rehearsal.invoices),
                "reads": rehearsal.metered_reads,
            },
        )
        changes: dict[str, Any] = {"totals": totals, "position": position(place)}
        if place.last:
            # Running decides anew, and reads every invoice that it updates.
            updates = math.ceil(totals.get("outcome update", 0) / _UPDATES_A_READ)
            reads = totals.get("reads", 0) + updates
            changes |= {"state": "planned", "metered_reads": reads, "position": ""}
        return job.model_copy(update=changes), 1

    def _run(self, job: Job, connection: Connection) -> tuple[Job, int]:
        now, place, totals = self._clock(), place_of(job), job.totals
        if place.sent and place.sent_at:
            looked = settled(self._store.records(job.portal_id, place.sent), place.sent_at)
            left = len(place.sent) - len(looked)
            if left and now - place.sent_at < _WAITS_FOR_PORTION:
                return job, _SECONDS_BETWEEN_LOOKS
            states = Counter(record.status for record in looked)
            totals = _plus(
                totals,
                {
                    "run done": len(place.sent),
                    "run written": states["synced"],
                    "run failing": states["failing"],
                    "run left": left,
                },
            )
        if place.last:
            return job.model_copy(update={"totals": totals, "state": "done", "position": ""}), 0
        portion, place = self._portion(job, connection)
        rehearsal = self._dry_run.rehearse(connection, self._open(job, portion))
        ended, wanted = split(rehearsal.invoices)
        if ended and not self._recorder.keep(connection, ended):
            return job, _SECONDS_BETWEEN_LOOKS
        sent_at = self._clock()
        self._queue.send(
            Hint(job.portal_id, one, "backfill", sent_at, sent_at)
            for one in dict.fromkeys((*wanted, *_paid(ended)))
        )
        failed = sum(not isinstance(one.outcome, Synced) for one in ended)
        totals = _plus(
            totals,
            {
                "run done": len(portion) - len(wanted),
                "run adopted": len(ended) - failed,
                "run failing": failed,
                "run sent": len(wanted),
            },
        )
        place = Place(place.after, tuple(wanted), sent_at, place.last)
        pause = max(1, math.ceil(len(wanted) * _SECONDS_A_PORTION / PORTION))
        return job.model_copy(update={"totals": totals, "position": position(place)}), pause

    def _open(self, job: Job, portion: Sequence[str]) -> list[str]:
        """Those that are not known to be in step: these the events keep in step."""
        known = self._store.records(job.portal_id, portion)
        return [one for one in portion if one not in known or known[one].status != "synced"]

    def _portion(self, job: Job, connection: Connection) -> tuple[list[str], Place]:
        """The next invoices of the period in HubSpot but for drafts, and the place after them."""
        own = zone(connection, self._log)
        low, high = bounds(job.start, job.end, own)
        hubspot = self._clients.hubspot(connection)
        found = list(
            islice(
                hubspot.search(
                    "invoices",
                    [
                        {
                            "propertyName": "hs_invoice_date",
                            "operator": "BETWEEN",
                            "value": low,
                            "highValue": high,
                        },
                        {
                            "propertyName": "hs_invoice_status",
                            "operator": "NEQ",
                            "value": "draft",
                        },
                        {
                            "propertyName": "hs_object_id",
                            "operator": "GT",
                            "value": place_of(job).after,
                        },
                    ],
                    ["hs_invoice_date"],
                    sort="hs_object_id",
                ),
                PORTION,
            )
        )
        ids = [str(one["id"]) for one in found if within(one["properties"], job, own)]
        after = str(found[-1]["id"]) if found else place_of(job).after
        return ids, Place(after, last=len(found) < PORTION)


def within(properties: Mapping[str, str | None], job: Job, own: tzinfo) -> bool:
    """Whether an invoice is dated in the job's period."""
    try:
        dated = parse.invoice_date(properties, own)
    except errors.UnreadableError:
        return True  # a look says what is wrong with it
    return dated is not None and job.start <= dated <= job.end


def _plus(totals: Mapping[str, int], added: Mapping[str, int]) -> dict[str, int]:
    return {
        name: totals.get(name, 0) + added.get(name, 0)
        for name in {**totals, **added}
        if totals.get(name, 0) + added.get(name, 0)
    }
