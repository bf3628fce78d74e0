"""The endpoints about the account itself: property definitions, details and tax rates.

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
    rates = [
        rate
        for rate in call.portal.tax_rates.values()
        if int(rate["id"]) > int(after)
        and ("active" not in call.query or rate["active"] is call.flag("active"))
    ]
    body: dict[str, Any] = {"results": rates[:limit]}
    if len(rates) > limit:
        body["paging"] = next_page(call, rates[limit - 1]["id"])
    return Answer(200, body)


def tax_rate(call: Call) -> Answer:
    rate = call.portal.tax_rates.get(call.path["id"])
    if not rate:
        raise not_found()
    return Answer(200, dict(rate))


# -- properties


def list_properties(call: Call) -> Answer:
    archived = call.flag("archived")
    definitions = [
        definition
        for definition in _schema(call).properties.values()
        if bool(definition.archived_at) is archived
    ]
    return Answer(200, {"results": [definition.on_wire() for definition in definitions]})


def get_property(call: Call) -> Answer:
    definition = _schema(call).properties.get(call.path["name"])
    if not definition or bool(definition.archived_at) is not call.flag("archived"):
        raise not_found()
    return Answer(200, definition.on_wire())


def create_property(call: Call) -> Answer:
    return Answer(201, _create(call, call.body))


def create_properties(call: Call) -> Answer:
    results, errors = [], []
    for sent in limited(call.body["inputs"], MAX_BATCH):
        try:
            results.append(_create(call, sent))
        except RefusedError as refused:
            errors.append(entry(refused.answer.body, {"name": [sent["name"]]}))
    return batch(call, 201, results, errors)


def read_properties(call: Call) -> Answer:
    results, missing = [], []
    for asked in limited(call.body["inputs"], MAX_BATCH):
        definition = _schema(call).properties.get(asked["name"])
        if definition and bool(definition.archived_at) is call.body["archived"]:
            results.append(definition.on_wire())
        else:
            missing.append(asked["name"])
    gone = error(207, "OBJECT_NOT_FOUND", "Could not get some properties").body
    return batch(call, 200, results, [entry(gone, {"name": missing})] if missing else [])


def update_property(call: Call) -> Answer:
    schema, definition = _schema(call), _custom(call, call.path["name"])
    changed = replace(definition, **_arguments(call.body), updated_at=_now(call))
    _check(schema, changed)
    schema.properties[changed.name] = changed
    return Answer(200, changed.on_wire())


def archive_property(call: Call) -> Answer:
    definition = _custom(call, call.path["name"])
    _schema(call).properties[definition.name] = replace(definition, archived_at=_now(call))
    return Answer(204)


def archive_properties(call: Call) -> Answer:
    for asked in limited(call.body["inputs"], MAX_BATCH):
        if _schema(call).find(asked["name"]):
            definition = _custom(call, asked["name"])
            _schema(call).properties[definition.name] = replace(definition, archived_at=_now(call))
    return Answer(204)


def list_groups(call: Call) -> Answer:
    return Answer(200, {"results": [dict(group) for group in _schema(call).groups.values()]})


def get_group(call: Call) -> Answer:
    group = _schema(call).groups.get(call.path["name"])
    if not group:
        raise not_found()
    return Answer(200, dict(group))


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
    definition = _schema(call).find(name)
    if not definition:
        raise not_found()
    if not definition.custom:
        raise invalid(f"{name} is HubSpot's own property")
    return definition


def _arguments(body: Mapping[str, Any]) -> dict[str, Any]:
    arguments = {ours: body[theirs] for theirs, ours in _NAMES.items() if theirs in body}
    if "options" in body:
        arguments["options"] = tuple(
            {"displayOrder": order, **option} for order, option in enumerate(body["options"])
        )
    return arguments


def _create(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    schema, now = _schema(call), _now(call)
    definition = Property(**_arguments(body), custom=True, created_at=now, updated_at=now)
    if not NAME.match(definition.name):
        raise invalid(f"{definition.name} is not a possible property name")
    # An archived property keeps its name (for 90 days, from memory).
    if definition.name in schema.properties:
        raise conflict(f"A property named '{definition.name}' already exists.")
    _check(schema, definition)
    schema.properties[definition.name] = definition
    return definition.on_wire()


def _check(schema: Schema, definition: Property) -> None:
    if definition.field_type not in _FIELD_TYPES.get(definition.type, set()):
        raise invalid(f"fieldType {definition.field_type} does not go with type {definition.type}")
    if definition.group not in schema.groups:
        raise invalid(f"property group {definition.group} does not exist")
    if definition.type in ("enumeration", "bool") and not definition.options:
        raise invalid(f"{definition.name} needs options")
    values = [option["value"] for option in definition.options]
    if len(set(values)) < len(values):
        raise invalid(f"{definition.name} has an option twice")
