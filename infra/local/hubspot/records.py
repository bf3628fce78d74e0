"""The parts of an account: its records, who changes them, and the switches of the simulation."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from .types import ObjectType

ADJUSTMENTS = ("discounts", "fees", "taxes")
PARTS = ("line_items", *ADJUSTMENTS)  # of an invoice's total
PAYMENTS = "commerce_payments"
MEMOS = "credit_memos"


@dataclass
class Switches:
    """Choices where the facts are open, or where a test wants the service at its worst."""

    missing_as_207: bool = True  # batch reads of unknown ids; else 200 with them left out
    no_associations_as_207: bool = True
    to_object_id_as_text: bool = False
    search_lag: float = 0.0  # seconds until search sees a change
    association_page: int = 500  # associations of one record in one answer
    calculated_events: bool = False  # whether calculated properties fire webhooks
    touch_on_recalculation: bool = True  # whether a new total moves the modification date
    property_events_on_creation: bool = True
    touch_by_clock: bool = True  # whether a value that changes with the days moves that date
    number_fixed_once_open: bool = True  # whether nobody may renumber a finalized invoice
    wholly_locked: bool = False  # a locked invoice: also its comments, and properties of apps
    merge_makes_new_record: bool = False  # else the winner keeps its id
    auto_tax_in_tax_amount: bool = False  # whether `hs_tax_amount` holds the automated tax too
    native_source: str | None = "hubspot"  # `hs_invoice_source` of invoices made in HubSpot


@dataclass(frozen=True)
class Source:
    """The author of a change, as webhooks and the property history name it."""

    kind: str
    id: str
    trusted: bool = False  # a user in the UI, or seeding: may do what the API may not


USER = Source("CRM_UI", "userId:77", trusted=True)


class Emit(Protocol):
    def __call__(
        self,
        portal_id: int,
        subscription_type: str,
        object_type: ObjectType,
        occurred: datetime,
        fields: Mapping[str, Any],
    ) -> None: ...


@dataclass
class Record:
    """One record. It holds no empty values: a name that is missing here is null on the wire."""

    id: str
    type: str
    created: datetime
    updated: datetime
    properties: dict[str, str] = field(default_factory=dict)
    archived_at: datetime | None = None
    history: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)  # calculated, but set by seeding: left alone
    before: list[tuple[datetime, dict[str, str]]] = field(default_factory=list)  # for search lag


class Ids:
    """Record ids: unique across types and portals, and beyond 32 bits as real ones are."""

    def __init__(self, start: int = 44_446_244_097) -> None:
        self._next, self._lock = start, threading.Lock()

    def take(self) -> str:
        with self._lock:
            self._next += 7
            return str(self._next)
