"""How the connection of a portal syncs."""

from __future__ import annotations

from invoice_sync.api.collaborators import collaborators
from invoice_sync.api.connections import NOT_CONNECTED, connected
from invoice_sync.api.presenters.settings import requested_settings, settings_answer
from invoice_sync.api.routing import Router
from invoice_sync.api.schemas.settings import SettingsAnswer, SettingsRequest
from invoice_sync.errors import ProblemError
from invoice_sync.jobs import retry
from invoice_sync.runtime import clock

router = Router("Settings")


@router.operation(
    "GET",
    "/v1/settings",
    answer={"description": "All settings."},
    problems={404: NOT_CONNECTED},
)
def get_settings() -> SettingsAnswer:
    """Read the settings of the connection."""
    return settings_answer(connected(router.caller.portal_id).settings)


@router.operation(
    "PUT",
    "/v1/settings",
    answer={"description": "All settings, as they are now."},
    problems={404: NOT_CONNECTED},
)
def replace_settings(body: SettingsRequest) -> SettingsAnswer:
    """Replace the settings of the connection.

    Send all of them: a setting that is left out goes back to its default. When something changes,
    all failing invoices are looked at again, because some may have waited for it. While
    `recordPayments` is off, no money is listed or counted as being in no book; what was listed is
    there again, and is looked at, when it is switched on.
    """
    store, queue, portal_id = collaborators().store, collaborators().queue, router.caller.portal_id
    before, settings = connected(portal_id).settings, requested_settings(body)
    if not store.connections.set_settings(portal_id, settings):
        raise ProblemError(404, NOT_CONNECTED)
    if before != settings:
        retry.begin(store, queue, portal_id, now=clock.now())
    if settings.record_payments and not before.record_payments:
        retry.look_at_money(store, queue, portal_id, clock.now())
    return settings_answer(settings)
