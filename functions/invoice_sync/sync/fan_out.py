"""Events of what invoices depend on -> hints for the invoices, on the queue.

HubSpot says which record changed: its associations lead to invoices. QuickBooks says which
customer, item or payment did: what failing invoices wait on (`waits.py`) leads to them, and what a
payment is linked to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from invoice_sync.credentials.tokens import Connections
from invoice_sync.errors import (
    FaultError,
    HubSpotRefusedError,
    ReconnectRequiredError,
    UnavailableError,
)
from invoice_sync.failures import waits
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
from invoice_sync.quickbooks.times import moment
from invoice_sync.store.store import Store
from invoice_sync.sync.trouble import waiting

# Trouble that may pass is tried by the queue for so long; then less often, because the queue gives
# up after some tries and trouble may last longer.
_QUEUE_TRIES_FOR = timedelta(minutes=15)
_WHILE_IN_TROUBLE_SECONDS = 900
# As long as somebody may still take a payment back.
LINKS_KEPT = timedelta(days=400)
_ENTITIES = {QUICKBOOKS_PAYMENTS: "Payment", QUICKBOOKS_CREDITS: "CreditMemo"}


class Waker:
    def __init__(
        self,
        store: Store,
        connections: Connections,
        queue: Queue,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._connections = store, connections
        self._queue, self._clock = queue, clock

    def hubspot(
        self, connection: Connection, client: HubSpot, hints: Sequence[Hint]
    ) -> dict[Hint, float]:
        """Wake the invoices that HubSpot's records belong to. Returns the hints to be tried again,
        each with the seconds to wait at least."""
        again: dict[Hint, float] = {}
        for object_type, group in _by_type(hints).items():
            try:
                found = client.associated(object_type, "invoices", [h.object_id for h in group])
            except (UnavailableError, HubSpotRefusedError, ReconnectRequiredError) as error:
                again |= self._later(connection, group, error)
                continue
            woken = {
                invoice_id: hint for hint in group for invoice_id in found.get(hint.object_id, [])
            }
            if object_type in ("contacts", "companies"):
                # A synced invoice does not follow its contact's later changes.
                known = self._store.records(connection.portal_id, woken)
                woken = {
                    invoice_id: hint
                    for invoice_id, hint in woken.items()
                    if invoice_id not in known or known[invoice_id].status != "synced"
                }
            else:
                # A deleted part has no associations any more; whose it was is remembered.
                lost = {
                    part_key(hint.portal_id, object_type, hint.object_id): hint
                    for hint in group
                    if hint.object_id not in found
                }
                remembered = self._store.known(connection.realm_id, lost, self._clock())
                woken |= {invoice_id: lost[key] for key, invoice_id in remembered.items()}
            self._queue.send(
                Hint(
                    hint.portal_id,
                    invoice_id,
                    hint.trigger,
                    hint.occurred_at,
                    hint.received_at,
                    event=hint.event,
                )
                for invoice_id, hint in woken.items()
            )
        return again

    def quickbooks(
        self, connection: Connection, client: QuickBooks, hints: Sequence[Hint]
    ) -> dict[Hint, float]:
        """Wake the invoices that depend on what changed in QuickBooks, reading it only where its
        id alone does not tell whom. Returns the hints to be tried again."""
        again: dict[Hint, float] = {}
        for object_type, group in _by_type(hints).items():
            try:
                news = self._news(connection, object_type, group)
                if news:
                    rows = self._rows(connection, client, object_type, news)
                    self.told(connection, object_type, news, rows)
            except (UnavailableError, FaultError, ReconnectRequiredError) as error:
                again |= self._later(connection, group, error)
        return again

    def _rows(
        self, connection: Connection, client: QuickBooks, object_type: str, group: Sequence[Hint]
    ) -> list[dict[str, Any]]:
        ids = {hint.object_id for hint in group}
        realm_id = connection.realm_id
        if object_type == QUICKBOOKS_CUSTOMERS and self._store.any_waiting(realm_id, waits.EMAILS):
            return client.where_in("Customer", "Id", ids)
        if object_type == QUICKBOOKS_ITEMS and self._store.any_waiting(realm_id, waits.ITEMS):
            return client.where_in("Item", "Id", ids)
        if object_type in _ENTITIES:
            # A deleted one cannot be read; what it paid is remembered.
            there = [hint.object_id for hint in group if not hint.deleted]
            return client.where_in(_ENTITIES[object_type], "Id", there)
        return []

    def told(
        self,
        connection: Connection,
        object_type: str,
        hints: Sequence[Hint],
        rows: Iterable[Mapping[str, Any]],
    ) -> int:
        """Put hints for all whom it concerns on the queue; `rows` is what is known of the changed.
        Returns how many."""
        realm_id, rows = connection.realm_id, list(rows)
        ids = {hint.object_id for hint in hints}
        keys: list[str] = []
        if object_type in (QUICKBOOKS_INVOICES, QUICKBOOKS_CREDITS):
            # Either may have the number that an invoice of ours is to get.
            keys = [waits.invoice_key(one) for one in ids]
        elif object_type == QUICKBOOKS_CUSTOMERS:
            keys = [*map(waits.customer_key, ids), *waits.told_by_customers(rows)]
        elif object_type == QUICKBOOKS_ITEMS:
            keys = waits.told_by_items(rows)
        elif object_type == QUICKBOOKS_OTHER_NAMES:
            keys = [waits.OTHER_NAMES]
        elif object_type == QUICKBOOKS_PREFERENCES:
            self._store.forget(realm_id, [waits.PREFERENCES])
            keys = [waits.PREFERENCES]
        latest = max(hints, key=lambda hint: hint.occurred_at)
        woken = [
            Hint(
                portal_id,
                invoice_id,
                latest.trigger,
                latest.occurred_at,
                latest.received_at,
                event=latest.event,
            )
            for portal_id, invoice_id in self._store.waiting(realm_id, keys)
        ]
        if object_type in _ENTITIES:
            woken += self._linked(connection, _ENTITIES[object_type], hints, rows)
        return self._queue.send(woken)

    def _linked(
        self,
        connection: Connection,
        entity: str,
        hints: Sequence[Hint],
        rows: Iterable[Mapping[str, Any]],
    ) -> list[Hint]:
        """Hints of the QuickBooks invoices that payments or credits are linked to now, or were."""
        now, by_id = self._clock(), {hint.object_id: hint for hint in hints}
        keys = {_payment_key(entity, one): one for one in by_id}
        before = self._store.known(connection.realm_id, keys, now)
        after = payment_links(entity, rows)
        self._store.remember(connection.realm_id, after, now, LINKS_KEPT)
        return [
            Hint(
                portal_id="",
                object_id=invoice_id,
                trigger=hint.trigger,
                event=hint.event,
                deleted=hint.deleted,
                occurred_at=hint.occurred_at,
                received_at=hint.received_at,
                object_type=QUICKBOOKS_INVOICES,
                realm_id=connection.realm_id,
            )
            for key, payment_id in keys.items()
            for hint in (by_id[payment_id],)
            for invoice_id in sorted(_links(before.get(key)) | _links(after.get(key)))
        ]

    def _news(self, connection: Connection, object_type: str, group: list[Hint]) -> list[Hint]:
        """Those that tell more than we know: not our own payments, nor what was read before."""
        if object_type not in _ENTITIES:
            return group
        entity = _ENTITIES[object_type]
        keys = {hint: _payment_key(entity, hint.object_id) for hint in group}
        known = self._store.known(connection.realm_id, keys.values(), self._clock())

        def is_news(hint: Hint) -> bool:
            since = moment(str(known.get(keys[hint], "")).partition(" ")[0])
            return since is None or hint.occurred_at.replace(microsecond=0) > since

        return [hint for hint in group if is_news(hint)]

    def _later(
        self,
        connection: Connection,
        group: Sequence[Hint],
        error: UnavailableError | HubSpotRefusedError | FaultError | ReconnectRequiredError,
    ) -> dict[Hint, float]:
        now, again = self._clock(), dict[Hint, float]()
        if isinstance(error, ReconnectRequiredError):
            self._connections.require_reconnect(connection)
        seconds = waiting(error).seconds if isinstance(error, UnavailableError) else 0.0
        for hint in group:
            lasting = now - hint.received_at >= _QUEUE_TRIES_FOR
            if lasting or isinstance(error, ReconnectRequiredError):
                self._queue.send([hint], delay_seconds=_WHILE_IN_TROUBLE_SECONDS)
            else:
                again[hint] = seconds
        return again


def part_key(portal_id: str, object_type: str, object_id: str) -> str:
    """Under which the invoice is remembered that a line item, discount, fee or tax belongs to."""
    return f"PART#{portal_id}#{object_type}#{object_id}"


def linked_invoices(row: Mapping[str, Any]) -> set[str]:
    """The invoices that a payment or credit pays, by its lines and its own links."""
    links = [*row.get("LinkedTxn", [])]
    for line in row.get("Line", []):
        links += line.get("LinkedTxn", [])
    return {str(one["TxnId"]) for one in links if one.get("TxnType") == "Invoice"}


def payment_links(entity: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What to remember of payments, so that their own events need no read: when they were last
    changed, and the ids of the invoices that they pay."""
    return {
        _payment_key(entity, str(row["Id"])): " ".join(
            [str(row.get("MetaData", {}).get("LastUpdatedTime", "")), *sorted(linked_invoices(row))]
        )
        for row in rows
    }


def _links(remembered: Any) -> set[str]:
    return set(str(remembered or "").partition(" ")[2].split())


def _payment_key(entity: str, quickbooks_id: str) -> str:
    return f"{entity.upper()}#{quickbooks_id}"


def _by_type(hints: Sequence[Hint]) -> dict[str, list[Hint]]:
    found: dict[str, list[Hint]] = {}
    for hint in hints:
        found.setdefault(hint.object_type, []).append(hint)
    return found
