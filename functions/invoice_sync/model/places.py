"""Addresses in one form, whichever system and whoever wrote them. Pure."""

from __future__ import annotations

import re

# Both systems, and people, write the country in several ways; QuickBooks has come to answer with
# ISO's three letters (Intuit's release notes of August 2025).
_THE_US = ("us", "usa", "united states", "united states of america", "the united states")
# USPS's codes; automated sales tax finds its place by them.
_STATES = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA",
    "colorado": "CO", "connecticut": "CT", "delaware": "DE", "district of columbia": "DC",
    "florida": "FL", "georgia": "GA", "hawaii": "HI", "idaho": "ID", "illinois": "IL",
    "indiana": "IN", "iowa": "IA", "kansas": "KS", "kentucky": "KY", "louisiana": "LA",
    "maine": "ME", "maryland": "MD", "massachusetts": "MA", "michigan": "MI", "minnesota": "MN",
    "mississippi": "MS", "missouri": "MO", "montana": "MT", "nebraska": "NE", "nevada": "NV",
    "new hampshire": "NH", "new jersey": "NJ", "new mexico": "NM", "new york": "NY",
    "north carolina": "NC", "north dakota": "ND", "ohio": "OH", "oklahoma": "OK", "oregon": "OR",
    "pennsylvania": "PA", "puerto rico": "PR", "rhode island": "RI", "south carolina": "SC",
    "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT",
    "virginia": "VA", "washington": "WA", "west virginia": "WV", "wisconsin": "WI",
    "wyoming": "WY",
}  # fmt: skip


def is_us(country: str) -> bool:
    """Whether a country is the US in one of its spellings, such as "U.S.A."."""
    return " ".join(country.replace(".", "").casefold().split()) in _THE_US


def state_code(region: str, country: str) -> str:
    """Return the region as QuickBooks wants it: a state of the US by its code."""
    if country and not is_us(country):
        return region
    return _STATES.get(" ".join(region.casefold().split()), region)


def words(*texts: str) -> str:
    """Return the words of an address in one order. QuickBooks lays an address out anew whenever its
    invoice is updated, so only its words can be compared."""
    return " ".join(sorted({*re.findall(r"[^\s,]+", " ".join(texts).casefold())}))
