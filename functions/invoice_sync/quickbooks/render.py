"""Our own model -> QuickBooks' JSON.

Rules of fields: Intuit's reference pages "Invoice" (lengths, DiscountLineDetail with a positive
amount, SubTotalLineDetail as a line that QuickBooks adds itself), "Customer" and "Payment".
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
    """Return the payload that creates an invoice."""
    lines = [_line(position, line) for position, line in enumerate(document.lines, start=1)]
    if document.discount:
        lines.append(_discount_line(document))
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
        # In Intuit's XML schema (Finance.xsd) only. Without it an invoice has no number in a
        # company that has custom numbers switched on.
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
    """Return the members that say what tax the invoice has.

    Outside the US an amount is sent only where QuickBooks would calculate another: QuickBooks
    calculates anew what an update leaves out (reference "Invoice").
    """
    total = {"TotalTax": number(document.tax)}
    if document.tax_calculation:
        tax: dict[str, Any] = {"GlobalTaxCalculation": document.tax_calculation}
        if document.tax_lines:
            lines = [_tax_line(line) for line in document.tax_lines]
            tax["TxnTaxDetail"] = {**total, "TaxLine": lines}
        return tax
    if not any(line.tax_code for line in document.lines):
        return {}
    if document.tax_code_id:
        tax = {"TxnTaxDetail": {**total, "TxnTaxCodeRef": {"value": document.tax_code_id}}}
    else:
        tax = {"TxnTaxDetail": total}
    if document.tax_after_discount:
        tax["ApplyTaxAfterDiscount"] = True
    return tax


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
    """Return the payload of a sparse update: what people added in QuickBooks stays."""
    payload = invoice(document)
    # People may have added to the note; our marker is still in it.
    del payload["PrivateNote"]
    # The invoice has its number.
    payload.pop("AutoDocNumber", None)
    # HubSpot's comments may have been emptied.
    payload.setdefault("CustomerMemo", {"value": ""})
    return {"Id": quickbooks_id, "SyncToken": sync_token, "sparse": True, **payload}


def _line(position: int, line: DesiredLine) -> dict[str, Any]:
    detail: dict[str, Any] = {"ItemRef": {"value": line.item_id}}
    if line.quantity is not None and line.unit_price is not None:
        detail |= {"Qty": number(line.quantity), "UnitPrice": number(line.unit_price)}
    if line.service_date:
        detail["ServiceDate"] = line.service_date.isoformat()
    if line.tax_code:
        detail["TaxCodeRef"] = {"value": line.tax_code}
    return {
        "LineNum": position,
        "Description": line.description,
        "Amount": number(line.amount),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": detail,
    }


def _discount_line(document: DesiredInvoice) -> dict[str, Any]:
    detail: dict[str, Any] = {"PercentBased": False}
    if document.discount_account_id:
        detail["DiscountAccountRef"] = {"value": document.discount_account_id}
    return {
        "Amount": number(document.discount),
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": detail,
    }


def customer(customer: NewCustomer) -> dict[str, Any]:
    """Return the payload that creates a customer. Texts are cut to the lengths that fit."""
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


def payment(payment: NewPayment) -> dict[str, Any]:
    """Return the payload that creates a payment, with a line for each invoice. What the lines leave
    of the total is unapplied (reference "Payment", `UnappliedAmt`)."""
    payload: dict[str, Any] = {
        "CustomerRef": {"value": payment.customer_id},
        "TotalAmt": number(payment.amount),
        "TxnDate": payment.paid_on.isoformat(),
        "PrivateNote": payment.marker,
    }
    lines = [
        {
            "Amount": number(share),
            "LinkedTxn": [{"TxnId": invoice_id, "TxnType": "Invoice"}],
        }
        for invoice_id, share in payment.shares.items()
    ]
    if lines:
        payload["Line"] = lines
    if payment.send_currency:
        payload["CurrencyRef"] = {"value": payment.currency}
    if payment.reference:
        payload["PaymentRefNum"] = payment.reference[:21]
    if payment.deposit_account_id:
        payload["DepositToAccountRef"] = {"value": payment.deposit_account_id}
    return payload


def number(value: Decimal) -> int | float:
    """Return a JSON number with exactly the digits of `value`.

    Raises ValueError when a float cannot carry them: QuickBooks takes 15 digits at most (reference
    "Invoice", `Line.Amount`).
    """
    if value == value.to_integral_value():
        return int(value)
    as_float = float(value)
    if Decimal(repr(as_float)) != value:
        raise ValueError("a number has more digits than QuickBooks takes")
    return as_float
