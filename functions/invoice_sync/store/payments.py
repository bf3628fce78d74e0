"""Claims of HubSpot's payments: each is sent to a realm once, whatever invoices it hangs on."""

from __future__ import annotations

from datetime import datetime

from invoice_sync.model.record import PaymentClaim
from invoice_sync.store import keys, leases
from invoice_sync.store.items import as_map, from_map
from invoice_sync.store.table import Table, update


class PaymentStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def claim(
        self,
        realm_id: str,
        portal_id: str,
        payment_id: str,
        owner: str,
        now: datetime,
        seconds: int,
    ) -> PaymentClaim | None:
        """Lease a payment for `seconds`, and return what is known of it. None: another worker has
        it."""
        key = keys.payment(realm_id, portal_id, payment_id)
        item = leases.take(self._table, key, owner, now, seconds)
        if item is None:
            return None
        return from_map(PaymentClaim, item.get("data") or {"paymentId": payment_id})

    def note(self, realm_id: str, portal_id: str, claim: PaymentClaim, owner: str) -> bool:
        """Keep what is about to be sent, or what came of it. Return False when the payment is no
        longer ours: then it must not be sent."""
        key = keys.payment(realm_id, portal_id, claim.payment_id)
        values = {":data": as_map(claim), ":owner": owner}
        return self._table.write_if(
            update(key, "SET #data = :data", values, "leaseOwner = :owner", {"#data": "data"})
        )

    def release(self, realm_id: str, portal_id: str, payment_id: str, owner: str) -> None:
        leases.release(self._table, keys.payment(realm_id, portal_id, payment_id), owner)
