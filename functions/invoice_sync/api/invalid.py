"""What is wrong with a request, in a sentence. Pure.

Values that came in may be personal: only names of fields and rules of our own are repeated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

# A longer list is better looked up than read.
_MOST_CHOICES = 6
# More names help nobody, and would make an answer of any size.
_MOST_NAMED, _LONGEST_NAME = 10, 40
# What a field must be like, for those whose form people would not guess.
_FORMS = {
    "mayAct": 'must name each person by email or HubSpot user id, or be "everyone"',
}
# What a field must be, by pydantic's type of error.
_RULES = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "string_type": "must be text",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "string_pattern_mismatch": "does not have the right form",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "missing": "is missing",
    "extra_forbidden": "is unknown here",
}


def sentence(errors: Sequence[Mapping[str, Any]]) -> str:
    """Name the parameters and fields that are wrong, and the rule that each breaks."""
    wrong: dict[str, str] = {}
    more = ""
    for error in errors:
        name = _name(error)
        if name not in wrong and len(wrong) == _MOST_NAMED:
            more = "; and more"
            break
        wrong[name] = f"{name} {_rule(error)}"
    words = "; ".join(wrong[name] for name in sorted(wrong)) + more
    return f"{words[:1].upper()}{words[1:]}." if words.startswith("the ") else f"{words}."


def _name(error: Mapping[str, Any]) -> str:
    # After the place (path, query or body) comes the name; the body itself has none. A name that is
    # unknown here is the caller's own text.
    place, *names = error["loc"]
    if not names:
        return f"the {place}"
    return re.sub(r"[^A-Za-z0-9_.-]", "?", str(names[0])[:_LONGEST_NAME])


def _rule(error: Mapping[str, Any]) -> str:
    details = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(details["error"])
    if error["type"] == "literal_error":
        return _choice(str(details["expected"]))
    if error["type"] == "string_pattern_mismatch" and _name(error) in _FORMS:
        return _FORMS[_name(error)]
    return _RULES.get(error["type"], "is not valid").format_map(details)


def _choice(expected: str) -> str:
    """`expected`: as pydantic writes it, such as "'company', 'person' or 'both'"."""
    choices = expected.replace("'", "").replace(" or ", ", ").split(", ")
    *first, last = [choice for choice in choices if choice]
    if len(first) >= _MOST_CHOICES:
        return "has a value that this app does not know"
    return f"must be {', '.join(first)} or {last}" if first else f"must be {last}"
