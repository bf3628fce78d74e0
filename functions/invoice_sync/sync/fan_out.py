"""Fan-out: when a record that invoices depend on changes, each of these invoices gets a hint.

HubSpot says which record changed: its associations lead to invoices. QuickBooks says which
customer, item or payment changed: what failing invoices wait for (`failures.waits`) and what a
payment is linked to lead to invoices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from invoice_sync.credentials.tokens import Tokens
from invoice_sync.errors import (
    FaultError,
    HubSpotRefusedError,
    ReconnectRequiredError,
    ServiceError,
    UnavailableError,
)
from invoice_sync.failures import waits
from invoice_sync.failures.waits import WaitKey
from invoice_sync.hints import (
    QUICKBOOKS_CREDITS,
    QUICKBOOKS_CUSTOMERS,
    QUICKBOOKS_INVOICES,
    QUICKBOOKS_ITEMS,
    QUICKBOOKS_OTHER_NAMES,
    QUICKBOOKS_PAYMENTS,
    QUICKBOOKS_PREFERENCES,
    Hint,
    Queue,
)
from invoice_sync.hubspot.client import HubSpot
from invoice_sync.model.connection import Connection
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.quickbooks.query import ANY_STATE
from invoice_sync.runtime.parallel import together
from invoice_sync.store.marks import QUICKBOOKS, hubspot_mark
from invoice_sync.store.store import Store
from invoice_sync.sync import remembered
from invoice_sync.sync.payment_links import PaymentLinks, payment_links
from invoice_sync.sync.remembered import Memory, RememberedKey
from invoice_sync.sync.trouble import SECONDS_WHILE_LASTING, of_unavailable, try_later

_ENTITIES = {QUICKBOOKS_PAYMENTS: "Payment", QUICKBOOKS_CREDITS: "CreditMemo"}
# Only failing invoices wait for these, and they are looked at as soon as a person connects again.
_LOOKED_AT_ANYWAY = ("contacts", "companies", QUICKBOOKS_PREFERENCES)
# Invoices of a portal that are looked at in the pass that finds them. A contact may have thousands.
_MOST_AT_ONCE = 100
# A hint of another record, and that of an invoice which it leads to.
Dependent = tuple[Hint, Hint]
_Rows = Sequence[Mapping[str, Any]]
_Links = Mapping[RememberedKey, PaymentLinks]


class FanOut:
    def __init__(
        self,
        store: Store,
        tokens: Tokens,
        queue: Queue,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._tokens = store, tokens
        self._queue, self._clock = queue, clock

    def from_hubspot(
        self, connection: Connection, hubspot: HubSpot, hints: Sequence[Hint]
    ) -> tuple[list[Dependent], dict[Hint, float]]:
        """Find the invoices that HubSpot's records belong to. If they are very many, some are
        queued.

        Returns the invoices to be looked at now, and the hints to be tried again, each with the
        seconds to wait at least.
        """
        found: list[tuple[list[Dependent], dict[Hint, float]]] = together(
            *(
                partial(self._of_type, connection, hubspot, object_type, events)
                for object_type, events in _by_type(hints).items()
            )
        )
        dependents = [each for of_type, _ in found for each in of_type]
        self._queue.send(later for _, later in dependents[_MOST_AT_ONCE:])
        again = {hint: seconds for _, later in found for hint, seconds in later.items()}
        return dependents[:_MOST_AT_ONCE], again

    def _of_type(
        self, connection: Connection, hubspot: HubSpot, object_type: str, events: Sequence[Hint]
    ) -> tuple[list[Dependent], dict[Hint, float]]:
        """Return what `from_hubspot` does, for the records of one type."""
        ids = [hint.object_id for hint in events]
        try:
            found = hubspot.find_associated(object_type, "invoices", ids)
        except (UnavailableError, HubSpotRefusedError, ReconnectRequiredError) as error:
            return [], self._later(connection, events, error)
        dependents = {
            invoice_id: hint
            for hint in events
            for invoice_id in found.records.get(hint.object_id, ())
        }
        if object_type in ("contacts", "companies"):
            dependents = self._unsettled(connection, dependents)
        else:
            gone = [hint for hint in events if hint.object_id not in found.records]
            dependents |= self._remembered(connection, object_type, gone)
        looked_at = {hint.object_id for hint in dependents.values()}
        again: dict[Hint, float] = {}
        for hint in events:
            refusal = found.refused.get(hint.object_id)
            # Nobody knows whose it is: HubSpot may say so later.
            if refusal and hint.object_id not in looked_at:
                again |= self._later(connection, [hint], refusal)
        return [(hint, _of_invoice(each, hint)) for each, hint in dependents.items()], again

    def _unsettled(self, connection: Connection, dependents: Mapping[str, Hint]) -> dict[str, Hint]:
        """Return the invoices that may wait for their contact. A synced one does not follow its
        contact's later changes; one without a record, or from before the start, is none of ours."""
        records = self._store.records.get_many(connection.portal_id, dependents)
        return {
            invoice_id: dependents[invoice_id]
            for invoice_id, record in records.items()
            if record.status != "synced" and record.skip_kind != "before_start"
        }

    def _remembered(
        self, connection: Connection, object_type: str, hints: Sequence[Hint]
    ) -> dict[str, Hint]:
        """Return the hint by invoice id for parts that are gone, or of which HubSpot does not
        return the invoices: whose they were is remembered."""
        keys = {
            remembered.part(hint.portal_id, object_type, hint.object_id): hint for hint in hints
        }
        recalled = self._memory(connection).recall(keys)
        return {
            invoice_id: hint
            for key, hint in keys.items()
            for invoice_id in str(recalled.get(key, "")).split()
        }

    def from_quickbooks(
        self, connection: Connection, quickbooks: QuickBooks, hints: Sequence[Hint]
    ) -> dict[Hint, float]:
        """Queue hints for the invoices that depend on what changed in QuickBooks, reading it only
        where its id alone does not tell which.

        Returns the hints to be tried again, each with the seconds to wait at least.
        """
        again: dict[Hint, float] = {}
        for object_type, events in _by_type(hints).items():
            try:
                news = self._news(connection, object_type, events)
                if news:
                    rows = self._rows(connection, quickbooks, object_type, news)
                    self.queue_dependents(connection, object_type, news, rows)
            except (UnavailableError, FaultError, ReconnectRequiredError) as error:
                again |= self._later(connection, events, error)
        return again

    def _rows(
        self,
        connection: Connection,
        quickbooks: QuickBooks,
        object_type: str,
        events: Sequence[Hint],
    ) -> list[dict[str, Any]]:
        """Read what changed, if somebody waits for it or it may be linked to an invoice. What
        QuickBooks cannot read back is left out."""
        ids = {hint.object_id for hint in events}
        realm_id = connection.realm_id
        if object_type == QUICKBOOKS_CUSTOMERS and (
            any(hint.merged_into for hint in events)
            or self._store.realm.any_waiting(realm_id, waits.EMAILS)
        ):
            return quickbooks.find("Customer", "Id", ids, ANY_STATE).rows
        if object_type == QUICKBOOKS_ITEMS and self._store.realm.any_waiting(realm_id, waits.ITEMS):
            return quickbooks.find("Item", "Id", ids).rows
        if object_type in _ENTITIES:
            # A deleted one cannot be read; what it paid is remembered.
            ids = {hint.object_id for hint in events if not hint.deleted}
            return quickbooks.find(_ENTITIES[object_type], "Id", ids).rows
        return []

    def queue_dependents(
        self,
        connection: Connection,
        object_type: str,
        hints: Sequence[Hint],
        rows: Iterable[Mapping[str, Any]],
    ) -> int:
        """Queue hints for all invoices that depend on these QuickBooks objects, of one type.
        `rows`: the objects, as far as they were read. Returns how many hints."""
        rows = list(rows)
        if object_type == QUICKBOOKS_PREFERENCES:
            self._memory(connection).forget([remembered.PREFERENCES])
        ids = {hint.object_id for hint in hints}
        if object_type == QUICKBOOKS_CUSTOMERS:
            self._forget_customers(connection, hints, rows)
        keys = _waits(object_type, ids, rows)
        latest = max(hints, key=lambda hint: hint.occurred_at)
        dependents = [
            Hint(
                portal_id,
                invoice_id,
                latest.trigger,
                latest.occurred_at,
                latest.received_at,
                event=latest.event,
            )
            for portal_id, invoice_id in self._store.realm.waiting(connection.realm_id, keys)
        ]
        if object_type not in _ENTITIES:
            return self._queue.send(dependents)
        entity = _ENTITIES[object_type]
        links = payment_links(entity, rows)
        sent = self._queue.send([*dependents, *self._linked(connection, hints, entity, links)])
        # Only now: should the queue refuse, the next sweep has to find the same.
        known = {key: each.to_remember() for key, each in links.items()}
        self._memory(connection).keep(known, remembered.PAYMENTS_KEPT)
        return sent

    def _forget_customers(self, connection: Connection, hints: Sequence[Hint], rows: _Rows) -> None:
        """Forget by which emails the customers were found, and who has the emails that they have
        now; of merged ones, remember who is left."""
        memory = self._memory(connection)
        emails = {row["Id"]: waits.emails_of(row) for row in rows}
        active = [row["Id"] for row in rows if row.get("Active", True)]
        memory.forget_customers(
            [hint.object_id for hint in hints], [each for id_ in active for each in emails[id_]]
        )
        memory.mark_unread({hint.object_id for hint in hints} - emails.keys())
        memory.mark_read(emails)
        for hint in hints:
            if hint.merged_into:
                memory.keep_merge(hint.object_id, emails.get(hint.object_id, ()), hint.merged_into)

    def _linked(
        self, connection: Connection, hints: Sequence[Hint], entity: str, after: _Links
    ) -> list[Hint]:
        """Return hints of the QuickBooks invoices that payments or credits are linked to now
        (`after`), or were."""
        by_key = {remembered.payment(entity, hint.object_id): hint for hint in hints}
        recalled = self._memory(connection).recall(by_key)
        dependents = []
        for key, hint in by_key.items():
            before, now = PaymentLinks.recalled(recalled.get(key)), after.get(key, PaymentLinks())
            # In the second of our own write, its time does not tell that it is somebody else's.
            foreign = before.tell_of(hint.occurred_at) and before.precede(now)
            dependents += [
                replace(
                    hint,
                    portal_id="",
                    object_id=invoice_id,
                    object_type=QUICKBOOKS_INVOICES,
                    realm_id=connection.realm_id,
                    foreign=foreign,
                )
                for invoice_id in sorted({*before.invoice_ids, *now.invoice_ids})
            ]
        return dependents

    def _news(
        self, connection: Connection, object_type: str, events: Sequence[Hint]
    ) -> Sequence[Hint]:
        """Return the events that tell more than is remembered: not those of our own payments, nor
        of what was read before."""
        if object_type not in _ENTITIES:
            return events
        entity = _ENTITIES[object_type]
        keys = {hint: remembered.payment(entity, hint.object_id) for hint in events}
        recalled = self._memory(connection).recall(keys.values())
        return [
            hint
            for hint, key in keys.items()
            if not PaymentLinks.recalled(recalled.get(key)).tell_of(hint.occurred_at)
        ]

    def _memory(self, connection: Connection) -> Memory:
        return Memory(self._store, connection.realm_id, self._clock())

    def _later(
        self, connection: Connection, hints: Sequence[Hint], error: ServiceError
    ) -> dict[Hint, float]:
        if isinstance(error, ReconnectRequiredError):
            self._tokens.require_reconnect(connection, error.service)
            kept = self._not_found_again(connection, hints)
            self._queue.send(kept, delay_seconds=SECONDS_WHILE_LASTING)
            return {}
        seconds = of_unavailable(error).seconds if isinstance(error, UnavailableError) else 0.0
        now, again = self._clock(), dict[Hint, float]()
        for hint in hints:
            again |= try_later(self._queue, hint, seconds, since=hint.received_at, now=now)
        return again

    def _not_found_again(self, connection: Connection, hints: Sequence[Hint]) -> list[Hint]:
        """Return the hints without those of changes that the first sweep finds once somebody has
        connected again: that may take weeks, and each would be a message all the time."""
        marks = self._store.marks.get(connection.portal_id)

        def is_found(hint: Hint) -> bool:
            if hint.deleted or hint.merged_into or hint.trigger == "sweep":
                return False
            if hint.object_type in _LOOKED_AT_ANYWAY:
                return True
            name = QUICKBOOKS if hint.from_quickbooks else hubspot_mark(hint.object_type)
            return name in marks and marks[name] <= hint.occurred_at

        return [hint for hint in hints if not is_found(hint)]


def _of_invoice(invoice_id: str, hint: Hint) -> Hint:
    """Return the hint of an invoice to which another record's hint leads."""
    return replace(
        hint,
        object_type="invoices",
        object_id=invoice_id,
        realm_id="",
        deleted=False,
        versioned=False,
    )


def _waits(object_type: str, ids: Iterable[str], rows: _Rows) -> list[WaitKey]:
    """Return what these QuickBooks objects bring, of all that invoices may wait for."""
    if object_type in (QUICKBOOKS_INVOICES, QUICKBOOKS_CREDITS):
        # Either may have the number that an invoice of ours is to get.
        return [*map(waits.invoice_key, ids)]
    if object_type == QUICKBOOKS_CUSTOMERS:
        return [*map(waits.customer_key, ids), *waits.told_by_customers(rows)]
    if object_type == QUICKBOOKS_ITEMS:
        return [*map(waits.item_key, ids), *waits.told_by_items(rows)]
    if object_type == QUICKBOOKS_OTHER_NAMES:
        return [waits.OTHER_NAMES]
    return [waits.PREFERENCES] if object_type == QUICKBOOKS_PREFERENCES else []


def _by_type(hints: Iterable[Hint]) -> dict[str, list[Hint]]:
    by_type: dict[str, list[Hint]] = {}
    for hint in hints:
        by_type.setdefault(hint.object_type, []).append(hint)
    return by_type
