"""Calls HubSpot in bulk: reads and searches records, writes the sync's own properties.

Undated v3 and v4 paths: docs/decisions.md says why. Sizes of batches: guides "Using object APIs"
(100 records) and "Associate records" (1,000 reads).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from invoice_sync.errors import (
    HubSpotRefusedError,
    ServiceError,
    UnavailableError,
)
from invoice_sync.hubspot import forms, responses, whole
from invoice_sync.hubspot.responses import Read
from invoice_sync.hubspot.search import Filter, records
from invoice_sync.hubspot.whole import Whole
from invoice_sync.runtime import isolate
from invoice_sync.runtime.answers import Members, check
from invoice_sync.runtime.chunks import chunks
from invoice_sync.runtime.http_client import Request, send_authorised
from invoice_sync.runtime.pace import Pace, Rate

# Below the lowest published limit until an answer says which one it is: 100 calls in 10 seconds
# (guide "API usage guidelines").
RATE = Rate("hubspot", "HubSpot", every=0.15, burst=25, block=10, concurrent=10, pause=10)
# Five searches a second an account, which all its apps share (guide "CRM search").
SEARCH_RATE = Rate(
    "hubspot-search", "HubSpot", every=0.275, burst=1, block=2, concurrent=2, pause=2
)
_OBJECTS_PER_BATCH = 100
_HISTORIES_PER_BATCH = 50
_ASSOCIATIONS_PER_BATCH = 1000
# HubSpot does not document which of them it answers for a property that exists.
_EXISTS_ALREADY = ("CONFLICT", "OBJECT_ALREADY_EXISTS")
# Said of a record in a bulk read: it does not exist, or has no associations.
_NOT_FOUND = "OBJECT_NOT_FOUND"
_Input = dict[str, str]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Found(Generic[_T]):
    """What HubSpot returns by record id, and the records that it refuses or fails to return."""

    records: dict[str, _T]
    refused: dict[str, ServiceError]


@dataclass(frozen=True)
class _Part:
    """The answer to one bulk read."""

    results: list[dict[str, Any]]
    refused: dict[str, ServiceError]


class HubSpot:
    """The API of one portal.

    `token(refused)` returns an access token other than the refused one. Every method raises
    UnavailableError, ReconnectRequiredError and HubSpotRefusedError.
    """

    def __init__(
        self,
        base_url: str,
        token: Callable[[str], str],
        pace: Pace,
        search_pace: Pace,
        executor: Executor,
    ) -> None:
        self._base_url, self._token, self._executor = base_url, token, executor
        self._pace, self._search_pace = pace, search_pace
        self._counting = Lock()
        # The calls that this object has made.
        self.calls = 0

    # -- reads

    def read(
        self, object_type: str, ids: Iterable[str], properties: Sequence[str]
    ) -> dict[str, dict[str, str | None]]:
        """Return what `find` does. Raises the refusal of any record."""
        return _whole(self.find(object_type, ids, properties))

    def find(
        self, object_type: str, ids: Iterable[str], properties: Sequence[str]
    ) -> Found[dict[str, str | None]]:
        """Return properties by record id, and separately the records that HubSpot does not return.
        Records that are archived or unknown are left out of both."""
        path = f"/crm/v3/objects/{object_type}/batch/read"

        def read(inputs: Sequence[_Input]) -> _Part:
            body = {"inputs": inputs, "properties": list(properties)}
            return self._part(path, body, inputs, forms.RECORD)

        inputs: list[_Input] = [{"id": record_id} for record_id in ids]
        results, refused = self._each_part(read, inputs, _OBJECTS_PER_BATCH)
        records = {
            str(result["id"]): result["properties"]
            for result in results
            if not result.get("archived")
        }
        return Found(records, refused)

    def whole(
        self,
        object_type: str,
        record_id: str,
        properties: Sequence[str],
        associated_types: Sequence[str],
    ) -> Whole | None:
        """Return one record with the ids of its associated records, in a single call. None when
        HubSpot refuses that, does not have the record, or uses an unknown name for a type: then
        `find` and `find_associated` tell more."""
        asked = {"properties": ",".join(properties), "associations": ",".join(associated_types)}
        path = f"/crm/v3/objects/{object_type}/{record_id}"
        reader = partial(whole.read, record_id=record_id, types=associated_types)
        try:
            return self._call("GET", path, None, reader, expected={200}, query=asked)
        except HubSpotRefusedError:
            return None

    def history(
        self, object_type: str, ids: Iterable[str], property_name: str
    ) -> Found[list[dict[str, Any]]]:
        """Return the entries of a property's history by record id, as HubSpot gives them (guide
        "Using object APIs": at most fifty records a request), and separately the records that
        HubSpot refuses. A record without a history is left out."""
        path = f"/crm/v3/objects/{object_type}/batch/read"
        asked = {"properties": [property_name], "propertiesWithHistory": [property_name]}

        def read(inputs: Sequence[_Input]) -> _Part:
            return self._part(path, {"inputs": inputs, **asked}, inputs, forms.RECORD)

        inputs: list[_Input] = [{"id": record_id} for record_id in ids]
        results, refused = self._each_part(read, inputs, _HISTORIES_PER_BATCH)
        histories = {
            str(result["id"]): result["propertiesWithHistory"][property_name]
            for result in results
            if (result.get("propertiesWithHistory") or {}).get(property_name)
        }
        return Found(histories, refused)

    def associated(self, from_type: str, to_type: str, ids: Iterable[str]) -> dict[str, list[str]]:
        """Return the ids that `find_associated` does. Raises the refusal of any record."""
        ends = _whole(self.find_associated(from_type, to_type, ids))
        return {start: [*labels] for start, labels in ends.items()}

    def find_associated(
        self, from_type: str, to_type: str, ids: Iterable[str]
    ) -> Found[dict[str, tuple[str, ...]]]:
        """Return, by record id, the associated records' labels by their id, in numerical order; and
        separately the records whose associations HubSpot does not return.

        Records that have no associations are left out.
        """
        path = f"/crm/v4/associations/{from_type}/{to_type}/batch/read"

        def read(inputs: Sequence[_Input]) -> _Part:
            return self._part(path, {"inputs": inputs}, inputs, forms.ENDS)

        ends_by_start: dict[str, dict[str, tuple[str, ...]]] = {}
        refused: dict[str, ServiceError] = {}
        inputs: list[_Input] = [{"id": record_id} for record_id in ids]
        asked: list[_Input] = []
        while inputs:
            if any(each in asked for each in inputs):
                raise UnavailableError("HubSpot", f"{path} repeats a page")
            asked += (each for each in inputs if "after" in each)
            results, errors = self._each_part(read, inputs, _ASSOCIATIONS_PER_BATCH)
            refused |= errors
            inputs = []
            for result in results:
                start = str(result["from"]["id"])
                # A number in HubSpot's guide, a text in its OpenAPI file.
                ends = {str(end["toObjectId"]): _labels(end) for end in result["to"]}
                ends_by_start.setdefault(start, {}).update(ends)
                after = result.get("paging", {}).get("next", {}).get("after")
                if after:
                    inputs.append({"id": start, "after": str(after)})
        return Found(
            {
                start: dict(sorted(ends.items(), key=lambda end: int(end[0])))
                for start, ends in ends_by_start.items()
                if ends
            },
            refused,
        )

    def search(
        self,
        object_type: str,
        filters: Sequence[Filter],
        properties: Sequence[str],
        *,
        sort: str,
    ) -> Iterator[dict[str, Any]]:
        """Yield every record that passes all filters, as `search.records` does.

        A change shows some moments late (guide "CRM search").
        """
        path = f"/crm/v3/objects/{object_type}/search"
        return records(partial(self._searched, path), filters, properties, sort)

    def count(self, object_type: str, filters: Sequence[Filter]) -> int:
        """Return how many records pass all filters."""
        body = {"filterGroups": [{"filters": list(filters)}], "limit": 1}
        path = f"/crm/v3/objects/{object_type}/search"
        return int(self._searched(path, body)["total"])

    def properties(self, object_type: str) -> set[str]:
        """Return the names of all properties that records of this type have."""
        path = f"/crm/v3/properties/{object_type}"
        answer = self._call("GET", path, None, _of(forms.DEFINITIONS), expected={200})
        return {str(definition["name"]) for definition in answer["results"]}

    # -- writes

    def update(
        self, object_type: str, values: Mapping[str, Mapping[str, str]]
    ) -> tuple[set[str], str]:
        """Write properties, given by record id. Repeating it is harmless.

        Returns the ids that HubSpot did not take, and the category of a refusal. Raises
        HubSpotRefusedError only for a request of which HubSpot takes nothing.
        """
        path = f"/crm/v3/objects/{object_type}/batch/update"
        refused, category = set(values), ""
        for batch in chunks(values.items(), _OBJECTS_PER_BATCH):
            # With a trace id, HubSpot judges each input by itself (guide "Error handling").
            inputs = [
                {"id": record_id, "properties": dict(written), "objectWriteTraceId": record_id}
                for record_id, written in batch
            ]
            body = {"inputs": inputs}
            answer = self._call("POST", path, body, _of(forms.WRITTEN), expected={200, 207})
            refused -= {str(result["id"]) for result in answer.get("results", [])}
            category = next(
                (responses.category(error) for error in answer.get("errors", [])), category
            )
        return refused, category

    def create_properties(
        self,
        object_type: str,
        group: Mapping[str, str],
        definitions: Sequence[Mapping[str, Any]],
    ) -> None:
        """Create a group and properties in it, unless they exist already."""
        path = f"/crm/v3/properties/{object_type}"
        done = _of(forms.DONE)
        self._call("POST", f"{path}/groups", group, done, expected={201, 409})
        path, body = f"{path}/batch/create", {"inputs": list(definitions)}
        answer = self._call("POST", path, body, done, expected={200, 201, 207, 409})
        for error in answer.get("errors", []):
            if error.get("category") not in _EXISTS_ALREADY:
                raise responses.refusal(207, error)

    # -- plumbing

    def _each_part(
        self, read: Callable[[Sequence[_Input]], _Part], inputs: Sequence[_Input], size: int
    ) -> tuple[list[dict[str, Any]], dict[str, ServiceError]]:
        """Read all inputs, and isolate one that HubSpot refuses a whole batch for."""
        results: list[dict[str, Any]] = []
        refused: dict[str, ServiceError] = {}
        for part in self._executor.map(partial(_isolated, read), chunks(inputs, size)):
            results += part.results
            refused |= part.refused
        return results, refused

    def _part(
        self, path: str, body: Mapping[str, Any], inputs: Sequence[_Input], form: Members
    ) -> _Part:
        """Post a bulk read. Status 207: some ids are gone or have no associations, and the others
        are in the results. Any other reason must not make an invoice look deleted."""
        bulk = partial(forms.bulk, form=form)
        answer, odd = self._call("POST", path, body, bulk, expected={200, 207})
        results = answer["results"]
        failed = [
            error for error in answer.get("errors", []) if error.get("category") != _NOT_FOUND
        ]
        if not failed and not odd:
            return _Part(results, {})
        ids = {each["id"] for each in inputs}
        named = odd | {
            str(value)
            for error in failed
            for values in error.get("context", {}).values()
            for value in values
        }
        read = {
            str(result["from"]["id"] if "from" in result else result["id"]) for result in results
        }
        error = UnavailableError("HubSpot", f"{path}: part of a batch could not be read")
        # Without names, it may be any that is not there.
        return _Part(results, dict.fromkeys((named & ids) or (ids - read), error))

    def _searched(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post a search, and return an answer that has all results."""
        answer = self._call(
            "POST", path, body, _of(forms.SEARCH), expected={200, 207}, pace=self._search_pace
        )
        if {error.get("category") for error in answer.get("errors", [])} - {_NOT_FOUND}:
            raise UnavailableError("HubSpot", f"{path}: part of a batch could not be read")
        return answer

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        read: Read[_T],
        *,
        expected: set[int],
        query: Mapping[str, str] | None = None,
        pace: Pace | None = None,
    ) -> _T:
        """Return what `read` makes of the answer, if its status is an expected one."""
        with self._counting:
            self.calls += 1
        request = Request(
            service="HubSpot",
            method=method,
            url=self._base_url + path + (f"?{urlencode(query, safe=',')}" if query else ""),
            content=None if body is None else json.dumps(body).encode(),
            repeatable=True,
            pause_of=responses.pause,
        )
        response = send_authorised(request, self._token, pace or self._pace)
        if limit := responses.limit(response):
            self._pace.keep_within(*limit)
        return responses.read(response, f"{method} {path}", read, expected)


def _labels(end: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the labels of an association. Where it has none, HubSpot gives a null label."""
    types = end.get("associationTypes") or ()
    return tuple(str(each["label"]) for each in types if each.get("label"))


def _isolated(read: Callable[[Sequence[_Input]], _Part], inputs: Sequence[_Input]) -> _Part:
    """Read the inputs together, or where HubSpot refuses that, in halves and one by one."""
    try:
        return read(inputs)
    except HubSpotRefusedError as error:
        if not _may_be_of_one(error):
            raise
    by_id = {each["id"]: each for each in inputs}
    parts, refused = isolate.each_by_itself(
        lambda ids: read([by_id[record_id] for record_id in ids]),
        [*by_id],
        may_be_of_one=_may_be_of_one,
    )
    for part in parts:
        refused |= part.refused
    return _Part([result for part in parts for result in part.results], refused)


def _may_be_of_one(error: ServiceError) -> bool:
    """Tell whether a bulk read may be refused for only one of its records: not for want of a scope,
    for instance."""
    return isinstance(error, HubSpotRefusedError) and error.status == 400


def _whole(found: Found[_T]) -> dict[str, _T]:
    """Return the records. Raises the refusal of any."""
    for error in found.refused.values():
        raise error
    return found.records


def _of(form: Members) -> Read[dict[str, Any]]:
    """Return what reads an answer that has this form."""

    def read(answer: Any) -> dict[str, Any]:
        check(answer, form)
        whole: dict[str, Any] = answer
        return whole

    return read
