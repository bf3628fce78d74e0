"""A resolution that a person asks for."""

from __future__ import annotations

from dataclasses import dataclass

from invoice_sync.failures.entry import ResolutionName


@dataclass(frozen=True)
class ResolveRequest:
    """A resolution, and its arguments as far as they are known."""

    resolution: ResolutionName
    # QuickBooks' ids; empty while they are missing.
    customer_id: str = ""
    item_id: str = ""
    # For a service date: also for all invoices from now on.
    always: bool = False

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments that were given, for the audit."""
        values = {
            "customerId": self.customer_id,
            "itemId": self.item_id,
            "always": "true" if self.always else "",
        }
        return {name: value for name, value in values.items() if value}
