"""What an update of a QuickBooks invoice writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from invoice_sync.model.failure import Difference
from invoice_sync.model.quickbooks import DesiredLine

InvoiceField = Literal[
    "number",
    "date",
    "due_date",
    "term",
    "memo",
    "email",
    "exchange_rate",
    "ship_to",
    "bill_to",
    "tax",
]
LineField = Literal["item", "description", "price", "service_date", "tax_code"]


@dataclass(frozen=True)
class LineChange:
    """A line as it is to be: `fields` get the desired values, the rest stays."""

    # Of QuickBooks' line; empty for a new one, which gets all fields.
    quickbooks_id: str
    desired: DesiredLine
    fields: frozenset[LineField]


@dataclass(frozen=True)
class Changes:
    """What an update writes. `lines` is None when all lines stay as QuickBooks has them; a line
    that is not among them goes."""

    fields: frozenset[InvoiceField] = frozenset()
    customer: bool = False
    lines: tuple[LineChange, ...] | None = None
    conflicts: tuple[Difference, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.fields or self.customer or self.lines is not None or self.conflicts)
