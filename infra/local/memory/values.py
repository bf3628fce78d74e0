"""Attribute values of DynamoDB: what is allowed, how large they are, when they are equal.

Source: developer guide "Supported data types and naming rules" and "Constraints in DynamoDB".
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from infra.local.memory.errors import ServiceError, invalid, invalid_parameter

# {"S": "text"}, and items as attribute values by name. Neither is ever changed in place.
Value = dict[str, Any]
Item = dict[str, Value]
# A key attribute as Python compares it, in DynamoDB's order.
Scalar = str | bytes | Decimal

LARGEST_ITEM = 400 * 1024
_DEEPEST = 32
_DIGITS = 38
_EXACT = Context(prec=1000)
_LARGEST, _SMALLEST = Decimal("9." + "9" * 37 + "E+125"), Decimal("1E-130")
_SETS = {"SS": "string", "NS": "number", "BS": "binary"}
# The names of the types in messages about operands.
TYPE_NAMES = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "SS": "STRING_SET",
    "NS": "NUMBER_SET",
    "BS": "BINARY_SET",
    "L": "LIST",
    "M": "MAP",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
}


def kind(value: Value) -> str:
    """Return the type of a value: "S", "N" ..."""
    return next(iter(value))


def checked_item(item: Mapping[str, Any]) -> Item:
    """Return a copy of an item in the form in which it is kept. Raises ServiceError."""
    return {name: checked(value) for name, value in item.items()}


def checked(value: Mapping[str, Any], depth: int = 1) -> Value:
    """Return a copy of a value in the form in which it is kept. Raises ServiceError."""
    if len(value) != 1:
        what = "has more than one datatypes set" if value else "is empty"
        raise invalid(
            f"Supplied AttributeValue {what}, must contain exactly one of the supported datatypes"
        )
    ((type_, content),) = value.items()
    if type_ == "S":
        return {"S": checked_text(content)}
    if type_ == "BOOL":
        return {type_: content}
    if type_ in ("M", "L"):
        if depth > _DEEPEST:
            raise invalid(
                "Nesting Levels have exceeded supported limits: Attributes have exceeded the"
                f" maximum allowed depth of {_DEEPEST}"
            )
        if type_ == "L":
            return {"L": [checked(element, depth + 1) for element in content]}
        return {
            "M": {checked_text(name): checked(each, depth + 1) for name, each in content.items()}
        }
    return {type_: _checked_scalar(type_, content)}


def checked_text(text: str) -> str:
    """Return a text that has only whole characters. Texts are kept in UTF-8 (guide "Supported data
    types"), which has no form for half of one."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ServiceError("SerializationException", "Unpaired surrogate") from None
    return text


def _checked_scalar(type_: str, content: Any) -> Any:
    if type_ == "N":
        return number_text(number(content))
    if type_ == "B":
        return bytes(content)
    if type_ == "NULL":
        if content is not True:
            raise invalid_parameter("Null attribute value types must have the value of true")
        return True
    return _checked_set(type_, content)


def _checked_set(type_: str, content: list[Any]) -> list[Any]:
    if not content:
        raise invalid_parameter(f"An {_SETS[type_]} set  may not be empty")
    elements = [_checked_scalar(type_[0], each) if type_ != "SS" else each for each in content]
    if len(set(elements)) < len(elements):
        raise invalid_parameter(f"Input collection {_shown(content)} contains duplicates.")
    return sorted(elements, key=Decimal if type_ == "NS" else None)


def _shown(content: list[Any]) -> str:
    return "[" + ", ".join(map(str, content)) + "]"


def number(text: str) -> Decimal:
    """Read a number of at most 38 digits. Raises ServiceError."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or "_" in text or text != text.strip():
        shown = f": {text}" if text else ""
        raise invalid(f"The parameter cannot be converted to a numeric value{shown}")
    if not value:
        return Decimal(0)
    if value.copy_abs() > _LARGEST:
        raise invalid(
            "Number overflow. Attempting to store a number with magnitude larger than supported"
            " range"
        )
    if value.copy_abs() < _SMALLEST:
        raise invalid(
            "Number underflow. Attempting to store a number with magnitude smaller than supported"
            " range"
        )
    value = value.normalize(_EXACT)
    if len(value.as_tuple().digits) > _DIGITS:
        raise invalid("Attempting to store more than 38 significant digits in a Number")
    return value


def number_text(value: Decimal) -> str:
    return format(value, "f")


def add_numbers(first: str, second: str, sign: int = 1) -> Value:
    """Return the sum, or with the sign -1 the difference. Raises ServiceError."""
    total = _EXACT.add(Decimal(first), Decimal(second) * sign)
    return {"N": number_text(number(str(total)))}


def copy(value: Value) -> Value:
    """Return a value that the caller may change."""
    ((type_, content),) = value.items()
    if type_ == "M":
        return {"M": {name: copy(element) for name, element in content.items()}}
    if type_ == "L":
        return {"L": [copy(element) for element in content]}
    return {type_: [*content] if type_ in _SETS else content}


def copy_item(item: Item) -> Item:
    return {name: copy(value) for name, value in item.items()}


def equal(first: Value, second: Value) -> bool:
    """Whether two kept values are equal: numbers by value, sets in any order."""
    return first == second


def scalar(value: Value) -> Scalar | None:
    """Return a text, a number or bytes to compare by order; None for any other type."""
    ((type_, content),) = value.items()
    if type_ == "N":
        return Decimal(content)
    return content if type_ in ("S", "B") else None


def item_size(item: Item) -> int:
    """Return the bytes that count (developer guide "DynamoDB item sizes and formats")."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Value) -> int:
    ((type_, content),) = value.items()
    if type_ == "S":
        return len(content) if content.isascii() else len(content.encode())
    if type_ == "N":
        return _number_size(content)
    if type_ == "M":
        return 3 + len(content) + item_size(content)
    if type_ == "L":
        return 3 + len(content) + sum(map(_size, content))
    if type_ in _SETS:
        return sum(_size({type_[0]: element}) for element in content)
    return len(content) if type_ == "B" else 1


def _number_size(text: str) -> int:
    digits = len(text.replace(".", "").strip("-0"))
    return (digits + 1) // 2 + 1 + text.startswith("-")


def check_size(item: Item, message: str) -> int:
    """Return the size of an item. Raises ServiceError when it is too large."""
    size = item_size(item)
    if size > LARGEST_ITEM:
        raise ServiceError("ValidationException", message)
    return size
