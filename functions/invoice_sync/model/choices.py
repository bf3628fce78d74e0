"""Records of QuickBooks that a setting can name: items, accounts, tax codes and terms."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from invoice_sync.model.base import Model
from invoice_sync.model.setting_names import SettingName

ChoiceKind = Literal["item", "account", "tax_code", "term"]

# The settings that name records of QuickBooks, and the kind of these records.
KINDS: Mapping[SettingName, ChoiceKind] = {
    "fallbackItemId": "item",
    "feeItemId": "item",
    "discountAccountId": "account",
    "depositAccountId": "account",
    "taxCodeId": "tax_code",
    "untaxedCodeId": "tax_code",
    "taxCodes": "tax_code",
    "terms": "term",
}
# The records of each kind, by id.
Named = Mapping[tuple[ChoiceKind, str], "Choice"]


class Choice(Model):
    """A record that settings may name. `about`: its type, SKU, rate or days in words. `fits`: the
    settings that can have it, as long as it is active."""

    id: str
    name: str
    about: str = ""
    fits: tuple[SettingName, ...] = ()
    active: bool = True


class Choices(Model):
    """The active records that fit a setting, each list by name. `left_out`: what is missing, in
    words. `metered_reads`: what reading them cost."""

    items: tuple[Choice, ...] = ()
    accounts: tuple[Choice, ...] = ()
    tax_codes: tuple[Choice, ...] = ()
    terms: tuple[Choice, ...] = ()
    left_out: str = ""
    read_at: datetime
    metered_reads: int = 0
