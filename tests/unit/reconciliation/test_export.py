"""The report as CSV files."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from invoice_sync.reconciliation.compare import Row
from invoice_sync.reconciliation.export import Books, rows_file, totals_file
from invoice_sync.reconciliation.totals import counted

from .builders import compared, in_hubspot, in_quickbooks, recorded

BOOKS = Books("24680", "https://quickbooks.api.intuit.com", "USD")


def table(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def rows_table(rows: list[Row]) -> list[dict[str, str]]:
    return table(rows_file(BOOKS, rows))


def test_the_totals_are_one_table_with_a_line_for_all() -> None:
    rows = compared([in_hubspot("1"), in_hubspot("2")], [in_quickbooks("1")], recorded("1"))
    lines = table(totals_file(counted([], rows)))
    assert [list(line.values()) for line in lines] == [
        ["Both agree", "USD", "1", "100.00", "100.00", "0.00"],
        ["Missing in QuickBooks", "USD", "1", "100.00", "0.00", "-100.00"],
        ["All findings", "USD", "2", "200.00", "100.00", "-100.00"],
    ]


def test_the_rows_add_up_to_the_totals() -> None:
    rows = compared(
        [
            in_hubspot("1", amount=Decimal("1012.5")),
            in_hubspot("2", status="draft", amount=Decimal(1980)),
            in_hubspot("3", status="voided", amount=Decimal(1500)),
            in_hubspot("4"),
        ],
        [in_quickbooks("1"), in_quickbooks("7")],
        recorded("1"),
    )
    totals = table(totals_file(counted([], rows)))
    (whole,) = [line for line in totals if line["Finding"] == "All findings"]
    lines = rows_table(rows)
    for column, total in (
        ("HubSpot amount", "HubSpot"),
        ("QuickBooks amount", "QuickBooks"),
        ("Difference", "Difference"),
    ):
        summed = sum(Decimal(line[column] or 0) for line in lines)
        assert summed == Decimal(whole[total]), column


def test_every_amount_has_the_digits_of_its_currency() -> None:
    rows = compared(
        [
            in_hubspot("1", amount=Decimal("1012.5")),
            in_hubspot("2", amount=Decimal(1200)),
            in_hubspot("3", amount=Decimal("80"), currency="JPY"),
        ],
        [],
    )
    assert [line["HubSpot amount"] for line in rows_table(rows)] == ["1012.50", "1200.00", "80"]


def test_the_amount_in_home_currency_has_its_digits_and_its_name() -> None:
    there = in_quickbooks("1", currency="EUR", home_total=Decimal("1891.870000"))
    (line, other) = rows_table(compared([in_hubspot("2")], [there]))
    columns = ("Home currency", "QuickBooks amount in home currency")
    assert [line[column] for column in columns] == ["", ""]
    assert [other[column] for column in columns] == ["USD", "1891.87"]


def test_a_row_has_words_and_the_pages_of_both_sides() -> None:
    rows = compared([in_hubspot("1", number="INV-1")], [in_quickbooks("1")], recorded("1"))
    (line,) = rows_table(rows)
    assert line["Finding"] == "Both agree"
    assert line["Number"] == "INV-1"
    assert line["HubSpot page"].endswith("/contacts/24680/record/0-53/1")
    assert line["QuickBooks page"].startswith("https://app.qbo.intuit.com/app/invoice?txnId=")


FORMULA = 'HYPERLINK("http://evil.example")'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "\n", " =", "\u200b="])
@pytest.mark.parametrize("wide", [False, True])
def test_a_text_that_a_spreadsheet_would_run_is_only_text(start: str, wide: bool) -> None:
    if wide:  # as East Asian keyboards write it
        start = start.translate({ord(each): ord(each) + 0xFEE0 for each in "=+-@"})
    texts = dict.fromkeys(("number", "status"), start + FORMULA)
    there = in_quickbooks("7", customer_name=start + FORMULA)
    rows = compared([in_hubspot("1", **texts)], [there])
    found = [value for line in rows_table(rows) for value in line.values() if FORMULA in value]
    assert len(found) == 3
    assert all(value.startswith("'") for value in found)


def test_a_currency_is_a_text_too() -> None:
    rows = compared([in_hubspot("1", currency="=1+1")], [])
    (line,) = rows_table(rows)
    assert line["Currency"] == "'=1+1"
    totals = table(totals_file(counted([], rows)))
    assert {line["Currency"] for line in totals} == {"'=1+1"}


def test_a_long_text_is_cut() -> None:
    """A file is one answer of a function, which has 6 MB at most."""
    rows = compared([in_hubspot("1", number="n" * 60_000)], [])
    assert len(rows_file(BOOKS, rows)) < 1500


def test_an_amount_below_zero_stays_a_number() -> None:
    (line,) = rows_table(compared([in_hubspot("1")], []))
    assert line["Difference"] == "-100.00"
