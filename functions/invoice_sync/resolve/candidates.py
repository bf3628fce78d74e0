"""Candidates: which customer an invoice could go to, and which item a line, ranked. Pure.

Only a person decides: nothing here is ever used without a click.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from invoice_sync.model import normal_forms
from invoice_sync.model.hubspot import Company, Contact
from invoice_sync.model.quickbooks import Customer, Item

# Domains of addresses that say nothing about a company.
_FREE_MAIL = frozenset(
    {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com"}
    | {"yahoo.com", "icloud.com", "me.com", "aol.com", "gmx.com", "gmx.de", "gmx.net", "web.de"}
    | {"mail.com", "proton.me", "protonmail.com", "zoho.com"}
)
# How similar two names have to be, from 0 to 1.
_SIMILAR = 0.72
_MOST = 10
# What speaks for a candidate: a score, and the reason in words.
_Evidence = tuple[float, str]


@dataclass(frozen=True)
class Candidate:
    """A customer or an item, and why it may be the one."""

    id: str
    name: str
    # The email of a customer, the SKU of an item.
    about: str
    # The strongest first.
    reasons: tuple[str, ...]
    # A higher one is likelier; only good for the order.
    score: float


def company_domain(email: str) -> str:
    """Return the domain of an address if it tells the company; empty if not."""
    domain = email.rpartition("@")[2]
    return "" if domain.casefold() in _FREE_MAIL else domain


def telling_parts(name: str) -> list[str]:
    """Return the parts of a name that find others like it, as they are written: the beginnings of
    its two longest words, legal forms left out."""
    telling = set(_words(name))
    words = {word for word in re.findall(r"\w\w+", name) if telling & set(_words(word))}
    longest = sorted(words, key=lambda word: (-len(word), word))[:2]
    return [word[: max(4, len(word) * 2 // 3)] for word in longest]


def spellings(text: str) -> list[str]:
    """Return other ways to write a text, in case a search minds upper and lower case."""
    capital = text[:1].upper() + text[1:]
    if text.startswith("@"):
        capital = "@" + text[1:2].upper() + text[2:]
    return [spelling for spelling in (text.lower(), capital, text.upper()) if spelling != text]


def rank_customers(
    contact: Contact,
    company: Company | None,
    customers: Iterable[Customer],
    namesakes: Collection[str],
) -> list[Candidate]:
    """Return the likeliest customers of a contact, the best first.

    `customers`: active ones in the invoice's currency. `namesakes`: ids of those that have the name
    that a new customer would need.
    """
    company_name = company.name if company else contact.company_name
    person_name = f"{contact.first_name} {contact.last_name}".strip()
    ranked = {}
    for customer in customers:
        evidence = [
            *_email_evidence(customer, contact),
            *_name_evidence(customer, company_name, person_name),
        ]
        if customer.id in namesakes:
            evidence.append((50, "has the name that is taken"))
        ranked[customer.id] = _candidate(
            customer.id, customer.display_name, customer.email, evidence
        )
    return _best(ranked.values())


def _email_evidence(customer: Customer, contact: Contact) -> list[_Evidence]:
    if not customer.email:
        return []
    theirs = normal_forms.emails(customer.email)
    if any(email in theirs for email in contact.emails):
        other_case = normal_forms.tidy(customer.email) != contact.email and len(theirs) == 1
        in_other_case = other_case and theirs[0] == contact.email.casefold()
        return [(100, "same email, different capitalisation" if in_other_case else "same email")]
    domain = company_domain(theirs[0] if theirs else "").casefold()
    if domain and domain == company_domain(contact.email).casefold():
        return [(40, f"same email domain, {domain}")]
    return []


def _name_evidence(customer: Customer, company_name: str, person_name: str) -> list[_Evidence]:
    names = {customer.display_name, customer.company_name} - {""}
    if company_name and any(_words(name) == _words(company_name) for name in names):
        return [(60, "same company name")]
    similarities = (
        _similarity(name, other) for name in (company_name, person_name) for other in names if name
    )
    similarity = max(similarities, default=0.0)
    return [(30 * similarity, "similar name")] if similarity >= _SIMILAR else []


def rank_items(sku: str, name: str, items: Iterable[Item]) -> list[Candidate]:
    """Return the likeliest items for a line with that SKU and name, the best first.

    `items`: those that a line may have.
    """
    ranked = {}
    for item in items:
        evidence = [*_item_name_evidence(item, name), *_sku_evidence(item, sku)]
        ranked[item.id] = _candidate(item.id, item.name, item.sku, evidence)
    return _best(ranked.values())


def _item_name_evidence(item: Item, name: str) -> list[_Evidence]:
    if name and _words(item.name) == _words(name):
        return [(60, "same name but for its spelling")]
    similarity = _similarity(item.name, name) if name else 0.0
    if similarity >= _SIMILAR:
        return [(30 * similarity, "similar name")]
    shared = [
        word
        for word in _words(name)
        for other in _words(item.name)
        if SequenceMatcher(None, word, other).ratio() >= _SIMILAR
    ]
    return [(10 + len(shared), f"shares the word {max(shared, key=len)}")] if shared else []


def _sku_evidence(item: Item, sku: str) -> list[_Evidence]:
    if sku and item.sku and _similarity(item.sku, sku) >= _SIMILAR:
        return [(25, "similar SKU")]
    return []


def _candidate(candidate_id: str, name: str, about: str, evidence: list[_Evidence]) -> Candidate:
    reasons = tuple(reason for _, reason in sorted(evidence, reverse=True))
    return Candidate(candidate_id, name, about, reasons, sum(score for score, _ in evidence))


def _best(candidates: Iterable[Candidate]) -> list[Candidate]:
    likely = [candidate for candidate in candidates if candidate.reasons]
    return sorted(likely, key=lambda candidate: (-candidate.score, int(candidate.id)))[:_MOST]


def _words(name: str) -> list[str]:
    return normal_forms.company_words(name)


def _similarity(name: str, other: str) -> float:
    return SequenceMatcher(None, " ".join(_words(name)), " ".join(_words(other))).ratio()
