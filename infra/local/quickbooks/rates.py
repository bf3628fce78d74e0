"""Exchange rates of a company: by currency and day, and what `GET /exchangerate` answers.

Source: reference "ExchangeRate". QuickBooks does not put these rates on transactions by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from .books import CURRENCIES, Books, stamp
from .faults import RefusalError, business, missing
from .fields import Doc, on_wire


def rate_of(books: Books, code: str, day: str) -> Decimal:
    """Return the home units for one unit of the currency: the newest rate up to the day."""
    if code == books.home_currency:
        return Decimal(1)
    days = [each for each in books.dated_rates.get(code, {}) if each <= day]
    if days:
        return books.dated_rates[code][max(days)]
    return books.exchange_rates.get(code, Decimal(1))


def answer(books: Books, args: Mapping[str, str]) -> Doc:
    if not books.multicurrency:
        raise business("Turn on multicurrency to use exchange rates.")
    code = args.get("sourcecurrencycode")
    if not code:
        raise missing("sourcecurrencycode")
    if code not in {*CURRENCIES, *books.exchange_rates, *books.dated_rates, books.home_currency}:
        raise RefusalError(
            "2220", f"Invalid currency code. Supplied value:{code}", "sourcecurrencycode"
        )
    day = args.get("asofdate") or books.today().isoformat()
    try:
        day = date.fromisoformat(day).isoformat()
    except ValueError:
        raise RefusalError(
            "2060", f"Date must be in the format YYYY-MM-DD. Supplied value:{day}", "asofdate"
        ) from None
    rate: Doc = on_wire(
        {
            "SyncToken": "0",
            "domain": "QBO",
            "AsOfDate": day,
            "SourceCurrencyCode": code,
            "Rate": rate_of(books, code, day),
            "TargetCurrencyCode": books.home_currency,
            "MetaData": {"LastUpdatedTime": stamp(books.now())},
        }
    )
    return rate
