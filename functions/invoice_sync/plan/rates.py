"""Which exchange rates are believed. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

# A foreign currency, and the day of the rate.
RateKey = tuple[str, date]

# Currencies that are worth the same by law: one is pegged to the other at par, or both to a third.
_AT_PAR = (
    {"USD", "BMD", "BSD", "PAB"},
    {"ZAR", "LSL", "NAD", "SZL"},
    {"GBP", "FKP", "GIP", "SHP"},
    {"INR", "BTN"},
    {"SGD", "BND"},
    {"XAF", "XOF"},
)


def is_believed(rate: Decimal, currency: str, home_currency: str) -> bool:
    """Tell whether a rate is one that somebody entered, or that holds anyway. Exactly 1 is what
    QuickBooks has where it knows none (reference "Invoice", ExchangeRate, default 1)."""
    return rate != 1 or any({currency, home_currency} <= group for group in _AT_PAR)
