"""Where QuickBooks sends the browser of a person who has disconnected the app there.

Anybody can open the address. So nothing is taken from it but the company to look at: Intuit's token
endpoint says whether the access is over. Everybody gets the same page.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger

from invoice_sync.connect import pages
from invoice_sync.credentials.disconnect import disconnect
from invoice_sync.credentials.tokens import Tokens
from invoice_sync.errors import ReconnectRequiredError, UnavailableError
from invoice_sync.model.connection import Connection
from invoice_sync.store.store import Store

# One look a minute at most, however often the address is opened.
_LOOK, _SECONDS = "DISCONNECTED", 60
_SAYS = "Disconnected: somebody ended this app's access in QuickBooks."


class Ended:
    def __init__(
        self, store: Store, tokens: Tokens, clock: Callable[[], datetime], log: Logger
    ) -> None:
        self._store, self._tokens, self._clock, self._log = store, tokens, clock, log

    def answer(self, realm_id: str) -> dict[str, Any]:
        """End the connection of a company if its access is over. `realm_id`: from the query, where
        Intuit does not document it; empty if it is missing."""
        portal_id = self._store.connections.portal_of(realm_id) if realm_id else None
        connection = self._store.connections.get(portal_id) if portal_id else None
        if connection and not connection.is_disconnected and self._is_over(connection):
            now = self._clock()
            disconnect(self._store, self._tokens, connection, who="", why=_SAYS, now=now)
            self._log.info("disconnected in QuickBooks", extra={"portalId": portal_id})
        return pages.disconnected()

    def _is_over(self, connection: Connection) -> bool:
        leases, owner, now = self._store.leases, secrets.token_hex(16), self._clock()
        if not leases.take(connection.portal_id, _LOOK, owner, now, _SECONDS):
            return False
        try:
            self._tokens.renew(connection, "quickbooks")
        except ReconnectRequiredError:
            return True
        except UnavailableError:
            pass  # the next use of the tokens tells
        return False
