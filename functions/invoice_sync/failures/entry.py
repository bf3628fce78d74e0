"""An entry of the failure catalogue. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ResolutionName = Literal[
    "use_customer",
    "create_customer",
    "move_to_customer",
    "keep_customer",
    "next_free_name",
    "sub_customer",
    "use_item",
    "service_date_from_billing_start",
    "service_date_from_invoice_date",
    "reapply_hubspot",
    "accept_quickbooks",
    "create_again",
    "adopt",
    "create_anyway",
    "next_free_number",
    "let_quickbooks_number",
    "bring_in",
    "rate_is_one",
    "settle_payment",
    "record_payment",
    "stop_syncing",
    "resume_syncing",
]


@dataclass(frozen=True)
class Entry:
    """What people read about a failure."""

    title: str
    # Other words that people may search for: the titles in other products and releases.
    also_known_as: tuple[str, ...] = ()
    explanation: str = "{reason}"
    # By variant.
    reasons: Mapping[str, str] = field(default_factory=dict)
    # What a person does about it in each product and in this app, step by step.
    in_hubspot: tuple[str, ...] = ()
    in_quickbooks: tuple[str, ...] = ()
    in_app: tuple[str, ...] = ()
    fixed_by: str = "Anyone who can edit the record"
    heals_when: str = ""
    # What we can do about it when a person clicks.
    resolutions: tuple[ResolutionName, ...] = ()
    # The system keeps trying: nobody need do anything.
    retried: bool = False
