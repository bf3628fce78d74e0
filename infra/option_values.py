"""Reads one value of a configuration. A wrong one is answered in words, never with a pattern.

A reader returns the value or raises a ValueError: with words of its own, or without any where the
option's own words say it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from invoice_sync.model.connection import Settings


def unknown(names: Iterable[str], known: Iterable[str], prefix: str = "") -> Iterator[str]:
    """Yield a sentence for each name that is not known."""
    known = list(known)
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
            yield f"{prefix}{name} is unknown; {hint}"


def text(form: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if isinstance(value, str) and re.fullmatch(form, value):
            return value
        raise ValueError

    return read


def one_of(*known: Any) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        # True is 1 to Python, and not to the owner.
        if any(type(value) is type(one) and value == one for one in known):
            return value
        raise ValueError

    return read


def whole_number(least: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value < 1_000_000:
            return value
        raise ValueError

    return read


def portal_ids(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError
    ids = tuple(str(one) for one in value if not isinstance(one, bool))
    if len(ids) < len(value) or not all(re.fullmatch("[0-9]{1,20}", one) for one in ids):
        raise ValueError
    return ids


def settings(value: Any) -> str:
    if not isinstance(value, dict):
        raise ValueError
    names = [info.alias or name for name, info in Settings.model_fields.items()]
    if strange := list(unknown(value, names, "settings.")):
        raise ValueError("\n".join(strange))
    try:
        written = json.dumps(value)
        Settings.model_validate_json(written, extra="forbid")
    except TypeError:  # TOML has times; no setting is one
        raise ValueError from None
    except ValidationError as error:
        raise ValueError("\n".join(_wrong_settings(error))) from None
    return written


def tags(value: Any) -> dict[str, str]:
    """AWS guide "Best practices for tagging": lengths, characters and how many. IAM takes names
    that differ in capitals for one."""
    if not isinstance(value, dict):
        raise ValueError
    if wrong := list(_wrong_tags(value)):
        raise ValueError("\n".join(wrong))
    return dict(value)


def _wrong_tags(tags: Mapping[str, Any]) -> Iterator[str]:
    if len(tags) > MOST_TAGS:
        yield (
            f"tags has {len(tags)} entries, and may have {MOST_TAGS}: AWS takes 50 for a resource,"
            f" and {' and '.join(OUR_TAGS)} are set by this app"
        )
    taken = {name: f"{name} is set by this app" for name in OUR_TAGS}
    for name, value in tags.items():
        if said := taken.get(name.lower()):
            yield f"tags.{name}: {said}; choose another name"
        elif name.lower().startswith("aws:"):
            yield f"tags.{name}: names that begin with aws: are AWS's own; choose another one"
        elif not re.fullmatch(_TAG_TEXT + "{1,128}", name):
            yield f'tags: "{name}" must have 1 to 128 characters: {_TAG_CHARACTERS}'
        elif not (isinstance(value, str) and re.fullmatch(_TAG_TEXT + "{1,256}", value)):
            yield (
                f"tags.{name} must be a text in quotes of 1 to 256 characters: {_TAG_CHARACTERS};"
                f' for example {name} = "books"'
            )
        taken[name.lower()] = f"{name} differs from it in capitals only, which IAM takes for one"


def _wrong_settings(error: ValidationError) -> Iterator[str]:
    for one in error.errors():
        name, kind = str(one["loc"][0]), one["type"]
        if name in _TABLES:
            must_be, example = _TABLES[name]
        elif kind == "literal_error":
            must_be = one["ctx"]["expected"].replace("'", '"')
            example = must_be.split(",")[0].split(" or ")[0]
        elif kind.startswith("bool"):
            must_be, example = "true or false", "true"
        else:
            must_be, example = "an id of QuickBooks in quotes", '"21"'
        yield f"settings.{name} must be {must_be}, for example {name} = {example}"


# On every resource of a deployment.
OUR_TAGS = ("service", "version")
MOST_TAGS = 50 - len(OUR_TAGS)
_TAG_TEXT = r"[\w +\-=.:/@]"
_TAG_CHARACTERS = "letters, digits, spaces and + - = . _ : / @"
# Settings that hold more than one value.
_TABLES = {
    "mayAct": (
        "a list of e-mail addresses or HubSpot user ids",
        '["pat@example.com", "77"]',
    ),
    "sources": ("a list of values of hs_invoice_source", '["hubspot"]'),
    "terms": ("a table of days and the id of their term", '{ "30" = "3" }'),
    "taxCodes": ("a table of HubSpot taxes and the id of their tax code", '{ "VAT" = "5" }'),
}
