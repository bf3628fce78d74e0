"""The connection of the portal: whether it works, and whose it is."""

from __future__ import annotations

from invoice_sync.api.collaborators import collaborators
from invoice_sync.api.links import Hosts
from invoice_sync.api.presenters import connection as present
from invoice_sync.api.routing import Router
from invoice_sync.api.schemas.connection import ConnectionAnswer
from invoice_sync.store.marks import SWEPT

router = Router("Connection")


@router.operation("GET", "/v1/connection", answer={"description": "The connection."})
def get_connection() -> ConnectionAnswer:
    """Tell how the portal is connected, to which company, and whether the user may act.

    It is an answer, not a problem, when the portal is not connected.
    """
    store, caller = collaborators().store, router.caller
    hosts = Hosts.of_request(router.current_event.raw_event, collaborators().quickbooks_base_url)
    connection = store.connections.get(caller.portal_id)
    if connection is None:
        return present.not_connected(caller, hosts)
    swept_at = store.marks.get(caller.portal_id).get(SWEPT)
    return present.connection(connection, swept_at, caller, hosts)
