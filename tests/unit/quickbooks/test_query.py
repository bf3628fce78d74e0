"""Statements of QuickBooks' query language."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from invoice_sync.quickbooks import query


@pytest.mark.parametrize(
    ("value", "literal"), [("Peet's", "'Peet\\'s'"), ("a\\b", "'a\\\\b'"), ("x", "'x'")]
)
def test_literals_are_escaped_with_a_backslash(value: str, literal: str) -> None:
    assert query.quoted(value) == literal


def test_a_long_list_of_values_is_several_statements() -> None:
    statements = query.statements("Item", "Id", map(str, range(100, 131)), "Active = true")
    assert len(statements) == 2
    assert statements[1] == "select * from Item where Id in ('130') and Active = true"


def test_a_value_that_could_spoil_a_statement_is_left_out() -> None:
    assert query.statements("Item", "Sku", ["a\nb", "c"]) == [
        "select * from Item where Sku in ('c')"
    ]
    assert query.statements("Item", "Sku", ["a\nb"]) == []


def test_a_text_is_searched_whatever_is_between_its_words() -> None:
    text = query.containing("Customer", "DisplayName", "100% Peet's")
    assert text == "select * from Customer where DisplayName like '%100%Peet\\'s%'"


@pytest.mark.parametrize(
    ("entity", "state"), [("Customer", " and Active in (true, false)"), ("Invoice", "")]
)
def test_changes_of_lists_are_those_of_inactive_rows_too(entity: str, state: str) -> None:
    moment = datetime(2026, 1, 15, 10, 20, 30, 999, tzinfo=UTC)
    assert query.updated_since(entity, moment) == (
        f"select * from {entity} where MetaData.LastUpdatedTime >= '2026-01-15T10:20:30+00:00'"
        f"{state} orderby Id"
    )
