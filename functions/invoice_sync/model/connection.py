"""The connection of a portal and a realm: its settings, its company and its people."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from invoice_sync.model.base import Model
from invoice_sync.model.setting_names import LABELS, SettingName

# Services that a connection has access to.
Service = Literal["hubspot", "quickbooks"]
# In `Settings.may_act`: every user of the HubSpot account.
EVERYONE = "everyone"
# In `Settings.may_act`: an email, the id of a HubSpot user, or everyone.
PersonName = Annotated[str, Field(pattern=r"^(everyone|[0-9]{1,20}|[^@\s]{1,64}@[^@\s]{1,255})$")]
NativeSync = Literal["never", "was_on", "on"]
# A sweep comes every five minutes.
_SWEEPS_MISSED = timedelta(minutes=15)
_CLOCKS_DIFFER = timedelta(minutes=10)
# DynamoDB restores a table to no earlier state.
_BACKUPS_KEPT = timedelta(days=35)


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

    `may_act`: the emails or HubSpot user ids of those who may decide, retry and change settings, or
    `everyone`. See `Connection.allows`.
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
    may_act: list[PersonName] = Field(default_factory=list)

    @property
    def by_name(self) -> dict[SettingName, Any]:
        """The values of all settings by their names in JSON."""
        return {name: getattr(self, field) for field, name in _FIELDS.items()}

    def changed_from(self, before: "Settings") -> tuple[SettingName, ...]:
        """Return the settings that differ from those before."""
        old, new = before.by_name, self.by_name
        return tuple(name for name in LABELS if old[name] != new[name])

    def changes_from(self, before: "Settings") -> dict[str, Any]:
        """Return the settings that differ from those before, by the names of their fields."""
        both = ((name, getattr(self, name)) for name in Settings.model_fields)
        return {name: value for name, value in both if value != getattr(before, name)}


_FIELDS: Mapping[str, SettingName] = {
    field: name
    for name in LABELS
    for field, info in Settings.model_fields.items()
    if info.alias == name
}


class Person(Model):
    """A user of HubSpot. `email` is empty when HubSpot does not tell it."""

    user_id: str
    email: str = ""

    @property
    def name(self) -> str:
        """What the person is called by: the email, else "HubSpot user 77"."""
        return self.email or f"HubSpot user {self.user_id}"


class Company(Model):
    """The QuickBooks company as it was when the two were connected. Empty: not known."""

    name: str = ""
    country: str = ""
    home_currency: str = ""


class LastTrouble(Model):
    """What went wrong with a connection, in words for a person."""

    at: datetime
    words: str


class StatusProperties(Model):
    """Whether HubSpot's invoices have our properties. `refused`: why they have not, as of
    `asked_at`."""

    ready: bool = False
    refused: str = ""
    asked_at: datetime | None = None


class Gap(Model):
    """A time of which our table may know nothing, because it was restored to an earlier state.
    Before anything is created, QuickBooks is searched for what has our notes and is from that time.
    The gap is a little too long, as clocks differ."""

    since: datetime
    until: datetime

    def covers(self, created_at: datetime | None) -> bool:
        """Whether something that HubSpot has since `created_at` may have been written then."""
        return created_at is None or created_at <= self.until


def gap_seen(gap: Gap | None, mark: datetime | None, now: datetime) -> Gap | None:
    """Return the time of which the table may know nothing. `gap`: the one known so far. `mark`:
    when a sweep came by last, as the table has it. An old mark was restored with the table, or no
    sweep has run since: the table does not tell which."""
    if mark is None or now - mark <= _SWEEPS_MISSED:
        return gap
    if gap is None or mark - gap.until > _BACKUPS_KEPT:
        return Gap(since=mark - _CLOCKS_DIFFER, until=now + _CLOCKS_DIFFER)
    return Gap(since=min(gap.since, mark - _CLOCKS_DIFFER), until=now + _CLOCKS_DIFFER)


class Connection(Model):
    """A portal and the realm that it is kept in step with.

    `started_at`: invoices that became open before it are left alone, unless somebody brings them
    in. It is None only in an item that an earlier version stored: see `store/starts.py`.

    `broken`: the service that a person has to connect again, `broken_since`: since when.
    `disconnected_at`: when a person ended the connection; its state is then `reconnect_required`,
    and `token_secret_id` is empty once both services have confirmed the end. `grant`: a new id each
    time that the connection begins to work, or ends: what was found out under an older grant no
    longer holds. `connected_by`, `connected_at`: who connected it last, and when. All of these, and
    `company`, are empty or None in an item of an earlier version.
    """

    portal_id: str
    realm_id: str
    time_zone: str = "UTC"
    state: Literal["connected", "reconnect_required"] = "connected"
    broken: Service | None = None
    broken_since: datetime | None = None
    disconnected_at: datetime | None = None
    grant: str = ""
    token_secret_id: str
    connected_by: Person | None = None
    connected_at: datetime | None = None
    company: Company = Field(default_factory=Company)
    trouble: LastTrouble | None = None
    started_at: datetime | None = None
    settings: Settings = Field(default_factory=Settings)
    shown: StatusProperties = Field(default_factory=StatusProperties)
    gap: Gap | None = None

    @property
    def is_disconnected(self) -> bool:
        """Whether a person ended it. (A service that refuses our access makes it `broken`.)"""
        return self.disconnected_at is not None

    def allows(self, user_id: str, email: str) -> bool:
        """Whether a user may act: decide, retry, change settings. The people whom the settings name
        may, and so may whoever connected last: nobody is locked out for good. While neither is
        known, everyone may."""
        named = {name.strip().casefold() for name in self.settings.may_act}
        if self.connected_by:
            named |= {self.connected_by.user_id, self.connected_by.email.casefold()}
        named.discard("")
        return not named or not named.isdisjoint({EVERYONE, user_id, email.casefold()} - {""})

    def settings_with(self, person: Person) -> Settings:
        """Return the settings with a person among those who may act."""
        may_act = self.settings.may_act
        if EVERYONE in may_act or (may_act and self.allows(person.user_id, person.email)):
            return self.settings
        return self.settings.model_copy(
            update={"may_act": [*may_act, person.email or person.user_id]}
        )
