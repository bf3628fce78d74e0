"""Searches for a customer or an item by a text, for when none of the candidates is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from invoice_sync.quickbooks import parse
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.resolve.candidates import Candidate, spellings

Kind = Literal["Customer", "Item"]
SHORTEST = 2
_MOST = 25
_NAME = "FullyQualifiedName"  # with the names of those above, so that it tells namesakes apart
# The fields that are searched, and what each is to people.
_FIELDS: Mapping[Kind, Mapping[str, str]] = {
    "Customer": {_NAME: "name", "CompanyName": "company name", "PrimaryEmailAddr": "email"},
    "Item": {_NAME: "name", "Sku": "SKU"},
}


@dataclass(frozen=True)
class Found:
    # The likeliest first.
    candidates: tuple[Candidate, ...]
    metered_reads: int


def searchable_part(text: str) -> str:
    """Return the part of a text that can be searched for; it may be too short by then."""
    return " ".join("".join(c for c in text if c.isprintable() and c != "%").split())


def search(quickbooks: QuickBooks, kind: Kind, text: str) -> Found:
    """Return the active customers, or the items that a line can have, whose name, email or SKU
    contains the text: a metered read for each of these fields, and one more for each other spelling
    when nothing is found as it is written, in case QuickBooks minds upper and lower case.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    others = dict.fromkeys([*spellings(text), text.title()])
    for attempt in ([text], [spelling for spelling in others if spelling != text]):
        rows = _rows(quickbooks, kind, attempt)
        if rows:
            candidates = (_candidate(kind, row, text) for row in rows)
            ranked = sorted(candidates, key=lambda each: (-each.score, each.name.casefold()))
            return Found(tuple(ranked[:_MOST]), quickbooks.metered_reads)
    return Found((), quickbooks.metered_reads)


def _rows(quickbooks: QuickBooks, kind: Kind, texts: Sequence[str]) -> list[dict[str, Any]]:
    lookups = [(kind, field, text) for text in texts for field in _FIELDS[kind]]
    rows = {row["Id"]: row for found in quickbooks.resembling(lookups) for row in found}
    return [row for row in rows.values() if kind == "Customer" or parse.item(row).usable]


def _candidate(kind: Kind, row: Mapping[str, Any], text: str) -> Candidate:
    if kind == "Customer":
        customer = parse.customer(row)
        name, about = row.get(_NAME) or customer.display_name, customer.email
        values = [name, customer.company_name, about]
    else:
        item = parse.item(row)
        name, about = item.full_name or item.name, item.sku
        values = [name, about]
    reasons = tuple(
        f"{label} matches"
        for label, value in zip(_FIELDS[kind].values(), values, strict=True)
        if _contains(value, text)
    )
    score = max((_likeness(value, text) for value in values), default=0.0)
    return Candidate(str(row["Id"]), name, about, reasons, score)


def _contains(value: str, text: str) -> bool:
    """Tell whether the words of the text are in the value, in their order."""
    at, folded = 0, value.casefold()
    for word in text.casefold().split():
        found = folded.find(word, at)
        if found < 0:
            return False
        at = found + len(word)
    return True


def _likeness(value: str, text: str) -> float:
    folded, wanted_text = value.casefold(), text.casefold()
    if folded == wanted_text:
        return 3.0
    if folded.startswith(wanted_text):
        return 2.0
    return 1.0 if _contains(value, text) else 0.0
