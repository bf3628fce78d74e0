"""Shows each record's state on its HubSpot invoice: in bulk, on change only, and at its best.

The table has the truth. Nothing that goes wrong here keeps an invoice from being synced. Every look
compares, so what could not be shown, or whose worker died, is shown by the next one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from invoice_sync.errors import HubSpotRefusedError, ReconnectRequiredError, UnavailableError
from invoice_sync.hints import Hint, Queue
from invoice_sync.hubspot import property_definitions
from invoice_sync.hubspot.client import HubSpot
from invoice_sync.model.connection import StatusProperties
from invoice_sync.model.record import Record
from invoice_sync.runtime.log import Log
from invoice_sync.store.store import Store
from invoice_sync.sync import status_values
from invoice_sync.sync.batch import Batch, Task

_LATER_SECONDS = 900
_ASKED_AGAIN_AFTER = timedelta(days=1)
_REMEMBERED = timedelta(days=400)
_MISSING = "PROPERTY_DOESNT_EXIST"


def prepare(hubspot: HubSpot, store: Store, portal_id: str) -> None:
    """Make the properties that are missing. Raises UnavailableError, ReconnectRequiredError,
    RefusedError."""
    names = hubspot.properties(property_definitions.OBJECT_TYPE)
    missing = [one for one in property_definitions.DEFINITIONS if one["name"] not in names]
    if missing:
        hubspot.create_properties(
            property_definitions.OBJECT_TYPE, property_definitions.GROUP, missing
        )
    store.set_shown(portal_id, StatusProperties(ready=True))


def is_refused(
    store: Store, portal_id: str, category: str, asked_at: datetime | None, log: Log
) -> None:
    """Invoices are synced all the same, and `sync-status` says why they do not show it."""
    store.set_shown(portal_id, StatusProperties(refused=category or "refused", asked_at=asked_at))
    log.warning(
        "the status cannot be shown in HubSpot", extra={"portalId": portal_id, "why": category}
    )


class Shower:
    def __init__(
        self,
        store: Store,
        queue: Queue,
        quickbooks_base_url: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._queue, self._clock = store, queue, clock
        self._quickbooks_base_url = quickbooks_base_url

    def run(self, this: Batch, looked: Sequence[tuple[Task, Record]]) -> None:
        """Show these records, whose state has just been stored. Never raises."""
        try:
            self._run(this, looked)
        except Exception as error:
            # The invoices are synced: a mistake here must not bring their messages back.
            this.log.error(
                "the status was not shown in HubSpot",
                extra={"portalId": this.connection.portal_id, "error": type(error).__name__},
            )

    def _run(self, this: Batch, looked: Sequence[tuple[Task, Record]]) -> None:
        records = [record for job, record in looked if job.invoice is not None]
        if not records or this.connection.state != "connected":
            return
        try:
            if self._is_ready(this):
                self._show(this, records)
        except UnavailableError:
            now = self._clock()
            portal_id = this.connection.portal_id
            self._queue.send(
                (Hint(portal_id, one.invoice_id, "status", now, now) for one in records),
                delay_seconds=_LATER_SECONDS,
            )
        except HubSpotRefusedError as error:
            self._is_refused(this, error.category)
        except ReconnectRequiredError:
            pass  # the next look says so, and the change after the reconnect shows all

    def _is_ready(self, this: Batch) -> bool:
        """Make what is missing, once; what HubSpot refuses is tried again a day later."""
        shown = this.connection.shown
        if shown.ready:
            return True
        if shown.asked_at and self._clock() - shown.asked_at < _ASKED_AGAIN_AFTER:
            return False
        prepare(this.hubspot, self._store, this.connection.portal_id)
        return True

    def _is_refused(self, this: Batch, category: str) -> None:
        # Somebody deleted one: they are made again the next time.
        again = category == _MISSING and this.connection.shown.ready
        asked_at = None if again else self._clock()
        is_refused(self._store, this.connection.portal_id, category, asked_at, this.log)

    def _show(self, this: Batch, records: Sequence[Record]) -> None:
        realm_id, now = this.connection.realm_id, self._clock()
        values = {
            one.invoice_id: status_values.values(one, self._quickbooks_base_url) for one in records
        }
        keys = {one.invoice_id: _key(one) for one in records}
        known = self._store.known(realm_id, keys.values(), now)
        hashes = {invoice_id: _hash(one) for invoice_id, one in values.items()}
        news = {
            invoice_id: values[invoice_id]
            for invoice_id, found in hashes.items()
            if known.get(keys[invoice_id]) != found
        }
        if not news:
            return
        refused, why = this.hubspot.update(property_definitions.OBJECT_TYPE, news)
        if refused and why == _MISSING:
            raise HubSpotRefusedError("a property is gone", _MISSING)
        if refused:
            # The same values would be refused again: what HubSpot lacks then shows with the next.
            this.log.warning(
                "the status of some invoices cannot be shown in HubSpot",
                extra={
                    "portalId": this.connection.portal_id,
                    "invoices": len(refused),
                    "why": why,
                },
            )
        self._store.remember(realm_id, {keys[one]: hashes[one] for one in news}, now, _REMEMBERED)


def _key(record: Record) -> str:
    return f"SHOWN#{record.portal_id}#{record.invoice_id}"


def _hash(values: Mapping[str, str]) -> str:
    kept = {
        name: value for name, value in values.items() if name != property_definitions.LAST_SYNCED
    }
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:24]
