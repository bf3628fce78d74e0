"""Connections of a HubSpot portal and a QuickBooks realm, one to one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from invoice_sync.errors import AlreadyConnectedError
from invoice_sync.model.connection import (
    Company,
    Connection,
    Gap,
    LastTrouble,
    Service,
    Settings,
    StatusProperties,
)
from invoice_sync.runtime.log import Log, described
from invoice_sync.store import keys
from invoice_sync.store.items import Item, as_map, from_map
from invoice_sync.store.table import Query, Table, Write, delete, put, update

# A newer version's state is read as this one: people see it, and nothing is written meanwhile.
_UNKNOWN = {"state": "reconnect_required"}
# Each try but the last loses against somebody who changed a setting in the same moment.
_TRIES = 8


class ConnectionStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, portal_id: str) -> Connection | None:
        """Return the connection of a portal, or None when it is not connected."""
        item = self._table.get(keys.connection(portal_id))
        return to_connection(item) if item else None

    def all(self, log: Log | None = None) -> list[Connection]:
        """Return every connection, in any order. With a `log`, one that cannot be read is
        logged and left out: the others must not wait for it."""
        listed = self._table.rows(Query(keys.all_connections()))
        connections = []
        for item in self._table.batch_get([keys.connection_listed_as(item) for item in listed]):
            try:
                connections.append(to_connection(item))
            except Exception as error:
                if log is None:
                    raise
                fields = {"portalId": keys.portal_of_connection(item), **described(error)}
                log.error("a connection cannot be read", extra=fields)
        return connections

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

    def require_reconnect(
        self, portal_id: str, grant: str, broken: Service | None, since: datetime
    ) -> bool:
        """Store that somebody has to connect again, which service, and since when. Returns False
        where the connection has another grant by now, or is gone."""
        changes = {
            "state": "reconnect_required",
            "broken": broken,
            "brokenSince": since.isoformat(),
        }
        return self._table.write_if(_if_still(portal_id, grant, changes))

    def set_working(self, portal_id: str, grant: str, new_grant: str) -> bool:
        """Store that the tokens work after all. Returns False where the connection has another
        grant by now, or is gone."""
        changes = {"state": "connected", "broken": None, "brokenSince": None, "grant": new_grant}
        return self._table.write_if(_if_still(portal_id, grant, changes))

    def set_connected(self, connection: Connection) -> None:
        """Store that somebody has connected the two again: who, when, and where the tokens are.
        Raises ClientError when the portal is not connected."""
        by, at = connection.connected_by, connection.connected_at
        changes: dict[str, Any] = {
            "state": "connected",
            "broken": None,
            "brokenSince": None,
            "disconnectedAt": None,
            "grant": connection.grant,
            "tokenSecretId": connection.token_secret_id,
            "connectedBy": as_map(by) if by else None,
            "connectedAt": at.isoformat() if at else None,
        }
        self._table.write(_set_all(connection.portal_id, changes))

    def set_disconnected(self, portal_id: str, new_grant: str, at: datetime) -> None:
        """Store that somebody has ended the connection. Raises ClientError when the portal is not
        connected."""
        changes = {
            "state": "reconnect_required",
            "broken": None,
            "brokenSince": None,
            "disconnectedAt": at.isoformat(),
            "grant": new_grant,
        }
        self._table.write(_set_all(portal_id, changes))

    def set_tokens_revoked(self, portal_id: str, grant: str) -> None:
        """Store that no tokens are left, unless somebody has connected again meanwhile."""
        self._table.write_if(_if_still(portal_id, grant, {"tokenSecretId": ""}))

    def delete(self, connection: Connection) -> None:
        """Delete a disconnected connection: the portal may then be connected to another company.
        Nothing happens when somebody has connected it again."""
        self._table.transact(
            [
                delete(
                    keys.connection(connection.portal_id),
                    "#data.#grant = :grant",
                    {":grant": connection.grant},
                    {"#data": "data", "#grant": "grant"},
                ),
                delete(keys.connection_of_realm(connection.realm_id)),
                delete(keys.connection_in_list(connection.portal_id)),
            ]
        )

    def set_company(self, portal_id: str, company: Company) -> None:
        """Store what is known of the QuickBooks company. Raises ClientError when the portal is not
        connected."""
        self._table.write(_set(portal_id, "company", as_map(company)))

    def set_trouble(self, portal_id: str, trouble: LastTrouble) -> None:
        """Store what went wrong last. Raises ClientError when the portal is not connected."""
        self._table.write(_set(portal_id, "trouble", as_map(trouble)))

    def set_status_properties(self, portal_id: str, properties: StatusProperties) -> None:
        """Store whether HubSpot has our properties. Raises ClientError when the portal is not
        connected."""
        self._table.write(_set(portal_id, "shown", as_map(properties)))

    def set_gap(self, portal_id: str, gap: Gap) -> None:
        """Store the time of which our table may know nothing. Raises ClientError when the portal is
        not connected."""
        self._table.write(_set(portal_id, "gap", as_map(gap)))

    def set_start(self, portal_id: str, start: datetime) -> datetime:
        """Store since when the connection syncs, unless such a time is stored already. Return the
        stored time. Raises ClientError when the portal is not connected."""
        condition = "attribute_exists(pk) AND attribute_not_exists(#data.#startedAt)"
        if self._table.write_if(_set(portal_id, "startedAt", start.isoformat(), condition)):
            return start
        connection = self.get(portal_id)
        return connection.started_at or start if connection else start

    def change_settings(
        self, portal_id: str, changes: Mapping[str, object]
    ) -> tuple[Settings, Settings] | None:
        """Change some settings, by the names of their fields, and leave the others as somebody else
        may have changed them meanwhile. Return the settings before and after; None when the portal
        is not connected."""
        for _ in range(_TRIES):
            item = self._table.get(keys.connection(portal_id))
            if item is None:
                return None
            before = to_connection(item).settings
            after = before.model_copy(update=changes)
            stored = item["data"].get("settings")
            if self._table.write_if(_replace_settings(portal_id, stored, as_map(after))):
                return before, after
        raise RuntimeError("the settings change without end")


def _replace_settings(portal_id: str, stored: Any, settings: dict[str, Any]) -> Write:
    """Replace the stored settings if they are still these; None: there are none yet."""
    same, before = "attribute_not_exists(#data.#settings)", {}
    if stored is not None:
        same, before = "#data.#settings = :before", {":before": stored}
    return update(
        keys.connection(portal_id),
        "SET #data.#settings = :settings",
        {":settings": settings, **before},
        condition=f"attribute_exists(pk) AND {same}",
        names={"#data": "data", "#settings": "settings"},
    )


def to_connection(item: Item) -> Connection:
    """Return the connection in an item."""
    return from_map(Connection, item["data"], _UNKNOWN)


def records_payments(item: Item | None) -> bool:
    """Tell whether a connection, as it is stored, records payments."""
    return item is None or to_connection(item).settings.record_payments


def _set(portal_id: str, name: str, value: Any, condition: str = "attribute_exists(pk)") -> Write:
    """Change one field only: a worker may change another at the same time."""
    return _set_all(portal_id, {name: value}, condition)


def _set_all(
    portal_id: str,
    values: dict[str, Any],
    condition: str = "attribute_exists(pk)",
) -> Write:
    return update(
        keys.connection(portal_id),
        "SET " + ", ".join(f"#data.#{name} = :{name}" for name in values),
        {f":{name}": value for name, value in values.items()},
        condition=condition,
        names={"#data": "data"} | {f"#{name}": name for name in values},
    )


def _if_still(portal_id: str, grant: str, values: dict[str, Any]) -> Write:
    """Change fields while the connection has this grant; an earlier version stored none."""
    same = "#data.#still = :still" if grant else "attribute_not_exists(#data.#still)"
    return update(
        keys.connection(portal_id),
        "SET " + ", ".join(f"#data.#{name} = :{name}" for name in values),
        {f":{name}": value for name, value in values.items()}
        | ({":still": grant} if grant else {}),
        condition=f"attribute_exists(pk) AND {same}",
        names={"#data": "data", "#still": "grant"} | {f"#{name}": name for name in values},
    )
