"""Write a report as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from invoice_sync.reconciliation.compare import Row
from invoice_sync.reconciliation.totals import Total

# Spreadsheets take a cell that begins like this for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(totals: Sequence[Total], rows: Iterable[Row]) -> str:
    """Return a table of the totals, an empty line, and a table of the rows.

    Without totals, as for a later page, the rows come alone.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    if totals:
        writer.writerow(Total.model_fields)
        writer.writerows(total.model_dump().values() for total in totals)
        writer.writerow([])
    writer.writerow(Row.model_fields)
    writer.writerows([_cell(value) for value in row.model_dump().values()] for row in rows)
    return out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
