"""Reading and writing of JSON documents: kinds and lengths checked, amounts as Decimal.

The real service refuses a property that it does not know, at any depth; so does `normalise`.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from .faults import RefusalError, missing, too_long
from .schema import LENGTHS, TYPES

Doc = dict[str, Any]

_PLAIN = {"text", "id", "token", "decimal", "int", "bool", "date", "any"}
# python-quickbooks sends what it does not know of these kinds as "".
_EMPTY_IS_NOTHING = {"date", "decimal", "bool"}
_CLASSES = {"Ref": "ReferenceType", "Memo": "MemoRef", "Email": "EmailAddress"}
_CLASSES |= {"Phone": "TelephoneNumber", "Web": "WebSiteAddress", "Address": "PhysicalAddress"}
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ID = re.compile(r"-?\d+")


def normalise(type_name: str, value: Any, element: str = "") -> Doc:
    """Return a copy with amounts as Decimal and without nulls.

    Raises RefusalError for what the real service would refuse.
    """
    if not isinstance(value, dict):
        raise RefusalError("2120", f"{element or type_name} must be an object", element)
    fields, lengths = TYPES[type_name], LENGTHS.get(type_name, {})
    result: Doc = {}
    for name, given in value.items():
        field = fields.get(name)
        if field is None:
            raise unknown_property(name, type_name)
        path = f"{element}.{name}" if element else name
        if given is None and path != "Id":
            continue
        if given == "" and field.kind in _EMPTY_IS_NOTHING:
            continue
        if field.many:
            if not isinstance(given, list):
                raise RefusalError("2120", f"{path} must be an array", path)
            result[name] = [_value(field.kind, each, path) for each in given]
            continue
        result[name] = _value(field.kind, given, path)
        limit = lengths.get(name)
        if limit is not None and len(given) > limit:
            raise too_long(path, limit, len(given))
    if type_name == "Ref" and not result.get("value"):
        raise missing(f"{element}.value")
    return result


def unknown_property(name: str, type_name: str) -> RefusalError:
    fields = TYPES[type_name]
    some = ", ".join(f'"{each}"' for each in list(fields)[:60])
    kind = _CLASSES.get(type_name, type_name)
    return RefusalError(
        "2010",
        f'Property Name:Unrecognized field "{name}" (class com.intuit.schema.finance.v3.{kind}), '
        f"not marked as ignorable ({len(fields)} known properties: {some} [truncated]])\n"
        " specified is unsupported or invalid",
    )


def _value(kind: str, value: Any, path: str) -> Any:
    if kind == "any":
        return value
    if kind == "decimal":
        return _decimal(value, path)
    if kind == "bool":
        if not isinstance(value, bool):
            raise RefusalError(
                "2230", f"{path} must be true or false. Supplied value:{value}", path
            )
        return value
    if kind == "int":
        if isinstance(value, bool) or not isinstance(value, int):
            raise RefusalError(
                "2090", f"{path} must be a whole number. Supplied value:{value}", path
            )
        return value
    if kind not in _PLAIN and "|" not in kind:
        return normalise(kind, value, path)
    return _text(kind, value, path)


def _text(kind: str, value: Any, path: str) -> str:
    """Check a value that is a string on the wire: a text, a date, an id or one word of a list."""
    if value is None:
        raise RefusalError("2030", "Id should be a valid number. Supplied value:null", path)
    if kind in ("id", "token") and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # python-quickbooks sends SyncToken and TxnLineId as numbers
    if not isinstance(value, str):
        raise RefusalError("2120", f"{path} must be a string. Supplied value:{value}", path)
    if kind == "date":
        _check_date(value, path)
    elif kind == "id" and not _ID.fullmatch(value):
        raise RefusalError("2030", f"Id should be a valid number. Supplied value:{value}", path)
    elif "|" in kind and value not in kind.split("|"):
        raise RefusalError("2170", f"Invalid Enumeration : {value}", path)
    return value


def _decimal(value: Any, path: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        raise RefusalError("2110", f"{path} must be a number. Supplied value:{value}", path)
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if abs(number) >= Decimal("1e15"):
        raise RefusalError("2240", f"{path} is out of range. Supplied value:{value}", path)
    return number


def _check_date(value: str, path: str) -> None:
    if not _DATE.fullmatch(value):
        raise RefusalError(
            "2060", f"Date must be in the format YYYY-MM-DD. Supplied value:{value}", path
        )
    try:
        date.fromisoformat(value)
    except ValueError:
        raise RefusalError("2070", f"No such date. Supplied value:{value}", path) from None


def check_email(addresses: str, element: str) -> None:
    """Refuse what is not one address, or several separated by commas, as the reference allows."""
    for address in addresses.split(","):
        if not _ADDRESS.fullmatch(address.strip(" ")):
            raise RefusalError(
                "2210",
                "Email Address does not conform to the syntax rules of RFC 822. "
                f"Supplied value:{address}",
                element,
            )


def on_wire(value: Any) -> Any:
    """Return a copy for JSON, with each Decimal as a number: an int where it is whole."""
    if isinstance(value, dict):
        return {name: on_wire(each) for name, each in value.items()}
    if isinstance(value, list):
        return [on_wire(each) for each in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
