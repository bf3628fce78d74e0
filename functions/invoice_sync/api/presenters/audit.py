"""What people did, as the API shows it."""

from __future__ import annotations

from invoice_sync.api.schemas.audit import AuditAnswer, RecordedAction
from invoice_sync.model.audit import AuditEntry
from invoice_sync.store.audit import AuditPage


def audit(page: AuditPage) -> AuditAnswer:
    return AuditAnswer(entries=[_entry(entry) for entry in page.entries], cursor=page.cursor)


def _entry(entry: AuditEntry) -> RecordedAction:
    return RecordedAction(
        at=entry.at,
        who=entry.who,
        action=entry.action,
        invoice_id=entry.invoice_id,
        number=entry.number,
        says=entry.says,
    )
