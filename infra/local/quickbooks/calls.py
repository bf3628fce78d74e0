"""One request on its way to an operation, and the reading of its body."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from werkzeug import Request

from .faults import RefusalError, missing, unsupported
from .fields import Doc
from .realm import Realm

BATCH_ITEMS = 30


@dataclass
class Call:
    realm: Realm
    request: Request
    resource: str  # the first part of the address below the company
    rest: str | None  # what follows it
    meter: Callable[[], None]  # counts one metered read
    # First creates of this call, as (kind, what marks the document as the same).
    created: list[tuple[str, str]] = field(default_factory=list)

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def include_duplicates(self) -> bool:
        return self.request.args.get("include") == "allowduplicatedocnum"


def statement(request: Request) -> str:
    if request.method == "GET":
        statement = request.args.get("query", "")
    elif request.method == "POST":
        if request.mimetype != "application/text":
            raise RefusalError("1050", f"Invalid Content Type: {request.mimetype or 'none'}")
        statement = _text(request)
    else:
        raise unsupported(f"{request.method} query")
    if not statement:
        raise missing("query")
    return statement


def _text(request: Request) -> str:
    try:
        return request.get_data().decode("utf-8")
    except UnicodeDecodeError:
        raise unsupported(
            "com.sun.org.apache.xerces.internal.impl.io.MalformedByteSequenceException: "
            "Invalid byte 1 of 1-byte UTF-8 sequence"
        ) from None


def json_body(request: Request) -> Any:
    if request.mimetype != "application/json":
        raise RefusalError("1050", f"Invalid Content Type: {request.mimetype or 'none'}")
    try:
        return json.loads(_text(request), parse_float=Decimal, parse_constant=_no_constant)
    except ValueError:
        raise RefusalError("2010", "Property Name:Malformed JSON specified is invalid") from None


def _no_constant(text: str) -> Any:
    raise ValueError(text)


def batch_items(body: Any) -> list[Doc]:
    items = body.get("BatchItemRequest") if isinstance(body, dict) else None
    if not isinstance(items, list) or not items:
        raise RefusalError("400", "Batch Request is Empty")
    for key in body:
        if key != "BatchItemRequest":
            raise RefusalError("2010", f'Property Name:Unrecognized field "{key}" specified')
    if len(items) > BATCH_ITEMS:
        raise RefusalError("1040", f"Batch size {len(items)} exceeds the limit of {BATCH_ITEMS}")
    seen = set()
    for item in items:
        bid = item.get("bId") if isinstance(item, dict) else None
        if not isinstance(bid, str) or not bid:
            raise missing("bId")
        if bid in seen:
            raise RefusalError("2600", f"bId {bid} is used more than once", "bId")
        seen.add(bid)
        if load_of(item) != "Query" and "operation" not in item:
            raise missing("operation")
        if not isinstance(item.get("Query", ""), str):
            raise RefusalError("2120", "Query must be a string", "Query")
    return items


def load_of(item: Doc) -> str:
    loads = [key for key in item if key not in ("bId", "operation", "optionsData")]
    if len(loads) != 1:
        raise RefusalError("2600", "A batch item carries one entity or one Query")
    return loads[0]
