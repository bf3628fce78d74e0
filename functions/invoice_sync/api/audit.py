"""Keeps what people do through the API. The store keeps decisions, together with the record."""

from __future__ import annotations

from collections.abc import Iterable

from invoice_sync.api.auth import Caller
from invoice_sync.api.collaborators import collaborators
from invoice_sync.model.audit import Action, AuditEntry
from invoice_sync.runtime import clock


def note(
    caller: Caller, action: Action, says: str, *, invoice_id: str = "", number: str = ""
) -> None:
    """Add an entry. Call it once the thing is done."""
    entry = AuditEntry(
        at=clock.now(),
        who=caller.name,
        action=action,
        says=says,
        invoice_id=invoice_id,
        number=number,
    )
    collaborators().store.audit.add(caller.portal_id, entry)


def _quoted(value: str) -> str:
    return f'"{value}"' if value else "none"


def note_settings(caller: Caller, changes: Iterable[tuple[str, str, str]]) -> None:
    """Add an entry for changed settings; none if nothing changed. `changes`: label, value before
    and value after of each, as people read them."""
    says = [
        f"{label}: changed from {_quoted(before)} to {_quoted(after)}."
        for label, before, after in changes
    ]
    if says:
        note(caller, "settings", " ".join(says))
