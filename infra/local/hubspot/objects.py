"""The object endpoints: reading, writing, batches and search, alike for every type.

Guides "Using object APIs", "CRM search"; published OpenAPI files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..wire import Answer
from . import search
from .answers import RefusedError, error, invalid, not_found
from .calls import Call, batch, next_page
from .portal import Portal
from .properties import moment
from .records import Record
from .types import ASSOCIATIONS, BY_ALIAS, PRIMARY, association_key

MAX_BATCH = 100
MAX_PAGE = 100


def list_page(call: Call) -> Answer:
    limit = int(call.query.get("limit", "10"))
    if not 1 <= limit <= MAX_PAGE:
        raise invalid(f"limit must be between 1 and {MAX_PAGE}")
    after = call.query.get("after", "0")
    if not after.isdigit():
        raise invalid("after is not a cursor of this list")
    found = [
        one
        for one in call.portal.records(call.type, call.flag("archived"))
        if int(one.id) > int(after)
    ]
    page = found[:limit]
    body: dict[str, Any] = {"results": [_full(call, one) for one in page]}
    if len(found) > limit:
        body["paging"] = next_page(call, page[-1].id)
    return Answer(200, body)


def get(call: Call) -> Answer:
    record = _lookup(
        call.portal,
        call.type,
        call.path["id"],
        call.query.get("idProperty"),
        call.flag("archived"),
    )
    if not record:
        raise not_found()
    return Answer(200, _full(call, record))


def create(call: Call) -> Answer:
    with call.portal.operation():
        record = _create(call, _checked_input(call, call.body))
    return Answer(201, as_json(call.portal, record, list(record.properties)))


def update(call: Call) -> Answer:
    record = _lookup(call.portal, call.type, call.path["id"], call.query.get("idProperty"))
    if not record:
        raise not_found()
    with call.portal.operation():
        values = call.portal.checked(call.type, call.body["properties"], call.source)
        call.portal.change(record, values, call.source)
    return Answer(200, as_json(call.portal, record, list(values)))


def archive(call: Call) -> Answer:
    with call.portal.operation():
        call.portal.archive(call.portal.existing(call.type, call.path["id"]), call.source)
    return Answer(204)


def batch_read(call: Call) -> Answer:
    """Results come in the order of the ids, whatever the order asked for."""
    inputs = limited(call.body["inputs"], MAX_BATCH)
    wanted = list(dict.fromkeys(one["id"] for one in inputs))
    id_property, archived = call.body.get("idProperty"), call.flag("archived")
    if not id_property and not all(one.isdigit() for one in wanted):
        raise invalid("ids must be numbers")
    found, missing = [], []
    for one in wanted:
        record = _lookup(call.portal, call.type, one, id_property, archived)
        if record:
            found.append(record)
        else:
            missing.append(one)
    results = [
        as_json(
            call.portal,
            record,
            call.body.get("properties"),
            call.body.get("propertiesWithHistory"),
        )
        for record in sorted(found, key=lambda record: int(record.id))
    ]
    errors = _missing(call, missing) if call.switches.missing_as_207 else []
    return batch(call, 200, results, errors)


def batch_create(call: Call) -> Answer:
    inputs = limited(call.body["inputs"], MAX_BATCH)

    def act(one: dict[str, Any]) -> dict[str, Any]:
        record = _create(call, _checked_input(call, one))
        return as_json(call.portal, record, list(record.properties))

    with call.portal.operation():
        if not _traced(inputs):
            for one in inputs:  # first all are checked, so that one bad input spoils them all
                _checked_input(call, one)
        results, errors = _each(inputs, act)
    return batch(call, 201, results, errors)


def batch_update(call: Call) -> Answer:
    inputs = limited(call.body["inputs"], MAX_BATCH)
    if len({one["id"] for one in inputs}) < len(inputs):
        raise invalid("Duplicate IDs found in batch input. IDs must be unique")

    def find(one: dict[str, Any]) -> Record | None:
        return _lookup(call.portal, call.type, one["id"], one.get("idProperty"))

    def check(one: dict[str, Any], record: Record) -> dict[str, str | None]:
        values = call.portal.checked(call.type, one["properties"], call.source)
        call.portal.check_change(record, values, call.source)
        return values

    def act(one: dict[str, Any]) -> dict[str, Any]:
        record = find(one)
        if not record:
            raise not_found()
        values = check(one, record)
        call.portal.change(record, values, call.source)
        return as_json(call.portal, record, list(values))

    with call.portal.operation():
        known = [(one, record) for one in inputs if (record := find(one))]
        missing = [one["id"] for one in inputs if not find(one)]
        if _traced(inputs):
            results, errors = _each(inputs, act)
        else:
            for one, record in known:
                check(one, record)
            results, errors = _each([one for one, _ in known], act)
            errors = _missing(call, missing)
    return batch(call, 200, results, errors)


def batch_archive(call: Call) -> Answer:
    with call.portal.operation():
        for one in limited(call.body["inputs"], MAX_BATCH):
            record = call.portal.find(call.type, one["id"])
            if record:
                call.portal.archive(record, call.source)
    return Answer(204)


def run_search(call: Call) -> Answer:
    if len(call.raw_body) > search.MAX_BODY:
        raise invalid(f"a search may have at most {search.MAX_BODY} characters")
    page, total, after = search.search(call.portal, call.type, call.body)
    names = call.body.get("properties")
    body: dict[str, Any] = {
        "total": total,
        "results": [
            as_json(call.portal, one, names, values=call.portal.indexed(one)) for one in page
        ],
    }
    if after:
        body["paging"] = {"next": {"after": after}}
    return Answer(200, body)


# -- a record as JSON


def as_json(
    portal: Portal,
    record: Record,
    names: Sequence[str] | None,
    with_history: Sequence[str] | None = None,
    values: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Unknown names are left out, known ones without a value are null."""
    kind, schema = BY_ALIAS[record.type], portal.schemas[record.type]
    values = record.properties if values is None else values
    always = (kind.created, kind.modified, "hs_object_id")
    wanted = {*names, *always} if names else set(kind.defaults)
    wanted.update(with_history or ())
    body: dict[str, Any] = {
        "id": record.id,
        "properties": {key: values.get(key) for key in sorted(wanted) if schema.find(key)},
        "createdAt": moment(record.created, True),
        "updatedAt": moment(record.updated, True),
        "archived": record.archived_at is not None,
    }
    if record.archived_at:
        body["archivedAt"] = moment(record.archived_at, True)
    if with_history:
        body["propertiesWithHistory"] = {
            key: [dict(one) for one in record.history.get(key, [])]
            for key in with_history
            if schema.find(key)
        }
    return body


def _full(call: Call, record: Record) -> dict[str, Any]:
    body = as_json(
        call.portal, record, call.names("properties"), call.names("propertiesWithHistory")
    )
    found = {}
    for alias in call.names("associations"):
        if alias not in BY_ALIAS or (record.type, BY_ALIAS[alias].name) not in ASSOCIATIONS:
            raise invalid(f"unknown association {alias}")
        other = BY_ALIAS[alias]
        kind = f"{BY_ALIAS[record.type].singular}_to_{other.singular}"
        ends = call.portal.links(record.type, record.id, other.name)
        if ends:
            results = [{"id": one, "type": kind} for one in ends]
            found[association_key(other.name)] = {"results": results}
    return body | ({"associations": found} if found else {})


# -- inside


def limited(inputs: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    if not 1 <= len(inputs) <= most:
        raise invalid(f"{len(inputs)} inputs: there must be between 1 and {most}")
    return inputs


def _lookup(
    portal: Portal, name: str, value: str, id_property: str | None, archived: bool = False
) -> Record | None:
    if not id_property or id_property == "hs_object_id":
        return portal.find(name, value, archived)
    definition = portal.schemas[name].find(id_property)
    if not definition or not (definition.unique or (name, id_property) == ("contacts", "email")):
        raise invalid(f"{id_property} is not a unique property")
    same = value.lower()
    every = portal.records(name, archived)
    return next((o for o in every if o.properties.get(id_property, "").lower() == same), None)


def _checked_input(
    call: Call, one: Mapping[str, Any]
) -> tuple[dict[str, str | None], list[tuple[str, str, int | None]]]:
    values = call.portal.checked(call.type, one["properties"], call.source)
    links: list[tuple[str, str, int | None]] = []
    for wanted in one.get("associations", ()):
        for spec in wanted["types"]:
            end = associated_type(call.type, spec)
            links.append((end, wanted["to"]["id"], spec["associationTypeId"]))
    call.portal.check_new(call.type, values, links, call.source)
    return values, links


def associated_type(start: str, spec: Mapping[str, Any], end: str | None = None) -> str:
    """The other object type, told by the association type alone; refused if not one of ours."""
    for table in (ASSOCIATIONS, PRIMARY):
        for (one, other), type_id in table.items():
            if (
                one == start
                and end in (None, other)
                and type_id == spec["associationTypeId"]
                and spec["associationCategory"] == "HUBSPOT_DEFINED"
            ):
                return other
    raise invalid(f"association type {dict(spec)} does not start at {start}")


def _create(
    call: Call, prepared: tuple[dict[str, str | None], list[tuple[str, str, int | None]]]
) -> Record:
    values, links = prepared
    return call.portal.add(call.type, values, links, call.source)


def _traced(inputs: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the caller asked for errors by input instead of all or nothing."""
    ids = [one.get("objectWriteTraceId") for one in inputs]
    if not all(ids):
        return False
    if len(set(ids)) < len(ids):
        raise invalid("objectWriteTraceId must be unique in a batch")
    return True


def _each(
    inputs: Iterable[dict[str, Any]], act: Callable[[dict[str, Any]], dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    results, errors = [], []
    for one in inputs:
        trace = one.get("objectWriteTraceId")
        try:
            result = act(one)
            results.append(result | ({"objectWriteTraceId": trace} if trace else {}))
        except RefusedError as refused:
            if not trace:
                raise
            errors.append(entry(refused.answer.body, {"objectWriteTraceId": [trace]}))
    return results, errors


def entry(body: Mapping[str, Any], context: Mapping[str, list[str]]) -> dict[str, Any]:
    """One error inside a 207."""
    return {
        "status": "error",
        "category": body["category"],
        "message": body["message"],
        "context": dict(context),
        "errors": body.get("errors", []),
        "links": {},
    }


def _missing(call: Call, ids: Sequence[str]) -> list[dict[str, Any]]:
    if not ids:
        return []
    words = (
        f"Could not get some {BY_ALIAS[call.type].singular.upper()} objects, they may be deleted"
    )
    body = error(207, "OBJECT_NOT_FOUND", words).body
    return [entry(body, {"ids": list(ids)})]
