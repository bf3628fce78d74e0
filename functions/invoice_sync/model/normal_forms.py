"""The one form in which values of both systems are compared. Pure.

People paste names from web pages and documents, with no-break spaces, double spaces and characters
of no width that nobody sees. A value is looked for in the form that `tidy` gives, and compared in
one of the others, on both sides.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

_LEGAL_FORMS = frozenset(
    {"inc", "incorporated", "llc", "llp", "lp", "ltd", "limited", "corp", "corporation", "co"}
    | {"company", "plc", "gmbh", "mbh", "ag", "kg", "ohg", "ug", "se", "ev", "bv", "nv", "sa"}
    | {"sarl", "sas", "sasu", "srl", "spa", "sl", "ab", "as", "aps", "oy", "oyj", "pty", "pvt"}
    | {"the", "and"}
)
# Characters of no width: of format, such as U+200B and U+FEFF, and control characters but for
# white space.
_INVISIBLE = ("Cf", "Cc")


def tidy(text: str) -> str:
    """Return the text as everybody sees it: each run of white space is one space, and what has no
    width is gone."""
    visible = (
        character
        for character in unicodedata.normalize("NFC", text)
        if character.isspace() or unicodedata.category(character) not in _INVISIBLE
    )
    return " ".join("".join(visible).split())


def name(text: str) -> str:
    """Return the form in which names, SKUs and labels are compared."""
    return tidy(text).casefold()


def item_path(text: str) -> str:
    """Return the form in which item names are compared, with their categories if the text has
    them: "Plans:Gold" and "Plans : Gold" are one."""
    return ":".join(name(part) for part in text.split(":"))


def item_leaf(text: str) -> str:
    """Return an item's own name, without its categories, in the form to look for it."""
    return tidy(text.rpartition(":")[2])


def emails(text: str) -> tuple[str, ...]:
    """Return the addresses in an email field, in their order and each once. A field may hold
    several, with commas or semicolons between them."""
    parts = re.split(r"[,;\s]+", tidy(text).casefold())
    addresses = (part.strip("<>\"'").removeprefix("mailto:") for part in parts)
    return tuple(dict.fromkeys(address for address in addresses if "@" in address))


def company_words(text: str) -> list[str]:
    """Return the words of a company's name that tell it from others: no legal form, no accents."""
    decomposed = unicodedata.normalize("NFKD", name(text))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    # "S.A." and "Co." are legal forms too, and so is "e.V.".
    words = re.findall(r"\w+", re.sub(r"(?<=\w)\.(?=\w|\s|$)", "", plain))
    return [word for word in words if word not in _LEGAL_FORMS] or words


def same_company(one_name: str, other_name: str) -> bool:
    """Tell whether two names can be of one company: the same but for their spelling, or one is
    within the other, as in "Acme" and "Acme Germany GmbH"."""
    one, other = company_words(one_name), company_words(other_name)
    if not one or not other:
        return False
    if "".join(one) == "".join(other) or _is_within(one, other) or _is_within(other, one):
        return True
    initials = ("".join(word[0] for word in words) for words in (one, other) if len(words) > 2)
    if any(["".join(words)] == [short] for short in initials for words in (one, other)):
        return True
    return len(one) == len(other) and all(map(_is_mistyped, one, other))


# How similar a word and its mistyped form are at least, from 0 to 1.
_SIMILAR = 0.85


def _is_mistyped(word: str, other: str) -> bool:
    return SequenceMatcher(None, word, other).ratio() >= _SIMILAR


def _is_within(few: list[str], many: list[str]) -> bool:
    """Tell whether the words stand within the others, one after the other."""
    starts = range(len(many) - len(few) + 1)
    return any(many[start : start + len(few)] == few for start in starts)
