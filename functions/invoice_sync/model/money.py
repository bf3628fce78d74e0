"""Our own vocabulary. Money is Decimal, times are aware UTC, ids are strings."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

# ISO 4217: currencies whose smallest unit is not a hundredth.
_NO_DIGITS = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
    "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF",
)  # fmt: skip
_THREE_DIGITS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_MINOR_DIGITS = {**dict.fromkeys(_NO_DIGITS, 0), **dict.fromkeys(_THREE_DIGITS, 3)}


def minor_unit(currency: str) -> Decimal:
    """The smallest unit of an ISO 4217 currency: 0.01 of most."""
    return Decimal(1).scaleb(-_MINOR_DIGITS.get(currency, 2))


def to_minor_unit(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the smallest unit of an ISO 4217 currency."""
    return amount.quantize(minor_unit(currency), ROUND_HALF_UP)
