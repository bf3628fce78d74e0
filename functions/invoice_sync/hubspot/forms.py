"""The form of HubSpot's JSON: the members that we read, and those that each answer needs.

Sources: guides "Using object APIs", "Associate records", "CRM search", "Properties API" and "Error
handling".
"""

from __future__ import annotations

from typing import Any

from invoice_sync.runtime.answers import (
    Each,
    Members,
    check,
    count,
    digits_or_number,
    flag,
    misfit,
    text,
)

Row = dict[str, Any]

_PAGING = Members({"next": Members({"after": lambda value: text(str(value))})})
_DETAIL = Members({"code": text})
ERROR = Members(
    {
        "category": text,
        "correlationId": text,
        "errors": Each(_DETAIL),
        "context": lambda value: (
            isinstance(value, dict) and all(isinstance(values, list) for values in value.values())
        ),
    }
)
_ENTRY = Members({"timestamp": text, "value": text})
RECORD = Members(
    {
        "archived": flag,
        "propertiesWithHistory": lambda value: (
            isinstance(value, dict)
            and not any(misfit(entries, Each(_ENTRY)) for entries in value.values() if entries)
        ),
    },
    needed={
        "id": digits_or_number,
        "properties": lambda value: (
            isinstance(value, dict) and all(each is None or text(each) for each in value.values())
        ),
    },
)
_ASSOCIATED = Members(
    {"paging": _PAGING}, needed={"results": Each(Members(needed={"id": digits_or_number}))}
)
# A record with lists of the ids of others, by the type of these.
WHOLE = Members(
    {
        "archived": flag,
        "associations": lambda value: (
            isinstance(value, dict)
            and not any(misfit(each, _ASSOCIATED) for each in value.values())
        ),
    },
    needed=RECORD.needed,
)
_END = Members(
    {"associationTypes": Each(Members({"label": text}))}, needed={"toObjectId": digits_or_number}
)
ENDS = Members(
    {"paging": _PAGING},
    needed={"from": Members(needed={"id": digits_or_number}), "to": Each(_END)},
)
_BULK = Members({"errors": Each(ERROR)}, needed={"results": Each(Members())})
SEARCH = Members(
    {"errors": Each(ERROR), "paging": _PAGING}, needed={"results": Each(RECORD), "total": count}
)
DEFINITIONS = Members(needed={"results": Each(Members(needed={"name": text}))})
WRITTEN = Members(
    {"errors": Each(ERROR), "results": Each(Members(needed={"id": digits_or_number}))}
)
DONE = Members({"errors": Each(ERROR)})


def bulk(answer: Any, form: Members) -> tuple[Row, set[str]]:
    """Return the answer to a bulk read without the results that are not of this form, and the ids
    of those; empty for a result without an id. Raises FormError."""
    check(answer, _BULK)
    odd = [result for result in answer["results"] if misfit(result, form)]
    answer["results"] = [result for result in answer["results"] if not misfit(result, form)]
    return answer, {_id(result) for result in odd}


def _id(result: Row) -> str:
    start = result.get("from")
    given = start.get("id") if isinstance(start, dict) else result.get("id")
    return str(given) if digits_or_number(given) else ""
