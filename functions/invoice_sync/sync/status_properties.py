"""Show each record's state on its HubSpot invoice, in bulk and only where it changed.

The table has the truth. An error here never keeps an invoice from being synced: each look compares
anew, so the next look shows what this one could not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from invoice_sync.errors import (
    HubSpotRefusedError,
    QueueRefusedError,
    ReconnectRequiredError,
    UnavailableError,
)
from invoice_sync.hints import Hint, Queue
from invoice_sync.hubspot import property_definitions
from invoice_sync.hubspot.client import HubSpot
from invoice_sync.model import connection as model
from invoice_sync.model.record import Record
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store
from invoice_sync.sync import remembered, status_values
from invoice_sync.sync.batch import Batch
from invoice_sync.sync.trouble import SECONDS_WHILE_LASTING

_ASKED_AGAIN_AFTER = timedelta(days=1)
_MISSING = "PROPERTY_DOESNT_EXIST"


def prepare(hubspot: HubSpot, store: Store, portal_id: str) -> None:
    """Make the properties that are missing.

    Raises UnavailableError, ReconnectRequiredError, HubSpotRefusedError.
    """
    names = hubspot.properties(property_definitions.OBJECT_TYPE)
    missing = [each for each in property_definitions.DEFINITIONS if each["name"] not in names]
    if missing:
        hubspot.create_properties(
            property_definitions.OBJECT_TYPE, property_definitions.GROUP, missing
        )
    store.connections.set_status_properties(portal_id, model.StatusProperties(ready=True))


def is_refused(
    store: Store, portal_id: str, category: str, asked_at: datetime | None, log: Log
) -> None:
    """Keep that HubSpot does not let us show the status. Invoices are synced all the same, and
    `sync-status` says why HubSpot does not show it."""
    refused = model.StatusProperties(refused=category or "refused", asked_at=asked_at)
    store.connections.set_status_properties(portal_id, refused)
    log.warning(
        "the status cannot be shown in HubSpot", extra={"portalId": portal_id, "why": category}
    )


class StatusProperties:
    def __init__(
        self,
        store: Store,
        queue: Queue,
        quickbooks_base_url: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._queue, self._clock = store, queue, clock
        self._quickbooks_base_url = quickbooks_base_url

    def show(self, batch: Batch, records: Sequence[Record]) -> bool:
        """Show these records, whose state has just been stored. Never raises.

        Returns False when the table or the queue did not answer: then nothing brings the records
        here again but their messages.
        """
        if not records or batch.connection.state != "connected":
            return True
        try:
            self._try_to_show(batch, records)
        except Exception as error:
            batch.log.error(
                "the status was not shown in HubSpot",
                extra={"portalId": batch.connection.portal_id, "error": type(error).__name__},
            )
            # The invoices are synced: a mistake of ours must not bring their messages back.
            return not isinstance(error, BotoCoreError | ClientError | QueueRefusedError)
        return True

    def _try_to_show(self, batch: Batch, records: Sequence[Record]) -> None:
        try:
            if self._is_ready(batch):
                self._write(batch, records)
        except UnavailableError:
            self._show_later(batch, records)
        except HubSpotRefusedError as error:
            self._is_refused(batch, error.category)
        except ReconnectRequiredError:
            pass  # the next look says so, and the change after the reconnect shows all

    def _show_later(self, batch: Batch, records: Sequence[Record]) -> None:
        """Queue a hint for each, unless one is under way."""
        portal_id, now = batch.connection.portal_id, self._clock()
        keys = {
            record.invoice_id: remembered.status_hint(portal_id, record.invoice_id)
            for record in records
        }
        under_way = batch.memory.recall(keys.values())
        later = {invoice_id: key for invoice_id, key in keys.items() if key not in under_way}
        self._queue.send(
            (Hint(portal_id, invoice_id, "status", now, now) for invoice_id in later),
            delay_seconds=SECONDS_WHILE_LASTING,
        )
        batch.memory.keep(dict.fromkeys(later.values(), True), remembered.STATUS_HINTS_KEPT)

    def _is_ready(self, batch: Batch) -> bool:
        """Make the properties that are missing, once; what HubSpot refuses is tried again a day
        later."""
        shown = batch.connection.shown
        if shown.ready:
            return True
        if shown.asked_at and self._clock() - shown.asked_at < _ASKED_AGAIN_AFTER:
            return False
        prepare(batch.hubspot, self._store, batch.connection.portal_id)
        return True

    def _is_refused(self, batch: Batch, category: str) -> None:
        # Somebody deleted one: they are made again the next time.
        is_gone = category == _MISSING and batch.connection.shown.ready
        asked_at = None if is_gone else self._clock()
        is_refused(self._store, batch.connection.portal_id, category, asked_at, batch.log)

    def _write(self, batch: Batch, records: Sequence[Record]) -> None:
        """Write the properties of those records whose values HubSpot does not have yet."""
        values_by_id = {
            record.invoice_id: status_values.values(record, self._quickbooks_base_url)
            for record in records
        }
        keys = {
            record.invoice_id: remembered.shown_status(record.portal_id, record.invoice_id)
            for record in records
        }
        digests = {invoice_id: _digest(each) for invoice_id, each in values_by_id.items()}
        recalled = batch.memory.recall(keys.values())
        news = {
            invoice_id: values_by_id[invoice_id]
            for invoice_id, digest in digests.items()
            if recalled.get(keys[invoice_id]) != digest
        }
        if not news:
            return
        refused, why = batch.hubspot.update(property_definitions.OBJECT_TYPE, news)
        if refused and why == _MISSING:
            raise HubSpotRefusedError("a property is gone", _MISSING)
        if refused:
            # The same values would be refused again: what HubSpot lacks then shows with the next.
            batch.log.warning(
                "the status of some invoices cannot be shown in HubSpot",
                extra={
                    "portalId": batch.connection.portal_id,
                    "invoices": len(refused),
                    "why": why,
                },
            )
        shown = {keys[invoice_id]: digests[invoice_id] for invoice_id in news}
        batch.memory.keep(shown, remembered.SHOWN_STATUS_KEPT)


def _digest(values: Mapping[str, str]) -> str:
    """Return a digest of the values, but for the time of the last sync."""
    kept = {
        name: value for name, value in values.items() if name != property_definitions.LAST_SYNCED
    }
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:24]
