"""Our own vocabulary. Money is Decimal, times are aware UTC, ids are strings."""

from __future__ import annotations

from pydantic import Field

from invoice_sync.model.base import Model


class ResolveRequest(Model):
    """A resolution that somebody asks for. `always`: of a service date, also for all invoices from
    now on."""

    resolution: str = Field("", max_length=40)
    customer_id: str = Field("", pattern=r"^[0-9]{0,20}$")
    item_id: str = Field("", pattern=r"^[0-9]{0,20}$")
    always: bool = False

    @property
    def arguments(self) -> dict[str, str]:
        found = {
            "customerId": self.customer_id,
            "itemId": self.item_id,
            "always": "true" if self.always else "",
        }
        return {name: value for name, value in found.items() if value}
