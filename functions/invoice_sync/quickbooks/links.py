"""Addresses of QuickBooks' own pages."""

from __future__ import annotations


def invoice_link(quickbooks_id: str, base_url: str) -> str:
    """The page of an invoice; the address is the one that public integrations use."""
    host = "app.sandbox.qbo.intuit.com" if "sandbox" in base_url else "app.qbo.intuit.com"
    return f"https://{host}/app/invoice?txnId={quickbooks_id}"
