"""Answers of both services, with the members that the readers know."""

from __future__ import annotations

from typing import Any

META = {"CreateTime": "2026-03-04T00:00:00-08:00", "LastUpdatedTime": "2026-03-04T00:00:00-08:00"}
LINK = {"TxnId": "9", "TxnType": "Invoice"}
INVOICE: dict[str, Any] = {
    "Id": "146",
    "SyncToken": "2",
    "MetaData": META,
    "DocNumber": "INV-1",
    "CustomerRef": {"value": "58", "name": "Globex"},
    "CurrencyRef": {"value": "USD"},
    "ExchangeRate": 1,
    "HomeTotalAmt": 95.5,
    "Line": [
        {
            "Id": "1",
            "Amount": 100.0,
            "Description": "An hour",
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {
                "ItemRef": {"value": "21", "name": "Hour"},
                "Qty": 2,
                "UnitPrice": 50,
                "TaxCodeRef": {"value": "TAX"},
                "ServiceDate": "2026-03-04",
            },
        },
        {"Amount": 10, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {}},
        {"Id": "2", "DetailType": "GroupLineDetail"},
    ],
    "TxnTaxDetail": {"TotalTax": 5.5},
    "TotalAmt": 95.5,
    "Balance": 0,
    "PrivateNote": "HubSpot invoice 1",
    "TxnDate": "2026-03-04",
    "DueDate": "2026-03-04",
    "CustomerMemo": {"value": "Thanks"},
    "BillEmail": {"Address": "ap@globex.example"},
    "ShipAddr": {"Line1": "Street 1", "City": "Town"},
    "LinkedTxn": [{"TxnId": "8", "TxnType": "Payment"}],
}
CUSTOMER = {
    "Id": "58",
    "DisplayName": "Globex",
    "ParentRef": {"value": "3"},
    "GivenName": "Hank",
    "CompanyName": "Globex",
    "PrimaryEmailAddr": {"Address": "ap@globex.example"},
    "CurrencyRef": {"value": "USD"},
    "Notes": "HubSpot contact 1",
    "Active": True,
    "MetaData": META,
}
ITEM = {
    "Id": "21",
    "Name": "Hour",
    "FullyQualifiedName": "Time:Hour",
    "Sku": "H",
    "Type": "Service",
}
PAYMENT = {
    "Id": "7",
    "TotalAmt": 95.5,
    "PrivateNote": "HubSpot payment 1",
    "Line": [{"Amount": 95.5, "LinkedTxn": [LINK]}],
    "LinkedTxn": [LINK],
    "MetaData": META,
}
TAX_CODE = {
    "Id": "9",
    "Name": "GST",
    "Active": True,
    "SalesTaxRateList": {
        "TaxRateDetail": [{"TaxRateRef": {"value": "3"}, "TaxTypeApplicable": "TaxOnAmount"}]
    },
}
PREFERENCES = {
    "CurrencyPrefs": {"HomeCurrency": {"value": "USD"}, "MultiCurrencyEnabled": True},
    "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": False},
    "SalesFormsPrefs": {"CustomTxnNumbers": True},
    "AccountingInfoPrefs": {"BookCloseDate": "2025-12-31"},
}

PROPERTIES = {
    "hs_number": "INV-1",
    "hs_invoice_status": "open",
    "hs_createdate": "2026-03-04T00:00:00Z",
    "hs_currency": "USD",
    "hs_invoice_date": "2026-03-04T00:00:00Z",
    "hs_due_date": "1772582400000",
    "hs_amount_billed": "300",
    "hs_balance_due": "300",
    "hs_object_id": "1",
    "hs_sort_order": "1",
    "hs_value": "5",
    "quantity": "2",
    "price": "150",
    "hs_position_on_quote": "1",
}
RECORD = {"id": "1", "properties": PROPERTIES, "archived": False}
ENTRY = {"value": "open", "timestamp": "2026-03-04T00:00:00Z"}
ERROR = {"status": "error", "category": "OBJECT_NOT_FOUND", "context": {"ids": ["2"]}}
