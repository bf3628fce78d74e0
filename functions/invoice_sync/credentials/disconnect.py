"""The end of a connection: syncing stops at once, then the access to both services ends.

What is stored of the portal stays, and so does the bond between its account and the company: the
two may be connected again, and go on where they stopped.
"""

from __future__ import annotations

from datetime import datetime

from invoice_sync.credentials.tokens import Tokens
from invoice_sync.errors import UnavailableError
from invoice_sync.model.audit import AuditEntry
from invoice_sync.model.connection import Connection
from invoice_sync.store.store import Store


def disconnect(
    store: Store, tokens: Tokens, connection: Connection, *, who: str, why: str, now: datetime
) -> bool:
    """End a connection. Returns whether both services confirmed that the access is over; else the
    sweep asks again. Safe to repeat. Raises SecretError."""
    portal_id = connection.portal_id
    if not connection.is_disconnected:
        store.connections.set_disconnected(portal_id, tokens.new_grant(), now)
        store.audit.add(portal_id, AuditEntry(at=now, who=who, action="disconnect", says=why))
    stored = store.connections.get(portal_id)
    return stored is None or revoked(store, tokens, stored)


def revoked(store: Store, tokens: Tokens, connection: Connection) -> bool:
    """Ask both services to end the access of a disconnected connection. Returns whether it is
    over. Raises SecretError."""
    if not connection.is_disconnected or not connection.token_secret_id:
        return True
    try:
        tokens.revoke(connection)
    except UnavailableError:
        return False
    store.connections.set_tokens_revoked(connection.portal_id, connection.grant)
    return True
