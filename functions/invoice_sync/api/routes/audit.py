"""What people did with this app."""

from __future__ import annotations

from invoice_sync.api.collaborators import collaborators
from invoice_sync.api.parameters import Cursor, Limit
from invoice_sync.api.presenters import audit as present
from invoice_sync.api.routing import Router
from invoice_sync.api.schemas.audit import AuditAnswer

router = Router("Audit")


@router.operation("GET", "/v1/audit", answer={"description": "A page of what people did."})
def list_audit(cursor: Cursor = "", limit: Limit = 50) -> AuditAnswer:
    """List what people did, the newest first.

    Decisions, retries, changes of settings, backfills, reports and connects. Entries are never
    changed, and are kept for ten years. The list begins with the version of this app that first
    kept it.
    """
    page = collaborators().store.audit.page(router.caller.portal_id, cursor=cursor, limit=limit)
    return present.audit(page)
