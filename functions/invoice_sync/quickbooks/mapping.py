"""Our own model -> QuickBooks' JSON, and back.

Field rules: Intuit's reference page "Invoice" (lengths, DiscountLineDetail with a positive
amount, SubTotalLineDetail as a line of the system's own), "Customer" and "Payment".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ..model import (
    Address,
    Customer,
    Document,
    DocumentLine,
    Item,
    NewCustomer,
    Posted,
    PostedLine,
    PostedPayment,
    Preferences,
    Receipt,
    TaxCode,
    TaxLine,
    TaxRate,
)
from .times import moment


def invoice(document: Document) -> dict[str, Any]:
    """The payload that creates the document, and all that an update may change."""
    lines = [_line(number, line) for number, line in enumerate(document.lines, start=1)]
    if document.discount:
        detail: dict[str, Any] = {"PercentBased": False}
        if document.discount_account_id:
            detail["DiscountAccountRef"] = {"value": document.discount_account_id}
        lines.append(
            {
                "Amount": number(document.discount),
                "DetailType": "DiscountLineDetail",
                "DiscountLineDetail": detail,
            }
        )
    payload: dict[str, Any] = {
        "CustomerRef": {"value": document.customer_id},
        "TxnDate": document.invoice_date.isoformat(),
        "DueDate": document.due_date.isoformat(),
        "PrivateNote": document.marker,
        "Line": lines,
    }
    if document.number:
        payload["DocNumber"] = document.number
    elif document.ask_for_number:
        # Of Intuit's XML schema; where numbers are custom, the invoice has none otherwise.
        payload["AutoDocNumber"] = True
    if document.term_id:
        payload["SalesTermRef"] = {"value": document.term_id}
    if document.send_currency:
        payload["CurrencyRef"] = {"value": document.currency}
    if document.email:
        payload["BillEmail"] = {"Address": document.email}
    if document.memo:
        payload["CustomerMemo"] = {"value": document.memo}
    return payload | _tax(document)


def _tax(document: Document) -> dict[str, Any]:
    """Outside the US an amount is sent only where QuickBooks would calculate another: what is left
    out of an update is calculated anew (reference "Invoice")."""
    total = {"TotalTax": number(document.tax)}
    if document.tax_calculation:
        found: dict[str, Any] = {"GlobalTaxCalculation": document.tax_calculation}
        if document.tax_lines:
            lines = [_tax_line(line) for line in document.tax_lines]
            found["TxnTaxDetail"] = {**total, "TaxLine": lines}
        return found
    if not any(line.tax_code for line in document.lines):
        return {}
    if document.tax_code_id:
        found = {"TxnTaxDetail": {**total, "TxnTaxCodeRef": {"value": document.tax_code_id}}}
    else:
        found = {"TxnTaxDetail": total}
    if document.tax_after_discount:
        found["ApplyTaxAfterDiscount"] = True
    return found


def _tax_line(line: TaxLine) -> dict[str, Any]:
    return {
        "Amount": number(line.amount),
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": {"value": line.rate_id},
            "PercentBased": True,
            "TaxPercent": number(line.percent),
            "NetAmountTaxable": number(line.net),
        },
    }


def invoice_update(document: Document, quickbooks_id: str, sync_token: str) -> dict[str, Any]:
    """A sparse update: what people added in QuickBooks (notes, custom fields) stays."""
    payload = invoice(document)
    # The note may have grown since; the marker in it is still ours. The memo may be emptied.
    del payload["PrivateNote"]
    payload.pop("AutoDocNumber", None)  # it has its number
    payload.setdefault("CustomerMemo", {"value": ""})
    return {"Id": quickbooks_id, "SyncToken": sync_token, "sparse": True, **payload}


def _line(line_number: int, line: DocumentLine) -> dict[str, Any]:
    detail: dict[str, Any] = {"ItemRef": {"value": line.item_id}}
    if line.quantity is not None and line.unit_price is not None:
        detail |= {"Qty": number(line.quantity), "UnitPrice": number(line.unit_price)}
    if line.service_date:
        detail["ServiceDate"] = line.service_date.isoformat()
    if line.tax_code:
        detail["TaxCodeRef"] = {"value": line.tax_code}
    return {
        "LineNum": line_number,
        "Description": line.description,
        "Amount": number(line.amount),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": detail,
    }


def new_customer(customer: NewCustomer) -> dict[str, Any]:
    payload: dict[str, Any] = {"DisplayName": customer.display_name, "Notes": customer.marker}
    texts = {
        "CompanyName": customer.company_name[:100],
        "GivenName": customer.given_name[:100],
        "FamilyName": customer.family_name[:100],
    }
    payload |= {name: text for name, text in texts.items() if text}
    if customer.email:
        payload["PrimaryEmailAddr"] = {"Address": customer.email}
    if customer.phone and len(customer.phone) <= 30:
        payload["PrimaryPhone"] = {"FreeFormNumber": customer.phone}
    if customer.currency:
        payload["CurrencyRef"] = {"value": customer.currency}
    if customer.parent_id:
        payload |= {"Job": True, "ParentRef": {"value": customer.parent_id}}
    address = _address(customer.address)
    if address:
        payload["BillAddr"] = address
    return payload


def _address(address: Address) -> dict[str, str]:
    parts = {
        "Line1": address.street[:500],
        "Line2": address.street2[:500],
        "City": address.city[:255],
        "CountrySubDivisionCode": address.region[:255],
        "PostalCode": address.postal_code[:30],
        "Country": address.country[:255],
    }
    return {name: text for name, text in parts.items() if text}


def payment(receipt: Receipt) -> dict[str, Any]:
    linked = [{"TxnId": receipt.invoice_id, "TxnType": "Invoice"}]
    payload: dict[str, Any] = {
        "CustomerRef": {"value": receipt.customer_id},
        "TotalAmt": number(receipt.amount),
        "TxnDate": receipt.paid_on.isoformat(),
        "PrivateNote": receipt.marker,
        "Line": [{"Amount": number(receipt.amount), "LinkedTxn": linked}],
    }
    if receipt.send_currency:
        payload["CurrencyRef"] = {"value": receipt.currency}
    if receipt.reference:
        payload["PaymentRefNum"] = receipt.reference[:21]
    if receipt.deposit_account_id:
        payload["DepositToAccountRef"] = {"value": receipt.deposit_account_id}
    return payload


def posted_payment(payload: Mapping[str, Any]) -> PostedPayment:
    applied: dict[str, Decimal] = {}
    for line in payload.get("Line", []):
        for linked in line.get("LinkedTxn", []):
            if linked.get("TxnType") == "Invoice":
                before = applied.get(linked["TxnId"], Decimal(0))
                applied[linked["TxnId"]] = before + Decimal(line.get("Amount", 0))
    return PostedPayment(
        id=payload["Id"],
        total=Decimal(payload.get("TotalAmt", 0)),
        applied=applied,
        private_note=payload.get("PrivateNote", ""),
        updated_at=moment(payload.get("MetaData", {}).get("LastUpdatedTime")),
    )


def customer(payload: Mapping[str, Any]) -> Customer:
    return Customer(
        id=payload["Id"],
        display_name=payload.get("DisplayName", ""),
        company_name=payload.get("CompanyName", ""),
        email=payload.get("PrimaryEmailAddr", {}).get("Address", "").strip(),
        currency=payload.get("CurrencyRef", {}).get("value", ""),
        notes=payload.get("Notes", ""),
        active=payload.get("Active", True),
    )


def item(payload: Mapping[str, Any]) -> Item:
    return Item(
        id=payload["Id"],
        name=payload.get("Name", ""),
        sku=payload.get("Sku", ""),
        usable=payload.get("Active", True)
        and payload.get("Type") not in ("Category", "Group", "Bundle"),
    )


def preferences(payload: Mapping[str, Any]) -> Preferences:
    currency = payload.get("CurrencyPrefs", {})
    tax = payload.get("TaxPrefs", {})
    return Preferences(
        home_currency=currency.get("HomeCurrency", {}).get("value", ""),
        multicurrency=currency.get("MultiCurrencyEnabled", False),
        custom_numbers=payload.get("SalesFormsPrefs", {}).get("CustomTxnNumbers", False),
        sales_tax=tax.get("UsingSalesTax", False),
        automated_sales_tax=tax.get("PartnerTaxEnabled", False),
        book_close_date=_date(payload.get("AccountingInfoPrefs", {}).get("BookCloseDate")),
    )


def country(payload: Mapping[str, Any]) -> str:
    """Of a CompanyInfo; the US where it says none."""
    return str(payload.get("Country") or "US").strip().upper()


def rate_ids(payload: Mapping[str, Any]) -> list[str]:
    """The tax rates of a TaxCode, for sales."""
    return [detail["TaxRateRef"]["value"] for detail in _rate_details(payload)]


def tax_code(payload: Mapping[str, Any], rates: Mapping[str, Mapping[str, Any]]) -> TaxCode:
    """`rates`: TaxRate answers by id, with all rates of the code."""
    kinds = {one.get("TaxTypeApplicable", "TaxOnAmount") for one in _rate_details(payload)}
    return TaxCode(
        id=payload["Id"],
        rates=tuple(
            TaxRate(id=one, percent=Decimal(rates[one].get("RateValue", 0)))
            for one in rate_ids(payload)
        ),
        compound=bool(kinds - {"TaxOnAmount"}),
    )


def _rate_details(payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = payload.get("SalesTaxRateList", {}).get("TaxRateDetail", [])
    return found


def posted(payload: Mapping[str, Any]) -> Posted:
    """What an answer says about an invoice. Numbers in it must have been read as Decimal."""
    lines, discount = [], Decimal(0)
    for line in payload.get("Line", []):
        amount = Decimal(line.get("Amount", 0))
        kind = line.get("DetailType")
        if kind == "DiscountLineDetail":
            discount += amount
        elif kind == "SalesItemLineDetail":
            detail = line.get("SalesItemLineDetail", {})
            lines.append(
                PostedLine(
                    item_id=detail.get("ItemRef", {}).get("value", ""),
                    quantity=_decimal(detail.get("Qty")),
                    unit_price=_decimal(detail.get("UnitPrice")),
                    amount=amount,
                )
            )
        elif kind == "GroupLineDetail":
            # Not ours: kept as a line of its own, so that it shows as a difference.
            lines.append(PostedLine(item_id="group", amount=amount))
    total = Decimal(payload.get("TotalAmt", 0))
    note = payload.get("PrivateNote", "")
    return Posted(
        id=payload["Id"],
        sync_token=payload["SyncToken"],
        number=payload.get("DocNumber", ""),
        customer_id=payload.get("CustomerRef", {}).get("value", ""),
        currency=payload.get("CurrencyRef", {}).get("value", ""),
        lines=tuple(lines),
        discount=discount,
        tax=Decimal(payload.get("TxnTaxDetail", {}).get("TotalTax", 0)),
        total=total,
        balance=Decimal(payload.get("Balance", 0)),
        # QuickBooks has no status for it: amounts become 0 and the note begins with the word.
        voided=total == 0 and bool(re.match(r"void", note, re.IGNORECASE)),
        private_note=note,
        invoice_date=_date(payload.get("TxnDate")),
        updated_at=moment(payload.get("MetaData", {}).get("LastUpdatedTime")),
        payment_ids=tuple(
            linked["TxnId"]
            for linked in payload.get("LinkedTxn", [])
            if linked.get("TxnType") == "Payment"
        ),
    )


def number(value: Decimal) -> int | float:
    """A JSON number with exactly the digits of `value`.

    Raises ValueError when a float cannot carry them: QuickBooks takes 15 digits at most.
    """
    if value == value.to_integral_value():
        return int(value)
    as_float = float(value)
    if Decimal(repr(as_float)) != value:
        raise ValueError("a number has more digits than QuickBooks takes")
    return as_float


def _date(value: Any) -> date | None:
    """None for what cannot be read: no source shows every form of these dates."""
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
