"""Both systems side by side: what agrees, what is missing where, what differs. Pure.

Invoices belong together by our record, or by our words in QuickBooks' private note. Never by their
number alone: that is only a suspicion.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from invoice_sync.reconciliation.compare import Row
from invoice_sync.reconciliation.totals import Total

# Spreadsheets take a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


# -- CSV ----------------------------------------------------------------------------------


def as_csv(head: Sequence[Total], found: Iterable[Row]) -> str:
    """The totals as a table of their own, an empty line, then the rows. Without totals (a further
    page), the rows alone."""
    out = io.StringIO()
    writer = csv.writer(out)
    if head:
        writer.writerow(Total.model_fields)
        writer.writerows(one.model_dump().values() for one in head)
        writer.writerow([])
    writer.writerow(Row.model_fields)
    writer.writerows([_cell(value) for value in row.model_dump().values()] for row in found)
    return out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
