"""The connection of the portal that asks."""

from __future__ import annotations

from invoice_sync.api.collaborators import collaborators
from invoice_sync.api.problems import reconnect
from invoice_sync.errors import ProblemError
from invoice_sync.model.connection import Connection

NOT_CONNECTED = "This portal is not connected to QuickBooks."


def connected(portal_id: str) -> Connection:
    """Return the portal's connection. Raises ProblemError when it has none, or had one."""
    connection = collaborators().store.connections.get(portal_id)
    if connection is None or connection.is_disconnected:
        raise ProblemError(404, NOT_CONNECTED, "not_connected")
    return connection


def usable(portal_id: str) -> Connection:
    """Return the portal's connection if both services can be asked with it. Raises ProblemError."""
    connection = connected(portal_id)
    if connection.state == "reconnect_required":
        raise ProblemError(409, reconnect("HubSpot or QuickBooks"), "reconnect_required")
    return connection
