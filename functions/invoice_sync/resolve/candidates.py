"""Who an invoice's customer could be, and which item a line: ranked, with the reasons. Pure.

Only a person decides: nothing here is ever used without a click.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from invoice_sync.model.hubspot import Company, Contact
from invoice_sync.model.quickbooks import Customer, Item

# Whose addresses say nothing about a company.
_FREE_MAIL = frozenset(
    {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com"}
    | {"yahoo.com", "icloud.com", "me.com", "aol.com", "gmx.com", "gmx.de", "gmx.net", "web.de"}
    | {"mail.com", "proton.me", "protonmail.com", "zoho.com"}
)
_LEGAL_FORMS = frozenset(
    {"inc", "incorporated", "llc", "ltd", "limited", "corp", "corporation", "co", "company", "plc"}
    | {"gmbh", "ag", "kg", "bv", "nv", "sa", "sarl", "sas", "srl", "spa", "ab", "oy", "pty", "the"}
)
_SIMILAR = 0.72
_MOST = 10


@dataclass(frozen=True)
class Candidate:
    """`score`: higher is likelier; only good for the order."""

    id: str
    name: str
    about: str
    reasons: tuple[str, ...]
    score: float


def domain(email: str) -> str:
    """Of an address, when it tells the company; else empty."""
    found = email.rpartition("@")[2]
    return "" if found.casefold() in _FREE_MAIL else found


def telling_parts(name: str) -> list[str]:
    """What finds others like it, as it is written: the beginnings of its two longest words but for
    legal forms."""
    telling = set(_words(name))
    words = {word for word in re.findall(r"\w\w+", name) if word.casefold() in telling}
    longest = sorted(words, key=lambda word: (-len(word), word))[:2]
    return [word[: max(4, len(word) * 2 // 3)] for word in longest]


def spellings(text: str) -> list[str]:
    """Other ways to write it, should upper and lower case matter to whoever searches."""
    capital = text[:1].upper() + text[1:]
    if text.startswith("@"):
        capital = "@" + text[1:2].upper() + text[2:]
    return [one for one in (text.lower(), capital, text.upper()) if one != text]


def customers(
    contact: Contact, company: Company | None, found: Iterable[Customer], named: Iterable[str]
) -> list[Candidate]:
    """The likeliest first. `found`: active ones in the invoice's currency. `named`: ids of those
    whose name it is that a new customer cannot have."""
    company_name = company.name if company else contact.company_name
    person = f"{contact.first_name} {contact.last_name}".strip()
    ids = set(named)
    every = {one.id: _customer(one, contact, company_name, person, ids) for one in found}
    return _best(every.values())


def _customer(
    one: Customer, contact: Contact, company_name: str, person: str, named: set[str]
) -> Candidate:
    reasons: list[tuple[float, str]] = []
    if one.email and one.email.casefold() == contact.email.casefold():
        other_case = one.email != contact.email
        reasons.append((100, "same email in another case" if other_case else "same email"))
    elif one.email and domain(one.email).casefold() == domain(contact.email).casefold() != "":
        reasons.append((40, f"same email domain, {domain(one.email).casefold()}"))
    if one.id in named:
        reasons.append((50, "has the name that is taken"))
    names = {one.display_name, one.company_name} - {""}
    if company_name and any(_words(name) == _words(company_name) for name in names):
        reasons.append((60, "same company name"))
    else:
        wanted = [name for name in (company_name, person) if name]
        alike = max((_alike(a, b) for a in wanted for b in names), default=0.0)
        if alike >= _SIMILAR:
            reasons.append((30 * alike, "similar name"))
    return _candidate(one.id, one.display_name, one.email, reasons)


def items(sku: str, name: str, found: Iterable[Item]) -> list[Candidate]:
    """The likeliest first, for a line of that SKU and name. `found`: those that a line may have."""
    return _best({one.id: _item(one, sku, name) for one in found}.values())


def _item(one: Item, sku: str, name: str) -> Candidate:
    reasons: list[tuple[float, str]] = []
    if name and _words(one.name) == _words(name):
        reasons.append((60, "same name but for its spelling"))
    elif name and (alike := _alike(one.name, name)) >= _SIMILAR:
        reasons.append((30 * alike, "similar name"))
    elif shared := [
        word
        for word in _words(name)
        for other in _words(one.name)
        if SequenceMatcher(None, word, other).ratio() >= _SIMILAR
    ]:
        reasons.append((10 + len(shared), f"shares the word {max(shared, key=len)}"))
    if sku and one.sku and _alike(one.sku, sku) >= _SIMILAR:
        reasons.append((25, "similar SKU"))
    return _candidate(one.id, one.name, one.sku, reasons)


def _candidate(own_id: str, name: str, about: str, reasons: list[tuple[float, str]]) -> Candidate:
    words = tuple(why for _, why in sorted(reasons, reverse=True))
    return Candidate(own_id, name, about, words, sum(score for score, _ in reasons))


def _best(every: Iterable[Candidate]) -> list[Candidate]:
    likely = [one for one in every if one.reasons]
    return sorted(likely, key=lambda one: (-one.score, int(one.id)))[:_MOST]


def _words(name: str) -> list[str]:
    words = re.findall(r"\w+", name.casefold())
    return [word for word in words if word not in _LEGAL_FORMS] or words


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, " ".join(_words(one)), " ".join(_words(other))).ratio()
