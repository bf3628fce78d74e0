"""Which invoices a QuickBooks payment or credit pays: remembered, so that its own events need no
read, and so that a deleted one still leads to its invoices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from invoice_sync.model.quickbooks import version_of
from invoice_sync.quickbooks.times import moment
from invoice_sync.sync import remembered
from invoice_sync.sync.remembered import RememberedKey


@dataclass(frozen=True)
class PaymentLinks:
    # When the payment was last changed, as QuickBooks writes it.
    updated_at: str = ""
    invoice_ids: tuple[str, ...] = ()
    # How often it was changed since it was made; None: not known.
    version: int | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> PaymentLinks:
        """Read the links of a payment or credit, on its lines and its own."""
        links = [*row.get("LinkedTxn", [])]
        for line in row.get("Line", []):
            links += line.get("LinkedTxn", [])
        ids = {str(link["TxnId"]) for link in links if link.get("TxnType") == "Invoice"}
        updated_at = str(row.get("MetaData", {}).get("LastUpdatedTime", ""))
        return cls(updated_at, tuple(sorted(ids)), version_of(str(row.get("SyncToken", ""))))

    @classmethod
    def recalled(cls, value: Any) -> PaymentLinks:
        """Read a remembered value; without one there are no links."""
        head, *ids = str(value or "").split(" ")
        updated_at, _, version = head.partition("/")
        return cls(updated_at, tuple(filter(None, ids)), int(version) if version else None)

    def to_remember(self) -> str:
        version = "" if self.version is None else f"/{self.version}"
        return " ".join([self.updated_at + version, *self.invoice_ids])

    def precede(self, others: PaymentLinks) -> bool:
        """Tell whether somebody changed the payment between these links and those."""
        known = self.version is not None and others.version is not None
        return known and (self.version or 0) < (others.version or 0)

    def tell_of(self, changed_at: datetime) -> bool:
        """Tell whether these links are as new as a change at that time."""
        since = moment(self.updated_at)
        return since is not None and changed_at.replace(microsecond=0) <= since


def payment_links(
    entity: str, rows: Iterable[Mapping[str, Any]]
) -> dict[RememberedKey, PaymentLinks]:
    """Return the links of payments or credits as they are now, by the key to remember them by."""
    return {remembered.payment(entity, str(row["Id"])): PaymentLinks.from_row(row) for row in rows}
