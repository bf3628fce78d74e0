"""Reads HubSpot in bulk. Every call is a batch; nothing is written.

Undated v3 and v4 paths: docs/decisions.md says why.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime
from threading import Lock
from typing import Any

from invoice_sync.errors import HubSpotRefusedError, ReconnectRequiredError, UnavailableError
from invoice_sync.runtime import http_client
from invoice_sync.runtime.pace import Limit, Pace

_OBJECTS_PER_BATCH = 100
_ASSOCIATIONS_PER_BATCH = 1000
_SEARCH_PAGE = 200
_SEARCH_RESULTS = 10_000
_ID = "hs_object_id"
# Which of them HubSpot says is not documented.
_THERE_ALREADY = ("CONFLICT", "OBJECT_ALREADY_EXISTS")


class HubSpot:
    """One portal. `token(refused)` gives an access token, and another one than the refused.

    `calls`: how many this object has made.
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
        self.calls = 0
        self._counting = Lock()

    def read(
        self, object_type: str, ids: Iterable[str], properties: Sequence[str]
    ) -> dict[str, dict[str, str | None]]:
        """Properties by id. Ids that HubSpot does not know, or that are archived, are left out.

        Raises UnavailableError, ReconnectRequiredError, RefusedError.
        """
        url = f"/crm/v3/objects/{object_type}/batch/read"
        bodies = [
            {"inputs": [{"id": one} for one in chunk], "properties": list(properties)}
            for chunk in _chunks(ids, _OBJECTS_PER_BATCH)
        ]
        return {
            str(result["id"]): result["properties"]
            for answer in self._executor.map(lambda body: self._post(url, body), bodies)
            for result in answer["results"]
            if not result.get("archived")
        }

    def associated(self, from_type: str, to_type: str, ids: Iterable[str]) -> dict[str, list[str]]:
        """Ids of associated records by id, in numerical order; ids without any are left out.

        Raises UnavailableError, ReconnectRequiredError, RefusedError.
        """
        url = f"/crm/v4/associations/{from_type}/{to_type}/batch/read"
        found: dict[str, set[str]] = {}
        inputs: list[dict[str, str]] = [{"id": one} for one in ids]
        while inputs:
            bodies = [{"inputs": chunk} for chunk in _chunks(inputs, _ASSOCIATIONS_PER_BATCH)]
            inputs = []
            for answer in self._executor.map(lambda body: self._post(url, body), bodies):
                for result in answer["results"]:
                    start = str(result["from"]["id"])
                    # HubSpot's documents disagree on whether this id is a number or a text.
                    ends = {str(end["toObjectId"]) for end in result["to"]}
                    found.setdefault(start, set()).update(ends)
                    after = result.get("paging", {}).get("next", {}).get("after")
                    if after:
                        inputs.append({"id": start, "after": str(after)})
        return {start: sorted(ends, key=int) for start, ends in found.items() if ends}

    def search(
        self,
        object_type: str,
        filters: Sequence[Mapping[str, object]],
        properties: Sequence[str],
        *,
        sort: str,
    ) -> Iterator[dict[str, Any]]:
        """Every record that all filters let through, once, in the order of the property `sort`.

        Each page begins at the value that the last one ended with: what changes meanwhile moves
        nothing out of sight, as it would with HubSpot's offsets, and its limit of 10,000 results
        (guide "CRM search") is never met. A change is found some moments late.

        Raises UnavailableError, ReconnectRequiredError, RefusedError.
        """
        wanted = list(dict.fromkeys((*properties, sort)))
        low, offset, seen = "", 0, set[str]()
        while True:
            bound = [{"propertyName": sort, "operator": "GTE", "value": low}] if low else []
            answer = self._search(object_type, [*filters, *bound], wanted, sort, offset)
            rows = answer["results"]
            yield from (row for row in rows if str(row["id"]) not in seen)
            if not (answer.get("paging", {}).get("next") and rows):
                return
            last = _searchable(rows[-1]["properties"].get(sort))
            if last == low and offset + 2 * _SEARCH_PAGE > _SEARCH_RESULTS:
                # As many as one search shows have this value: the rest of them by id.
                same = {"propertyName": sort, "operator": "EQ", "value": low}
                for row in self.search(object_type, [*filters, same], wanted, sort=_ID):
                    if str(row["id"]) not in seen:
                        seen.add(str(row["id"]))
                        yield row
                filters = [*filters, {"propertyName": sort, "operator": "GT", "value": low}]
                low, offset = "", 0
                continue
            offset = offset + _SEARCH_PAGE if last == low else 0
            if last != low:
                low, seen = last, set()
            seen |= {
                str(row["id"]) for row in rows if _searchable(row["properties"].get(sort)) == low
            }

    def _search(
        self,
        object_type: str,
        filters: Sequence[Mapping[str, object]],
        properties: Sequence[str],
        sort: str,
        offset: int,
    ) -> dict[str, Any]:
        body = {
            "filterGroups": [{"filters": list(filters)}],
            # As text: the published schema wants it so, and HubSpot's own libraries send it so.
            "sorts": [json.dumps({"propertyName": sort, "direction": "ASCENDING"})],
            "properties": list(properties),
            "limit": _SEARCH_PAGE,
            "after": str(offset),
        }
        return self._post(f"/crm/v3/objects/{object_type}/search", body, self._search_pace)

    def found(self, object_type: str, filters: Sequence[Mapping[str, object]]) -> int:
        """How many records all filters let through. Raises as `search` does."""
        body = {"filterGroups": [{"filters": list(filters)}], "limit": 1}
        url = f"/crm/v3/objects/{object_type}/search"
        return int(self._post(url, body, self._search_pace)["total"])

    def update(
        self, object_type: str, values: Mapping[str, Mapping[str, str]]
    ) -> tuple[set[str], str]:
        """Write properties, by record id. Returns the ids that HubSpot did not take, and a category
        of why. Repeating it is harmless.

        Raises UnavailableError, ReconnectRequiredError, and RefusedError for a request that HubSpot
        takes nothing of.
        """
        url = f"/crm/v3/objects/{object_type}/batch/update"
        refused, why = set(values), ""
        for chunk in _chunks(values.items(), _OBJECTS_PER_BATCH):
            # With a trace id, each input is judged by itself (guide "Using object APIs").
            inputs = [
                {"id": one, "properties": dict(found), "objectWriteTraceId": one}
                for one, found in chunk
            ]
            status, answer = self._call("POST", url, {"inputs": inputs})
            if status not in (200, 207):
                raise _refusal(status, answer)
            refused -= {str(result["id"]) for result in answer.get("results", [])}
            why = next((_category(one) for one in answer.get("errors", [])), why)
        return refused, why

    def properties(self, object_type: str) -> set[str]:
        """The names of all there are. Raises as `update` does."""
        status, answer = self._call("GET", f"/crm/v3/properties/{object_type}", None)
        if status != 200:
            raise _refusal(status, answer)
        return {str(one["name"]) for one in answer["results"]}

    def create_properties(
        self,
        object_type: str,
        group: Mapping[str, str],
        definitions: Sequence[Mapping[str, Any]],
    ) -> None:
        """Properties and their group; what is there already is fine. Raises as `update` does."""
        url = f"/crm/v3/properties/{object_type}"
        status, answer = self._call("POST", f"{url}/groups", group)
        if status not in (201, 409):
            raise _refusal(status, answer)
        status, answer = self._call("POST", f"{url}/batch/create", {"inputs": list(definitions)})
        if status not in (200, 201, 207, 409):
            raise _refusal(status, answer)
        for one in answer.get("errors", []):
            if one.get("category") not in _THERE_ALREADY:
                raise _refusal(status, one)

    def _post(self, path: str, body: Mapping[str, Any], pace: Pace | None = None) -> dict[str, Any]:
        """Read in bulk."""
        status, answer = self._call("POST", path, body, pace)
        if status in (200, 207) and isinstance(answer.get("results"), list):
            # 207: some ids are gone or have no associations, and what there is, is in results.
            # Any other reason must not make an invoice look deleted.
            if {one.get("category") for one in answer.get("errors", [])} - {"OBJECT_NOT_FOUND"}:
                raise UnavailableError("HubSpot", "part of a batch could not be read")
            return answer
        raise _refusal(status, answer)

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None, pace: Pace | None = None
    ) -> tuple[int, dict[str, Any]]:
        with self._counting:
            self.calls += 1
        token = ""
        for _ in range(2):
            token = self._token(token)  # the second time round, the first one was refused
            response = http_client.send(
                "HubSpot",
                method,
                self._base_url + path,
                pace=pace or self._pace,
                headers={
                    "Authorization": f"Bearer {token}",
                    "Content-Type": "application/json",
                    "Accept": "application/json",
                },
                content=None if body is None else json.dumps(body).encode(),
                repeatable=True,
            )
            if response.status_code != 401:
                break
        if response.status_code == 401:
            raise ReconnectRequiredError("HubSpot")
        return response.status_code, _json(response.content)


def _refusal(status: int, answer: Mapping[str, Any]) -> HubSpotRefusedError:
    category = _category(answer)
    words = f"HubSpot answered {status} {category}".strip()
    return HubSpotRefusedError(words, category, str(answer.get("correlationId") or "none"))


def _category(error: Mapping[str, Any]) -> str:
    """The most exact word for it that is no value of a record."""
    codes = [str(one.get("code") or "") for one in error.get("errors") or []]
    return next((code for code in codes if code), str(error.get("category", "")))


def pace() -> Pace:
    """Of one portal: the lowest published burst limit is 100 calls in 10 seconds."""
    return Pace(Limit(95, 10.0), concurrent=10)


def search_pace() -> Pace:
    """Five searches a second an account, shared with all other apps."""
    return Pace(Limit(4, 1.1), concurrent=2)


def _searchable(value: str | None) -> str:
    """A property's value in the form that filters take: times in epoch milliseconds."""
    text = value or ""
    if "T" in text:
        return str(round(datetime.fromisoformat(text).timestamp() * 1000))
    return text


def _json(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _chunks(items: Iterable[Any], size: int) -> list[list[Any]]:
    every = list(items)
    return [every[start : start + size] for start in range(0, len(every), size)]
