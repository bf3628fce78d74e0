"""Hints of what people did that the queue refused: kept until the sweep sends them.

A person who was told that something begins must not wait until somebody happens to look again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from invoice_sync.errors import QueueRefusedError
from invoice_sync.hints import Hint, Queue, from_message, to_message
from invoice_sync.runtime.chunks import chunks
from invoice_sync.runtime.log import Log
from invoice_sync.store import keys
from invoice_sync.store.table import Query, Table, delete, put

# Far less than an item may have.
_HINTS_PER_ITEM = 100


class UnsentStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def keep(self, hints: Sequence[Hint]) -> None:
        """Keep hints, each of a portal."""
        for portal_id in dict.fromkeys(hint.portal_id for hint in hints):
            messages = [to_message(hint) for hint in hints if hint.portal_id == portal_id]
            for portion in chunks(messages, _HINTS_PER_ITEM):
                self._table.write(put(keys.unsent(portal_id, uuid.uuid4().hex), {"data": portion}))

    def portions(self, portal_id: str) -> Iterator[tuple[str, list[Hint]]]:
        """Yield the hints of a portal in portions, each with its id."""
        for row in self._table.rows(Query(keys.all_unsent(portal_id), consistent=True)):
            yield keys.id_of_unsent(row), [from_message(message) for message in row["data"]]

    def forget(self, portal_id: str, portion_id: str) -> None:
        self._table.write(delete(keys.unsent(portal_id, portion_id)))


class SureQueue(Queue):
    """The queue as the API and the connect pages use it: what it refuses, the sweep sends."""

    def __init__(self, sqs: Any, queue_url: str, unsent: UnsentStore, log: Log) -> None:
        super().__init__(sqs, queue_url)
        self._unsent, self._log = unsent, log

    def send(self, hints: Iterable[Hint], delay_seconds: int = 0) -> int:
        """Send all hints, or keep all of them for the next sweep. Return how many they were."""
        every = list(hints)
        try:
            return super().send(every, delay_seconds)
        except (QueueRefusedError, BotoCoreError, ClientError) as error:
            self._log.warning(
                "the queue refused hints: the sweep sends them",
                extra={"hints": len(every), "error": type(error).__name__},
            )
            self._unsent.keep(every)
            return len(every)
