"""One delivery of hints: which invoices they are about, then observe, decide, apply and record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial

from invoice_sync.clients import Clients
from invoice_sync.credentials.tokens import Tokens
from invoice_sync.errors import SecretError, ServiceError
from invoice_sync.hints import QUICKBOOKS_INVOICES, Hint
from invoice_sync.model.connection import Connection
from invoice_sync.model.record import Record
from invoice_sync.runtime.chunks import chunks
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store
from invoice_sync.sync import shared_payments, trouble
from invoice_sync.sync.apply import Applier
from invoice_sync.sync.batch import (
    IN_USE,
    OUT_OF_TIME,
    Again,
    Batch,
    Batches,
    Failed,
    Observation,
    Result,
    Skipped,
    Synced,
    Task,
    Waiting,
    brought_in,
)
from invoice_sync.sync.boundary import Boundary, Part
from invoice_sync.sync.decide import decide_all
from invoice_sync.sync.fan_out import FanOut
from invoice_sync.sync.folding import Targets, folded, kept
from invoice_sync.sync.known import Known
from invoice_sync.sync.payments import PaymentRecorder
from invoice_sync.sync.record import SECONDS_BEHIND_ANOTHER, Recorder
from invoice_sync.sync.shared_payments import LEASE_SECONDS, SharedPayments

# Somebody may edit an invoice faster than we can: then let them finish.
_ROUNDS = 3
# Two of QuickBooks' batches: what it takes from one company in some ten seconds. A portal with
# thousands of invoices frees the worker in between.
_INVOICES_AT_ONCE = 60
# The triggers of looks that nobody outside asked for.
_OF_OUR_OWN = ("sweep", "status")
ConnectionOf = Callable[[str], Connection | None]


@dataclass(frozen=True)
class Stages:
    """What the worker uses beside its own decisions."""

    known: Known
    fan_out: FanOut
    applier: Applier
    payment_recorder: PaymentRecorder
    recorder: Recorder
    boundary: Boundary


class Worker:
    """The worker. One object for the life of the process."""

    def __init__(
        self,
        store: Store,
        tokens: Tokens,
        clients: Clients,
        batches: Batches,
        stages: Stages,
        allowed_portal_ids: frozenset[str],
        new_id: Callable[[], str],
        log: Log,
    ) -> None:
        self._store, self._tokens, self._clients = store, tokens, clients
        self._allowed = allowed_portal_ids
        self._batches, self._stages, self._new_id, self._log = batches, stages, new_id, log
        self._boundary = stages.boundary

    def run(self, hints: Sequence[Hint], until: datetime | None = None) -> dict[Hint, float]:
        """Sync every invoice hinted at. What surprises the code ends with the portal that it
        concerns. After `until` nothing is begun: the rest goes back to the queue.

        Returns the hints to be tried again, each with the seconds to wait at least.
        """
        connection_of = cache(self._connection)
        # Side by side, each of the first parts adds to it.
        targets: Targets = [(hint, hint) for hint in hints if hint.object_type == "invoices"]
        changed = _by_realm(hint for hint in hints if hint.from_quickbooks)
        others = folded(
            hint for hint in hints if not hint.from_quickbooks and hint.object_type != "invoices"
        )
        again = self._boundary.work_off(
            [
                Part(
                    realm_id,
                    events,
                    partial(self._of_realm, connection_of, targets, realm_id),
                )
                for realm_id, events in changed.items()
            ]
            + [
                Part(portal_id, [*each.values()], partial(self._fan_out, connection_of, targets))
                for portal_id, each in others.items()
            ],
            until,
        )
        by_portal = folded(target for _, target in targets)
        # Those with few invoices need not wait for the time of one that has many.
        few_first = sorted(by_portal.items(), key=lambda portal: len(portal[1]))
        tried_again = self._boundary.work_off(
            [
                Part(portal_id, some, partial(self._invoices, connection_of), self._show)
                for portal_id, each in few_first
                for some in _turns(each.values())
            ],
            until,
        )
        return again | kept(targets, by_portal, tried_again)

    def _of_realm(
        self,
        connection_of: ConnectionOf,
        targets: Targets,
        realm_id: str,
        events: Sequence[Hint],
        _until: datetime | None,
    ) -> dict[Hint, float]:
        """Queue hints for the invoices that depend on what changed in QuickBooks, and add the
        invoices that did change to the targets."""
        portal_id = self._store.connections.portal_of(realm_id)
        if portal_id is None:
            fields = {"realmId": realm_id}
            self._log.warning("hints of a company that is not connected", extra=fields)
        connection = connection_of(portal_id) if portal_id else None
        again: dict[Hint, float] = {}
        if connection is not None:
            quickbooks = self._clients.quickbooks(connection)
            again = self._stages.fan_out.from_quickbooks(connection, quickbooks, events)
        targets += self._targets(realm_id, events)
        return again

    def _targets(self, realm_id: str, events: Sequence[Hint]) -> Targets:
        """Return a hint about the HubSpot invoice for each QuickBooks invoice that changed. Hints
        of other objects, of invoices that are not ours, and echoes of our own writes are left
        out."""
        changed = [hint for hint in events if hint.object_type == QUICKBOOKS_INVOICES]
        records = self._records_of(realm_id, [hint.object_id for hint in changed])
        targets: Targets = []
        for hint in changed:
            record = records.get(hint.object_id)
            if record is not None and not is_echo(hint, record):
                target = replace(
                    hint,
                    portal_id=record.portal_id,
                    object_id=record.invoice_id,
                    object_type="invoices",
                )
                targets.append((hint, target))
        return targets

    def _records_of(self, realm_id: str, quickbooks_ids: Sequence[str]) -> dict[str, Record]:
        """Return the records of QuickBooks invoices that are ours, by their QuickBooks id."""
        links = self._store.realm.links(realm_id, quickbooks_ids)
        by_portal: dict[str, list[str]] = {}
        for portal_id, invoice_id in links.values():
            by_portal.setdefault(portal_id, []).append(invoice_id)
        return {
            record.quickbooks_id: record
            for portal_id, invoice_ids in by_portal.items()
            for record in self._store.records.get_many(portal_id, invoice_ids).values()
        }

    def _connection(self, portal_id: str) -> Connection | None:
        """Return the connection of a portal; None when there is none to work for."""
        connection, why = None, "not allowed"
        if portal_id in self._allowed:
            connection, why = self._store.connections.get(portal_id), "not connected"
        if connection is None or connection.is_disconnected:
            fields = {"portalId": portal_id, "why": why}
            self._log.warning("hints of a portal are dropped", extra=fields)
            return None
        return connection

    def _fan_out(
        self,
        connection_of: ConnectionOf,
        targets: Targets,
        hints: Sequence[Hint],
        _until: datetime | None,
    ) -> dict[Hint, float]:
        """Add to the targets the invoices that HubSpot's other records belong to."""
        connection = connection_of(hints[0].portal_id)
        news = self._stages.known.news(connection, hints) if connection else []
        if connection is None or not news:
            return {}
        # By a client of its own: this is not a cost of the invoices that are synced.
        hubspot = self._clients.hubspot(connection)
        found, again = self._stages.fan_out.from_hubspot(connection, hubspot, news)
        targets += found
        return again

    def _invoices(
        self, connection_of: ConnectionOf, hints: Sequence[Hint], until: datetime | None
    ) -> dict[Hint, float]:
        connection = connection_of(hints[0].portal_id)
        hints = self._stages.known.news(connection, hints) if connection else []
        if connection is None or not hints:
            return {}
        # Of the hints of a part, all are bulk or none is.
        bulk = hints[0].bulk
        batch = self._batches.open(connection, self._new_id(), bulk=bulk, until=until)
        try:
            tasks, again = self._claimed(batch, hints)
            results = self._synced(batch, tasks)
            again |= self._stages.recorder.record(batch, results)
            if any(map(_is_activity, results)):
                self._store.marks.note_active(connection.portal_id, batch.marks, batch.started)
            return again
        except Exception:
            # Others need not wait for the leases to end.
            with suppress(Exception):
                self._store.records.release(connection.portal_id, batch.claimed, batch.owner)
            raise

    def _claimed(self, batch: Batch, hints: Sequence[Hint]) -> tuple[list[Task], dict[Hint, float]]:
        """Return the tasks, and the hints of the invoices that another worker has now."""
        ids = [hint.object_id for hint in hints]
        batch.claimed.update(ids)
        claimed = self._store.records.claim(
            batch.connection.portal_id, ids, batch.owner, batch.started, LEASE_SECONDS
        )
        tasks, again = [], dict[Hint, float]()
        for hint in hints:
            record = claimed[hint.object_id]
            if record is None:
                again[hint] = SECONDS_BEHIND_ANOTHER
                continue
            # A portal may have been connected to another realm since: then the event is only one
            # more reason to look at the invoice.
            must_read = hint.realm_id == batch.connection.realm_id
            noted = brought_in(record) if hint.trigger == "backfill" else record
            tasks.append(Task(hint, record, noted, must_read=must_read))
        return tasks, again

    def _show(self, hint: Hint, error: Exception) -> bool:
        """Record a bug as the failure of the one invoice that meets it. What the look has noted in
        its record stays: a creation may have taken effect."""
        connection = self._store.connections.get(hint.portal_id)
        if connection is None:
            return False
        batch = self._batches.open(connection, self._new_id())
        tasks, _ = self._claimed(batch, [hint])
        results = [
            Result(
                Observation(task), Failed(task.record, trouble.bug(error, task.record, self._log))
            )
            for task in tasks
        ]
        is_shown = bool(tasks) and not self._stages.recorder.record(batch, results)
        # Each hourly look meets it too: one dead letter is enough.
        return not (is_shown and hint.trigger == "sweep")

    def _synced(self, batch: Batch, tasks: Sequence[Task]) -> list[Result]:
        """Bring the invoices in step, and their payments after them. Invoices that share a payment
        with them join in."""
        results, shared = self._results(batch, tasks)
        results = self._stages.payment_recorder.record(batch, results, shared)
        lost = [*filter(None, (trouble.lost_service(result.outcome) for result in results))]
        if lost and not self._tokens.require_reconnect(batch.connection, lost[0]):
            # Somebody has connected again meanwhile: then all of it is only trouble.
            return [replace(each, outcome=trouble.passing(each.outcome)) for each in results]
        return results

    def _results(self, batch: Batch, tasks: Sequence[Task]) -> tuple[list[Result], SharedPayments]:
        if batch.connection.state == "reconnect_required":
            either = "HubSpot or QuickBooks"
            return [
                Result(Observation(task), trouble.reconnect_required(task.record, either))
                for task in tasks
            ], SharedPayments()
        try:
            observations, shared = shared_payments.load(self._store, batch, tasks)
        except (ServiceError, SecretError) as error:
            return _blocked([Observation(task) for task in tasks], error), SharedPayments()
        order = {each.task.invoice_id: position for position, each in enumerate(observations)}
        results: list[Result] = []
        for _ in range(_ROUNDS):
            if not observations or batch.is_late:
                break
            ended, observations = self._round(batch, observations)
            results += ended
        waits = OUT_OF_TIME if batch.is_late else IN_USE
        results += [
            Result(observation, Waiting(observation.record, waits)) for observation in observations
        ]
        return sorted(results, key=lambda result: order[result.task.invoice_id]), shared

    def _round(
        self, batch: Batch, observations: Sequence[Observation]
    ) -> tuple[list[Result], list[Observation]]:
        """Decide and apply. Returns the results, and the invoices to be decided anew."""
        try:
            plans = decide_all(batch, observations)
        except (ServiceError, SecretError) as error:
            return _blocked(observations, error), []
        outcomes = self._stages.applier.apply(batch, plans)
        results, again = [], []
        for planned in plans:
            outcome = outcomes[planned.task.invoice_id]
            if isinstance(outcome, Again):
                again.append(replace(planned.observation, task=outcome.task))
            else:
                results.append(Result(planned.observation, outcome))
        return results, again


def _turns(hints: Iterable[Hint]) -> Iterator[list[Hint]]:
    """Yield, turn by turn, first those for which somebody waits, then those that give way."""
    of_portal = list(hints)
    for is_bulk in (False, True):
        yield from chunks([each for each in of_portal if each.bulk is is_bulk], _INVOICES_AT_ONCE)


def _is_activity(result: Result) -> bool:
    """Tell whether something happens to an invoice of ours: somebody told us, or a look of our own
    made a difference."""
    before, outcome = result.task.before, result.outcome
    if result.task.hint.trigger not in _OF_OUR_OWN:
        return not isinstance(outcome, Skipped)
    if isinstance(outcome, Synced):
        return outcome.action != "in step" or outcome.record.written != before.written
    return isinstance(outcome, Failed) and before.status != "failing"


def _by_realm(hints: Iterable[Hint]) -> dict[str, list[Hint]]:
    by_realm: dict[str, list[Hint]] = {}
    for hint in hints:
        by_realm.setdefault(hint.realm_id, []).append(hint)
    return by_realm


def _blocked(
    observations: Iterable[Observation], error: ServiceError | SecretError
) -> list[Result]:
    return [
        Result(observation, trouble.blocked(observation.record, error))
        for observation in observations
    ]


def is_echo(hint: Hint, record: Record) -> bool:
    """Tell whether a change in QuickBooks is our own write.

    Events name no version, and our write's answer says in whole seconds when that was. So somebody
    else's edit later in that same second looks like ours: the sweep, which sees versions, finds it.
    A deletion is never our own write: we forget what we delete.
    """
    if hint.deleted or hint.foreign:
        return False
    written = record.written.updated_at if record.written else None
    return written is not None and hint.occurred_at.replace(microsecond=0) <= written
