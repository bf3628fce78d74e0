"""The demo's own lines, from records and failures."""

from __future__ import annotations

from typing import Any

from invoice_sync.failures.describe import explain, remedy
from invoice_sync.failures.variants import entry
from invoice_sync.model.money import to_minor_unit


def synced(number: str, record: Any) -> str:
    if not record.written:
        return f"{number:<10} QuickBooks id {record.quickbooks_id}"
    total = to_minor_unit(record.written.total, record.written.currency)
    voided = "  voided" if record.written.voided else ""
    money = f"{total:>12,} {record.written.currency}"
    return f"{number:<10} QuickBooks id {record.quickbooks_id:<6}{money}{voided}"


def explanation(failure: Any) -> list[str]:
    lines = [entry(failure).title, f"Why: {explain(failure)}"]
    places = {"hubspot": "In HubSpot", "quickbooks": "In QuickBooks", "app": "In this app"}
    for product, steps in remedy(failure).items():
        lines += [f"{places[product]}: {step}" for step in steps]
    return lines + [
        f"{difference.field}: we wrote {difference.written}; QuickBooks has {difference.quickbooks}"
        for difference in failure.differences
    ]


def indent(lines: list[str], spaces: int = 2) -> None:
    for line in lines:
        print(" " * spaces + line)


def listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
