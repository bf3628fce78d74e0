"""How the connection of a portal syncs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from invoice_sync.api import audit
from invoice_sync.api.auth import refuse_unless_allowed
from invoice_sync.api.budget import TOO_MANY, spend
from invoice_sync.api.collaborators import collaborators
from invoice_sync.api.connections import NOT_CONNECTED, connected, usable
from invoice_sync.api.parameters import Refresh
from invoice_sync.api.presenters import settings as present
from invoice_sync.api.problems import MEANINGS, RECONNECT_FIRST
from invoice_sync.api.routing import Router
from invoice_sync.api.schemas.settings import (
    ChoicesAnswer,
    SettingsAnswer,
    SettingsChangeAnswer,
    SettingsChangeRequest,
    SettingsRequest,
)
from invoice_sync.errors import ProblemError
from invoice_sync.failures.settings import codes_healed_by
from invoice_sync.jobs import retry
from invoice_sync.model.connection import Connection, Settings
from invoice_sync.runtime import clock

if TYPE_CHECKING:
    from invoice_sync.model.choices import Named

router = Router("Settings")

_PROBLEMS = {
    404: NOT_CONNECTED,
    409: RECONNECT_FIRST,
    502: MEANINGS[502],
    503: MEANINGS[503],
}
_CHANGE_PROBLEMS = {
    400: "The body is not valid, or a setting names something that QuickBooks does not have or that"
    " does not fit (`setting_invalid`). Then nothing is changed.",
    **_PROBLEMS,
}


@router.operation(
    "GET",
    "/v1/settings",
    answer={"description": "All settings."},
    problems={404: NOT_CONNECTED},
)
def get_settings() -> SettingsAnswer:
    """Read the settings of the connection."""
    return present.settings_answer(connected(router.caller.portal_id).settings)


@router.operation(
    "GET",
    "/v1/settings/choices",
    answer={"description": "What the settings can name."},
    problems={
        403: "This user may only view: `refresh` is for those who may act.",
        429: TOO_MANY,
        **_PROBLEMS,
    },
)
def list_choices(refresh: Refresh = False) -> ChoicesAnswer:
    """List the records of QuickBooks that settings can name.

    Items, accounts, tax codes and terms, by name. Reading them costs five metered reads, and one
    more for each thousand items; the lists are kept for an hour.
    """
    from invoice_sync.quickbooks import choices  # noqa: PLC0415

    if refresh:
        refuse_unless_allowed(router.caller)  # it costs metered reads each time
        spend(router.caller.portal_id)
    connection, store, now = usable(router.caller.portal_id), collaborators().store, clock.now()
    kept = None if refresh else store.choices.get(connection.realm_id, now)
    if kept:
        return present.choices_answer(kept, cached=True)
    read = choices.read_all(collaborators().clients.quickbooks(connection), now)
    store.choices.keep(connection.realm_id, read, now)
    return present.choices_answer(read, cached=False)


@router.operation(
    "PATCH",
    "/v1/settings",
    answer={"description": "What was changed; with `preview`, what would be."},
    problems=_CHANGE_PROBLEMS,
)
def change_settings(body: SettingsChangeRequest) -> SettingsChangeAnswer:
    """Change some settings of the connection, and leave the others.

    Each id is looked up in QuickBooks first, with up to five metered reads as a rule: it must be
    there, active and of the right kind. The failing invoices that may have failed for what is
    changed are tried again. With `preview`, nothing is changed.

    While `recordPayments` is off, no money is listed or counted as being in no book; what was
    listed is there again, and is looked at, when it is switched on.
    """
    connection = connected(router.caller.portal_id)
    changes = present.requested_changes(body)
    before, after = connection.settings, connection.settings.model_copy(update=changes)
    named = _checked(connection, after)
    if not body.preview:
        before, after = _changed(connection.portal_id, changes, named)
    retries = _retries(connection.portal_id, before, after, begin=not body.preview)
    return present.settings_change(before, after, named, retries=retries, done=not body.preview)


@router.operation(
    "PUT",
    "/v1/settings",
    answer={"description": "All settings, as they are now."},
    problems=_CHANGE_PROBLEMS,
)
def replace_settings(body: SettingsRequest) -> SettingsAnswer:
    """Replace the settings of the connection.

    Send all of them: a setting that is left out goes back to its default; `PATCH` changes some
    only. What differs is checked, and failing invoices are tried again, as with `PATCH`.
    """
    connection, wanted = connected(router.caller.portal_id), present.requested_settings(body)
    named = _checked(connection, wanted)
    before, after = _changed(connection.portal_id, dict(wanted), named)
    _retries(connection.portal_id, before, after, begin=True)
    return present.settings_answer(after)


def _checked(connection: Connection, after: Settings) -> Named:
    """Return the records that the changed settings name, before and after. Raises ProblemError when
    a setting cannot be changed so."""
    from invoice_sync.plan.settings import ids_named, problems  # noqa: PLC0415
    from invoice_sync.quickbooks import choices  # noqa: PLC0415

    before = connection.settings
    named: Named = {}
    ids = ids_named((before, after), after.changed_from(before))
    if any(ids.values()):
        quickbooks = collaborators().clients.quickbooks(usable(connection.portal_id))
        named = choices.read_named(quickbooks, ids)
    wrong = [*problems(before, after, named)]
    if wrong:
        raise ProblemError(400, " ".join(wrong), "setting_invalid")
    return named


def _changed(
    portal_id: str, changes: Mapping[str, object], named: Named
) -> tuple[Settings, Settings]:
    """Change settings, keep who did it, and return them before and after. `named`: the records of
    QuickBooks that they name."""
    both = collaborators().store.connections.change_settings(portal_id, changes)
    if both is None:
        raise ProblemError(404, NOT_CONNECTED, "not_connected")
    audit.note_settings(
        router.caller,
        ((each.label, each.before, each.after) for each in present.changes(*both, named)),
    )
    return both


def _retries(portal_id: str, before: Settings, after: Settings, *, begin: bool) -> int:
    """Return how many failing invoices a change may heal; with `begin`, have them tried again."""
    store, queue, now = collaborators().store, collaborators().queue, clock.now()
    failing = store.counters.get(portal_id).by_code
    if after.record_payments and not before.record_payments:
        # What came in meanwhile may hang on any invoice that fails.
        if begin:
            retry.begin(store, queue, portal_id, anew=True, now=now)
            retry.look_at_money(store, queue, portal_id, now)
        return sum(number for code, number in failing.items() if code != "possible_duplicate")
    codes = [code for code in codes_healed_by(after.changed_from(before)) if failing.get(code)]
    for code in codes if begin else ():
        retry.begin(store, queue, portal_id, code=code, anew=True, now=now)
    return sum(failing[code] for code in codes)
