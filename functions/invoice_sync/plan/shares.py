"""What a payment of several invoices gives to each of them. Pure.

HubSpot's association of a payment and an invoice names no amount. Where each invoice's
`hs_amount_paid` tells the split, it is taken; else the invoices are filled one after the other, in
the order of their ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from invoice_sync.model.hubspot import CommercePayment, Invoice
from invoice_sync.plan.receipts import kept

_ZERO = Decimal(0)


@dataclass(frozen=True)
class Share:
    """An invoice of a payment, and what is open on it in QuickBooks; None: it takes nothing."""

    invoice: Invoice
    open: Decimal | None


def split(
    payment: CommercePayment, invoices: Sequence[Share], hung_on: Mapping[str, Sequence[str]]
) -> dict[str, Decimal]:
    """Return what goes to each invoice, by HubSpot's id: never more than is open, nor in all more
    than was paid. Invoices that get nothing are left out."""
    told = _told(payment, [each.invoice for each in invoices], hung_on)
    opened = {each.invoice.id: each.open for each in invoices if each.open is not None}
    if told and all(told[invoice_id] <= opened[invoice_id] for invoice_id in opened):
        return {invoice_id: told[invoice_id] for invoice_id in opened if told[invoice_id]}
    left, shares = payment.amount or _ZERO, {}
    for invoice_id, most in opened.items():
        share = min(left, most)
        if share > 0:
            shares[invoice_id] = share
            left -= share
    return shares


def _told(
    payment: CommercePayment, invoices: Sequence[Invoice], hung_on: Mapping[str, Sequence[str]]
) -> dict[str, Decimal] | None:
    """Return the split that HubSpot's own sums tell; None if they do not tell it for sure."""
    ids = {invoice.id for invoice in invoices}
    if len(ids) < 2 or payment.refunded or {*hung_on.get(payment.id, ())} - ids:
        return None
    parts = {}
    for invoice in invoices:
        others = [each for each in invoice.payments if each.id != payment.id]
        if invoice.amount_paid is None or any(len(hung_on.get(p.id, ())) > 1 for p in others):
            return None
        parts[invoice.id] = invoice.amount_paid - sum(map(kept, others), _ZERO)
    fits = sum(parts.values()) == payment.amount and min(parts.values()) >= 0
    return parts if fits else None
