"""All that the card of one invoice shows, in one round trip."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from invoice_sync.model.connection import Connection
from invoice_sync.model.record import Attempt, Decision, Record
from invoice_sync.store import keys
from invoice_sync.store.connections import to_connection
from invoice_sync.store.items import Item
from invoice_sync.store.queued import asked_at, waiting_since
from invoice_sync.store.records import RecordStore, to_record
from invoice_sync.store.table import Table


@dataclass(frozen=True)
class Card:
    """What is stored of an invoice. `record`: None when we have not heard of it. `connection`: None
    when the portal is not connected. `queued_since`: since when it waits for the look that a person
    asked for; None: it does not. `attempts` and `decisions`: the newest ones first."""

    connection: Connection | None
    record: Record | None
    queued_since: datetime | None
    attempts: list[Attempt]
    decisions: list[Decision]


class CardStore:
    def __init__(self, table: Table, executor: Executor, records: RecordStore) -> None:
        self._table, self._executor, self._records = table, executor, records

    def get(self, portal_id: str, invoice_id: str, now: datetime) -> Card:
        """Read the connection, the record and the mark of a click in one request, and beside it the
        attempts and the decisions."""
        asked = (
            keys.connection(portal_id),
            keys.record(portal_id, invoice_id),
            keys.queued(portal_id, invoice_id),
        )
        reads: list[Callable[[], Any]] = [
            lambda: {item["sk"]: item for item in self._table.batch_get(asked)},
            partial(self._records.attempts, portal_id, invoice_id, now),
            partial(self._records.decisions, portal_id, invoice_id),
        ]
        items, attempts, decisions = self._executor.map(lambda read: read(), reads)
        connection, record, mark = (items.get(key["sk"]) for key in asked)
        return Card(
            connection=to_connection(connection) if connection else None,
            record=to_record(record) if record else None,
            queued_since=_queued_since(mark, record, now),
            attempts=attempts,
            decisions=decisions,
        )


def _queued_since(mark: Item | None, record: Item | None, now: datetime) -> datetime | None:
    at = asked_at(mark, now) if mark else None
    return waiting_since(at, record) if at else None
