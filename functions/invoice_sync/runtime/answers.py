"""What an answer of a service must look like, as far as we read it.

A client checks each answer here, once, so that later code can rely on its members. An answer that
is not of the documented form becomes an UnavailableError, which names the operation and the member,
and never the value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, TypeAlias

from invoice_sync.errors import FormError

# Characters. HubSpot's longest property has 65,536, QuickBooks' longest field 4,000.
_LONGEST_TEXT, _LONGEST_ID = 70_000, 100
# Digits before the point: no number in the books has more.
_MOST_DIGITS = 30
# The place in an error about the whole answer.
NOT_JSON = "not JSON"
# A text may end with half of a character that needs two: somebody cut it there. No database takes
# that. A pair is a whole character; after two backslashes there is no escape.
_HALVES = re.compile(r"\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(\\u[dD][89a-fA-F]..)")


@dataclass(frozen=True)
class Members:
    """An object with these members. One that is null counts as missing; others are not read."""

    known: Mapping[str, Form] = field(default_factory=dict)
    needed: Mapping[str, Form] = field(default_factory=dict)


@dataclass(frozen=True)
class Each:
    """An array whose entries all have the form."""

    form: Form


Form: TypeAlias = Members | Each | Callable[[Any], bool]


def text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_TEXT


def identifier(value: Any) -> bool:
    """Tell whether it is an id: a short text, as it is a part of our keys and addresses."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_ID and value.isprintable()


def digits(value: Any) -> bool:
    """Tell whether it is an id of a record: at most twenty digits."""
    return isinstance(value, str) and re.fullmatch(r"[0-9]{1,20}", value) is not None


def digits_or_number(value: Any) -> bool:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return digits(str(value)) if is_number else digits(value)


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15


def number(value: Any) -> bool:
    """Tell whether it is a number of the books, which may stand in quotes."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return False
    try:
        read = Decimal(value)
    except InvalidOperation:
        return False
    return read.is_finite() and abs(read.adjusted()) <= _MOST_DIGITS


def check(value: Any, form: Form, where: str = "the answer") -> None:
    """Raise FormError for a value that is not of the form.

    Members that are null are taken away: a reader meets them as missing.
    """
    if place := misfit(value, form, where):
        raise FormError(place)


def misfit(value: Any, form: Form, where: str = "the answer") -> str:
    """Return the place of the first part that is not of the form; empty without one. Takes members
    that are null away."""
    if isinstance(form, Each):
        if not isinstance(value, list):
            return where
        places = [misfit(each, form.form, f"{where}[]") for each in value]
    elif isinstance(form, Members):
        if not isinstance(value, dict):
            return where
        missing = [f"{where}.{name}" for name in form.needed if value.get(name) is None]
        places = missing + _misfits(value, {**form.known, **form.needed}, where)
    else:
        return "" if form(value) else where
    return next(filter(None, places), "")


def _misfits(value: dict[str, Any], members: Mapping[str, Form], where: str) -> list[str]:
    for name in members.keys() & value.keys():
        if value[name] is None:
            del value[name]
    return [
        misfit(value[name], form, f"{where}.{name}")
        for name, form in members.items()
        if name in value
    ]


def parsed(content: bytes) -> Any:
    """Return what a JSON text holds; its fractions are Decimal. Raises FormError."""
    try:
        return _parsed(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise FormError(NOT_JSON) from None


def _parsed(source: str) -> Any:
    if "\\ud" in source or "\\uD" in source:
        source = _HALVES.sub(lambda found: "\\ufffd" if found[1] else found[0], source)
    return json.loads(source, parse_float=Decimal, parse_constant=_refuse)


def _refuse(_: str) -> NoReturn:
    raise ValueError("no number of JSON")
