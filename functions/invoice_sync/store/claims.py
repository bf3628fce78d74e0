"""Claims: who may send what goes to a realm only once, whatever invoices it is for. They are for
HubSpot's payments and for the customers of HubSpot's contacts, by the id in HubSpot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from invoice_sync.model.base import Model
from invoice_sync.store import leases
from invoice_sync.store.items import as_map, from_map
from invoice_sync.store.keys import Key
from invoice_sync.store.table import Table, update

_Claim = TypeVar("_Claim", bound=Model)


class ClaimStore(Generic[_Claim]):
    """`key` gives the key of a claim, by realm, portal and id in HubSpot. `new` gives the claim of
    an id for which nothing was sent yet."""

    def __init__(
        self,
        table: Table,
        key: Callable[[str, str, str], Key],
        model: type[_Claim],
        new: Callable[[str], _Claim],
    ) -> None:
        self._table, self._key, self._model, self._new = table, key, model, new

    def claim(
        self,
        realm_id: str,
        portal_id: str,
        hubspot_id: str,
        owner: str,
        now: datetime,
        seconds: int,
    ) -> _Claim | None:
        """Lease the claim for `seconds`, and return it. None: another worker has it."""
        key = self._key(realm_id, portal_id, hubspot_id)
        item = leases.take(self._table, key, owner, now, seconds)
        if item is None:
            return None
        data = item.get("data")
        return from_map(self._model, data) if data else self._new(hubspot_id)

    def note(
        self, realm_id: str, portal_id: str, hubspot_id: str, claim: _Claim, owner: str
    ) -> bool:
        """Keep what is about to be sent, or what came of it. Return False when the claim is no
        longer ours: then nothing must be sent."""
        key = self._key(realm_id, portal_id, hubspot_id)
        values = {":data": as_map(claim), ":owner": owner}
        return self._table.write_if(
            update(key, "SET #data = :data", values, "leaseOwner = :owner", {"#data": "data"})
        )

    def release(self, realm_id: str, portal_id: str, hubspot_id: str, owner: str) -> None:
        leases.release(self._table, self._key(realm_id, portal_id, hubspot_id), owner)
