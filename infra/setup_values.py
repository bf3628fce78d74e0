"""The five values of the app secret as a person pastes them, and what tells a slip.

Neither vendor documents what its values look like. The forms are those of public examples, so a
value of another form is a doubt and never a mistake.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from invoice_sync.credentials.app_secret import APP_SECRET_KEYS

Vendor = Literal["HubSpot", "Intuit"]

# What a copy from a web page may have around it, and nobody sees.
_AROUND = string.whitespace + "\u00a0\u200b\u200c\u200d\u2028\u2029\u2060\ufeff"
_QUOTES = "\"'`\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
# How pages hide a secret, and how these docs stand in for one.
_MASK = re.compile(r"[*.\u2022\u25cf\u00b7\u2026]+")

_UUID = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INTUIT_ID = re.compile(r"[A-Za-z0-9]{45,60}")
_INTUIT_SECRET = re.compile(r"[A-Za-z0-9]{35,44}")
# The first that fits says what was pasted instead.
_OTHERS = (
    (_UUID, "a client id or secret of HubSpot, or a verifier token of Intuit"),
    (_INTUIT_ID, "a client id of Intuit"),
    (_INTUIT_SECRET, "a client secret of Intuit"),
    (re.compile(r"\d+"), "the number of an app, an account or a company"),
    (re.compile(r"pat-.+"), "the access token of a private app of HubSpot"),
    (re.compile(r".*[=:].*"), "a value with its name: paste what stands behind the name"),
)


@dataclass(frozen=True)
class Value:
    """One value. `name`: its member in the secret's JSON object. `form`: what it looks like, and
    `usually` the same in words."""

    name: str
    vendor: Vendor
    label: str
    is_secret: bool
    form: re.Pattern[str]
    usually: str

    @property
    def title(self) -> str:
        return f"{self.vendor}'s {self.label}"


def _value(name: str) -> Value:
    vendor: Vendor = "HubSpot" if name.startswith("hubspot") else "Intuit"
    label = {"Id": "client id", "Secret": "client secret", "Token": "verifier token"}
    kind = next(kind for kind in label if name.endswith(kind))
    form, usually = _UUID, "36 letters, digits and hyphens"
    if vendor == "Intuit" and kind != "Token":
        form = _INTUIT_ID if kind == "Id" else _INTUIT_SECRET
        usually = f"some {50 if kind == 'Id' else 40} letters and digits"
    return Value(name, vendor, label[kind], kind != "Id", form, usually)


VALUES: Mapping[str, Value] = {name: _value(name) for name in APP_SECRET_KEYS}


def clean(text: str) -> str:
    """Return what was pasted without the white space around it."""
    return text.strip(_AROUND)


def mistake(value: Value, text: str, others: Mapping[str, str]) -> str:
    """Say what is certainly wrong with a value; empty if nothing is.

    `others`: the values that are settled already, by name. No text of this module holds a value.
    """
    if _MASK.fullmatch(text):
        return "These are the dots that hide it on the page. Show it there, then copy it"
    if text[0] in _QUOTES or text[-1] in _QUOTES:
        return "There are quotation marks around it. Paste what is between them"
    if any(letter.isspace() or not letter.isprintable() for letter in text):
        return "There are blanks or line breaks in it: something else was copied with it"
    for name, other in others.items():
        if text == other and name != value.name:
            return f"That is the same as {VALUES[name].title}, and no two of the five are the same"
    return ""


def doubt(value: Value, text: str) -> str:
    """Say what may be wrong with a value; empty if it looks as usual."""
    if value.form.fullmatch(text):
        return ""
    other = next((words for form, words in _OTHERS if form.fullmatch(text)), "")
    found = f"It looks like {other}" if other else f"It has {len(text)} characters"
    return f"{found}. {value.title} is usually {value.usually}"
