"""Our own model -> QuickBooks' JSON, and back.

Field rules: Intuit's reference page "Invoice" (lengths, DiscountLineDetail with a positive
amount, SubTotalLineDetail as a line of the system's own), "Customer" and "Payment".
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from invoice_sync.model.hubspot import Address
from invoice_sync.model.quickbooks import (
    DesiredInvoice,
    DesiredLine,
    NewCustomer,
    NewPayment,
    TaxLine,
)


def invoice(document: DesiredInvoice) -> dict[str, Any]:
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


def _tax(document: DesiredInvoice) -> dict[str, Any]:
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


def invoice_update(document: DesiredInvoice, quickbooks_id: str, sync_token: str) -> dict[str, Any]:
    """A sparse update: what people added in QuickBooks (notes, custom fields) stays."""
    payload = invoice(document)
    # The note may have grown since; the marker in it is still ours. The memo may be emptied.
    del payload["PrivateNote"]
    payload.pop("AutoDocNumber", None)  # it has its number
    payload.setdefault("CustomerMemo", {"value": ""})
    return {"Id": quickbooks_id, "SyncToken": sync_token, "sparse": True, **payload}


def _line(line_number: int, line: DesiredLine) -> dict[str, Any]:
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


def customer(customer: NewCustomer) -> dict[str, Any]:
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


def payment(receipt: NewPayment) -> dict[str, Any]:
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
