"""Amounts in the smallest unit of their currency, exact and in words. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

# ISO 4217: currencies whose smallest unit is not a hundredth.
_NO_DIGITS = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
    "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF",
)  # fmt: skip
_THREE_DIGITS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_MINOR_DIGITS = {**dict.fromkeys(_NO_DIGITS, 0), **dict.fromkeys(_THREE_DIGITS, 3)}

# HubSpot has numbers of more digits than Python's usual 28: they are to be named, not to raise.
WIDE = Context(prec=100)
# Nobody bills as much. Sums of less stay exact, and fit DynamoDB's 38 digits.
_TOO_MUCH = Decimal(10) ** 18


def minor_unit(currency: str) -> Decimal:
    """The smallest unit of an ISO 4217 currency: 0.01 of most."""
    return Decimal(1).scaleb(-_MINOR_DIGITS.get(currency, 2))


def to_minor_unit(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the smallest unit of an ISO 4217 currency."""
    return amount.quantize(minor_unit(currency), ROUND_HALF_UP, WIDE)


def in_words(amount: Decimal, currency: str) -> str:
    """Write an amount as sentences have it: "1,277.25"."""
    return f"{to_minor_unit(amount, currency):,f}"


def countable(amount: Decimal | None, currency: str) -> Decimal | None:
    """Return the amount to its smallest unit, as lists show it and sums count it; None for one that
    is not known, or so large that it must be a mistake."""
    if amount is None or abs(amount) >= _TOO_MUCH:
        return None
    return to_minor_unit(amount, currency)
