"""Our own vocabulary. Money is Decimal, times are aware UTC, ids are strings."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from invoice_sync.model.base import Model


class Job(Model):
    """Long work for one portal over the invoices dated `start` to `end`, both days included.
    A retry is over failing invoices, of one `code` or `cause` or all: its days are that of the
    request.

    `position`: where the next step goes on. `totals`, `amounts`: what has been counted so far, in
    the job's own words. `metered_reads`: what running it will cost, once it is planned.
    `unattended`: it runs as soon as it is planned.
    """

    portal_id: str
    kind: Literal["report", "backfill", "retry"]
    start: date
    end: date
    code: str = ""
    cause: str = ""
    state: Literal["planning", "planned", "running", "done", "failed"] = "planning"
    position: str = ""
    window_days: int = 1
    totals: dict[str, int] = Field(default_factory=dict)
    amounts: dict[str, Decimal] = Field(default_factory=dict)
    metered_reads: int = 0
    unattended: bool = False
    why: str = ""
    version: int = 0
    requested_at: datetime
    updated_at: datetime

    @property
    def id(self) -> str:
        """One job of a kind for a period, or for a choice of failures; digits, as all ids of
        hints."""
        if self.kind == "retry":
            chosen = hashlib.sha256(f"{self.code} {self.cause}".encode()).hexdigest()
            return str(int(chosen[:15], 16))
        return f"{self.start:%Y%m%d}{self.end:%Y%m%d}"

    @property
    def active(self) -> bool:
        return self.state in ("planning", "running")
