"""Compares real answers with the API's own OpenAPI document.

It knows just enough of JSON Schema for that document and fails on a keyword that it does not know,
so that nothing is left unchecked in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from threading import Lock
from typing import Any, Protocol

from invoice_sync.api import openapi
from invoice_sync.api.app import app

Schema = dict[str, Any]
_PREFIX = "#/components/schemas/"
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
_FORMATS = {"date": date.fromisoformat, "date-time": datetime.fromisoformat}
_LIMITS = {
    *("pattern", "maxLength", "minItems", "maxItems", "maxProperties"),
    *("minimum", "maximum", "format"),
}
_KNOWN = {
    *("type", "anyOf", "enum", "const", "items", *_LIMITS),
    *("properties", "required", "additionalProperties", "propertyNames"),
    # They restrict nothing.
    *("description", "examples", "default"),
}
_NOT_ASKED = (0, 429)
_MAKING = Lock()


class Fetched(Protocol):
    """An answer as `hubspot.fetch` returns it."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def text(self) -> str: ...


@cache
def _document() -> dict[str, Any]:
    return openapi.document(app)


def document() -> dict[str, Any]:
    # Two tests' threads may ask at once, and it can only be made by one at a time.
    with _MAKING:
        return _document()


def check(method: str, url: str, answer: Fetched) -> None:
    """Fail when the document does not describe the answer. `url`: path and query."""
    if answer.status in _NOT_ASKED:
        return  # HubSpot's own: the API was not asked, or did not answer
    operation = _operation(method, url.partition("?")[0])
    place = f"{method} {url} -> {answer.status}"
    responses = operation["responses"]
    assert str(answer.status) in responses, f"{place} is not described"
    media_type = answer.headers["content-type"].partition(";")[0]
    content = responses[str(answer.status)]["content"]
    assert media_type in content, f"{place}: {media_type} is not described"
    value = json.loads(answer.text) if media_type.endswith("json") else answer.text
    found = list(violations(content[media_type]["schema"], value, ""))
    assert not found, f"{place}: {'; '.join(found)}"


def _operation(method: str, path: str) -> dict[str, Any]:
    for template, operations in document()["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if re.fullmatch(pattern, path) and method.lower() in operations:
            operation: dict[str, Any] = operations[method.lower()]
            return operation
    raise AssertionError(f"{method} {path} is not described")


def resolved(schema: Schema) -> Schema:
    """Follow a reference. What stands beside it only describes the property."""
    if "$ref" in schema:
        return resolved(document()["components"]["schemas"][schema["$ref"].removeprefix(_PREFIX)])
    return schema


def violations(schema: Schema, value: Any, place: str) -> Iterator[str]:
    """Say where a JSON value is not what a schema describes."""
    schema = resolved(schema)
    assert schema.keys() <= _KNOWN, f"teach {__name__} {schema.keys() - _KNOWN}"
    expected = schema.get("type")
    if expected and not _is(expected, value):
        yield f"{place} is no {expected}"
        return
    choices = schema.get("anyOf", [])
    if choices and all(any(violations(choice, value, place)) for choice in choices):
        yield f"{place} is none of the choices"
    allowed = schema.get("enum", [schema.get("const", value)])
    if value not in allowed:
        yield f"{place} is {value!r}, not one of {allowed}"
    for keyword in _LIMITS & schema.keys():
        if not _keeps(keyword, schema[keyword], value):
            yield f"{place} breaks {keyword} {schema[keyword]}"
    for index, item in enumerate(value if "items" in schema else []):
        yield from violations(schema["items"], item, f"{place}[{index}]")
    if "properties" in schema:
        yield from _members(schema, value, place)
    elif isinstance(schema.get("additionalProperties"), dict):
        for name, member in value.items():
            yield from violations(schema.get("propertyNames", {}), name, f"{place}.{name}")
            yield from violations(schema["additionalProperties"], member, f"{place}.{name}")


def _is(expected: str, value: Any) -> bool:
    # In Python, but not in JSON, true is a number.
    return isinstance(value, _TYPES[expected]) and not (value is True and expected == "integer")


def _members(schema: Schema, value: dict[str, Any], place: str) -> Iterator[str]:
    properties = schema["properties"]
    for name in schema.get("required", []):
        if name not in value:
            yield f"{place}.{name} is missing"
    for name, member in value.items():
        if name not in properties:
            yield f"{place}.{name} is not described"
        else:
            yield from violations(properties[name], member, f"{place}.{name}")


def _keeps(keyword: str, rule: Any, value: Any) -> bool:
    match keyword:
        case "pattern":
            return re.search(rule, value) is not None
        case "maxLength":
            return len(value) <= int(rule)
        case "minItems":
            return len(value) >= int(rule)
        case "maxItems" | "maxProperties":
            return len(value) <= int(rule)
        case "minimum":
            return bool(value >= rule)
        case "maximum":
            return bool(value <= rule)
    try:
        _FORMATS[rule](value)
    except ValueError:
        return False
    return True
