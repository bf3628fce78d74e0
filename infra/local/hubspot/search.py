"""The search endpoints: filters, order, paging and their limits (guide "CRM search")."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from .answers import invalid
from .portal import Portal
from .properties import BadValueError, Property, normalise, parse_moment
from .records import Record
from .types import BY_ALIAS

MAX_BODY = 3000
MAX_RESULTS = 10_000
MAX_PAGE = 200
_MAX_GROUPS, _MAX_FILTERS, _MAX_FILTERS_IN_ALL = 5, 6, 18
_NEEDS = {
    "EQ": {"value"},
    "NEQ": {"value"},
    "LT": {"value"},
    "LTE": {"value"},
    "GT": {"value"},
    "GTE": {"value"},
    "CONTAINS_TOKEN": {"value"},
    "NOT_CONTAINS_TOKEN": {"value"},
    "BETWEEN": {"value", "highValue"},
    "IN": {"values"},
    "NOT_IN": {"values"},
    "HAS_PROPERTY": set(),
    "NOT_HAS_PROPERTY": set(),
}
Test = Callable[[Record, Mapping[str, str]], bool]


def search(
    portal: Portal, name: str, body: Mapping[str, Any]
) -> tuple[list[Record], int, str | None]:
    """Return a page, the total and the next `after`. The body's shape has been checked."""
    limit, start = body.get("limit", 10), _offset(str(body.get("after", 0)))
    if not 0 <= limit <= MAX_PAGE:
        raise invalid(f"limit must not be over {MAX_PAGE}")
    if start + limit > MAX_RESULTS:
        raise invalid(f"paging through more than {MAX_RESULTS} results is not possible")
    groups = _groups(portal, name, body.get("filterGroups", []))
    words = body.get("query", "").lower()
    matches = []
    for record in portal.records(name):
        seen = portal.indexed(record)
        if seen is None or (groups and not any(all(t(record, seen) for t in g) for g in groups)):
            continue
        if words and not any(words in value.lower() for value in seen.values()):
            continue
        matches.append((record, seen))
    _sort(portal, name, matches, body.get("sorts", []))
    page = [record for record, _ in matches[start : start + limit]]
    end = start + len(page)
    return page, len(matches), str(end) if page and end < len(matches) else None


def _offset(after: str) -> int:
    if not after.isdigit():
        raise invalid("after must be an integer")
    return int(after)


def _groups(portal: Portal, name: str, groups: list[dict[str, Any]]) -> list[list[Test]]:
    sizes = [len(group["filters"]) for group in groups]
    if (
        len(sizes) > _MAX_GROUPS
        or sum(sizes) > _MAX_FILTERS_IN_ALL
        or any(size > _MAX_FILTERS for size in sizes)
    ):
        raise invalid("too many filters or filter groups")
    return [[_test(portal, name, condition) for condition in group["filters"]] for group in groups]


def _test(portal: Portal, name: str, condition: Mapping[str, Any]) -> Test:
    operator, key = condition["operator"], condition["propertyName"]
    if operator not in _NEEDS:
        raise invalid(f"unknown operator {operator}")
    if missing := _NEEDS[operator] - condition.keys():
        raise invalid(f"operator {operator} requires {sorted(missing)}")
    if key.startswith("associations."):
        return _association_test(portal, name, key.removeprefix("associations."), condition)
    definition = portal.schemas[name].find(key)
    if not definition:
        raise invalid(f'Property "{key}" does not exist')
    return _value_test(definition, operator, condition)


def _association_test(portal: Portal, name: str, other: str, condition: Mapping[str, Any]) -> Test:
    if other not in BY_ALIAS or condition["operator"] != "EQ":
        raise invalid("associations can only be searched with EQ and an object type")
    end, value = BY_ALIAS[other].name, condition["value"]
    return lambda record, _: value in portal.links(name, record.id, end)


def _value_test(definition: Property, operator: str, condition: Mapping[str, Any]) -> Test:
    key = definition.name
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return lambda _, values: (key in values) is (operator == "HAS_PROPERTY")
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        pattern = condition["value"].lower()
        return lambda _, values: (
            any(fnmatch.fnmatch(token, pattern) for token in values.get(key, "").lower().split())
            is (operator == "CONTAINS_TOKEN")
        )
    if operator in ("IN", "NOT_IN"):
        # Text is indexed in lower case and IN does not fold its values: upper case never matches.
        text = definition.type == "string" and key != "hs_object_id"
        chosen = {
            value if text else _comparable(definition, value) for value in condition["values"]
        }
        return lambda _, values: (
            (_comparable(definition, values[key]) in chosen) is (operator == "IN")
            if key in values
            else operator == "NOT_IN"
        )
    low = _comparable(definition, condition["value"])
    high = _comparable(definition, condition["highValue"]) if operator == "BETWEEN" else None
    compare: dict[str, Callable[[Any], bool]] = {
        "EQ": lambda value: bool(value == low),
        "NEQ": lambda value: bool(value != low),
        "LT": lambda value: bool(value < low),
        "LTE": lambda value: bool(value <= low),
        "GT": lambda value: bool(value > low),
        "GTE": lambda value: bool(value >= low),
        "BETWEEN": lambda value: bool(low <= value <= high),
    }
    holds = compare[operator]
    return lambda _, values: (
        holds(_comparable(definition, values[key])) if key in values else operator == "NEQ"
    )


def _comparable(definition: Property, value: str) -> Any:
    try:
        if definition.type == "number":
            return Decimal(normalise(definition, value) or "0")
        if definition.name == "hs_object_id":
            return int(value)
        if definition.type in ("datetime", "date"):
            return parse_moment(value)
    except (BadValueError, ValueError) as bad:
        raise invalid(f"{definition.name}: {bad}") from None
    return value if definition.type in ("enumeration", "bool") else value.lower()


def _sort(
    portal: Portal, name: str, matches: list[tuple[Record, dict[str, str]]], sorts: list[Any]
) -> None:
    if not sorts:
        return
    if len(sorts) > 1:
        raise invalid("only one sort is possible")
    if isinstance(sorts[0], str) and _is_json(sorts[0]):
        # As the published schema seems to want it: the service ignores it and says nothing
        # (HubSpot/hubspot-api-nodejs issue 14).
        return
    key, direction = _order(sorts[0])
    definition = portal.schemas[name].find(key)
    if not definition or direction not in ("ASCENDING", "DESCENDING"):
        raise invalid(f"cannot sort by {key} {direction}")
    with_value = [match for match in matches if key in match[1]]
    without = [match for match in matches if key not in match[1]]
    with_value.sort(
        key=lambda match: _comparable(definition, match[1][key]), reverse=direction == "DESCENDING"
    )
    matches[:] = with_value + without


def _order(sort: Any) -> tuple[str, str]:
    """Read a sort: an object, as in the guide, or a name as in `-createdate`, seen in public code.

    Source of the second: HubSpot/hubspot-api-nodejs issue 545.
    """
    if isinstance(sort, dict):
        return str(sort.get("propertyName")), str(sort.get("direction", "ASCENDING"))
    name = str(sort)
    return name.removeprefix("-"), "DESCENDING" if name.startswith("-") else "ASCENDING"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
