"""Our own vocabulary. Money is Decimal, times are aware UTC, ids are strings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from invoice_sync.model.base import Model
from invoice_sync.model.setting_names import LABELS, SettingName

NativeSync = Literal["never", "was_on", "on"]

# -- what we keep -------------------------------------------------------------------------


class Settings(Model):
    """A connection's settings; ids are those of QuickBooks.

    `service_date`: the line's billing start; where a line has none, with `earliest_billing_start`
    the earliest of the invoice's lines, with `invoice_date` the invoice's date. `terms` maps days
    until due to a term's id. `deposit_account_id`: where payments go; empty: QuickBooks' own
    choice, Undeposited Funds.

    `tax_codes` maps a HubSpot tax to a tax code's id. A tax is named by its label, or, on line
    items, also by the id of its tax rate. `tax_code_id` is for taxes that are not in it. Outside
    the US each line has a tax code: `untaxed_code_id` is for lines without tax.

    `sources`: the values of HubSpot's property `hs_invoice_source`, in any case, whose invoices are
    made in HubSpot. `native_sync`: whether HubSpot's own QuickBooks sync is, or was, on for the
    same two accounts.
    """

    create_customers: bool = False
    display_name: Literal["company", "person", "company_person"] = "company"
    on_display_name_clash: Literal["fail", "number"] = "fail"
    document_number: Literal["hubspot", "quickbooks"] = "hubspot"
    service_date: Literal["billing_start", "earliest_billing_start", "invoice_date"] = (
        "billing_start"
    )
    fallback_item_id: str = ""
    fee_item_id: str = ""
    discount_account_id: str = ""
    tax_code_id: str = ""
    untaxed_code_id: str = ""
    tax_codes: dict[str, str] = Field(default_factory=dict)
    terms: dict[str, str] = Field(default_factory=dict)
    record_payments: bool = True
    deposit_account_id: str = ""
    # Its label is "HubSpot" (Knowledge Base, "HubSpot's default invoice properties"); that the
    # value is the same word is not documented.
    sources: list[str] = ["hubspot"]
    native_sync: NativeSync = "never"

    @property
    def by_name(self) -> dict[SettingName, Any]:
        """The values of all settings by their names in JSON."""
        return {name: getattr(self, field) for field, name in _FIELDS.items()}

    def changed_from(self, before: Settings) -> tuple[SettingName, ...]:
        """Return the settings that differ from those before."""
        old, new = before.by_name, self.by_name
        return tuple(name for name in LABELS if old[name] != new[name])

    def changes_from(self, before: Settings) -> dict[str, Any]:
        """Return the settings that differ from those before, by the names of their fields."""
        return {name: value for name, value in iter(self) if value != getattr(before, name)}


_FIELDS: Mapping[str, SettingName] = {
    field: name
    for name in LABELS
    for field, info in Settings.model_fields.items()
    if info.alias == name
}


class StatusProperties(Model):
    """Whether HubSpot's invoices have our properties. `refused`: why not, as of `asked_at`."""

    ready: bool = False
    refused: str = ""
    asked_at: datetime | None = None


class Connection(Model):
    """A portal and the realm that it is kept in step with.

    `started_at`: invoices that became open before it are left alone, unless somebody brings them
    in. It is None only in an item that an earlier version stored: see `store/starts.py`.
    """

    portal_id: str
    realm_id: str
    time_zone: str = "UTC"
    state: Literal["connected", "reconnect_required"] = "connected"
    token_secret_id: str
    started_at: datetime | None = None
    settings: Settings = Settings()
    shown: StatusProperties = StatusProperties()
