"""Totals of a report: how many invoices have each finding, and what both systems bill for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from invoice_sync.model.base import Model
from invoice_sync.model.job import FindingTotal
from invoice_sync.model.money import to_minor_unit
from invoice_sync.reconciliation.compare import FINDINGS, Row


class Total(Model):
    """The invoices of one finding and one currency, as people see them."""

    finding: str
    currency: str
    invoices: int
    # Amounts as text in `currency`; `difference` is QuickBooks' amount less HubSpot's.
    hubspot: str
    quickbooks: str
    difference: str


def counted(totals: Iterable[FindingTotal], rows: Iterable[Row]) -> tuple[FindingTotal, ...]:
    """Return the totals with these rows, in the order of FINDINGS and then of currencies."""
    sums = {(total.finding, total.currency): total for total in totals}
    for row in rows:
        key = (row.finding, row.currency)
        total = sums.get(key) or FindingTotal(finding=row.finding, currency=row.currency)
        # Nobody owes what a voided invoice billed; QuickBooks says 0 for it too.
        billed = None if row.hubspot_status == "voided" else row.hubspot_amount
        sums[key] = FindingTotal(
            finding=row.finding,
            currency=row.currency,
            invoices=total.invoices + 1,
            hubspot=total.hubspot + (billed or Decimal(0)),
            quickbooks=total.quickbooks + (row.quickbooks_amount or Decimal(0)),
        )
    order = sorted(sums, key=lambda key: (FINDINGS.index(key[0]), key[1]))
    return tuple(sums[key] for key in order)


def formatted(totals: Sequence[FindingTotal]) -> list[Total]:
    """Return the totals with amounts in the smallest unit of their currency."""
    return [_formatted(total) for total in totals]


def _formatted(total: FindingTotal) -> Total:
    hubspot = to_minor_unit(total.hubspot, total.currency)
    quickbooks = to_minor_unit(total.quickbooks, total.currency)
    return Total(
        finding=total.finding,
        currency=total.currency,
        invoices=total.invoices,
        hubspot=str(hubspot),
        quickbooks=str(quickbooks),
        difference=str(quickbooks - hubspot),
    )
