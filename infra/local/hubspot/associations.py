"""The v4 association endpoints (guide "Associate records", published OpenAPI files)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..wire import Answer
from .answers import RefusedError, error, invalid
from .calls import Call, batch, next_page
from .objects import associated_type, entry, limited
from .types import ASSOCIATIONS, BY_ALIAS, LinkType

MAX_READ, MAX_CREATE, MAX_PAGE = 1000, 2000, 500


def batch_read(call: Call) -> Answer:
    """Read the associations of many records; those without any are among the errors of a 207.

    The published schema calls `subCategory` an object; the service sends a text.
    """
    inputs = {record_id["id"]: record_id for record_id in limited(call.body["inputs"], MAX_READ)}
    results, errors = [], []
    for record_id, asked in inputs.items():
        ends = call.portal.links(call.type, record_id, call.other)
        if not ends:
            words = (
                f"No {BY_ALIAS[call.other].singular} is associated with {call.type} {record_id}."
            )
            context = {
                "fromObjectId": [record_id],
                "fromObjectType": [BY_ALIAS[call.type].type_id],
                "toObjectType": [BY_ALIAS[call.other].type_id],
            }
            body = error(207, "OBJECT_NOT_FOUND", words).body
            errors.append(entry(body, context, "crm.associations.NO_ASSOCIATIONS_FOUND"))
            continue
        page, after = _page(ends, asked.get("after"), call.switches.association_page)
        result: dict[str, Any] = {"from": {"id": record_id}, "to": _ends(call, page)}
        if after:
            result["paging"] = next_page(call, after)
        results.append(result)
    return batch(call, 200, results, errors if call.switches.no_associations_as_207 else [])


def list_page(call: Call) -> Answer:
    limit = int(call.query.get("limit", str(MAX_PAGE)))
    if not 1 <= limit <= MAX_PAGE:
        raise invalid(f"limit must be between 1 and {MAX_PAGE}")
    call.portal.existing(call.type, call.path["id"])
    ends = call.portal.links(call.type, call.path["id"], call.other)
    most = min(limit, call.switches.association_page)
    page, after = _page(ends, call.query.get("after"), most)
    body: dict[str, Any] = {"results": _ends(call, page)}
    if after:
        body["paging"] = next_page(call, after)
    return Answer(200, body)


def list_labels(call: Call) -> Answer:
    types = call.portal.link_types(call.type, call.other)
    return Answer(200, {"results": [_as_json(link_type) for link_type in types]})


def batch_create(call: Call) -> Answer:
    inputs = limited(call.body["inputs"], MAX_CREATE)
    for pair in inputs:
        _check_types(call, pair["types"])
    results, errors = [], []
    with call.portal.operation():
        for pair in inputs:
            start, end = pair["from"]["id"], pair["to"]["id"]
            try:
                results.append(_link(call, start, end, pair["types"]))
            except RefusedError as refused:
                context = {"fromObjectId": [start], "toObjectId": [end]}
                errors.append(entry(refused.answer.body, context))
    return batch(call, 201, results, errors)


def put_types(call: Call) -> Answer:
    _check_types(call, call.body)
    with call.portal.operation():
        return Answer(201, _link(call, call.path["id"], call.path["to_id"], call.body))


def put_default(call: Call) -> Answer:
    with call.portal.operation():
        return batch(call, 200, _default(call, call.path["id"], call.path["to_id"]))


def batch_default(call: Call) -> Answer:
    results = []
    with call.portal.operation():
        for pair in limited(call.body["inputs"], MAX_CREATE):
            results += _default(call, pair["from"]["id"], pair["to"]["id"])
    return batch(call, 200, results)


def batch_archive(call: Call) -> Answer:
    with call.portal.operation():
        for pair in limited(call.body["inputs"], MAX_CREATE):
            for end in pair["to"]:
                _unlink(call, pair["from"]["id"], end["id"])
    return Answer(204)


def batch_archive_labels(call: Call) -> Answer:
    """Take types away from associations. One without any type left is gone."""
    inputs = limited(call.body["inputs"], MAX_CREATE)
    for pair in inputs:
        _check_types(call, pair["types"])
    with call.portal.operation():
        for pair in inputs:
            start, end = pair["from"]["id"], pair["to"]["id"]
            for spec in pair["types"]:
                _, label = associated_type(call.portal, call.type, spec, call.other)
                call.portal.unlink(call.type, start, call.other, end, call.source, label)
    return Answer(204)


def delete(call: Call) -> Answer:
    with call.portal.operation():
        _unlink(call, call.path["id"], call.path["to_id"])
    return Answer(204)


# -- inside


def _page(
    ends: Mapping[str, list[LinkType]], after: str | None, most: int
) -> tuple[dict[str, list[LinkType]], str | None]:
    if after is not None and not after.isdigit():
        raise invalid("after is not a cursor of this list")
    left = [end_id for end_id in ends if int(end_id) > int(after or 0)]
    page = {end_id: ends[end_id] for end_id in left[:most]}
    return page, left[most - 1] if len(left) > most else None


def _ends(call: Call, page: Mapping[str, list[LinkType]]) -> list[dict[str, Any]]:
    """Return the ends as JSON; `toObjectId` is a number in the guide, text in a published file."""
    return [
        {
            "toObjectId": end_id if call.switches.to_object_id_as_text else int(end_id),
            "associationTypes": [_as_json(link_type) for link_type in types],
        }
        for end_id, types in page.items()
    ]


def _as_json(link_type: LinkType) -> dict[str, Any]:
    return {
        "category": link_type.category,
        "typeId": link_type.type_id,
        "label": link_type.label,
    }


def _check_types(call: Call, types: Sequence[Mapping[str, Any]]) -> None:
    if not types:
        raise invalid("at least one association type is required")
    for spec in types:
        associated_type(call.portal, call.type, spec, call.other)


def _link(call: Call, start: str, end: str, types: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    labels = []
    for spec in types:
        _, link_type = associated_type(call.portal, call.type, spec, call.other)
        call.portal.link(call.type, start, call.other, end, call.source, link_type)
        labels += [link_type.label] if link_type.label else []
    return {
        "fromObjectTypeId": BY_ALIAS[call.type].type_id,
        "fromObjectId": int(start),
        "toObjectTypeId": BY_ALIAS[call.other].type_id,
        "toObjectId": int(end),
        "labels": labels,
    }


def _default(call: Call, start: str, end: str) -> list[dict[str, Any]]:
    call.portal.link(call.type, start, call.other, end, call.source)
    pairs = ((start, end, (call.type, call.other)), (end, start, (call.other, call.type)))
    return [
        {
            "from": {"id": first_id},
            "to": {"id": second_id},
            "associationSpec": {
                "associationCategory": "HUBSPOT_DEFINED",
                "associationTypeId": ASSOCIATIONS[pair].type_id,
            },
        }
        for first_id, second_id, pair in pairs
    ]


def _unlink(call: Call, start: str, end: str) -> None:
    if call.portal.find(call.type, start) and call.portal.find(call.other, end):
        call.portal.unlink(call.type, start, call.other, end, call.source)
