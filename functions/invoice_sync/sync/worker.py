"""Load, plan, apply, record: one pass over a batch of hints, each stage in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from invoice_sync.clients import Clients
from invoice_sync.credentials.tokens import Connections
from invoice_sync.errors import (
    FaultError,
    HubSpotRefusedError,
    ReconnectRequiredError,
    UnavailableError,
)
from invoice_sync.hints import QUICKBOOKS_INVOICES, Hint, Queue, Trigger
from invoice_sync.model.connection import Connection
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import ReconnectRequired, Unexpected
from invoice_sync.model.record import Record
from invoice_sync.plan import payments
from invoice_sync.plan.decide import skip_reason
from invoice_sync.plan.plans import Skip
from invoice_sync.preview import dry_run
from invoice_sync.preview.dry_run import Foreseen, Hypothesis, Rehearsal
from invoice_sync.quickbooks.faults import judge
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Change, Store
from invoice_sync.sync import load_hubspot, load_quickbooks, status_properties
from invoice_sync.sync.apply import Applier, decide_task
from invoice_sync.sync.batch import Again, Batch, Outcome, Synced, Task, Waiting
from invoice_sync.sync.fan_out import Waker, part_key
from invoice_sync.sync.outcomes import TROUBLE_COUNTS_AFTER, after_look, attempt_of, measure
from invoice_sync.sync.payments import Payer
from invoice_sync.sync.trouble import waiting

# Longer than a worker may run: a lease ends by itself only when its worker is dead.
LEASE_SECONDS = 120
_WHILE_IN_TROUBLE_SECONDS = 900
_ROUNDS = 3
# Longer than an invoice stays open, as a rule; after that a sweep sees the change.
_PARTS_KEPT = timedelta(days=400)


class Worker:
    """The worker. One object for the life of the process."""

    def __init__(
        self,
        store: Store,
        connections: Connections,
        queue: Queue,
        clients: Clients,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        log: Log,
        quickbooks_base_url: str,
    ) -> None:
        self._store, self._connections, self._queue = store, connections, queue
        self._clients, self._clock, self._new_id, self._log = clients, clock, new_id, log
        self._loader = load_quickbooks.QuickBooksLoader(store, clock)
        self._applier = Applier(store, self._loader, clock, new_id)
        self._waker = Waker(store, connections, queue, clock)
        self._payer = Payer(store, self._loader, clock, new_id)
        self._shower = status_properties.Shower(store, queue, quickbooks_base_url, clock)

    def run(self, hints: Sequence[Hint]) -> dict[Hint, float]:
        """Look at every invoice hinted at. Returns the hints to be tried again, each with the
        seconds to wait at least."""
        waking = self._wake([one for one in hints if one.from_quickbooks])
        again: dict[Hint, float] = {}
        by_portal: dict[str, dict[tuple[str, str], Hint]] = {}
        targets = self._targets(hints)
        for target in targets.values():
            portal = by_portal.setdefault(target.portal_id, {})
            key = (target.object_type, target.object_id)
            # Of several, what somebody asked for, or else one that asks for a look at QuickBooks.
            known = portal.get(key)
            asked = known is not None and known.trigger == "retry"
            if known is None or target.trigger == "retry" or (target.realm_id and not asked):
                portal[key] = target
        for portal_id, unique in by_portal.items():
            connection = self._connections.get(portal_id)
            if connection is None:
                self._log.warning(
                    "a hint for a portal that is not connected", extra={"portalId": portal_id}
                )
                continue
            again |= self._portal(connection, list(unique.values()))
        # A hint that was folded into another is tried again with it.
        return waking | {
            hint: again[first]
            for hint, target in targets.items()
            if (first := by_portal[target.portal_id][target.object_type, target.object_id]) in again
        }

    def _wake(self, hints: Sequence[Hint]) -> dict[Hint, float]:
        """Put hints for whoever depends on what changed in QuickBooks on the queue."""
        again: dict[Hint, float] = {}
        by_realm: dict[str, list[Hint]] = {}
        for hint in hints:
            by_realm.setdefault(hint.realm_id, []).append(hint)
        for realm_id, told in by_realm.items():
            portal_id = self._store.portal_of(realm_id)
            connection = self._connections.get(portal_id) if portal_id else None
            if connection is not None:
                _, quickbooks = self._clients(connection)
                again |= self._waker.quickbooks(connection, quickbooks, told)
        return again

    def rehearse(self, connection: Connection, invoice_ids: Iterable[str]) -> Rehearsal:
        """What would become of these invoices. Nothing is written.

        Raises UnavailableError, ReconnectRequiredError, RefusedError, FaultError.
        """
        this = self._unwritten(connection, list(dict.fromkeys(invoice_ids)), "backfill")
        self._load(this, as_open=False)
        invoices = dry_run.rehearse(this, self._loader, self._store)
        return Rehearsal(invoices, this.quickbooks.metered_reads)

    def foresee(
        self,
        connection: Connection,
        invoice_id: str,
        hypothesis: Hypothesis,
        *,
        refusals: bool = True,
    ) -> Foreseen:
        """What a look at this invoice would come to, were it decided so; a draft is judged as if
        it were opened now. Nothing is written. `refusals`: also what QuickBooks would refuse.
        Raises as `rehearse` does."""
        if hypothesis.settings:
            connection = connection.model_copy(update={"settings": hypothesis.settings})
        this = self._unwritten(connection, [invoice_id], "resolve")
        (job,) = this.jobs
        job.before = job.record = hypothesis.record or job.record
        job.choice = hypothesis.customer
        this.chosen_items |= hypothesis.items
        this.remembers = False  # nothing at all is written
        self._load(this, as_open=True)
        foreseen = dry_run.foresee(this, self._loader, self._store, refusals=refusals)
        return replace(foreseen, metered_reads=this.quickbooks.metered_reads)

    def _unwritten(
        self, connection: Connection, invoice_ids: Sequence[str], trigger: Trigger
    ) -> Batch:
        """A pass without leases, so one that must not write."""
        hubspot, quickbooks = self._clients(connection)
        portal_id, now = connection.portal_id, self._clock()
        known = self._store.records(portal_id, invoice_ids)
        jobs = []
        for invoice_id in invoice_ids:
            record = known.get(invoice_id) or Record(portal_id=portal_id, invoice_id=invoice_id)
            hint = Hint(portal_id, invoice_id, trigger, now, now)
            jobs.append(Task(hint=hint, before=record, record=record))
        return Batch(connection, hubspot, quickbooks, "", now, self._log, jobs)

    def _load(self, this: Batch, *, as_open: bool) -> None:
        """`as_open`: drafts are judged as if they were opened now."""
        load_hubspot.load_hubspot(this)
        for job in this.pending:
            if as_open and job.invoice and job.invoice.status == "draft":
                job.invoice = job.invoice.model_copy(update={"status": "open"})
        self._plan_skips(this)
        if this.pending:
            self._loader.load(this)

    def keep(self, connection: Connection, jobs: Sequence[Task]) -> bool:
        """Record outcomes that were decided without a lease, but not where somebody has looked
        since. False when another worker is at one of them now: decide those anew."""
        owner, now = self._new_id(), self._clock()
        ids = [job.hint.object_id for job in jobs]
        claimed = self._store.claim(connection.portal_id, ids, owner, now, LEASE_SECONDS)
        own = [job for job in jobs if claimed[job.hint.object_id] == job.before]
        kept = {job.hint.object_id for job in own}
        rest = [one for one in claimed.values() if one and one.invoice_id not in kept]
        self._store.commit([Change(one, one, None) for one in rest], connection.realm_id, owner)
        hubspot, quickbooks = self._clients(connection)
        this = Batch(connection, hubspot, quickbooks, owner, now, self._log, own)
        return not self._record(this) and None not in claimed.values()

    def _targets(self, hints: Sequence[Hint]) -> dict[Hint, Hint]:
        """What each hint is about: itself, or the HubSpot invoice of the QuickBooks invoice that it
        names. Hints of other invoices than ours, and of our own writes, are left out."""
        targets: dict[Hint, Hint] = {}
        by_realm: dict[str, list[Hint]] = {}
        for hint in hints:
            if hint.object_type == QUICKBOOKS_INVOICES:
                by_realm.setdefault(hint.realm_id, []).append(hint)
            elif not hint.from_quickbooks:
                targets[hint] = hint
        for realm_id, told in by_realm.items():
            links = self._store.linked(realm_id, [hint.object_id for hint in told])
            by_portal: dict[str, list[str]] = {}
            for portal_id, invoice_id in links.values():
                by_portal.setdefault(portal_id, []).append(invoice_id)
            records = {
                record.quickbooks_id: record
                for portal_id, invoice_ids in by_portal.items()
                for record in self._store.records(portal_id, invoice_ids).values()
            }
            for hint in told:
                record = records.get(hint.object_id)
                if record is not None and not is_echo(hint, record):
                    targets[hint] = replace(
                        hint,
                        portal_id=record.portal_id,
                        object_id=record.invoice_id,
                        object_type="invoices",
                    )
        return targets

    def _portal(self, connection: Connection, hints: Sequence[Hint]) -> dict[Hint, float]:
        hubspot, quickbooks = self._clients(connection)
        others = [hint for hint in hints if hint.object_type != "invoices"]
        # By clients of its own: what waking costs is not the invoices' that are looked at.
        again = self._waker.hubspot(connection, self._clients(connection)[0], others)
        wanted = [hint for hint in hints if hint.object_type == "invoices"]
        if not wanted:
            return again
        started, owner = self._clock(), self._new_id()
        claimed = self._store.claim(
            connection.portal_id, [h.object_id for h in wanted], owner, started, LEASE_SECONDS
        )
        jobs = []
        for hint in wanted:
            record = claimed[hint.object_id]
            if record is None:
                # Whoever has it may have read before this change: look again afterwards.
                again[hint] = 5
            else:
                # A portal may have been connected to another realm since: then the event is only
                # one more reason to look at the invoice.
                look = hint.realm_id == connection.realm_id
                jobs.append(Task(hint=hint, before=record, record=record, look=look))
        this = Batch(connection, hubspot, quickbooks, owner, started, self._log, jobs)
        self._decide_and_apply(this)
        self._pay(this)
        return again | self._record(this)

    def _decide_and_apply(self, this: Batch) -> None:
        """Give every job an outcome."""
        if this.connection.state == "reconnect_required":
            self._settle(
                this,
                Failure(detail=ReconnectRequired(service="HubSpot or QuickBooks")),
            )
            return
        try:
            load_hubspot.load_hubspot(this)
            self._plan_skips(this)
            for _ in range(_ROUNDS):
                if not this.pending:
                    return
                self._loader.load(this)
                self._applier.run(this)
                for job in this.jobs:
                    if isinstance(job.outcome, Again):
                        job.outcome = None
            # Somebody edits these faster than we can: let them finish.
            self._settle(this, Waiting("quickbooks_unavailable", "QuickBooks"))
        except UnavailableError as error:
            self._settle(this, waiting(error))
        except ReconnectRequiredError as error:
            self._connections.require_reconnect(this.connection)
            self._settle(this, Failure(detail=ReconnectRequired(service=error.service)))
        except HubSpotRefusedError as error:
            detail = Unexpected(variant="hubspot", correlation_id=error.correlation_id)
            self._settle(this, Failure(detail=detail, message=error.words))
        except FaultError as error:
            judgement = judge(error)
            if judgement.verdict == "wait":
                self._settle(this, Waiting(judgement.failure.code, "QuickBooks"))
            else:
                self._settle(this, judgement.failure)

    def _pay(self, this: Batch) -> None:
        """Payments follow once their invoice is in step."""
        try:
            self._payer.run(this)
        except ReconnectRequiredError:
            self._connections.require_reconnect(this.connection)

    @staticmethod
    def _settle(this: Batch, outcome: Outcome) -> None:
        for job in this.jobs:
            if job.open or isinstance(job.outcome, Again):
                job.outcome = outcome
                known = job.record.failure
                if isinstance(outcome, Failure) and known and known.code == "possible_duplicate":
                    # Forgotten, it would be created by itself once that is over.
                    job.outcome = known

    def _plan_skips(self, this: Batch) -> None:
        """Whatever needs nothing from QuickBooks costs nothing there."""
        for job in this.pending:
            if job.invoice is None or skip_reason(job.invoice, job.record):
                outcome = decide_task(this, job)
                if isinstance(outcome, Skip | Failure):
                    job.outcome = outcome
                    job.decided = "skip" if isinstance(outcome, Skip) else "fail"
            elif job.record.failure and job.record.failure.code == "modified_outside_hubspot":
                job.look = True
            elif job.record.quickbooks_id:
                asked = job.hint.trigger == "retry"
                job.look |= payments.needs_look(job.invoice, job.record, asked=asked)
            elif (
                job.record.failure
                and job.record.failure.code == "possible_duplicate"
                and not (job.hint.trigger in ("retry", "backfill") or this.owner == "")
                and not (job.record.choices.adopt or job.record.choices.create_anyway)
            ):
                # Not in QuickBooks, as far as anybody can tell: a person decides.
                job.outcome = job.record.failure

    def _remember_parts(self, this: Batch) -> None:
        written = [
            (job.invoice, job.record)
            for job in this.jobs
            if job.invoice and isinstance(job.outcome, Synced) and job.outcome.action != "in step"
        ]
        parts = {
            part_key(record.portal_id, object_type, one.id): record.invoice_id
            for invoice, record in written
            for object_type, members in (
                ("line_items", invoice.lines),
                ("discounts", invoice.discounts),
                ("fees", invoice.fees),
                ("taxes", invoice.taxes),
                ("commerce_payments", invoice.payments),
            )
            for one in members
        }
        self._store.remember(this.connection.realm_id, parts, this.now, _PARTS_KEPT)

    def _record(self, this: Batch) -> dict[Hint, float]:
        finished = self._clock()
        changes: list[Change] = []
        again: dict[Hint, float] = {}
        for job in this.jobs:
            outcome = job.outcome or Waiting("quickbooks_unavailable", "QuickBooks")
            if isinstance(outcome, Again):
                outcome = Waiting("quickbooks_unavailable", "QuickBooks")
            after = after_look(job.record, job.invoice, outcome, finished)
            changes.append(
                Change(job.before, after, attempt_of(this, job, outcome, after, finished))
            )
            wait = outcome.trouble if isinstance(outcome, Synced) else outcome
            if isinstance(wait, Waiting):
                since = after.pending_since or finished
                if finished - since >= TROUBLE_COUNTS_AFTER:
                    # The queue gives up after some tries; trouble may last longer.
                    self._queue.send([job.hint], delay_seconds=_WHILE_IN_TROUBLE_SECONDS)
                else:
                    again[job.hint] = wait.seconds
            self._log.info(
                "looked at an invoice",
                extra={
                    "portalId": after.portal_id,
                    "invoiceId": after.invoice_id,
                    "trigger": job.hint.trigger,
                    "event": job.hint.event,
                    "status": after.status,
                    "code": after.failure.code if after.failure else "",
                    "quickbooksId": after.quickbooks_id,
                },
            )
        self._remember_parts(this)
        lost = self._store.commit(changes, this.connection.realm_id, this.owner)
        shown = []
        for job, change in zip(this.jobs, changes, strict=True):
            if job.hint.object_id in lost:
                again[job.hint] = 5
                continue
            measure(job, change, finished)
            shown.append((job, change.after))
        self._shower.run(this, shown)
        return again


def is_echo(hint: Hint, record: Record) -> bool:
    """QuickBooks tells our own write back to us.

    Its answer to the write says when that was in whole seconds, so the event is cut to them too. An
    edit by somebody else later in that same second looks the same: it is seen at the next event or
    look at QuickBooks, and never overwritten. A deletion is none of ours: we forget what we delete.
    """
    if hint.deleted:
        return False
    written = record.written.updated_at if record.written else None
    return written is not None and hint.occurred_at.replace(microsecond=0) <= written
