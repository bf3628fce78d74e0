"""Items of a QuickBooks realm: whose invoices are whose, who waits for what, and values that need
not be read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import Any

from invoice_sync.runtime.chunks import chunks
from invoice_sync.store import keys
from invoice_sync.store.items import epoch
from invoice_sync.store.table import WRITES_PER_BATCH, Query, Table, Write, delete, put


class RealmStore:
    def __init__(self, table: Table, executor: Executor) -> None:
        self._table, self._executor = table, executor

    def links(self, realm_id: str, quickbooks_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Return the ids of portal and HubSpot invoice by QuickBooks invoice id, for those
        QuickBooks invoices that are ours."""
        link_keys = [keys.link(realm_id, each) for each in dict.fromkeys(quickbooks_ids)]
        return {
            keys.quickbooks_id_of_link(item): (item["portalId"], item["invoiceId"])
            for item in self._table.batch_get(link_keys)
        }

    def all_links(self, realm_id: str) -> dict[str, tuple[str, str]]:
        """Return the same for all QuickBooks invoices of the realm that are ours."""
        return {
            keys.quickbooks_id_of_link(item): (item["portalId"], item["invoiceId"])
            for item in self._table.rows(Query(keys.all_links(realm_id)))
        }

    def waiting(self, realm_id: str, awaited: Iterable[str]) -> list[tuple[str, str]]:
        """Return the ids of portal and HubSpot invoice of all who wait for one of these, each
        once. See `failures.waits` for what may be awaited."""

        def waiting_for(name: str) -> list[tuple[str, str]]:
            rows = self._table.rows(Query(keys.waits(realm_id, name)))
            return [(row["portalId"], row["invoiceId"]) for row in rows]

        lists = self._executor.map(waiting_for, dict.fromkeys(awaited))
        return list(dict.fromkeys(invoice for invoices in lists for invoice in invoices))

    def any_waiting(self, realm_id: str, prefix: str) -> bool:
        """Tell whether anybody waits for something whose name begins so."""
        query = Query(keys.waits_that_begin(realm_id, prefix), limit=1)
        return bool(self._table.query(query).items)

    def recall(self, realm_id: str, names: Iterable[str], now: datetime) -> dict[str, Any]:
        """Return the remembered values by name, without those whose time is over."""
        keys_by_name = {name: keys.remembered(realm_id, name) for name in names}
        names_by_sk = {key["sk"]: name for name, key in keys_by_name.items()}
        return {
            names_by_sk[item["sk"]]: item["data"]
            for item in self._table.batch_get([*keys_by_name.values()])
            if item["expiresAt"] > now.timestamp()
        }

    def remembered_names(self, realm_id: str, prefix: str) -> list[str]:
        """Return the names that begin so, under which something is remembered."""
        query = Query(keys.remembered_that_begin(realm_id, prefix))
        return [keys.name_of_remembered(row) for row in self._table.rows(query)]

    def remember(
        self, realm_id: str, values: Mapping[str, Any], now: datetime, kept: timedelta
    ) -> None:
        """Keep values by name, for so long: each is a text, a number, or lists and maps of them."""
        self._write(remembered_puts(realm_id, values, now + kept))

    def forget(self, realm_id: str, names: Iterable[str]) -> None:
        self._write([delete(keys.remembered(realm_id, name)) for name in dict.fromkeys(names)])

    def _write(self, writes: Sequence[Write]) -> None:
        """Make puts and deletes of different items, side by side where they are many."""
        list(self._executor.map(self._table.batch_write, chunks(writes, WRITES_PER_BATCH)))


def link_put(realm_id: str, quickbooks_id: str, portal_id: str, invoice_id: str) -> Write:
    ids = {"portalId": portal_id, "invoiceId": invoice_id}
    return put(keys.link(realm_id, quickbooks_id), ids)


def wait_put(realm_id: str, awaited: str, portal_id: str, invoice_id: str) -> Write:
    ids = {"portalId": portal_id, "invoiceId": invoice_id}
    return put(keys.wait(realm_id, awaited, portal_id, invoice_id), ids)


def remembered_puts(realm_id: str, values: Mapping[str, Any], until: datetime) -> list[Write]:
    return [
        put(keys.remembered(realm_id, name), {"data": value, "expiresAt": epoch(until)})
        for name, value in values.items()
    ]
