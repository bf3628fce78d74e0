"""One delivery of hints: which invoices they are about, then observe, decide, apply and record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from invoice_sync.clients import Clients
from invoice_sync.credentials.tokens import Tokens
from invoice_sync.errors import ServiceError
from invoice_sync.hints import QUICKBOOKS_INVOICES, Hint
from invoice_sync.model.connection import Connection
from invoice_sync.model.record import Record
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store
from invoice_sync.sync import shared_payments, trouble
from invoice_sync.sync.apply import Applier
from invoice_sync.sync.batch import (
    IN_USE,
    Again,
    Batch,
    Batches,
    Observation,
    Result,
    Task,
    Waiting,
    brought_in,
)
from invoice_sync.sync.decide import decide_all
from invoice_sync.sync.fan_out import FanOut
from invoice_sync.sync.payments import Payer
from invoice_sync.sync.record import SECONDS_BEHIND_ANOTHER, Recorder
from invoice_sync.sync.shared_payments import LEASE_SECONDS, SharedPayments

# Somebody may edit an invoice faster than we can: then let them finish.
_ROUNDS = 3
# The type and the id of the object that a hint is about.
_Object = tuple[str, str]


@dataclass(frozen=True)
class Stages:
    """What the worker uses beside its own decisions."""

    fan_out: FanOut
    applier: Applier
    payer: Payer
    recorder: Recorder


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

    def run(self, hints: Sequence[Hint]) -> dict[Hint, float]:
        """Sync every invoice hinted at.

        Returns the hints to be tried again, each with the seconds to wait at least.
        """
        again = self._fan_out_quickbooks(hints)
        targets = self._targets(hints)
        by_portal = folded(targets.values())
        tried_again: dict[Hint, float] = {}
        for portal_id, by_object in by_portal.items():
            connection = self._connection(portal_id)
            if connection is not None:
                tried_again |= self._portal(connection, [*by_object.values()])
        # A hint that was folded into another is tried again with it.
        for hint, target in targets.items():
            first = by_portal[target.portal_id][_object(target)]
            if first in tried_again:
                again[hint] = tried_again[first]
        return again

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

    def _fan_out_quickbooks(self, hints: Sequence[Hint]) -> dict[Hint, float]:
        """Queue hints for the invoices that depend on what changed in QuickBooks."""
        again: dict[Hint, float] = {}
        changed = [hint for hint in hints if hint.from_quickbooks]
        for realm_id, events in _by_realm(changed).items():
            portal_id = self._store.connections.portal_of(realm_id)
            if portal_id is None:
                fields = {"realmId": realm_id}
                self._log.warning("hints of a company that is not connected", extra=fields)
            elif connection := self._connection(portal_id):
                quickbooks = self._clients.quickbooks(connection)
                again |= self._stages.fan_out.from_quickbooks(connection, quickbooks, events)
        return again

    def _targets(self, hints: Sequence[Hint]) -> dict[Hint, Hint]:
        """Return the hint about a HubSpot record for each: itself, or that of the HubSpot invoice
        whose QuickBooks invoice changed. Left out are those of other QuickBooks objects, of
        invoices that are not ours, and echoes of our own writes."""
        targets = {hint: hint for hint in hints if not hint.from_quickbooks}
        changed = [hint for hint in hints if hint.object_type == QUICKBOOKS_INVOICES]
        for realm_id, events in _by_realm(changed).items():
            records = self._records_of(realm_id, [hint.object_id for hint in events])
            for hint in events:
                record = records.get(hint.object_id)
                if record is not None and not is_echo(hint, record):
                    targets[hint] = replace(
                        hint,
                        portal_id=record.portal_id,
                        object_id=record.invoice_id,
                        object_type="invoices",
                    )
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

    def _portal(self, connection: Connection, hints: Sequence[Hint]) -> dict[Hint, float]:
        again: dict[Hint, float] = {}
        others = [hint for hint in hints if hint.object_type != "invoices"]
        if others:
            # By a client of its own: this is not a cost of the invoices that are synced.
            hubspot = self._clients.hubspot(connection)
            again |= self._stages.fan_out.from_hubspot(connection, hubspot, others)
        invoices = [hint for hint in hints if hint.object_type == "invoices"]
        if not invoices:
            return again
        batch = self._batches.open(connection, self._new_id())
        claimed = self._store.records.claim(
            connection.portal_id,
            [hint.object_id for hint in invoices],
            batch.owner,
            batch.started,
            LEASE_SECONDS,
        )
        tasks = []
        for hint in invoices:
            record = claimed[hint.object_id]
            if record is None:
                again[hint] = SECONDS_BEHIND_ANOTHER
            else:
                # A portal may have been connected to another realm since: then the event is only
                # one more reason to look at the invoice.
                must_read = hint.realm_id == connection.realm_id
                noted = brought_in(record) if hint.trigger == "backfill" else record
                tasks.append(Task(hint, record, noted, must_read=must_read))
        in_trouble = self._stages.recorder.record(batch, self._synced(batch, tasks))
        # Invoices that joined for a payment that they share have no message to come back.
        joined = {hint: wait for hint, wait in in_trouble.items() if hint not in invoices}
        self._stages.recorder.try_later(joined)
        return again | {hint: in_trouble[hint] for hint in in_trouble.keys() - joined.keys()}

    def _synced(self, batch: Batch, tasks: Sequence[Task]) -> list[Result]:
        """Bring the invoices in step, and their payments after them. Invoices that share a payment
        with them join in."""
        results, shared = self._results(batch, tasks)
        results = self._stages.payer.pay(batch, results, shared)
        lost = [*filter(None, (trouble.lost_service(result.outcome) for result in results))]
        if lost and not self._tokens.require_reconnect(batch.connection, lost[0]):
            # Somebody has connected again meanwhile: then all of it is only trouble.
            return [replace(each, outcome=trouble.passing(each.outcome)) for each in results]
        return results

    def _results(self, batch: Batch, tasks: Sequence[Task]) -> tuple[list[Result], SharedPayments]:
        if batch.connection.state == "reconnect_required":
            either = "HubSpot or QuickBooks"
            return [
                Result(Observation(task), trouble.disconnected(task.record, either))
                for task in tasks
            ], SharedPayments()
        try:
            observations, shared = shared_payments.load(self._store, batch, tasks)
        except ServiceError as error:
            return _blocked([Observation(task) for task in tasks], error), SharedPayments()
        order = {each.task.invoice_id: position for position, each in enumerate(observations)}
        results: list[Result] = []
        for _ in range(_ROUNDS):
            ended, observations = self._round(batch, observations)
            results += ended
            if not observations:
                break
        results += [
            Result(observation, Waiting(observation.record, IN_USE)) for observation in observations
        ]
        return sorted(results, key=lambda result: order[result.task.invoice_id]), shared

    def _round(
        self, batch: Batch, observations: Sequence[Observation]
    ) -> tuple[list[Result], list[Observation]]:
        """Decide and apply. Returns the results, and the invoices to be decided anew."""
        try:
            plans = decide_all(batch, observations)
        except ServiceError as error:
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


def folded(hints: Iterable[Hint]) -> dict[str, dict[_Object, Hint]]:
    """Return one hint for each object, by portal. Of several, the one that means most (`_weight`);
    a backfill then asks for a look at QuickBooks if another one did."""
    by_portal: dict[str, dict[_Object, Hint]] = {}
    for hint in hints:
        hints_of_portal = by_portal.setdefault(hint.portal_id, {})
        first = hints_of_portal.setdefault(_object(hint), hint)
        weightiest = max(first, hint, key=_weight)
        if weightiest.trigger == "backfill":
            weightiest = replace(weightiest, realm_id=first.realm_id or hint.realm_id)
        hints_of_portal[_object(hint)] = weightiest
    return by_portal


def _weight(hint: Hint) -> int:
    """A backfill brings an old invoice in; a retry reads what else is taken from memory."""
    if hint.trigger in ("retry", "backfill"):
        return 3 if hint.trigger == "backfill" else 2
    return 1 if hint.realm_id else 0


def _object(hint: Hint) -> _Object:
    return hint.object_type, hint.object_id


def _by_realm(hints: Iterable[Hint]) -> dict[str, list[Hint]]:
    by_realm: dict[str, list[Hint]] = {}
    for hint in hints:
        by_realm.setdefault(hint.realm_id, []).append(hint)
    return by_realm


def _blocked(observations: Iterable[Observation], error: ServiceError) -> list[Result]:
    return [
        Result(observation, trouble.blocked(observation.record, error))
        for observation in observations
    ]


def is_echo(hint: Hint, record: Record) -> bool:
    """Tell whether a change in QuickBooks is our own write.

    Its answer to the write says when that was in whole seconds, so the event is cut to them too. An
    edit by somebody else later in that same second looks the same: it is seen at the next event or
    look at QuickBooks, and never overwritten. A deletion is none of ours: we forget what we delete.
    """
    if hint.deleted:
        return False
    written = record.written.updated_at if record.written else None
    return written is not None and hint.occurred_at.replace(microsecond=0) <= written
