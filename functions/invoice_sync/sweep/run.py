"""The five-minute sweep over all connections."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from invoice_sync.clients import Clients
from invoice_sync.credentials.tokens import Tokens
from invoice_sync.errors import ReconnectRequiredError
from invoice_sync.hints import Queue
from invoice_sync.jobs.requests import resend_lost
from invoice_sync.model.connection import Connection, gap_seen
from invoice_sync.reconciliation.nightly import begin_nightly
from invoice_sync.runtime import metrics
from invoice_sync.runtime.log import Log
from invoice_sync.runtime.parallel import together
from invoice_sync.store.marks import SWEPT, VISITED
from invoice_sync.store.store import Store
from invoice_sync.sweep.gauges import measure, note_trouble
from invoice_sync.sweep.healing import Healing
from invoice_sync.sweep.interval import due_at, is_due
from invoice_sync.sweep.missed import MissedChanges
from invoice_sync.sync.fan_out import FanOut
from invoice_sync.sync.known import Known

# Less than the function may run: the other connections wait for the next sweep.
_BEGIN_NO_MORE_AFTER = timedelta(seconds=150)
_MINUTE = timedelta(minutes=1)
# A single sweep that fails is no news.
_LAG_WORTH_TELLING = timedelta(minutes=30)


class Sweep:
    def __init__(
        self,
        store: Store,
        tokens: Tokens,
        queue: Queue,
        clients: Clients,
        allowed_portal_ids: frozenset[str],
        clock: Callable[[], datetime],
        log: Log,
    ) -> None:
        self._allowed = allowed_portal_ids
        self._store, self._tokens, self._queue = store, tokens, queue
        self._clients, self._clock, self._log = clients, clock, log
        self._healing = Healing(store, tokens, queue, log)
        fan_out, known = FanOut(store, tokens, queue, clock), Known(store, clock, log)
        self._missed = MissedChanges(store, queue, fan_out, known, log)

    def run(self) -> None:
        """Publish the gauges, keep every connection alive, and queue hints for what was missed.

        Two sweeps at once do no harm: tokens are refreshed under a lease, and a hint too many is
        harmless.
        """
        started = self._clock()
        listed = self._store.connections.all(self._log)
        allowed = [each for each in listed if each.portal_id in self._allowed]
        connections = self._healing.try_again(allowed, started)
        connections = [each for each in connections if not each.is_disconnected]
        alive = measure(self._store, self._tokens, connections, started, self._log)
        marks = self._all_marks(alive, started)
        # The connection whose look is most overdue comes first: of many, a sweep reaches only some.
        # Those in trouble come last, or the sweep might reach nothing but a few that hang.
        alive.sort(
            key=lambda one: (
                _troubled(one, started),
                due_at(one, marks[one.portal_id], started) or started,
            )
        )
        until = started + _BEGIN_NO_MORE_AFTER
        visited: list[bool] = together(
            *(partial(self._visit, each, marks[each.portal_id], until) for each in alive)
        )
        if not all(visited):
            fields = {"connections": visited.count(False)}
            self._log.warning("the sweep goes on with the next run", extra=fields)
        self._measure_lag(alive)

    def _visit(
        self, connection: Connection, marks: Mapping[str, datetime], until: datetime
    ) -> bool:
        """Return whether there was still time for the connection."""
        now = self._clock()
        if now > until:
            return False
        try:
            self._catch_up(connection, marks, now, until)
        except Exception as error:
            self._note(connection, error, now)
        return True

    def _all_marks(
        self, connections: Sequence[Connection], now: datetime
    ) -> dict[str, dict[str, datetime]]:
        """Return the marks of each connection by its portal."""
        marks = together(*(partial(self._marks, each, now) for each in connections))
        ids = (each.portal_id for each in connections)
        return dict(zip(ids, marks, strict=True))

    def _marks(self, connection: Connection, now: datetime) -> dict[str, datetime]:
        try:
            return self._store.marks.get(connection.portal_id)
        except Exception as error:
            self._note(connection, error, now)
            return {}

    def _measure_lag(self, connections: Sequence[Connection]) -> None:
        """Publish how long the most overdue look has been due, and log whose it is."""
        now, lags = self._clock(), list[timedelta]()
        marks = self._all_marks(connections, now)
        for connection in connections:
            due = due_at(connection, marks[connection.portal_id], now)
            lags.append(now - due if due else timedelta())
            if lags[-1] >= _LAG_WORTH_TELLING:
                self._log.warning(
                    "changes have not been found for a while",
                    extra={"portalId": connection.portal_id, "minutes": lags[-1] // _MINUTE},
                )
        seconds = max(lags, default=timedelta()).total_seconds()
        metrics.gauge(metrics.SWEEP_LAG, max(seconds, 0.0))

    def _catch_up(
        self,
        connection: Connection,
        marks: Mapping[str, datetime],
        now: datetime,
        until: datetime,
    ) -> None:
        """Carry out the parts of the sweep. If one of them meets an error, the others go on."""
        hubspot = self._clients.hubspot(connection)
        quickbooks = self._clients.quickbooks(connection)
        looks = (
            partial(self._missed.in_quickbooks, connection, quickbooks, now),
            partial(self._missed.in_hubspot, connection, hubspot, now),
        )
        whole = True
        for part in (
            partial(self._note_visit, connection, marks, now),
            partial(self._missed.send_refused, connection),
            partial(self._missed.resend_stuck, connection, now),
            partial(resend_lost, self._store, self._queue, connection.portal_id, now),
            partial(self._missed.resend_failing, connection, now),
            *(looks if is_due(connection, marks, now) else ()),
            partial(begin_nightly, self._store, self._queue, connection, now, self._log),
        ):
            if self._clock() > until:
                return
            try:
                part()
            except ReconnectRequiredError as error:
                self._tokens.require_reconnect(connection, error.service)
                self._note(connection, error, now)
                return
            except Exception as error:
                self._note(connection, error, now)
                whole = False
        if whole:
            self._store.marks.advance(connection.portal_id, SWEPT, now)

    def _note_visit(
        self, connection: Connection, marks: Mapping[str, datetime], now: datetime
    ) -> None:
        """Keep the time of which the table may know nothing, and only then renew the mark: a new
        mark no longer tells that the table may have been restored."""
        gap = gap_seen(connection.gap, marks.get(VISITED), now)
        if gap and gap != connection.gap:
            self._store.connections.set_gap(connection.portal_id, gap)
        self._store.marks.advance(connection.portal_id, VISITED, now)

    def _note(self, connection: Connection, error: Exception, now: datetime) -> None:
        note_trouble(self._store, connection, error, now, self._log)


def _troubled(connection: Connection, now: datetime) -> datetime:
    """Return when a connection was in trouble last, if that was lately."""
    never, at = datetime.min.replace(tzinfo=UTC), connection.trouble and connection.trouble.at
    return at if at and now - at < _LAG_WORTH_TELLING else never
