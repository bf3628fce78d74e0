"""Property definitions, and the values that they take, which are text or null on the wire.

Names come from the commerce guides and from public integrations. The real list differs by account,
which is why the product must not depend on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from .money import CURRENCIES

NAME = re.compile(r"^[a-z][a-z0-9_]*$")
MAX_TEXT = 65_536
# The published facts: an address needs a mailbox and a domain with a top level. What else HubSpot
# refuses is unknown, so that the rest is taken.
EMAIL = re.compile(r"^[^@\s,;]+@([^@\s,;.]+\.)+[^@\s,;.\d]{2,}$")
_EPOCH_MS = re.compile(r"^-?\d{1,15}$")


@dataclass(frozen=True)
class Property:
    name: str
    type: str = "string"
    field_type: str = "text"
    label: str = ""
    description: str = ""
    group: str = ""
    options: tuple[dict[str, Any], ...] = ()
    custom: bool = False
    read_only: bool = False
    unique: bool = False
    display_order: int = -1
    form_field: bool = False
    hidden: bool = False
    created_at: str | None = None
    updated_at: str | None = None
    archived_at: str | None = None

    def on_wire(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "name": self.name,
            "label": self.label or self.name,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": [dict(option) for option in self.options],
            "displayOrder": self.display_order,
            "calculated": self.read_only and not self.custom and self.type == "number",
            "externalOptions": False,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "hubspotDefined": not self.custom,
            "modificationMetadata": {
                "archivable": self.custom,
                "readOnlyDefinition": not self.custom,
                "readOnlyValue": self.read_only,
            },
            "formField": self.form_field,
            "archived": self.archived_at is not None,
        }
        stamps = {
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "archivedAt": self.archived_at,
        }
        return body | {name: value for name, value in stamps.items() if value}


@dataclass
class Schema:
    """The properties and groups of one object type in one portal."""

    properties: dict[str, Property]
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)

    def find(self, name: str) -> Property | None:
        definition = self.properties.get(name)
        return definition if definition and not definition.archived_at else None


def _options(values: Iterable[str]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"label": value, "value": value, "displayOrder": order, "hidden": False}
        for order, value in enumerate(values)
    )


def _text(names: str, read_only: bool = False) -> list[Property]:
    return [Property(name, read_only=read_only) for name in names.split()]


def _numbers(names: str, read_only: bool = False) -> list[Property]:
    return [Property(name, "number", "number", read_only=read_only) for name in names.split()]


def _moments(names: str, read_only: bool = False) -> list[Property]:
    return [Property(name, "datetime", "date", read_only=read_only) for name in names.split()]


def _days(names: str) -> list[Property]:
    return [Property(name, "date", "date") for name in names.split()]


def _booleans(names: str) -> list[Property]:
    options = _options(("true", "false"))
    return [Property(name, "bool", "booleancheckbox", options=options) for name in names.split()]


def _choice(name: str, values: str, several: bool = False, read_only: bool = False) -> Property:
    kind = "checkbox" if several else "select"
    return Property(
        name, "enumeration", kind, options=_options(values.split()), read_only=read_only
    )


_COMMON = [
    *_text("hs_object_id hs_object_source hs_object_source_id hs_object_source_label", True),
    *_text("hs_object_source_user_id", True),
    *_text("hubspot_owner_id"),
]
_ADJUSTMENT = [
    *_text("hs_label"),
    _choice("hs_type", "FIXED PERCENT"),
    *_numbers("hs_value hs_sort_order"),
    *_moments("hs_createdate hs_lastmodifieddate", True),
]
_ADDRESS = "address address2 city state zip country"

_OWN: dict[str, list[Property]] = {
    "invoices": [
        *_moments("hs_createdate hs_lastmodifieddate hs_payment_date", True),
        *_moments("hs_invoice_date hs_due_date"),
        *_numbers("hs_amount_billed hs_balance_due hs_amount_paid hs_days_overdue", True),
        *_numbers("hs_auto_tax_amount", True),
        *_text("hs_invoice_link hs_pdf_download_link hs_payment_status", True),
        *_text("hs_number hs_title hs_purchase_order_number hs_comments hs_tax_id"),
        *_text("hs_custom_fields hs_language hs_locale hs_external_recipient"),
        *_text(" ".join(f"hs_recipient_shipping_{part}" for part in _ADDRESS.split())),
        *_text(" ".join(f"hs_recipient_company_{part}" for part in _ADDRESS.split())),
        *_text("hs_recipient_company_country_code"),
        *_booleans("hs_allow_partial_payments hs_invoice_billable"),
        _choice("hs_invoice_status", "draft open paid voided"),
        _choice("hs_currency", " ".join(CURRENCIES)),
        _choice("hs_allowed_payment_methods", "credit_or_debit_card ach sepa bacs pads", True),
        _choice("hs_invoice_payment_collection_method", "manual none"),
        _choice("hs_collect_address_types", "billing_address shipping_address", True),
        # Labels: HubSpot, Data Sync, Legacy QuickBooks integration. Only the word `data_sync` is
        # known; the others are stand-ins, in the spellings that are likely.
        _choice(
            "hs_invoice_source",
            "hubspot HubSpot HUBSPOT data_sync legacy_quickbooks LEGACY_QUICKBOOKS",
            read_only=True,
        ),
    ],
    "line_items": [
        *_moments("createdate hs_lastmodifieddate", True),
        *_text("name description hs_sku hs_product_id hs_tax_rate_group_id"),
        *_text("hs_recurring_billing_period recurringbillingfrequency hs_pricing_model"),
        *_text("hs_tier_ranges hs_tier_prices"),
        *_text("hs_tax_label hs_external_tax_rate_id", True),
        *_numbers("quantity price discount hs_discount_percentage hs_position_on_quote"),
        *_numbers("amount hs_total_discount hs_pre_discount_amount hs_post_tax_amount", True),
        *_numbers("hs_effective_unit_price hs_tax_amount hs_tax_rate hs_auto_tax_amount", True),
        *_days("hs_recurring_billing_start_date hs_recurring_billing_end_date"),
        *_days("hs_billing_period_start_date hs_billing_period_end_date"),
        _choice("hs_line_item_currency_code", " ".join(CURRENCIES)),
    ],
    "contacts": [
        *_moments("createdate lastmodifieddate", True),
        *_text("email hs_additional_emails firstname lastname company phone mobilephone website"),
        *_text(_ADDRESS),
        *_text("associatedcompanyid hs_merged_object_ids", True),
    ],
    "companies": [
        *_moments("createdate hs_lastmodifieddate", True),
        *_text("name domain phone website"),
        *_text(_ADDRESS),
        *_text("hs_merged_object_ids", True),
    ],
    "discounts": [*_ADJUSTMENT, _choice("hs_duration", "ONCE FOREVER REPEATING")],
    "fees": _ADJUSTMENT,
    "taxes": _ADJUSTMENT,
    "commerce_payments": [
        *_moments("hs_createdate hs_lastmodifieddate", True),
        *_moments("hs_initiated_date hs_payout_date"),
        *_numbers("hs_initial_amount hs_fees_amount hs_refunds_amount"),
        *_numbers("hs_net_amount", True),
        *_text("hs_customer_email hs_reference_number hs_internal_comment"),
        *_text("hs_payment_id hs_payment_source_app", True),
        _choice("hs_currency_code", " ".join(CURRENCIES)),
        _choice("hs_payment_method_type", "card ach cash check wire_transfer other sepa bacs pads"),
        _choice("hs_processor_type", "hs_payments byo_stripe none quickbooks xero"),
        _choice(
            "hs_latest_status",
            "processing succeeded failed partially_refunded refunded processing_refund"
            " disputed_won disputed_lost disputed_action_required disputed_awaiting_decision",
        ),
    ],
    "deals": [
        *_moments("createdate hs_lastmodifieddate", True),
        *_moments("closedate"),
        *_text("dealname dealstage pipeline"),
        *_numbers("amount"),
    ],
    "subscriptions": [
        *_moments("hs_createdate hs_lastmodifieddate", True),
        *_text("hs_name"),
    ],
    # Seen in one account's copy of HubSpot's data (public code); no guide describes the object.
    "credit_memos": [
        *_moments("hs_createdate hs_lastmodifieddate", True),
        *_moments("hs_credit_memo_date"),
        *_text("hs_number hs_comments"),
        *_numbers("hs_amount_credited"),
        *_numbers("hs_amount_remaining", True),
        _choice("hs_currency", " ".join(CURRENCIES)),
        _choice("hs_credit_memo_status", "draft issued voided"),
    ],
    "data_sync_states": _moments("hs_createdate hs_lastmodifieddate", True),
}
REQUIRED = {
    "invoices": ("hs_currency",),
    "commerce_payments": ("hs_initial_amount", "hs_initiated_date"),
}
# `invoiceinformation` is quoted from a live answer; the others follow its pattern.
_GROUPS = {
    "invoices": "invoiceinformation",
    "line_items": "lineiteminformation",
    "contacts": "contactinformation",
    "companies": "companyinformation",
    "discounts": "discountinformation",
    "fees": "feeinformation",
    "taxes": "taxinformation",
    "commerce_payments": "commercepaymentinformation",
    "deals": "dealinformation",
    "subscriptions": "subscriptioninformation",
    "credit_memos": "creditmemoinformation",
    "data_sync_states": "datasyncstateinformation",
}


def schema(object_type: str) -> Schema:
    group = _GROUPS[object_type]
    return Schema(
        {definition.name: definition for definition in _definitions(object_type)},
        {group: {"name": group, "label": group, "displayOrder": -1, "archived": False}},
    )


@cache
def _definitions(object_type: str) -> list[Property]:
    group = _GROUPS[object_type]
    return [replace(definition, group=group) for definition in [*_COMMON, *_OWN[object_type]]]


class BadValueError(Exception):
    """A value that HubSpot refuses; `code` is HubSpot's word for the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def normalise(definition: Property, value: object) -> str | None:
    """Return the value as HubSpot keeps it: text, or None when the empty text clears it."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    if text == "":
        return None
    if definition.type == "number":
        return _number(definition.name, text)
    if definition.type == "datetime":
        return moment(_parsed(text))
    if definition.type == "date":
        return _parsed(text).date().isoformat()
    if definition.type in ("enumeration", "bool"):
        allowed = {option["value"] for option in definition.options}
        chosen = text.split(";") if definition.field_type == "checkbox" else [text]
        if definition.options and not allowed.issuperset(chosen):
            raise BadValueError(
                "INVALID_OPTION", f"{text} was not one of the allowed options: {sorted(allowed)}"
            )
    elif definition.name == "email" and not EMAIL.match(text):
        raise BadValueError("INVALID_EMAIL", f"Email address {text} is invalid")
    elif len(text) > MAX_TEXT:
        raise BadValueError("INVALID_STRING", f"{definition.name} is too long")
    return text


def _number(name: str, text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        # The only published code for a bad number.
        raise BadValueError("INVALID_INTEGER", f"{text} was not a valid number.")
    if name == "price" and number < 0:
        # Guide "Line items": a price cannot be negative. How that is refused is a guess.
        raise BadValueError("INVALID_INTEGER", f"{text} is negative; a price cannot be.")
    return text


def _parsed(text: str) -> datetime:
    try:
        if _EPOCH_MS.match(text):
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise BadValueError("INVALID_DATE", f"{text} was not a valid date.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def moment(when: datetime, always_ms: bool = False) -> str:
    """Format a time as the guides show it: `...T00:00:00Z` in values, `...00.000Z` in stamps."""
    whole = when.microsecond < 1000 and not always_ms
    text = when.isoformat(timespec="seconds" if whole else "milliseconds")
    return text.replace("+00:00", "Z")


def parse_moment(text: str) -> datetime:
    return _parsed(text)
