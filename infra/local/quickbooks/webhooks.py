"""Signed delivery of changes, as Intuit's guides "Webhooks" and "CloudEvents" describe it.

Every change is told, also one that an app itself made. The receiver has three seconds to answer
200; otherwise the events are sent again, and later ones are held back until then.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from ..wire import tls
from .books import Change
from .realm import Realm

TIMEOUT = 3.0
ENTITIES = (
    "Invoice",
    "Payment",
    "CreditMemo",
    "Customer",
    "Vendor",
    "Employee",
    "Item",
    "Account",
    "Term",
    "Preferences",
)
_CLOUD_OPERATIONS = {
    "Create": "created",
    "Update": "updated",
    "Delete": "deleted",
    "Void": "voided",
    "Merge": "merged",
}


def sign(verifier_token: str, body: bytes) -> str:
    digest = hmac.new(verifier_token.encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class WebhookSender:
    """The sender of all realms to one endpoint.

    It tells nothing that happened before `subscribe`.
    """

    def __init__(self, realms: Mapping[str, Realm]) -> None:
        self.legacy = False  # the form before CloudEvents
        self.duplicates = False  # every delivery arrives twice
        self.statuses: list[int] = []  # of all deliveries; 0: no answer
        self._realms = realms
        self._url = self._token = ""
        self._entities: frozenset[str] = frozenset()
        self._told: dict[str, int] = {}
        self._delivering = threading.Lock()

    def subscribe(self, url: str, verifier_token: str, entities: Iterable[str] = ENTITIES) -> None:
        self._url, self._token, self._entities = url, verifier_token, frozenset(entities)
        self.discard()

    def discard(self) -> None:
        """Lose all that is pending, as if Intuit had never sent it."""
        self._told = {realm_id: len(realm.changes) for realm_id, realm in self._realms.items()}

    def pending(self) -> int:
        return sum(len(changes) for _, changes, _ in self._news())

    def deliver(self) -> list[int]:
        """Send all that is pending, once, and return the statuses of the answers."""
        with self._delivering:
            news = self._news()
            # CloudEvents of several realms may come together; in the older form each has its own.
            deliveries = [[one] for one in news] if self.legacy else [news] if news else []
            statuses = []
            for delivery in deliveries:
                body = self._body({realm_id: changes for realm_id, changes, _ in delivery})
                got = [self._post(body) for _ in range(2 if self.duplicates else 1)]
                if 200 in got:
                    self._told |= {realm_id: end for realm_id, _, end in delivery}
                statuses += got
            self.statuses += statuses
            return statuses

    def _news(self) -> list[tuple[str, list[Change], int]]:
        """Return, for each realm with news, its id, the changes to tell, and where they end."""
        news = []
        for realm_id, realm in self._realms.items() if self._url else ():
            with realm.lock:
                end = len(realm.changes)
                new = realm.changes[self._told.get(realm_id, 0) :]
            changes = [change for change in new if change.entity in self._entities]
            if changes:
                news.append((realm_id, changes, end))
        return news

    def _body(self, by_realm: Mapping[str, list[Change]]) -> bytes:
        if self.legacy:
            return _json(
                {"eventNotifications": [_notification(*change) for change in by_realm.items()]}
            )
        return _json(
            [_event(realm, change) for realm, changes in by_realm.items() for change in changes]
        )

    def _post(self, body: bytes) -> int:
        headers = {
            "Content-Type": "application/json",
            "intuit-signature": sign(self._token, body),
        }
        try:
            return httpx.post(
                self._url, content=body, headers=headers, timeout=TIMEOUT, verify=tls()
            ).status_code
        except httpx.HTTPError:
            return 0


def _event(realm_id: str, change: Change) -> dict[str, Any]:
    kind, operation = change.entity.lower(), _CLOUD_OPERATIONS[change.operation]
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "intuit.c2ltdWxhdG9y",
        "type": f"qbo.{kind}.{operation}.v1",
        "datacontenttype": "application/json",
        "time": _utc(change.at).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z",
        "intuitentityid": change.id,
        "intuitaccountid": realm_id,
        # Page "Understanding the data object": without a capital letter, unlike in the older form.
        "data": {"deletedid": change.merged} if change.merged else {},
    }


def _notification(realm_id: str, changes: Iterable[Change]) -> dict[str, Any]:
    entities = [
        {
            "id": change.id,
            "operation": change.operation,
            "name": change.entity,
            "lastUpdated": _utc(change.at).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            **({"deletedId": change.merged} if change.merged else {}),
        }
        for change in changes
    ]
    return {"realmId": realm_id, "dataChangeEvent": {"entities": entities}}


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def _json(whole: Any) -> bytes:
    return json.dumps(whole, ensure_ascii=False).encode()
