"""A second customer of the app beside the one of `Flow`: another portal with another company."""

from __future__ import annotations

from typing import Any

from .conftest import Flow


class Neighbour:
    """A connected portal and realm of its own, whose invoices nobody hurts."""

    def __init__(self, flow: Flow, number: int = 1) -> None:
        self._flow = flow
        self.portal_id, self.realm_id = f"{24680 + number}", f"{9130357849536436 + number}"
        self.portal = flow.own.hubspot.add_portal(self.portal_id)
        self.realm = flow.own.quickbooks.add_realm(
            self.realm_id, preferences={"SalesFormsPrefs.CustomTxnNumbers": True}
        )
        self.realm.add_item("Consulting", "CON-HOUR")
        self.realm.add_customer("Initech", "AP@initech.example")
        self.contact_id = self.portal.create("contacts", {"email": "ap@initech.example"})
        flow.own.connect(self.portal_id, self.realm_id)

    def invoice(self) -> str:
        line = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "2", "price": "150"}
        options: dict[str, Any] = {"contact_id": self.contact_id, "lines": [line]}
        return str(self.portal.create_invoice(**options))

    def status(self, invoice_id: str) -> str:
        record = self._flow.own.store.records.get(self.portal_id, invoice_id)
        return record.status if record else "unknown"
