"""Our own model -> QuickBooks' JSON.

Rules of fields: Intuit's reference pages "Invoice" (DiscountLineDetail with a positive amount,
SubTotalLineDetail as a line that QuickBooks adds itself), "Customer" and "Payment".

Values are made to fit QuickBooks' limits (`model.limits`) here and nowhere else. A text that is too
long is cut at a word, and the rest goes into the private note, or a customer's notes, as far as it
fits there. An update leaves the note to people, so there the rest is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from invoice_sync.model.changes import Changes, InvoiceField, LineChange, LineField
from invoice_sync.model.hubspot import Address
from invoice_sync.model.limits import Field, cut, email_problem, fits
from invoice_sync.model.markers import MARKER
from invoice_sync.model.places import state_code
from invoice_sync.model.quickbooks import (
    DesiredInvoice,
    DesiredLine,
    NewCustomer,
    NewPayment,
    QuickBooksInvoice,
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
        "PrivateNote": _private_note(document),
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
    if document.exchange_rate:
        payload["ExchangeRate"] = number(document.exchange_rate)
    if document.email and not email_problem(document.email):
        payload["BillEmail"] = {"Address": document.email}
    for member, address in (("ShipAddr", document.ship_to), ("BillAddr", document.bill_to)):
        if address.is_place:
            payload[member] = _address(address)
    if document.memo:
        payload["CustomerMemo"] = {"value": cut(document.memo, "Invoice.CustomerMemo")[0]}
    return payload | _tax(document)


def _private_note(document: DesiredInvoice) -> str:
    """Return our marker, and after it the rest of texts that had to be cut."""
    rests = [("The message", cut(document.memo, "Invoice.CustomerMemo")[1])]
    rests += [
        (f"Line {position}", cut(line.description, "Line.Description")[1])
        for position, line in enumerate(document.lines, start=1)
    ]
    # Nobody else's words may look like a marker of ours.
    continued = (f"{name} goes on: {MARKER.sub('', rest)}" for name, rest in rests if rest)
    return cut("\n".join((document.marker, *continued)), "Invoice.PrivateNote")[0]


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


def invoice_update(
    document: DesiredInvoice, existing: QuickBooksInvoice, changes: Changes
) -> dict[str, Any]:
    """Return the payload of a sparse update that writes only `changes`.

    What an update does not name stays. But a list of lines replaces all lines, so each is sent
    whole and with its id, as QuickBooks has it but for what changed (reference "Invoice").
    """
    payload: dict[str, Any] = {
        "Id": existing.id,
        "SyncToken": existing.sync_token,
        "sparse": True,
    }
    whole = invoice(document)
    if changes.customer:
        payload["CustomerRef"] = whole["CustomerRef"]
        if "CurrencyRef" in whole:
            payload["CurrencyRef"] = whole["CurrencyRef"]
    for field, member in _MEMBERS.items():
        if field in changes.fields and member in whole:
            payload[member] = whole[member]
    if "memo" in changes.fields:
        # HubSpot's comments may have been emptied.
        payload["CustomerMemo"] = whole.get("CustomerMemo", {"value": ""})
    if changes.lines is not None:
        payload["Line"] = [*_merged_lines(document, existing, changes.lines)]
    if "tax" in changes.fields:
        payload |= _tax(document)
    return payload


_MEMBERS: dict[InvoiceField, str] = {
    "number": "DocNumber",
    "date": "TxnDate",
    "due_date": "DueDate",
    "term": "SalesTermRef",
    "email": "BillEmail",
    "exchange_rate": "ExchangeRate",
    "ship_to": "ShipAddr",
    "bill_to": "BillAddr",
}
_LINE_MEMBERS: dict[LineField, tuple[str, ...]] = {
    "item": ("ItemRef",),
    "price": ("Qty", "UnitPrice"),
    "service_date": ("ServiceDate",),
    "tax_code": ("TaxCodeRef",),
}


def _merged_lines(
    document: DesiredInvoice, existing: QuickBooksInvoice, lines: Sequence[LineChange]
) -> Iterator[dict[str, Any]]:
    """Yield all lines in QuickBooks' order. New ones come behind the others, then the discount."""
    changes = {line.quickbooks_id: line for line in lines if line.quickbooks_id}
    discount: dict[str, Any] = {}
    for raw in map(_for_json, existing.raw_lines):
        detail_type = raw.get("DetailType")
        if detail_type == "SalesItemLineDetail":
            if change := changes.get(raw.get("Id", "")):
                yield _changed_line(raw, change)
        elif detail_type == "DiscountLineDetail":
            discount = raw
        elif detail_type != "SubTotalLineDetail":  # QuickBooks adds those itself
            yield raw
    for line in lines:
        if not line.quickbooks_id:
            new = _line(0, line.desired)
            del new["LineNum"]
            yield new
    if document.discount:
        ours = _discount_line(document)
        detail = {**ours["DiscountLineDetail"], **discount.get("DiscountLineDetail", {})}
        yield {**discount, **ours, "DiscountLineDetail": {**detail, "PercentBased": False}}


def _for_json(value: Any) -> Any:
    """Return a value of QuickBooks' answer, where fractions are Decimal, as it is sent back."""
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, dict):
        return {name: _for_json(member) for name, member in value.items()}
    return [*map(_for_json, value)] if isinstance(value, list) else value


def _changed_line(raw: Mapping[str, Any], change: LineChange) -> dict[str, Any]:
    """Return QuickBooks' line with the fields that change."""
    new = _line(0, change.desired)
    line, detail = dict(raw), dict(raw.get("SalesItemLineDetail", {}))
    for field in change.fields:
        for member in _LINE_MEMBERS.get(field, ()):
            detail.pop(member, None)
            if member in new["SalesItemLineDetail"]:
                detail[member] = new["SalesItemLineDetail"][member]
    if "price" in change.fields:
        line["Amount"] = new["Amount"]
    if "description" in change.fields:
        line["Description"] = new["Description"]
    return {**line, "SalesItemLineDetail": detail}


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
        "Description": cut(line.description, "Line.Description")[0],
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
    """Return the payload that creates a customer."""
    texts: dict[str, tuple[Field, str]] = {
        "CompanyName": ("Customer.CompanyName", customer.company_name),
        "GivenName": ("Customer.GivenName", customer.given_name),
        "FamilyName": ("Customer.FamilyName", customer.family_name),
    }
    payload: dict[str, Any] = {
        "DisplayName": customer.display_name,
        "Notes": _notes(customer, texts),
        **{name: cut(text, field, "")[0] for name, (field, text) in texts.items() if text},
    }
    if customer.email and not email_problem(customer.email):
        payload["PrimaryEmailAddr"] = {"Address": customer.email}
    # Half a telephone number is none.
    if customer.phone and fits(customer.phone, "Customer.PrimaryPhone"):
        payload["PrimaryPhone"] = {"FreeFormNumber": customer.phone}
    if customer.currency:
        payload["CurrencyRef"] = {"value": customer.currency}
    if customer.parent_id:
        payload |= {"Job": True, "ParentRef": {"value": customer.parent_id}}
    address = _address(customer.address)
    if address:
        payload["BillAddr"] = address
    return payload


def _notes(customer: NewCustomer, texts: Mapping[str, tuple[Field, str]]) -> str:
    """Return our marker, and after it the whole text of what had to be cut or left out."""
    address = _address_fields(customer.address)
    shortened = [text for field, text in (*texts.values(), *address) if not fits(text, field)]
    if not fits(customer.phone, "Customer.PrimaryPhone"):
        shortened.append(customer.phone)
    if customer.email and email_problem(customer.email):
        shortened.append(customer.email)
    return cut("\n".join((customer.marker, *shortened)), "Customer.Notes")[0]


def _address(address: Address) -> dict[str, str]:
    names = ("Line1", "Line2", "City", "CountrySubDivisionCode", "PostalCode", "Country")
    fields = zip(names, _address_fields(address), strict=True)
    return {name: cut(text, field, "")[0] for name, (field, text) in fields if text}


def _address_fields(address: Address) -> tuple[tuple[Field, str], ...]:
    return (
        ("Address.Line", address.street),
        ("Address.Line", address.street2),
        ("Address.City", address.city),
        ("Address.CountrySubDivisionCode", state_code(address.region, address.country)),
        ("Address.PostalCode", address.postal_code),
        ("Address.Country", address.country),
    )


def payment(payment: NewPayment) -> dict[str, Any]:
    """Return the payload that creates a payment, with a line for each invoice. What the lines leave
    of the total is unapplied (reference "Payment", `UnappliedAmt`)."""
    reference, rest = cut(payment.reference, "Payment.PaymentRefNum", "")
    # The note gets the whole reference: a part of it would be another reference.
    note = f"{payment.marker}\nReference: {payment.reference}" if rest else payment.marker
    payload: dict[str, Any] = {
        "CustomerRef": {"value": payment.customer_id},
        "TotalAmt": number(payment.amount),
        "TxnDate": payment.paid_on.isoformat(),
        "PrivateNote": cut(note, "Payment.PrivateNote")[0],
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
    if payment.exchange_rate:
        payload["ExchangeRate"] = number(payment.exchange_rate)
    if reference:
        payload["PaymentRefNum"] = reference
    if payment.deposit_account_id:
        payload["DepositToAccountRef"] = {"value": payment.deposit_account_id}
    return payload


def number(value: Decimal) -> int | float:
    """Return a JSON number with exactly the digits of `value`.

    Raises ValueError when a float cannot carry them. The plan has foreseen that by then
    (`limits.has_digits_for`).
    """
    if value == value.to_integral_value():
        return int(value)
    as_float = float(value)
    if Decimal(repr(as_float)) != value:
        raise ValueError("a number has more digits than QuickBooks takes")
    return as_float
