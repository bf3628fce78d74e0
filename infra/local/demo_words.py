"""What the demo shows of records, failures and figures, in words and tables."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from infra.local.scenario import Scenario
from infra.local.screen import Screen
from infra.local.system import LocalSystem
from invoice_sync.failures.describe import explain, remedy
from invoice_sync.failures.variants import entry
from invoice_sync.model.failure import Failure
from invoice_sync.model.money import to_minor_unit
from invoice_sync.model.record import Record

_ROWS_SHOWN = 20
_PLACES = {"hubspot": "In HubSpot", "quickbooks": "In QuickBooks", "app": "In this app"}


def outcomes(screen: Screen, records: Mapping[str, Record]) -> None:
    """Show what came of each invoice; `records` by the invoice's number."""
    numbers: dict[str, list[str]] = {"synced": [], "skipped": [], "failing": []}
    for number, record in records.items():
        numbers.setdefault(record.status, []).append(number)
    synced, skipped, failing = numbers["synced"], numbers["skipped"], numbers["failing"]
    screen.heading(f"Synced to QuickBooks ({len(synced)})")
    _rows(
        screen,
        ("Invoice", "Customer", "Amount>", "Currency", "QuickBooks id"),
        [_synced(number, records[number]) for number in synced],
    )
    screen.heading(f"Skipped on purpose ({len(skipped)})")
    _rows(screen, ("Invoice", "Why"), [(number, records[number].reason) for number in skipped])
    screen.heading(f"Failing ({len(failing)})")
    failures(screen, {number: records[number] for number in failing})


def failures(screen: Screen, records: Mapping[str, Record]) -> None:
    """Show failing invoices with what is at stake, then each reason once, with its remedy."""
    found = {number: record for number, record in records.items() if record.failure}
    _rows(
        screen,
        ("Invoice", "Customer", "Amount>", "Currency", "Cause"),
        [
            (number, *_money(record), record.failure.code)
            for number, record in found.items()
            if record.failure
        ],
    )
    explained: set[str] = set()
    for number, record in found.items():
        if record.failure and record.failure.code not in explained:
            explained.add(record.failure.code)
            screen.line()
            screen.line(f"{number}: {entry(record.failure).title}", indent=2, style="bold")
            screen.lines(explanation(record.failure), indent=4)


def explanation(failure: Failure) -> list[str]:
    lines = [f"Why: {explain(failure)}"]
    for product, steps in remedy(failure).items():
        lines += [f"{_PLACES[product]}: {step}" for step in steps]
    return lines + [
        f"{difference.field}: we wrote {difference.written}; QuickBooks has {difference.quickbooks}"
        for difference in failure.differences
    ]


def payments(screen: Screen, records: Mapping[str, Record]) -> None:
    """Show what is still due on the synced invoices that have payments."""
    rows = []
    for number, record in records.items():
        written = record.written
        if record.status == "synced" and written and written.has_payments:
            left = to_minor_unit(written.balance, written.currency)
            total = to_minor_unit(written.total, written.currency)
            rows.append((number, f"{left:,}", f"{total:,}", written.currency))
    _rows(screen, ("Invoice", "Due>", "Of>", "Currency"), rows)


def report(screen: Screen, totals: Sequence[Mapping[str, Any]]) -> None:
    """Show the totals of a reconciliation report, as the API has them."""
    _rows(
        screen,
        ("Finding", "Invoices>", "Currency", "HubSpot>", "QuickBooks>"),
        [
            (
                str(total["finding"]).replace("_", " "),
                str(total["invoices"]),
                str(total["currency"]),
                f"{Decimal(total['hubspot']):,}",
                f"{Decimal(total['quickbooks']):,}",
            )
            for total in totals
        ],
    )


def summary(
    screen: Screen,
    system: LocalSystem,
    scenario: Scenario,
    stages: Sequence[tuple[str, float]],
) -> None:
    """Show what came of all, how long each stage took, and what was asked of both services."""
    records = scenario.records(system).values()
    counts = Counter(record.status for record in records)
    codes: Counter[str] = Counter(record.failure.code for record in records if record.failure)
    screen.heading(
        f"{count(len(scenario.invoices), 'invoice')}: {counts['synced']} synced,"
        f" {counts['skipped']} skipped, {counts['failing']} failing"
        + (f" ({listed(codes)})" if codes else "")
    )
    screen.table(("Stage", "Seconds>"), [(name, f"{seconds:.1f} s") for name, seconds in stages])
    if waits := scenario.waits(system):
        screen.line(
            f"From created in HubSpot to synced: half within {statistics.median(waits):.1f} s,"
            f" all within {max(waits):.1f} s (only invoices that were not changed meanwhile)."
        )
    quickbooks, hubspot = system.quickbooks, system.hubspot
    reads = quickbooks.metered_reads(scenario.realm.realm_id)
    screen.line(
        f"Calls: {hubspot.calls.total()} to HubSpot, {quickbooks.calls.total()} to QuickBooks."
        f" {reads} of these are reads that Intuit meters (docs/cost.md)."
    )


def listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items())) or "none"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _rows(screen: Screen, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show the first rows of a table that may be long."""
    if rows:
        screen.table(columns, rows[:_ROWS_SHOWN])
    if len(rows) > _ROWS_SHOWN:
        screen.line(f"... and {len(rows) - _ROWS_SHOWN} more", indent=2)


def _synced(number: str, record: Record) -> tuple[str, ...]:
    voided = ", voided" if record.written and record.written.voided else ""
    return number, *_money(record), record.quickbooks_id + voided


def _money(record: Record) -> tuple[str, str, str]:
    """Return customer, amount and currency: QuickBooks' amount, else HubSpot's."""
    summary = record.summary
    amount, currency = summary.amount, summary.currency
    if record.status == "synced" and record.written:
        amount, currency = record.written.total, record.written.currency
    money = "" if amount is None else f"{to_minor_unit(amount, currency):,}"
    return summary.customer or summary.company, money, currency
