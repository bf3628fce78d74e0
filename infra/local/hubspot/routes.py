"""The routes of the API: their handlers, bodies, query parameters and scopes.

Paths (undated v3 and v4) and scopes are those of the published OpenAPI files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..wire import Answer
from . import account, associations, objects, shapes
from .calls import Call
from .types import BY_ALIAS

Scopes = Callable[[Mapping[str, str]], list[frozenset[str]]]  # all of them, each by any member


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    handler: Callable[[Call], Answer]
    scopes: Scopes
    shape: Any = None
    query: Mapping[str, str] = field(default_factory=dict)  # name: text, int or bool
    search: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", self.template))


def _read(path: Mapping[str, str]) -> list[frozenset[str]]:
    return [BY_ALIAS[path["type"]].read]


def _write(path: Mapping[str, str]) -> list[frozenset[str]]:
    return [BY_ALIAS[path["type"]].write]


def scopes_of_associations(query: Mapping[str, str]) -> list[frozenset[str]]:
    """Return the scopes for the types whose ids are to come with a record. That one is missing
    refuses the whole (assumption: the strict one)."""
    names = query.get("associations", "").split(",")
    return [BY_ALIAS[name].read for name in names if name in BY_ALIAS]


def _read_pair(path: Mapping[str, str]) -> list[frozenset[str]]:
    return [BY_ALIAS[path["type"]].read, BY_ALIAS[path["to"]].read]


def _write_pair(path: Mapping[str, str]) -> list[frozenset[str]]:
    return [BY_ALIAS[path["type"]].write, BY_ALIAS[path["to"]].read]


def _schema_read(path: Mapping[str, str]) -> list[frozenset[str]]:
    """Return the scopes for reading definitions; those for reading records do too (assumption)."""
    kind = BY_ALIAS[path["type"]]
    return [kind.read | {f"crm.schemas.{kind.name}.read", f"crm.schemas.{kind.name}.write"}]


def _schema_write(path: Mapping[str, str]) -> list[frozenset[str]]:
    """Return the scope for writing definitions; line items have none but e-commerce."""
    kind = BY_ALIAS[path["type"]]
    scope = "e-commerce" if kind.name == "line_items" else f"crm.schemas.{kind.name}.write"
    return [frozenset({scope})]


def _tax(_: Mapping[str, str]) -> list[frozenset[str]]:
    return [frozenset({"tax_rates.read"})]


def _any(_: Mapping[str, str]) -> list[frozenset[str]]:
    return []


_RECORD = {
    "properties": "text",
    "propertiesWithHistory": "text",
    "associations": "text",
    "archived": "bool",
}
_PROPERTY = {
    "archived": "bool",
    "dataSensitivity": "text",
    "locale": "text",
    "properties": "text",
}
_ID_PROPERTY = {"idProperty": "text"}
_PAGE = {"limit": "int", "after": "text"}
_LOCALE = {"locale": "text"}

_O, _L = "/crm/v3/objects/{type}", "/crm/v4/associations/{type}/{to}"
_A = f"{_L}/batch"
_R, _P = "/crm/v4/objects/{type}/{id}/associations", "/crm/v3/properties/{type}"
_T = "/tax-rates/v1/tax-rates"

# The first match counts: fixed words stand before {id} and {name}.
ROUTES = (
    Route(
        "POST",
        f"{_O}/batch/read",
        objects.batch_read,
        _read,
        shapes.BATCH_READ,
        {"archived": "bool"},
    ),
    Route("POST", f"{_O}/batch/create", objects.batch_create, _write, shapes.BATCH_CREATE),
    Route("POST", f"{_O}/batch/update", objects.batch_update, _write, shapes.BATCH_UPDATE),
    Route("POST", f"{_O}/batch/archive", objects.batch_archive, _write, shapes.BATCH_IDS),
    Route("POST", f"{_O}/merge", objects.merge, _write, shapes.MERGE),
    Route("POST", f"{_O}/search", objects.run_search, _read, shapes.SEARCH, search=True),
    Route("GET", _O, objects.list_page, _read, query={**_RECORD, **_PAGE}),
    Route("POST", _O, objects.create, _write, shapes.CREATE),
    Route("GET", f"{_O}/{{id}}", objects.get, _read, query={**_RECORD, **_ID_PROPERTY}),
    Route("PATCH", f"{_O}/{{id}}", objects.update, _write, shapes.UPDATE, _ID_PROPERTY),
    Route("DELETE", f"{_O}/{{id}}", objects.archive, _write),
    Route("POST", f"{_A}/read", associations.batch_read, _read_pair, shapes.ASSOCIATION_READ),
    Route(
        "POST", f"{_A}/create", associations.batch_create, _write_pair, shapes.ASSOCIATION_CREATE
    ),
    Route(
        "POST", f"{_A}/archive", associations.batch_archive, _write_pair, shapes.ASSOCIATION_ARCHIVE
    ),
    Route(
        "POST",
        f"{_A}/associate/default",
        associations.batch_default,
        _write_pair,
        shapes.ASSOCIATION_DEFAULT,
    ),
    Route(
        "POST",
        f"{_A}/labels/archive",
        associations.batch_archive_labels,
        _write_pair,
        shapes.ASSOCIATION_CREATE,
    ),
    Route("GET", f"{_L}/labels", associations.list_labels, _read_pair),
    Route("GET", f"{_R}/{{to}}", associations.list_page, _read_pair, query=_PAGE),
    Route("PUT", f"{_R}/default/{{to}}/{{to_id}}", associations.put_default, _write_pair),
    Route(
        "PUT",
        f"{_R}/{{to}}/{{to_id}}",
        associations.put_types,
        _write_pair,
        shapes.ASSOCIATION_TYPES,
    ),
    Route("DELETE", f"{_R}/{{to}}/{{to_id}}", associations.delete, _write_pair),
    Route("GET", f"{_P}/groups", account.list_groups, _schema_read, query=_LOCALE),
    Route("POST", f"{_P}/groups", account.create_group, _schema_write, shapes.GROUP),
    Route("GET", f"{_P}/groups/{{name}}", account.get_group, _schema_read, query=_LOCALE),
    Route(
        "POST",
        f"{_P}/batch/create",
        account.create_properties,
        _schema_write,
        shapes.PROPERTY_BATCH,
    ),
    Route(
        "POST",
        f"{_P}/batch/read",
        account.read_properties,
        _schema_read,
        shapes.PROPERTY_READ,
        _LOCALE,
    ),
    Route(
        "POST",
        f"{_P}/batch/archive",
        account.archive_properties,
        _schema_write,
        shapes.PROPERTY_NAMES,
    ),
    Route("GET", _P, account.list_properties, _schema_read, query=_PROPERTY),
    Route("POST", _P, account.create_property, _schema_write, shapes.PROPERTY),
    Route("GET", f"{_P}/{{name}}", account.get_property, _schema_read, query=_PROPERTY),
    Route(
        "PATCH", f"{_P}/{{name}}", account.update_property, _schema_write, shapes.PROPERTY_UPDATE
    ),
    Route("DELETE", f"{_P}/{{name}}", account.archive_property, _schema_write),
    Route("GET", "/account-info/v3/details", account.details, _any),
    Route("GET", _T, account.tax_rates, _tax, query={**_PAGE, "active": "bool"}),
    Route("GET", f"{_T}/{{id}}", account.tax_rate, _tax),
)
_COMPILED = tuple((one, one.pattern) for one in ROUTES)


def find(method: str, path: str) -> tuple[Route | None, dict[str, str], bool]:
    """Return the route, its path parameters, and whether the path exists at all."""
    exists = False
    for route, pattern in _COMPILED:
        match = pattern.fullmatch(path)
        if match:
            if route.method == method:
                return route, match.groupdict(), True
            exists = True
    return None, {}, exists


def label(method: str, path: str) -> str:
    """Return a call's name, such as `POST invoices/batch/read`, without the common beginning."""
    return f"{method} {re.sub(r'^/(crm/v[34]/(objects/)?)?', '', path)}"
