"""What fits into QuickBooks, and what does not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from invoice_sync.model.limits import (
    LENGTHS,
    Field,
    carries,
    cut,
    email_problem,
    has_digits_for,
    length,
)

D = Decimal


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("ap@globex.example", None),
        ("o'neil+hub.spot@sub.globex-corp.example", None),
        ("a" * 84 + "@globex.example", None),
        ("a" * 86 + "@globex.example", "too_long"),
        ("ap@globex.example, cfo@globex.example", "several"),
        ("ap@globex.example;cfo@globex.example", "several"),
        ("ap@globex.example cfo@globex.example", "several"),
        ("ap@globex", "not_an_address"),
        ("ap.@globex.example", "not_an_address"),
        (".ap@globex.example", "not_an_address"),
        ("a..p@globex.example", "not_an_address"),
        ("ap@-globex.example", "not_an_address"),
        ("ap@globex..example", "not_an_address"),
        ("ap", "not_an_address"),
        ("m\u00fcller@globex.example", "not_an_address"),
        ("ap@@globex.example", "not_an_address"),
    ],
)
def test_an_address_that_quickbooks_would_refuse(address: str, problem: str | None) -> None:
    assert email_problem(address) == problem


@pytest.mark.parametrize("field", LENGTHS)
@pytest.mark.parametrize("word", ["word ", "w", "\U0001f600", "\U0001f600 ", "a\n"])
def test_a_cut_text_fits_and_loses_nothing(field: Field, word: str) -> None:
    text = (word * LENGTHS[field]).strip()
    kept, rest = cut(text, field)
    assert length(kept) <= LENGTHS[field]
    whole = kept.removesuffix("\u2026") + rest
    assert "".join(whole.split()) == "".join(text.split())
    assert cut(text[: LENGTHS[field] // 2], field) == (text[: LENGTHS[field] // 2].strip("\0"), "")


def test_it_is_cut_at_a_word() -> None:
    kept, rest = cut("Consulting in January and February", "Invoice.DocNumber")
    assert (kept, rest) == ("Consulting in\u2026", "January and February")


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        ("0", True),
        ("123456789012345", True),
        ("1234567890123.45", True),
        ("1234567890123.450000", True),
        ("1234567890123456", False),
        ("12345678901234.56", False),
        ("1E+15", False),
        ("0.000001", True),
    ],
)
def test_the_digits_of_a_number(number: str, fits: bool) -> None:
    assert has_digits_for(D(number)) == fits


@pytest.mark.parametrize(
    ("quantity", "price", "amount", "carried"),
    [
        ("2", "50", "100.00", True),
        ("2", "50", "100.01", False),
        ("3", "33.333333", "100.00", False),
        # Kept at seven decimals, compared at five.
        ("0.3333333", "3", "1.00", True),
        ("0.33333333", "3", "1.00", False),
        ("0.0000049", "1000", "0.00", True),
        ("0.000006", "1000", "0.01", True),
        ("0.0000061", "10000", "0.06", False),
        ("-1", "5", "-5.00", True),
    ],
)
def test_factors_that_quickbooks_finds_to_give_the_amount(
    quantity: str, price: str, amount: str, carried: bool
) -> None:
    assert carries(D(quantity), D(price), D(amount)) == carried
