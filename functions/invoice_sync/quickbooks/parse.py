"""QuickBooks' JSON -> our own model. Numbers in the JSON must have been read as Decimal.

Names of fields: Intuit's reference pages "Invoice", "Customer", "Item", "Payment", "Preferences",
"TaxCode" and "TaxRate".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from invoice_sync.model.places import is_us, words
from invoice_sync.model.quickbooks import (
    Customer,
    Item,
    Preferences,
    QuickBooksInvoice,
    QuickBooksLine,
    QuickBooksPayment,
    TaxCode,
    TaxRate,
)
from invoice_sync.quickbooks.times import moment


def payment(payload: Mapping[str, Any]) -> QuickBooksPayment:
    """Read a payment, with the sum that it applies to each invoice."""
    applied: dict[str, Decimal] = {}
    for line in payload.get("Line", []):
        for linked in line.get("LinkedTxn", []):
            if linked.get("TxnType") == "Invoice":
                before = applied.get(linked["TxnId"], Decimal(0))
                applied[linked["TxnId"]] = before + Decimal(line.get("Amount", 0))
    return QuickBooksPayment(
        id=payload["Id"],
        total=Decimal(payload.get("TotalAmt", 0)),
        applied=applied,
        private_note=payload.get("PrivateNote", ""),
        updated_at=moment(payload.get("MetaData", {}).get("LastUpdatedTime")),
    )


def customer(payload: Mapping[str, Any]) -> Customer:
    """Read a customer."""
    return Customer(
        id=payload["Id"],
        display_name=payload.get("DisplayName", ""),
        parent_id=payload.get("ParentRef", {}).get("value", ""),
        is_person=bool(payload.get("GivenName") or payload.get("FamilyName")),
        company_name=payload.get("CompanyName", ""),
        email=payload.get("PrimaryEmailAddr", {}).get("Address", "").strip(),
        currency=payload.get("CurrencyRef", {}).get("value", ""),
        notes=payload.get("Notes", ""),
        active=payload.get("Active", True),
    )


def item(payload: Mapping[str, Any]) -> Item:
    """Read an item."""
    return Item(
        id=payload["Id"],
        name=payload.get("Name", ""),
        full_name=payload.get("FullyQualifiedName", ""),
        sku=payload.get("Sku", ""),
        type=payload.get("Type", ""),
        active=payload.get("Active", True),
    )


def preferences(payload: Mapping[str, Any]) -> Preferences:
    """Read the company's preferences, as far as invoices depend on them."""
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


def exchange_rate(payload: Mapping[str, Any]) -> Decimal | None:
    """Return the units of the home currency for one of another (reference "ExchangeRate"); None
    when QuickBooks has no rate."""
    rate = _decimal(payload.get("Rate"))
    return rate if rate and rate > 0 else None


def country(payload: Mapping[str, Any]) -> str:
    """Return the country of a CompanyInfo, or US if it names none; the US has several spellings."""
    country = str(payload.get("Country") or "US").strip()
    return "US" if is_us(country) else country.upper()


def rate_ids(payload: Mapping[str, Any]) -> list[str]:
    """Return the ids of a TaxCode's rates for sales."""
    return [detail["TaxRateRef"]["value"] for detail in _rate_details(payload)]


def tax_code(payload: Mapping[str, Any], rates: Mapping[str, Mapping[str, Any]]) -> TaxCode:
    """Read a TaxCode. `rates`: the TaxRates by id, with at least those of the code."""
    applied_to = {
        detail.get("TaxTypeApplicable", "TaxOnAmount") for detail in _rate_details(payload)
    }
    return TaxCode(
        id=payload["Id"],
        name=payload.get("Name", ""),
        rates=tuple(
            TaxRate(id=rate_id, percent=Decimal(rates[rate_id].get("RateValue", 0)))
            for rate_id in rate_ids(payload)
        ),
        compound=bool(applied_to - {"TaxOnAmount"}),
    )


def _rate_details(payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    details: list[dict[str, Any]] = payload.get("SalesTaxRateList", {}).get("TaxRateDetail", [])
    return details


def invoice(payload: Mapping[str, Any]) -> QuickBooksInvoice:
    """Read an invoice."""
    lines, discount = _lines(payload.get("Line", []))
    total = Decimal(payload.get("TotalAmt", 0))
    note = payload.get("PrivateNote", "")
    return QuickBooksInvoice(
        id=payload["Id"],
        sync_token=payload["SyncToken"],
        number=payload.get("DocNumber", ""),
        customer_id=payload.get("CustomerRef", {}).get("value", ""),
        customer_name=payload.get("CustomerRef", {}).get("name", ""),
        currency=payload.get("CurrencyRef", {}).get("value", ""),
        lines=tuple(lines),
        discount=discount,
        tax=Decimal(payload.get("TxnTaxDetail", {}).get("TotalTax", 0)),
        total=total,
        balance=Decimal(payload.get("Balance", 0)),
        exchange_rate=_decimal(payload.get("ExchangeRate")),
        home_total=_decimal(payload.get("HomeTotalAmt")),
        # QuickBooks has no status for it: amounts become 0, and the note begins with "Voided"
        # (recorded answers in minimul/qbo_api).
        voided=total == 0 and bool(re.match(r"void", note, re.IGNORECASE)),
        private_note=note,
        invoice_date=_date(payload.get("TxnDate")),
        due_date=_date(payload.get("DueDate")),
        term_id=payload.get("SalesTermRef", {}).get("value", ""),
        memo=payload.get("CustomerMemo", {}).get("value", ""),
        email=payload.get("BillEmail", {}).get("Address", ""),
        ship_to=_address_words(payload, "ShipAddr"),
        bill_to=_address_words(payload, "BillAddr"),
        raw_lines=tuple(payload.get("Line", [])),
        updated_at=moment(payload.get("MetaData", {}).get("LastUpdatedTime")),
        payment_ids=tuple(
            linked["TxnId"]
            for linked in payload.get("LinkedTxn", [])
            if linked.get("TxnType") == "Payment"
        ),
    )


def _address_words(payload: Mapping[str, Any], member: str) -> str:
    """Return the words of an address, without the customer's name that QuickBooks puts before
    them."""
    address, name = payload.get(member, {}), payload.get("CustomerRef", {}).get("name", "")
    lines = [address.get(f"Line{number}", "") for number in range(1, 6)]
    parts = ("City", "CountrySubDivisionCode", "PostalCode", "Country")
    return words(
        *(line for line in lines if line != name), *(address.get(part, "") for part in parts)
    )


def _lines(rows: Sequence[Mapping[str, Any]]) -> tuple[list[QuickBooksLine], Decimal]:
    """Return the lines that sell something, and the discount on all of them."""
    lines, discount = [], Decimal(0)
    for line in rows:
        amount = Decimal(line.get("Amount", 0))
        detail_type = line.get("DetailType")
        if detail_type == "DiscountLineDetail":
            discount += amount
        elif detail_type == "SalesItemLineDetail":
            detail = line.get("SalesItemLineDetail", {})
            lines.append(
                QuickBooksLine(
                    id=line.get("Id", ""),
                    item_id=detail.get("ItemRef", {}).get("value", ""),
                    item_name=detail.get("ItemRef", {}).get("name", ""),
                    quantity=_decimal(detail.get("Qty")),
                    unit_price=_decimal(detail.get("UnitPrice")),
                    amount=amount,
                    description=line.get("Description", ""),
                    service_date=_date(detail.get("ServiceDate")),
                    tax_code=detail.get("TaxCodeRef", {}).get("value", ""),
                )
            )
        elif detail_type == "GroupLineDetail":
            # Not ours: kept as a line of its own, so that it shows as a difference.
            lines.append(QuickBooksLine(id=line.get("Id", ""), item_id="group", amount=amount))
    return lines, discount


def _date(value: Any) -> date | None:
    """Return a date, or None if it cannot be read: no source shows every form of these dates."""
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
