"""The report as CSV."""

from __future__ import annotations

import csv
import io

from invoice_sync.reconciliation.export import as_csv
from invoice_sync.reconciliation.totals import counted, formatted

from .builders import compared, in_hubspot, in_quickbooks, recorded


def test_the_totals_come_first_then_the_rows() -> None:
    rows = compared([in_hubspot("1"), in_hubspot("2")], [in_quickbooks("1")], recorded("1"))
    text = as_csv(formatted(counted([], rows)), rows)
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[0] == [
        "finding", "currency", "invoices", "hubspot", "quickbooks", "difference",
    ]  # fmt: skip
    assert lines[1] == ["matched", "USD", "1", "100.00", "100.00", "0.00"]
    assert lines[3] == []
    assert lines[4][:3] == ["finding", "hubspot_id", "hubspot_number"]
    assert [line[1] for line in lines[5:]] == ["1", "2"]


def test_without_totals_the_rows_come_alone() -> None:
    assert as_csv([], compared([in_hubspot("1")], [])).startswith("finding,hubspot_id")


def test_a_number_that_a_spreadsheet_would_run_is_only_text() -> None:
    formula = '=HYPERLINK("http://evil.example")'
    rows = compared([in_hubspot("1", number=formula)], [])
    (line,) = list(csv.reader(io.StringIO(as_csv([], rows))))[1:]
    assert line[2] == f"'{formula}"
