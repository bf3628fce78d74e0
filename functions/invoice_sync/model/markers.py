"""Our own vocabulary. Money is Decimal, times are aware UTC, ids are strings."""

from __future__ import annotations

import re


def marker(portal_id: str, invoice_id: str) -> str:
    """The words in a QuickBooks private note by which we know an invoice as ours."""
    return f"HubSpot invoice {invoice_id} (portal {portal_id})"


# Such words of any portal; its groups are the invoice and the portal.
MARKER = re.compile(r"HubSpot invoice (\d+) \(portal (\d+)\)")


def payment_marker(portal_id: str, payment_id: str) -> str:
    """The words in a QuickBooks private note by which we know a payment as ours."""
    return f"HubSpot payment {payment_id} (portal {portal_id})"
