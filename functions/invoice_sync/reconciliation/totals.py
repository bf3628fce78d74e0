"""Both systems side by side: what agrees, what is missing where, what differs. Pure.

Invoices belong together by our record, or by our words in QuickBooks' private note. Never by their
number alone: that is only a suspicion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from invoice_sync.model.base import Model
from invoice_sync.model.money import to_minor_unit
from invoice_sync.reconciliation.compare import FINDINGS, Row

# -- totals -------------------------------------------------------------------------------


def counted(
    totals: Mapping[str, int], amounts: Mapping[str, Decimal], found: Iterable[Row]
) -> tuple[dict[str, int], dict[str, Decimal]]:
    """The totals with these rows: how many by finding and currency, and what they come to on each
    side."""
    numbers, sums = dict(totals), dict(amounts)
    for row in found:
        key = f"{row.finding} {row.currency}".strip()
        numbers[key] = numbers.get(key, 0) + 1
        # What a voided invoice billed is owed no more; QuickBooks says 0 of it too.
        billed = None if row.hubspot_status == "voided" else row.hubspot_amount
        sides = {"hubspot": billed, "quickbooks": row.quickbooks_amount}
        for side, amount in sides.items():
            sums[f"{side} {key}"] = sums.get(f"{side} {key}", Decimal(0)) + (amount or Decimal(0))
    return numbers, sums


class Total(Model):
    """`difference`: what QuickBooks has more than HubSpot. Amounts as text in `currency`."""

    finding: str
    currency: str
    invoices: int
    hubspot: str
    quickbooks: str
    difference: str


def totals(numbers: Mapping[str, int], amounts: Mapping[str, Decimal]) -> list[Total]:
    """In the order of FINDINGS; only what was found."""
    found = []
    for finding in FINDINGS:
        for key, number in sorted(numbers.items()):
            name, _, currency = key.partition(" ")
            if name != finding:
                continue
            ours, theirs = amounts.get(f"hubspot {key}"), amounts.get(f"quickbooks {key}")
            hubspot, quickbooks = (
                to_minor_unit(one or Decimal(0), currency) for one in (ours, theirs)
            )
            found.append(
                Total(
                    finding=finding,
                    currency=currency,
                    invoices=number,
                    hubspot=str(hubspot),
                    quickbooks=str(quickbooks),
                    difference=str(quickbooks - hubspot),
                )
            )
    return found
