"""What belongs to the account: property definitions, its details, its tax rates.

Guides "Properties API", "Account information API"; published OpenAPI files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..wire import Answer
from .answers import RefusedError, conflict, error, invalid, not_found
from .calls import Call, batch, next_page
from .objects import MAX_BATCH, entry, limited
from .properties import NAME, Property, Schema, moment

_FIELD_TYPES = {
    "string": {"text", "textarea", "html", "phonenumber", "file", "select", "radio"},
    "number": {"number", "calculation_equation", "text"},
    "bool": {"booleancheckbox", "calculation_equation"},
    "enumeration": {"select", "radio", "checkbox", "booleancheckbox", "calculation_equation"},
    "date": {"date"},
    "datetime": {"date"},
    "phone_number": {"phonenumber"},
}
_NAMES = {
    "name": "name",
    "label": "label",
    "type": "type",
    "fieldType": "field_type",
    "groupName": "group",
    "description": "description",
    "displayOrder": "display_order",
    "formField": "form_field",
    "hidden": "hidden",
    "hasUniqueValue": "unique",
}


def details(call: Call) -> Answer:
    portal = call.portal
    offset = call.clock.now().astimezone(ZoneInfo(portal.time_zone)).utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    return Answer(
        200,
        {
            "portalId": portal.id,
            "accountType": "STANDARD",
            "timeZone": portal.time_zone,
            "companyCurrency": portal.currency,
            "additionalCurrencies": [],
            "utcOffset": f"{sign}{hours:02}:{rest:02}",
            "utcOffsetMilliseconds": minutes * 60_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        },
    )


def tax_rates(call: Call) -> Answer:
    limit, after = int(call.query.get("limit", "100")), call.query.get("after", "0")
    if limit < 1 or not after.isdigit():
        raise invalid("limit and after must be positive numbers")
    found = [
        one
        for one in call.portal.tax_rates.values()
        if int(one["id"]) > int(after)
        and ("active" not in call.query or one["active"] is call.flag("active"))
    ]
    body: dict[str, Any] = {"results": found[:limit]}
    if len(found) > limit:
        body["paging"] = next_page(call, found[limit - 1]["id"])
    return Answer(200, body)


def tax_rate(call: Call) -> Answer:
    found = call.portal.tax_rates.get(call.path["id"])
    if not found:
        raise not_found()
    return Answer(200, dict(found))


# -- properties


def list_properties(call: Call) -> Answer:
    archived = call.flag("archived")
    found = [one for one in _schema(call).properties.values() if bool(one.archived_at) is archived]
    return Answer(200, {"results": [one.on_wire() for one in found]})


def get_property(call: Call) -> Answer:
    found = _schema(call).properties.get(call.path["name"])
    if not found or bool(found.archived_at) is not call.flag("archived"):
        raise not_found()
    return Answer(200, found.on_wire())


def create_property(call: Call) -> Answer:
    return Answer(201, _create(call, call.body))


def create_properties(call: Call) -> Answer:
    results, errors = [], []
    for one in limited(call.body["inputs"], MAX_BATCH):
        try:
            results.append(_create(call, one))
        except RefusedError as refused:
            errors.append(entry(refused.answer.body, {"name": [one["name"]]}))
    return batch(call, 201, results, errors)


def read_properties(call: Call) -> Answer:
    results, missing = [], []
    for one in limited(call.body["inputs"], MAX_BATCH):
        found = _schema(call).properties.get(one["name"])
        if found and bool(found.archived_at) is call.body["archived"]:
            results.append(found.on_wire())
        else:
            missing.append(one["name"])
    gone = error(207, "OBJECT_NOT_FOUND", "Could not get some properties").body
    return batch(call, 200, results, [entry(gone, {"name": missing})] if missing else [])


def update_property(call: Call) -> Answer:
    schema, found = _schema(call), _custom(call, call.path["name"])
    changed = replace(found, **_arguments(call.body), updated_at=_now(call))
    _check(schema, changed)
    schema.properties[changed.name] = changed
    return Answer(200, changed.on_wire())


def archive_property(call: Call) -> Answer:
    found = _custom(call, call.path["name"])
    _schema(call).properties[found.name] = replace(found, archived_at=_now(call))
    return Answer(204)


def archive_properties(call: Call) -> Answer:
    for one in limited(call.body["inputs"], MAX_BATCH):
        if _schema(call).find(one["name"]):
            found = _custom(call, one["name"])
            _schema(call).properties[found.name] = replace(found, archived_at=_now(call))
    return Answer(204)


def list_groups(call: Call) -> Answer:
    return Answer(200, {"results": [dict(one) for one in _schema(call).groups.values()]})


def get_group(call: Call) -> Answer:
    found = _schema(call).groups.get(call.path["name"])
    if not found:
        raise not_found()
    return Answer(200, dict(found))


def create_group(call: Call) -> Answer:
    name, groups = call.body["name"], _schema(call).groups
    if not NAME.match(name):
        raise invalid(f"{name} is not a possible group name")
    if name in groups:
        raise conflict(f"Property group {name} already exists")
    groups[name] = {"displayOrder": -1, **call.body, "archived": False}
    return Answer(201, dict(groups[name]))


# -- inside


def _schema(call: Call) -> Schema:
    return call.portal.schemas[call.type]


def _now(call: Call) -> str:
    return moment(call.clock.now(), True)


def _custom(call: Call, name: str) -> Property:
    found = _schema(call).find(name)
    if not found:
        raise not_found()
    if not found.custom:
        raise invalid(f"{name} is HubSpot's own property")
    return found


def _arguments(body: Mapping[str, Any]) -> dict[str, Any]:
    known = {ours: body[theirs] for theirs, ours in _NAMES.items() if theirs in body}
    if "options" in body:
        known["options"] = tuple(
            {"displayOrder": place, **one} for place, one in enumerate(body["options"])
        )
    return known


def _create(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    schema, now = _schema(call), _now(call)
    found = Property(**_arguments(body), custom=True, created_at=now, updated_at=now)
    if not NAME.match(found.name):
        raise invalid(f"{found.name} is not a possible property name")
    # An archived property keeps its name (for 90 days, from memory).
    if found.name in schema.properties:
        raise conflict(f"A property named '{found.name}' already exists.")
    _check(schema, found)
    schema.properties[found.name] = found
    return found.on_wire()


def _check(schema: Schema, found: Property) -> None:
    if found.field_type not in _FIELD_TYPES.get(found.type, set()):
        raise invalid(f"fieldType {found.field_type} does not go with type {found.type}")
    if found.group not in schema.groups:
        raise invalid(f"property group {found.group} does not exist")
    if found.type in ("enumeration", "bool") and not found.options:
        raise invalid(f"{found.name} needs options")
    values = [option["value"] for option in found.options]
    if len(set(values)) < len(values):
        raise invalid(f"{found.name} has an option twice")
