"""HubSpot's records as our model has them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from invoice_sync import errors
from invoice_sync.hubspot import parse
from invoice_sync.model.hubspot import Contact, Invoice

D = Decimal
NEW_YORK = ZoneInfo("America/New_York")


def parsed(properties: dict[str, str | None] | None = None, **records: dict[str, Any]) -> Invoice:
    whole: dict[str, str | None] = {
        "hs_number": "INV-1",
        "hs_invoice_status": "OPEN",
        "hs_currency": "usd",
        "hs_invoice_date": "2026-02-03T15:00:00Z",
        "hs_due_date": None,
        "hs_amount_billed": "100.00",
        **(properties or {}),
    }
    parts: dict[str, Any] = {"lines": {}, "discounts": {}, "fees": {}, "taxes": {}} | records
    return parse.invoice("512", whole, time_zone=NEW_YORK, payers=(), companies=(), **parts)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-02-03T15:00:00Z", date(2026, 2, 3)),
        ("2026-02-03T03:00:00.123Z", date(2026, 2, 2)),  # still the evening before
        ("1770087600000", date(2026, 2, 2)),  # the same moment
        ("2026-02-03", date(2026, 2, 3)),
        ("2026-02-03T00:00:00Z", date(2026, 2, 3)),  # a date, not a moment
    ],
)
def test_dates_in_the_portals_zone(value: str, day: date) -> None:
    assert parsed({"hs_invoice_date": value}).invoice_date == day


def test_what_is_missing() -> None:
    invoice = parsed({"hs_amount_billed": None, "hs_number": None})
    assert (invoice.total, invoice.number) == (None, "")
    assert invoice.due_date == invoice.invoice_date
    assert (invoice.status, invoice.currency) == ("open", "USD")


@pytest.mark.parametrize("value", ["12,50", "NaN", "Infinity", "ten"])
def test_a_number_that_is_none_names_its_property_and_not_its_value(value: str) -> None:
    with pytest.raises(errors.UnreadableError, match="hs_amount_billed") as caught:
        parsed({"hs_amount_billed": value})
    assert value not in str(caught.value)


@pytest.mark.parametrize("value", ["soon", "2026-13-01", "9" * 30, ""])
def test_a_date_that_is_none(value: str) -> None:
    with pytest.raises(errors.UnreadableError, match="hs_invoice_date"):
        parsed({"hs_invoice_date": value})


def test_lines_and_adjustments_in_their_order() -> None:
    lines = {
        "30": {"name": "second", "quantity": "1", "price": "1", "hs_position_on_quote": "2"},
        "31": {"name": "first", "quantity": "1", "price": "1", "hs_position_on_quote": "1"},
    }
    discounts = {
        "2": {"hs_label": "b", "hs_type": "FIXED", "hs_value": "5", "hs_sort_order": "2"},
        "9": {"hs_label": "a", "hs_type": "PERCENT", "hs_value": "20.0000"},
    }
    invoice = parsed(lines=lines, discounts=discounts)
    assert [line.name for line in invoice.lines] == ["first", "second"]
    values = [(one.label, one.percent, one.value) for one in invoice.discounts]
    assert values == [
        ("a", True, D("20")),
        ("b", False, D("5")),
    ]


def test_a_lines_tax_is_named() -> None:
    taxed = {"hs_tax_amount": "1.50", "hs_tax_rate_group_id": "9", "hs_tax_label": "VAT"}
    (line,) = parsed(lines={"30": taxed}).lines
    assert (line.tax, line.tax_rate_id, line.tax_label) == (D("1.50"), "9", "VAT")


def test_texts_are_trimmed() -> None:
    contact = parse.contact("1", {"email": " a@b.example ", "firstname": None})
    assert contact == Contact(id="1", email="a@b.example")


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], []),
        # Newest first, as HubSpot gives them, in ISO 8601 or epoch milliseconds.
        (
            [
                {"value": "OPEN", "timestamp": "2026-03-01T13:00:00.250+01:00"},
                {"value": "draft", "timestamp": "1772279999000"},
            ],
            [("draft", "2026-02-28T11:59:59+00:00"), ("open", "2026-03-01T12:00:00.250000+00:00")],
        ),
        (
            [{"value": None, "timestamp": "2026-03-01T12:00:00Z"}],
            [("", "2026-03-01T12:00:00+00:00")],
        ),
        # One moment that cannot be read spoils it all.
        ([{"value": "open", "timestamp": "2026-03-01T12:00:00Z"}, {"value": "draft"}], []),
        ([{"value": "open", "timestamp": "2026-03-01T12:00:00"}], []),
        ([{"value": "open", "timestamp": "9" * 30}], []),
    ],
)
def test_the_history_of_a_status_is_whole_or_none(
    entries: list[dict[str, Any]], expected: list[tuple[str, str]]
) -> None:
    history = parse.status_history(entries)
    assert [(change.status, change.at.isoformat()) for change in history] == expected
