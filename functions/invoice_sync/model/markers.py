"""Markers: the words in QuickBooks by which we know again what we made. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection


def marker(portal_id: str, invoice_id: str) -> str:
    """The words in a QuickBooks private note by which we know an invoice as ours."""
    return f"HubSpot invoice {invoice_id} (portal {portal_id})"


# Such words of any portal; its groups are the invoice and the portal.
MARKER = re.compile(r"HubSpot invoice (\d+) \(portal (\d+)\)")


_PAYMENT = re.compile(r"HubSpot payment (\d+) \(portal (\d+)\)")


def payment_marker(portal_id: str, payment_id: str) -> str:
    """The words in a QuickBooks private note by which we know a payment as ours."""
    return f"HubSpot payment {payment_id} (portal {portal_id})"


def contact_marker(portal_id: str, contact_id: str) -> str:
    """The words in a QuickBooks customer's notes by which we know whom we made it for."""
    return f"HubSpot contact {contact_id} (portal {portal_id})"


def names_other_payment(portal_id: str, note: str, payment_ids: Collection[str]) -> bool:
    """Tell whether a private note names a HubSpot payment of the portal that is none of these."""
    named = [each[1] for each in _PAYMENT.finditer(note) if each[2] == portal_id]
    return bool(named) and not {*named} & {*payment_ids}
