"""Totals of a report: how many invoices have each finding, and what both systems bill for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from invoice_sync.model.base import Model
from invoice_sync.model.job import FindingTotal
from invoice_sync.model.money import to_minor_unit
from invoice_sync.reconciliation.compare import FINDINGS, Row

# Nobody owes what a draft or a voided invoice would bill; QuickBooks says 0 for the latter too.
_NOT_BILLED = ("draft", "voided")
_NOTHING = {"invoices": 0, "hubspot": Decimal(0), "quickbooks": Decimal(0)}


class Whole(Model):
    """All invoices of one currency, as people see them. Amounts are text in `currency`;
    `difference` is QuickBooks' amount less HubSpot's."""

    currency: str
    invoices: int
    hubspot: str
    quickbooks: str
    difference: str


class Total(Whole):
    """The invoices of one finding and one currency."""

    finding: str


def billed(row: Row) -> Decimal:
    """Return what HubSpot bills for the invoice of a row."""
    if row.hubspot_status in _NOT_BILLED:
        return Decimal(0)
    return row.hubspot_amount or Decimal(0)


def counted(totals: Iterable[FindingTotal], rows: Iterable[Row]) -> tuple[FindingTotal, ...]:
    """Return the totals with these rows, in the order of FINDINGS and then of currencies."""
    sums = {(total.finding, total.currency): total for total in totals}
    for row in rows:
        key = (row.finding, row.currency)
        total = sums.get(key) or FindingTotal(finding=row.finding, currency=row.currency)
        sums[key] = FindingTotal(
            finding=row.finding,
            currency=row.currency,
            invoices=total.invoices + 1,
            hubspot=total.hubspot + billed(row),
            quickbooks=total.quickbooks + (row.quickbooks_amount or Decimal(0)),
        )
    order = sorted(sums, key=lambda key: (FINDINGS.index(key[0]), key[1]))
    return tuple(sums[key] for key in order)


def formatted(totals: Sequence[FindingTotal]) -> list[Total]:
    """Return the totals with amounts in the smallest unit of their currency."""
    return [Total(finding=total.finding, **_whole(total).model_dump()) for total in totals]


def wholes(totals: Sequence[FindingTotal]) -> list[Whole]:
    """Return what all findings together come to, by currency."""
    by_currency: dict[str, FindingTotal] = {}
    for total in totals:
        before = by_currency.get(total.currency, total.model_copy(update=_NOTHING))
        by_currency[total.currency] = before.model_copy(
            update={
                "invoices": before.invoices + total.invoices,
                "hubspot": before.hubspot + total.hubspot,
                "quickbooks": before.quickbooks + total.quickbooks,
            }
        )
    return [_whole(by_currency[currency]) for currency in sorted(by_currency)]


def _whole(total: FindingTotal) -> Whole:
    hubspot = to_minor_unit(total.hubspot, total.currency)
    quickbooks = to_minor_unit(total.quickbooks, total.currency)
    return Whole(
        currency=total.currency,
        invoices=total.invoices,
        hubspot=str(hubspot),
        quickbooks=str(quickbooks),
        difference=str(quickbooks - hubspot),
    )
