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
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

from .hints import Hint, Queue
from .hubspot import mapping
from .hubspot.client import HubSpot
from .load import zone
from .look import Job as Looked
from .look import Log, Synced
from .model import Connection, Job, Record
from .plan import Skip
from .rehearsal import Adopt, Rehearsed
from .store import Store
from .sync import BACKFILL, Clients, Sync

PORTION = 100
# A portion is created within some twelve seconds; this leaves live invoices the rest of a minute.
_SECONDS_A_PORTION = 20
_SECONDS_BETWEEN_LOOKS = 5
# Trouble that lasts is shown by the records themselves: the rest does not wait for it for ever.
_WAITS_FOR_PORTION = timedelta(minutes=15)
_UPDATES_A_READ = 30


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


def split(
    invoices: Sequence[Rehearsed], now: datetime
) -> tuple[list[Looked], list[str]]:
    """What ends here and now, with its outcome, and the ids of those that the worker looks at."""
    ended, wanted = [], []
    for one in invoices:
        job, failure = one.job, one.failure
        if isinstance(one.decided, Adopt):
            # One of ours that says something else is looked at once it is known again.
            fingerprint = one.decided.document.fingerprint() if one.decided.agrees else ""
            posted = one.decided.posted
            job.outcome = Synced("adopted", posted.id, fingerprint, posted)
            ended.append(job)
            if not one.decided.agrees:
                wanted.append(job.hint.object_id)
        elif failure:
            job.outcome = failure
            ended.append(job)
        elif not isinstance(one.decided, Skip) or job.before.status == "failing":
            wanted.append(job.hint.object_id)
    return ended, wanted


def settled(records: Mapping[str, Record], place: Place) -> list[Record]:
    """Those of the portion sent last that have been looked at since, and are not in trouble that
    may pass."""
    return [
        record
        for record in records.values()
        if record.status != "pending"
        and record.updated_at
        and place.sent_at
        and record.updated_at >= place.sent_at
    ]


class Backfill:
    def __init__(
        self,
        store: Store,
        queue: Queue,
        clients: Clients,
        sync: Sync,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        log: Log,
    ) -> None:
        self._store, self._queue, self._clients, self._sync = store, queue, clients, sync
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
        known = self._store.records(job.portal_id, portion)
        wanted = [one for one in portion if one not in known or known[one].status != "synced"]
        there = len(portion) - len(wanted)
        totals = _plus(job.totals, {"invoices": len(portion), "outcome synced": there})
        if wanted:
            rehearsal = self._sync.rehearse(connection, wanted)
            totals = counted(totals, rehearsal.invoices)
            totals = _plus(totals, {"reads": rehearsal.metered_reads})
        changes: dict[str, Any] = {"totals": totals, "position": position(place)}
        if place.last:
            # Running decides anew, and reads every invoice that it updates.
            updates = math.ceil(totals.get("outcome update", 0) / _UPDATES_A_READ)
            reads = totals.get("reads", 0) + updates
            changes |= {"state": "planned", "metered_reads": reads, "position": ""}
        return job.model_copy(update=changes), 0

    def _run(self, job: Job, connection: Connection) -> tuple[Job, int]:
        now, place, totals = self._clock(), place_of(job), job.totals
        if place.sent and place.sent_at:
            records = self._store.records(job.portal_id, place.sent)
            ended = settled(records, place)
            if len(ended) < len(place.sent) and now - place.sent_at < _WAITS_FOR_PORTION:
                return job, _SECONDS_BETWEEN_LOOKS
            states = Counter(record.status for record in ended)
            totals = _plus(
                totals,
                {
                    "run done": len(place.sent),
                    "run written": states["synced"],
                    "run failing": states["failing"],
                    "run left": len(place.sent) - len(ended),
                },
            )
        if place.last:
            return job.model_copy(update={"totals": totals, "state": "done", "position": ""}), 0
        portion, place = self._portion(job, connection)
        known = self._store.records(job.portal_id, portion)
        open_ = [one for one in portion if one not in known or known[one].status != "synced"]
        ended, wanted = split(self._sync.rehearse(connection, open_).invoices if open_ else [], now)
        if ended and not self._sync.keep(connection, ended):
            return job, _SECONDS_BETWEEN_LOOKS
        sent_at = self._clock()
        self._queue.send(Hint(job.portal_id, one, BACKFILL, sent_at, sent_at) for one in wanted)
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
        pause = math.ceil(len(wanted) * _SECONDS_A_PORTION / PORTION)
        return job.model_copy(update={"totals": totals, "position": position(place)}), pause

    def _portion(self, job: Job, connection: Connection) -> tuple[list[str], Place]:
        """The next invoices of the period in HubSpot but for drafts, and the place after them."""
        place, own = place_of(job), zone(connection, self._log)
        hubspot, _ = self._clients(connection)
        low, high = _bounds(job.start, job.end, own)
        return [], place


_LEASE, _LEASE_SECONDS = "BACKFILL", 120


def _plus(totals: Mapping[str, int], added: Mapping[str, int]) -> dict[str, int]:
    return {
        name: totals.get(name, 0) + added.get(name, 0)
        for name in {**totals, **added}
        if totals.get(name, 0) + added.get(name, 0)
    }
