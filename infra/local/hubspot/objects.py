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
from .types import ASSOCIATIONS, BY_ALIAS, PRIMARY, LinkType, association_key
from .writing import Link

MAX_BATCH = 100
MAX_HISTORY = 50  # records of a batch read that asks for `propertiesWithHistory`
MAX_PAGE = 100
MAX_ASSOCIATED = 100  # associations of one type that come with a record


def list_page(call: Call) -> Answer:
    limit = int(call.query.get("limit", "10"))
    if not 1 <= limit <= MAX_PAGE:
        raise invalid(f"limit must be between 1 and {MAX_PAGE}")
    after = call.query.get("after", "0")
    if not after.isdigit():
        raise invalid("after is not a cursor of this list")
    records = [
        record
        for record in call.portal.records(call.type, call.flag("archived"))
        if int(record.id) > int(after)
    ]
    page = records[:limit]
    body: dict[str, Any] = {"results": [_full(call, record) for record in page]}
    if len(records) > limit:
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
    """Read many records; results come in the order of their ids, not in the order asked for."""
    inputs = limited(call.body["inputs"], MAX_BATCH)
    values = list(dict.fromkeys(value["id"] for value in inputs))
    if call.body.get("propertiesWithHistory"):
        limited(inputs, MAX_HISTORY)
    id_property, archived = call.body.get("idProperty"), call.flag("archived")
    if not id_property and not all(value.isdigit() for value in values):
        raise invalid("ids must be numbers")
    records, missing = [], []
    for value in values:
        record = _lookup(call.portal, call.type, value, id_property, archived)
        if record:
            if record not in records:  # two ids of one record, after a merge
                records.append(record)
        else:
            missing.append(value)
    results = [
        as_json(
            call.portal,
            record,
            call.body.get("properties"),
            call.body.get("propertiesWithHistory"),
        )
        for record in sorted(records, key=lambda record: int(record.id))
    ]
    errors = _missing(call, missing) if call.switches.missing_as_207 else []
    return batch(call, 200, results, errors)


def batch_create(call: Call) -> Answer:
    inputs = limited(call.body["inputs"], MAX_BATCH)

    def act(sent: dict[str, Any]) -> dict[str, Any]:
        record = _create(call, _checked_input(call, sent))
        return as_json(call.portal, record, list(record.properties))

    with call.portal.operation():
        if not _traced(inputs):
            # First all are checked, so that a single bad input spoils them all.
            for sent in inputs:
                _checked_input(call, sent)
        results, errors = _each(inputs, act)
    return batch(call, 201, results, errors)


def batch_update(call: Call) -> Answer:
    inputs = limited(call.body["inputs"], MAX_BATCH)
    if len({sent["id"] for sent in inputs}) < len(inputs):
        raise invalid("Duplicate IDs found in batch input. IDs must be unique")

    def find(sent: dict[str, Any]) -> Record | None:
        return _lookup(call.portal, call.type, sent["id"], sent.get("idProperty"))

    def check(sent: dict[str, Any], record: Record) -> dict[str, str | None]:
        values = call.portal.checked(call.type, sent["properties"], call.source)
        call.portal.check_change(record, values, call.source)
        return values

    def act(sent: dict[str, Any]) -> dict[str, Any]:
        record = find(sent)
        if not record:
            raise not_found()
        values = check(sent, record)
        call.portal.change(record, values, call.source)
        return as_json(call.portal, record, list(values))

    with call.portal.operation():
        existing = [(sent, record) for sent in inputs if (record := find(sent))]
        missing = [sent["id"] for sent in inputs if not find(sent)]
        if _traced(inputs):
            results, errors = _each(inputs, act)
        else:
            for sent, record in existing:
                check(sent, record)
            results, errors = _each([sent for sent, _ in existing], act)
            errors = _missing(call, missing)
    return batch(call, 200, results, errors)


def batch_archive(call: Call) -> Answer:
    with call.portal.operation():
        for asked in limited(call.body["inputs"], MAX_BATCH):
            record = call.portal.find(call.type, asked["id"])
            if record:
                call.portal.archive(record, call.source)
    return Answer(204)


def merge(call: Call) -> Answer:
    kept = call.portal.join(
        call.type, call.body["primaryObjectId"], call.body["objectIdToMerge"], call.source
    )
    return Answer(200, as_json(call.portal, kept, list(kept.properties)))


def run_search(call: Call) -> Answer:
    if len(call.raw_body) > search.MAX_BODY:
        raise invalid(f"a search may have at most {search.MAX_BODY} characters")
    page, total, after = search.search(call.portal, call.type, call.body)
    names = call.body.get("properties")
    body: dict[str, Any] = {
        "total": total,
        "results": [
            as_json(call.portal, record, names, values=call.portal.indexed(record))
            for record in page
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
    """Return a record as JSON: unknown names are left out, those without a value are null."""
    kind, schema = BY_ALIAS[record.type], portal.schemas[record.type]
    values = record.properties if values is None else values
    always = (kind.created, kind.modified, "hs_object_id")
    shown = {*names, *always} if names else set(kind.defaults)
    shown.update(with_history or ())
    body: dict[str, Any] = {
        "id": record.id,
        "properties": {key: values.get(key) for key in sorted(shown) if schema.find(key)},
        "createdAt": moment(record.created, True),
        "updatedAt": moment(record.updated, True),
        "archived": record.archived_at is not None,
    }
    if record.archived_at:
        body["archivedAt"] = moment(record.archived_at, True)
    if with_history:
        body["propertiesWithHistory"] = {
            key: [dict(change) for change in record.history.get(key, [])]
            for key in with_history
            if schema.find(key)
        }
    return body


def _full(call: Call, record: Record) -> dict[str, Any]:
    body = as_json(
        call.portal, record, call.names("properties"), call.names("propertiesWithHistory")
    )
    associations = {}
    for alias in call.names("associations"):
        if alias not in BY_ALIAS or (record.type, BY_ALIAS[alias].name) not in ASSOCIATIONS:
            raise invalid(f"unknown association {alias}")
        other = BY_ALIAS[alias].name
        ends = call.portal.links(record.type, record.id, other)
        if ends:
            associations[association_key(other)] = _associated(call, record, other, ends)
    return body | ({"associations": associations} if associations else {})


def _associated(
    call: Call, record: Record, other: str, ends: Mapping[str, Sequence[LinkType]]
) -> dict[str, Any]:
    """Return the first page of a record's associations: an entry for each type of each of them.

    At most 100 (changelog "Announcing a change to how v3 CRM APIs return association data"). Two
    entries of one record: HubSpot/hubspot-api-ruby, issue 262.
    """
    entries = [
        {"id": end_id, "type": _v3_type(record.type, other, link_type)}
        for end_id, types in ends.items()
        for link_type in types
    ]
    most = min(MAX_ASSOCIATED, call.switches.association_page)
    body: dict[str, Any] = {"results": entries[:most]}
    if len(entries) > most:
        path = f"/crm/v3/objects/{record.type}/{record.id}/associations/{other}"
        after = entries[most - 1]["id"]
        link = f"https://api.hubapi.com{path}?after={after}"
        body["paging"] = {"next": {"after": after, "link": link}}
    return body


def _v3_type(start: str, end: str, link_type: LinkType) -> str:
    """Return the name of a type of association; a label has one of its own (a guess)."""
    name = f"{BY_ALIAS[start].singular}_to_{BY_ALIAS[end].singular}"
    if link_type == PRIMARY.get((start, end)):
        return name
    if link_type.label:
        return link_type.label.lower().replace(" ", "_")
    return f"{name}_unlabeled" if (start, end) in PRIMARY else name


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
    if id_property == "email":
        return portal.find(name, portal.holder(same) or "", archived)
    every = portal.records(name, archived)
    return next((o for o in every if o.properties.get(id_property, "").lower() == same), None)


def _checked_input(call: Call, sent: Mapping[str, Any]) -> tuple[dict[str, str | None], list[Link]]:
    values = call.portal.checked(call.type, sent["properties"], call.source)
    links: list[Link] = []
    for association in sent.get("associations", ()):
        for spec in association["types"]:
            end, link_type = associated_type(call.portal, call.type, spec)
            links.append((end, association["to"]["id"], link_type))
    call.portal.check_new(call.type, values, links, call.source)
    return values, links


def associated_type(
    portal: Portal, start: str, spec: Mapping[str, Any], end: str | None = None
) -> tuple[str, LinkType]:
    """Return the object type at the other end, and the type of association.

    An unknown one is refused.
    """
    sent = (spec["associationCategory"], spec["associationTypeId"])
    for first, second in ASSOCIATIONS:
        if first == start and end in (None, second):
            for link_type in portal.link_types(first, second):
                if (link_type.category, link_type.type_id) == sent:
                    return second, link_type
    raise invalid(f"association type {dict(spec)} does not start at {start}")


def _create(call: Call, prepared: tuple[dict[str, str | None], list[Link]]) -> Record:
    values, links = prepared
    return call.portal.add(call.type, values, links, call.source)


def _traced(inputs: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether the caller asked for errors by input instead of all or nothing."""
    ids = [sent.get("objectWriteTraceId") for sent in inputs]
    if not all(ids):
        return False
    if len(set(ids)) < len(ids):
        raise invalid("objectWriteTraceId must be unique in a batch")
    return True


def _each(
    inputs: Iterable[dict[str, Any]], act: Callable[[dict[str, Any]], dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    results, errors = [], []
    for sent in inputs:
        trace = sent.get("objectWriteTraceId")
        try:
            result = act(sent)
            results.append(result | ({"objectWriteTraceId": trace} if trace else {}))
        except RefusedError as refused:
            if not trace:
                raise
            errors.append(entry(refused.answer.body, {"objectWriteTraceId": [trace]}))
    return results, errors


def entry(
    body: Mapping[str, Any], context: Mapping[str, list[str]], sub_category: str | None = None
) -> dict[str, Any]:
    """Return an error as it stands inside a 207."""
    more = {"subCategory": sub_category} if sub_category else {}
    return more | {
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
