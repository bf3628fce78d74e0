"""Connections of a HubSpot portal and a QuickBooks realm, one to one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from invoice_sync.errors import AlreadyConnectedError
from invoice_sync.model.connection import Connection, Settings, StatusProperties
from invoice_sync.store import keys
from invoice_sync.store.items import Item, as_map
from invoice_sync.store.table import Query, Table, Write, put, update


class ConnectionStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, portal_id: str) -> Connection | None:
        """Return the connection of a portal, or None when it is not connected."""
        item = self._table.get(keys.connection(portal_id))
        return Connection.model_validate(item["data"]) if item else None

    def all(self) -> list[Connection]:
        """Return every connection, in any order."""
        listed = self._table.rows(Query(keys.all_connections()))
        items = self._table.batch_get([keys.connection_listed_as(item) for item in listed])
        return [Connection.model_validate(item["data"]) for item in items]

    def portal_of(self, realm_id: str) -> str | None:
        """Return the id of the portal that a realm is connected to, if there is one."""
        item = self._table.get(keys.connection_of_realm(realm_id))
        return str(item["portalId"]) if item else None

    def put(self, connection: Connection) -> None:
        """Store a connection, the way from its realm to it, and its entry in the list of all.

        Raises AlreadyConnectedError when the realm or the portal is part of another connection.
        """
        portal_id, realm_id = connection.portal_id, connection.realm_id
        puts = [
            put(
                keys.connection(portal_id),
                {"data": as_map(connection)},
                condition="attribute_not_exists(pk) OR #data.realmId = :realm",
                values={":realm": realm_id},
                names={"#data": "data"},
            ),
            put(
                keys.connection_of_realm(realm_id),
                {"portalId": portal_id},
                condition="attribute_not_exists(pk) OR portalId = :portal",
                values={":portal": portal_id},
            ),
            put(keys.connection_in_list(portal_id), {"realmId": realm_id}),
        ]
        if not self._table.transact(puts):
            raise AlreadyConnectedError("the realm or the portal is part of another connection")

    def set_state(self, portal_id: str, state: str) -> None:
        """Set the state. Raises ClientError when the portal is not connected."""
        self._table.write(_set(portal_id, "state", state))

    def set_status_properties(self, portal_id: str, properties: StatusProperties) -> None:
        """Store whether HubSpot has our properties. Raises ClientError when the portal is not
        connected."""
        self._table.write(_set(portal_id, "shown", as_map(properties)))

    def set_start(self, portal_id: str, start: datetime) -> datetime:
        """Store since when the connection syncs, unless it has such a time, and return the one that
        it has then. Raises ClientError when the portal is not connected."""
        condition = "attribute_exists(pk) AND attribute_not_exists(#data.#name)"
        if self._table.write_if(_set(portal_id, "startedAt", start.isoformat(), condition)):
            return start
        connection = self.get(portal_id)
        return connection.started_at or start if connection else start

    def set_settings(self, portal_id: str, settings: Settings) -> bool:
        """Store settings. Return False when the portal is not connected."""
        return self._table.write_if(_set(portal_id, "settings", as_map(settings)))


def records_payments(item: Item | None) -> bool:
    """Tell whether a connection, as it is stored, records payments."""
    return item is None or Connection.model_validate(item["data"]).settings.record_payments


def _set(portal_id: str, name: str, value: Any, condition: str = "attribute_exists(pk)") -> Write:
    """Change one field only: a worker may change another at the same time."""
    return update(
        keys.connection(portal_id),
        "SET #data.#name = :value",
        {":value": value},
        condition=condition,
        names={"#data": "data", "#name": name},
    )
