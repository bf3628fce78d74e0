"""The JSON that goes to QuickBooks."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from invoice_sync.model.changes import Changes
from invoice_sync.model.quickbooks import NewCustomer
from invoice_sync.plan.decide import decide
from invoice_sync.plan.plans import Create
from invoice_sync.quickbooks import render
from tests.unit import make

D = Decimal


def payload(**settings: Any) -> dict[str, Any]:
    invoice = make.invoice(
        lines=(make.line(quantity=D("1.5"), price=D("66.60")),), total=D("99.90")
    )
    decided = decide(invoice, make.record(), make.observed(), make.connection(**settings))
    assert isinstance(decided, Create)
    return render.invoice(decided.desired)


def test_the_whole_payload() -> None:
    assert json.loads(json.dumps(payload())) == {
        "CustomerRef": {"value": "58"},
        "DocNumber": "INV-1",
        "TxnDate": "2026-02-03",
        "DueDate": "2026-03-05",
        "PrivateNote": "HubSpot invoice 512 (portal 24680)",
        "BillEmail": {"Address": "ap@acme.example"},
        "Line": [
            {
                "LineNum": 1,
                "Description": "Consulting",
                "Amount": 99.9,
                "DetailType": "SalesItemLineDetail",
                "SalesItemLineDetail": {
                    "ItemRef": {"value": "21"},
                    "Qty": 1.5,
                    "UnitPrice": 66.6,
                },
            }
        ],
    }


def test_money_keeps_every_digit_or_is_refused() -> None:
    assert json.dumps(render.number(D("1234567890123.45"))) == "1234567890123.45"
    assert json.dumps(render.number(D("0.10"))) == "0.1"
    assert render.number(D("100.00")) == 100
    with pytest.raises(ValueError, match="digits"):
        render.number(D("12345678901234567.89"))


def test_an_update_leaves_peoples_notes_alone() -> None:
    decided = decide(make.invoice(), make.record(), make.observed(), make.connection())
    assert isinstance(decided, Create)
    existing = make.posted(decided.desired, sync_token="3")
    update = render.invoice_update(decided.desired, existing, Changes(frozenset({"due_date"})))
    assert "PrivateNote" not in update
    assert (update["Id"], update["SyncToken"], update["sparse"]) == ("146", "3", True)


def test_a_new_customer() -> None:
    new = NewCustomer(
        contact_id="51",
        marker="HubSpot contact 301 (portal 24680)",
        display_name="Acme",
        given_name="Ada",
        phone="0" * 31,
        email="ada@acme.example",
    )
    assert render.customer(new) == {
        "DisplayName": "Acme",
        "GivenName": "Ada",
        "PrimaryEmailAddr": {"Address": "ada@acme.example"},
        # Half a telephone number is none.
        "Notes": "HubSpot contact 301 (portal 24680)\n" + "0" * 31,
    }
