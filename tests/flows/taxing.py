"""Lines, taxes and realms for the tests about money, and what came of an invoice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from .conftest import Flow

GB = {"country": "GB", "home_currency": "GBP"}
CA = {"country": "CA", "home_currency": "CAD"}
MANY = {"multicurrency": True}


def in_realm(**options: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("flow", [options], indirect=True)


def line(price: str, quantity: str = "1", rate: str = "", **more: str) -> dict[str, str]:
    taxed = {"hs_tax_rate_group_id": rate} if rate else {}
    return {"name": "Consulting", "quantity": quantity, "price": price, **taxed, **more}


def tax(label: str, value: str, kind: str = "PERCENT") -> dict[str, str]:
    return {"hs_label": label, "hs_type": kind, "hs_value": value}


def billed(flow: Flow, invoice_id: str) -> Decimal:
    return Decimal(flow.portal.record("invoices", invoice_id).properties["hs_amount_billed"])


def the_invoice(flow: Flow, invoice_id: str) -> dict[str, Any]:
    """Return the invoice in QuickBooks, whose total is HubSpot's."""
    assert flow.failure_code(invoice_id) == "", flow.status(invoice_id)
    (posted,) = flow.in_quickbooks(invoice_id)
    assert Decimal(str(posted["TotalAmt"])) == billed(flow, invoice_id)
    return posted


def refused(flow: Flow, invoice_id: str, code: str) -> str:
    """Return the explanation of a failure that left nothing in QuickBooks."""
    assert flow.failure_code(invoice_id) == code
    assert flow.in_quickbooks(invoice_id) == []
    return str(flow.status(invoice_id)["failure"]["explanation"])


def codes(invoice: dict[str, Any]) -> list[str]:
    return [
        posted_line["SalesItemLineDetail"]["TaxCodeRef"]["value"]
        for posted_line in invoice["Line"]
        if posted_line["DetailType"] == "SalesItemLineDetail"
    ]
