"""The names of the settings, as JSON has them, and the labels that people know them by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

SettingName = Literal[
    "createCustomers",
    "displayName",
    "onDisplayNameClash",
    "documentNumber",
    "serviceDate",
    "fallbackItemId",
    "feeItemId",
    "discountAccountId",
    "taxCodeId",
    "untaxedCodeId",
    "taxCodes",
    "terms",
    "recordPayments",
    "depositAccountId",
    "sources",
    "nativeSync",
    "mayAct",
]
# The setting that a failure is to be blamed on; empty: none.
BlamedSetting = Literal["", SettingName]

LABELS: Mapping[SettingName, str] = {
    "createCustomers": "Create missing customers",
    "displayName": "Name of a new customer",
    "onDisplayNameClash": "If the name is taken",
    "documentNumber": "Number of the QuickBooks invoice",
    "serviceDate": "Service date of lines without a billing start",
    "fallbackItemId": "Item for lines that match none",
    "feeItemId": "Item for fees",
    "discountAccountId": "Account for discounts",
    "taxCodeId": "Tax code for all other taxes",
    "untaxedCodeId": "Tax code for lines without tax",
    "taxCodes": "Tax codes by tax",
    "terms": "Payment terms",
    "recordPayments": "Record payments",
    "depositAccountId": "Account for payments",
    "sources": "Invoice sources",
    "nativeSync": "HubSpot's own QuickBooks sync",
    "mayAct": "Who may decide, retry, and change settings",
}
