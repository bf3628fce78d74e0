"""Closed request bodies: an unknown member or a wrong type is refused, as the API refuses it."""

from __future__ import annotations

import json
from typing import Any

from werkzeug import Request

from ..wire import Answer
from .answers import RefusedError, error, invalid

# A shape is a type, a tuple of types, [shape], {"member": shape, "optional?": shape}, or one of
# these two.
VALUES = "property values"
SORT = "sort"

_ID = {"id": str}
_SPEC = {"associationCategory": str, "associationTypeId": int}
_CREATE = {"properties": VALUES, "associations?": [{"to": _ID, "types": [_SPEC]}]}
_FILTER = {"propertyName": str, "operator": str, "value?": str, "highValue?": str, "values?": [str]}
_OPTION = {
    "label": str,
    "value": str,
    "hidden": bool,
    "description?": str,
    "displayOrder?": int,
}
_PROPERTY_BASE = {
    "description?": str,
    "displayOrder?": int,
    "formField?": bool,
    "hidden?": bool,
    "options?": [_OPTION],
    "calculationFormula?": str,
    "currencyPropertyName?": str,
    "numberDisplayHint?": str,
    "showCurrencySymbol?": bool,
    "textDisplayHint?": str,
}

CREATE = _CREATE
UPDATE = {"properties": VALUES}
BATCH_READ = {
    "inputs": [_ID],
    "properties?": [str],
    "propertiesWithHistory?": [str],
    "idProperty?": str,
}
BATCH_CREATE = {"inputs": [{**_CREATE, "objectWriteTraceId?": str}]}
BATCH_UPDATE = {
    "inputs": [{**_ID, "properties": VALUES, "objectWriteTraceId?": str, "idProperty?": str}]
}
BATCH_IDS = {"inputs": [_ID]}
SEARCH = {
    "filterGroups?": [{"filters": [_FILTER]}],
    "sorts?": [SORT],
    "query?": str,
    "properties?": [str],
    "limit?": int,
    "after?": (str, int),  # the published schema says text; a number is taken
}
MERGE = {"primaryObjectId": str, "objectIdToMerge": str}
ASSOCIATION_READ = {"inputs": [{**_ID, "after?": str}]}
ASSOCIATION_CREATE = {"inputs": [{"from": _ID, "to": _ID, "types": [_SPEC]}]}
ASSOCIATION_DEFAULT = {"inputs": [{"from": _ID, "to": _ID}]}
ASSOCIATION_ARCHIVE = {"inputs": [{"from": _ID, "to": [_ID]}]}
ASSOCIATION_TYPES = [_SPEC]
PROPERTY = {
    **_PROPERTY_BASE,
    "name": str,
    "label": str,
    "type": str,
    "fieldType": str,
    "groupName": str,
    "hasUniqueValue?": bool,
    "externalOptions?": bool,
    "referencedObjectType?": str,
    "dataSensitivity?": str,
}
PROPERTY_UPDATE = {
    **_PROPERTY_BASE,
    "label?": str,
    "type?": str,
    "fieldType?": str,
    "groupName?": str,
}
PROPERTY_BATCH = {"inputs": [PROPERTY]}
PROPERTY_NAMES = {"inputs": [{"name": str}]}
PROPERTY_READ = {**PROPERTY_NAMES, "archived": bool, "dataSensitivity": str}
GROUP = {"name": str, "label": str, "displayOrder?": int}


def body(request: Request, shape: Any) -> Any:
    raw = request.get_data()
    if shape is None:
        if raw and raw != b"{}":
            raise invalid("this call takes no body")
        return None
    if request.mimetype != "application/json":
        answer: Answer = error(
            415, "UNSUPPORTED_MEDIA_TYPE", f"{request.mimetype or 'no type'}: must be JSON"
        )
        raise RefusedError(answer)
    try:
        content = json.loads(raw)
    except ValueError:
        raise invalid("Invalid input JSON") from None
    _check(content, shape, "body")
    return content


def _check(value: Any, shape: Any, at: str) -> None:
    if shape is VALUES:
        _check_values(value, at)
    elif shape is SORT:
        if not isinstance(value, str | dict):
            raise _wrong(at, "a sort")
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise _wrong(at, "a list")
        for index, item in enumerate(value):
            _check(item, shape[0], f"{at}[{index}]")
    elif isinstance(shape, dict):
        _check_members(value, shape, at)
    elif not isinstance(value, shape) or (shape is not bool and isinstance(value, bool)):
        raise _wrong(at, getattr(shape, "__name__", "text or a number"))


def _check_members(value: Any, shape: dict[str, Any], at: str) -> None:
    if not isinstance(value, dict):
        raise _wrong(at, "an object")
    members = {name.removesuffix("?"): inner for name, inner in shape.items()}
    if unknown := sorted(value.keys() - members.keys()):
        raise invalid(f"Invalid input JSON: unrecognized field {unknown[0]!r} in {at}")
    required = {name for name in shape if not name.endswith("?")}
    if missing := sorted(required - value.keys()):
        raise invalid(f"Invalid input JSON: {at} lacks {missing}")
    for name, member in value.items():
        _check(member, members[name], f"{at}.{name}")


def _check_values(value: Any, at: str) -> None:
    """Check property values: text, and plain numbers and booleans as HubSpot's guides send them."""
    if not isinstance(value, dict):
        raise _wrong(at, "an object of property values")
    for name, content in value.items():
        if not isinstance(content, str | int | float | bool):
            raise _wrong(f"{at}.{name}", "text")


def _wrong(at: str, expected: str) -> RefusedError:
    return invalid(f"Invalid input JSON: {at} must be {expected}")
