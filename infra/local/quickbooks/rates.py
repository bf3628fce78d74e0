"""Exchange rates: how many units of the home currency are one of a foreign currency.

Source: Intuit's reference page for ExchangeRate, and its SDK's class of that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .books import CURRENCIES, Books, stamp
from .faults import RefusalError, business, missing
from .fields import Doc, check_date, on_wire


class Rate(NamedTuple):
    value: Decimal
    set_on: date | None  # the day from which it holds; None: it always has


def rate_on(books: Books, currency: str, day: date) -> Rate:
    """Return the company's rate of a currency on a day.

    Raises RefusalError for a currency that the company does not know.
    """
    if currency == books.home_currency:
        return Rate(Decimal(1), None)
    since = books.dated_rates.get(currency, {})
    reached = [each for each in since if each <= day]
    if reached:
        return Rate(since[max(reached)], max(reached))
    if currency not in CURRENCIES and currency not in books.exchange_rates:
        raise RefusalError(
            "2220", f"Invalid currency. Supplied value:{currency}", "sourcecurrencycode"
        )
    return Rate(books.exchange_rates.get(currency, Decimal(1)), None)


def answer(books: Books, args: Mapping[str, str]) -> Doc:
    """Answer `GET exchangerate`: the rate of `sourcecurrencycode` on `asofdate`, or today."""
    currency = args.get("sourcecurrencycode")
    if not currency:
        raise missing("sourcecurrencycode")
    day = books.today()
    if "asofdate" in args:
        check_date(args["asofdate"], "asofdate")
        day = date.fromisoformat(args["asofdate"])
    if not books.multicurrency and currency != books.home_currency:
        raise business("Turn on multicurrency to use a currency other than the home currency.")
    rate = rate_on(books, currency, day)
    return {
        "ExchangeRate": {
            "SourceCurrencyCode": currency,
            "TargetCurrencyCode": books.home_currency,
            "Rate": on_wire(rate.value),
            # "Date on which this exchange rate was set", which may lie before the day asked for.
            "AsOfDate": (rate.set_on or day).isoformat(),
            "MetaData": {"LastUpdatedTime": stamp(books.founded)},
            "domain": "QBO",
            "sparse": False,
        }
    }
