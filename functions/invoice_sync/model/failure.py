"""Our own vocabulary. Money is Decimal, times are aware UTC, ids are strings."""

from __future__ import annotations

from pydantic import Field

from invoice_sync.model.base import Model


class Difference(Model):
    """One field of an invoice that was changed in QuickBooks after we wrote it."""

    field: str
    hubspot: str
    written: str
    quickbooks: str


class Failure(Model):
    """Why an invoice is not in step now. `code` is one of the catalogue (`failures.py`)."""

    code: str
    message: str = ""
    detail: dict[str, str] = Field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    intuit_tid: str = ""
