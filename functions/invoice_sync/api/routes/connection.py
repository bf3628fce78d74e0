"""The connection of the portal: whether it works, whose it is, and its end."""

from __future__ import annotations

from invoice_sync.api.collaborators import collaborators
from invoice_sync.api.connections import NOT_CONNECTED
from invoice_sync.api.links import Hosts
from invoice_sync.api.parameters import DeleteData
from invoice_sync.api.presenters import connection as present
from invoice_sync.api.routing import Router
from invoice_sync.api.schemas.connection import ConnectionAnswer, DisconnectAnswer
from invoice_sync.errors import ProblemError
from invoice_sync.jobs import deletion
from invoice_sync.runtime import clock
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
    if connection is None or connection.is_disconnected:
        return present.not_connected(caller, hosts)
    swept_at = store.marks.get(caller.portal_id).get(SWEPT)
    return present.connection(connection, swept_at, caller, hosts)


@router.operation(
    "DELETE",
    "/v1/connection",
    answer={"description": "The connection has ended."},
    problems={404: NOT_CONNECTED},
)
def disconnect(delete_data: DeleteData = False) -> DisconnectAnswer:
    """End the connection of the portal.

    Syncing stops at once, and the access to HubSpot and QuickBooks is given back. Invoices in
    QuickBooks stay as they are. Without `deleteData` what this app knows of them stays too: then
    the account can be connected again, to the same company only, and goes on where it stopped.

    It can be repeated, also to have the data of a disconnected account deleted.
    """
    from invoice_sync.credentials.disconnect import disconnect  # noqa: PLC0415

    store, caller, now = collaborators().store, router.caller, clock.now()
    connection = store.connections.get(caller.portal_id)
    if connection is None:
        raise ProblemError(404, NOT_CONNECTED, "not_connected")
    says = "Disconnected this HubSpot account and QuickBooks."
    access_ended = disconnect(
        store, collaborators().tokens, connection, who=caller.name, why=says, now=now
    )
    if delete_data:
        deletion.begin(store, collaborators().queue, caller.portal_id, now)
    return DisconnectAnswer(access_ended=access_ended, deleting=delete_data)
