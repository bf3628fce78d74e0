"""The form of QuickBooks' JSON: the members that we read, and those that each answer needs.

Sources: the reference pages that `parse` names. An amount that is missing is never taken for 0:
then an invoice would look changed, or voided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from invoice_sync.errors import FormError
from invoice_sync.runtime.answers import (
    Each,
    Form,
    Members,
    check,
    count,
    digits,
    flag,
    identifier,
    number,
    text,
)

_REFERENCE = Members({"value": text, "name": text})
# A reference that names something.
_CHOSEN = Members({"name": text}, needed={"value": identifier})
_EMAIL = Members({"Address": text})
_MEMO = Members({"value": text})
_ADDRESS_MEMBERS = ("City", "CountrySubDivisionCode", "PostalCode", "Country")
_ADDRESS = Members(
    dict.fromkeys((*(f"Line{number}" for number in range(1, 6)), *_ADDRESS_MEMBERS), text)
)
_META_DATA = Members({"CreateTime": text, "LastUpdatedTime": text})
_LINKS = Each(Members({"TxnType": text}, needed={"TxnId": identifier}))
_SOLD = Members(
    {
        "ItemRef": _REFERENCE,
        "TaxCodeRef": _REFERENCE,
        "Qty": number,
        "UnitPrice": number,
        "ServiceDate": text,
    }
)
_LINES = Each(
    Members(
        {
            "Id": text,
            "Amount": number,
            "DetailType": text,
            "Description": text,
            "LinkedTxn": _LINKS,
            "SalesItemLineDetail": _SOLD,
        }
    )
)
_ID: Mapping[str, Form] = {"Id": digits}
_ROW = Members({"MetaData": _META_DATA, "Active": flag, "status": text}, needed=_ID)
_INVOICE = Members(
    {
        **_ROW.known,
        "DocNumber": text,
        "CurrencyRef": _REFERENCE,
        "SalesTermRef": _REFERENCE,
        "Line": _LINES,
        "LinkedTxn": _LINKS,
        "TxnTaxDetail": Members({"TotalTax": number}),
        "ExchangeRate": number,
        "HomeTotalAmt": number,
        "PrivateNote": text,
        "TxnDate": text,
        "DueDate": text,
        "CustomerMemo": _MEMO,
        "BillEmail": _EMAIL,
        "ShipAddr": _ADDRESS,
        "BillAddr": _ADDRESS,
    },
    needed={
        **_ID,
        "SyncToken": identifier,
        "CustomerRef": _CHOSEN,
        "TotalAmt": number,
        "Balance": number,
    },
)
_NAMED = Members(
    {
        **_ROW.known,
        "DisplayName": text,
        "FullyQualifiedName": text,
        "ParentRef": _REFERENCE,
        "GivenName": text,
        "FamilyName": text,
        "CompanyName": text,
        "PrimaryEmailAddr": _EMAIL,
        "CurrencyRef": _REFERENCE,
        "Notes": text,
    },
    needed=_ID,
)
_LISTED = Members(
    {
        **_ROW.known,
        "Name": text,
        "FullyQualifiedName": text,
        "Sku": text,
        "Type": text,
        "AccountType": text,
        "AccountSubType": text,
        "DayOfMonthDue": number,
        "DueDays": number,
        "RateValue": number,
    },
    needed=_ID,
)
_RATE = Members(
    {"TaxTypeApplicable": text},
    needed={"TaxRateRef": _CHOSEN},
)
_TAX_CODE = Members(
    {**_LISTED.known, "SalesTaxRateList": Members({"TaxRateDetail": Each(_RATE)})},
    # In the US some have names, such as "TAX".
    needed={"Id": identifier},
)
_PAID = {**_ROW.known, "PrivateNote": text, "Line": _LINES, "LinkedTxn": _LINKS}
# A row of a query, or the answer to a create, by entity.
ENTITIES: Mapping[str, Members] = {
    "Invoice": _INVOICE,
    "Customer": _NAMED,
    "Vendor": _NAMED,
    "Employee": _NAMED,
    "Item": _LISTED,
    "Account": _LISTED,
    "Term": _LISTED,
    "TaxRate": _LISTED,
    "TaxCode": _TAX_CODE,
    "Payment": Members(_PAID, needed={**_ID, "TotalAmt": number}),
    "CreditMemo": Members(_PAID, needed=_ID),
}
_CURRENCIES = Members({"MultiCurrencyEnabled": flag}, needed={"HomeCurrency": _CHOSEN})
PREFERENCES = Members(
    {
        "TaxPrefs": Members({"UsingSalesTax": flag, "PartnerTaxEnabled": flag}),
        "SalesFormsPrefs": Members({"CustomTxnNumbers": flag}),
        "AccountingInfoPrefs": Members({"BookCloseDate": text}),
    },
    needed={"CurrencyPrefs": _CURRENCIES},
)
COMPANY_INFO = Members({"CompanyName": text, "Country": text})
EXCHANGE_RATE = Members({"Rate": number})
_BATCH = Members(needed={"BatchItemResponse": Each(Members(needed={"bId": text}))})
_CHANGE_LOG = Members(
    needed={"CDCResponse": Each(Members({"QueryResponse": Each(Members())}))},
)
_COUNTS = Members({"startPosition": count, "maxResults": count, "totalCount": count})


def whole(answer: Any, member: str, form: Form) -> dict[str, Any]:
    """Return a member of an answer that has this form. Raises FormError."""
    check(answer, Members(needed={member: form}))
    part: dict[str, Any] = answer[member]
    return part


def record(answer: Any, entity: str) -> dict[str, Any]:
    """Return the one record of an answer; of a deleted one QuickBooks keeps little more than the
    id. Raises FormError."""
    row = whole(answer, entity, _ROW)
    return row if row.get("status") == "Deleted" else whole(answer, entity, ENTITIES[entity])


def rows(answer: Any) -> list[dict[str, Any]]:
    """Return the rows in the answer to a query. Raises FormError."""
    response = whole(answer, "QueryResponse", _COUNTS)
    found: list[dict[str, Any]] = []
    for each in _rows_by_entity(response, ENTITIES).values():
        found += each
    if not found and response.get("maxResults", 0):
        raise FormError("the answer.QueryResponse without its rows")
    return found


def total(answer: Any) -> int:
    """Return the number in the answer to a query for one. Raises FormError."""
    response = whole(answer, "QueryResponse", Members(needed={"totalCount": count}))
    return int(response["totalCount"])


def batch(answer: Any, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the items in the answer to a batch, in the order of their ids, which QuickBooks does
    not promise. Raises FormError."""
    check(answer, _BATCH)
    by_id = {item["bId"]: item for item in answer["BatchItemResponse"]}
    if by_id.keys() != {*ids}:
        raise FormError("the answer.BatchItemResponse[].bId")
    return [by_id[each] for each in ids]


def changes(answer: Any, entities: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows in an answer of the change log, by entity. Raises FormError."""
    check(answer, _CHANGE_LOG)
    found: dict[str, list[dict[str, Any]]] = {entity: [] for entity in entities}
    for response in answer["CDCResponse"]:
        for group in response.get("QueryResponse", []):
            # Whoever reads the log asks for the rows again: one odd row must not hide the others.
            for entity, some in _rows_by_entity(group, {}).items():
                if entity in found:
                    found[entity] += some
    return found


def _rows_by_entity(
    response: dict[str, Any], forms: Mapping[str, Members]
) -> dict[str, list[dict[str, Any]]]:
    found = {
        entity: rows
        for entity, rows in response.items()
        if entity in ENTITIES or isinstance(rows, list)
    }
    for entity, rows in found.items():
        check(rows, Each(forms.get(entity, _ROW)), entity)
    return found
