"""Which hints tell nothing new: the last good look at the invoice read the record as it was after
the change, or later.

Each record has its own modification time in HubSpot, and only that of the very record that changed
counts: an invoice's own need not move when its line does. So echoes of our own writes, events that
come late and the overlap of two sweeps end here, before HubSpot is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from invoice_sync.hints import Hint
from invoice_sync.hubspot.versions import milliseconds
from invoice_sync.model.connection import Connection
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store
from invoice_sync.sync import remembered
from invoice_sync.sync.remembered import Memory


class Known:
    def __init__(self, store: Store, clock: Callable[[], datetime], log: Log) -> None:
        self._store, self._clock, self._log = store, clock, log

    def news(self, connection: Connection, hints: Sequence[Hint]) -> list[Hint]:
        """Return the hints of a portal without those that tell nothing new."""
        invoices = self._invoices(connection, [hint for hint in hints if hint.versioned])
        ids = {invoice_id for of_hint in invoices.values() for invoice_id in of_hint}
        seen = self._store.seen.get_many(connection.portal_id, ids)

        def is_known(hint: Hint) -> bool:
            """Tell whether each of its invoices was looked at since."""
            changed, of_hint = milliseconds(hint.occurred_at), invoices.get(hint, [])
            return bool(of_hint) and all(
                seen.get(each, {}).get(hint.object_type, {}).get(hint.object_id, -1) >= changed
                for each in of_hint
            )

        news = [hint for hint in hints if not is_known(hint)]
        if len(news) < len(hints):
            fields = {"portalId": connection.portal_id, "hints": len(hints) - len(news)}
            self._log.info("nothing new in HubSpot", extra=fields)
        return news

    def _invoices(self, connection: Connection, hints: Sequence[Hint]) -> dict[Hint, list[str]]:
        """Return the ids of the invoices of each record, as far as we remember them."""
        invoices = {hint: [hint.object_id] for hint in hints if hint.object_type == "invoices"}
        keys = {
            hint: remembered.part(hint.portal_id, hint.object_type, hint.object_id)
            for hint in hints
            if hint not in invoices
        }
        memory = Memory(self._store, connection.realm_id, self._clock())
        recalled = memory.recall(dict.fromkeys(keys.values()))
        return invoices | {hint: str(recalled.get(key, "")).split() for hint, key in keys.items()}
