"""Reads HubSpot in bulk. Every call is a batch; nothing is written.

Undated v3 and v4 paths: docs/decisions.md says why.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from .. import http
from ..http import Limit, Pace, ReconnectRequiredError, UnavailableError

_OBJECTS_PER_BATCH = 100
_ASSOCIATIONS_PER_BATCH = 1000
_FOUND_PER_PAGE = 200


class RefusedError(Exception):
    """HubSpot turned a request down. Holds its category and correlation id, never its content."""


class HubSpot:
    """One portal. `token(refused)` gives an access token, and another one than the refused."""

    def __init__(
        self, base_url: str, token: Callable[[str], str], pace: Pace, executor: Executor
    ) -> None:
        self._base_url, self._token, self._pace, self._executor = base_url, token, pace, executor

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
        filters: Sequence[Mapping[str, Any]],
        properties: Sequence[str],
        *,
        sort: str,
    ) -> Iterator[dict[str, Any]]:
        """Records (`id`, `properties`) for which all filters hold, ascending by `sort`, read page
        by page as far as they are asked for; at most 10,000.

        Raises UnavailableError, ReconnectRequiredError, RefusedError.
        """
        body: dict[str, Any] = {
            "filterGroups": [{"filters": list(filters)}],
            "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
            "properties": list(properties),
            "limit": _FOUND_PER_PAGE,
        }
        while True:
            answer = self._post(f"/crm/v3/objects/{object_type}/search", body)
            yield from answer["results"]
            after = answer.get("paging", {}).get("next", {}).get("after")
            if not after:
                return
            body["after"] = str(after)

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        content = json.dumps(body).encode()
        token = ""
        for _ in range(2):
            token = self._token(token)  # the second time round, the first one was refused
            response = http.send(
                "HubSpot",
                "POST",
                self._base_url + path,
                pace=self._pace,
                headers={
                    "Authorization": f"Bearer {token}",
                    "Content-Type": "application/json",
                    "Accept": "application/json",
                },
                content=content,
                repeatable=True,
            )
            if response.status_code != 401:
                break
        if response.status_code == 401:
            raise ReconnectRequiredError("HubSpot")
        answer = _json(response.content)
        if response.status_code in (200, 207) and isinstance(answer.get("results"), list):
            # 207: some ids are gone or have no associations, and what there is, is in results.
            # Any other reason must not make an invoice look deleted.
            if {one.get("category") for one in answer.get("errors", [])} - {"OBJECT_NOT_FOUND"}:
                raise UnavailableError("HubSpot", "part of a batch could not be read")
            return answer
        raise RefusedError(
            f"HubSpot answered {response.status_code} {answer.get('category', '')}"
            f" (correlation id {answer.get('correlationId', 'none')})"
        )


def pace() -> Pace:
    """Of one portal: the lowest published burst limit is 100 calls in 10 seconds."""
    return Pace(Limit(95, 10.0), concurrent=10)


def _json(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _chunks(items: Iterable[Any], size: int) -> list[list[Any]]:
    every = list(items)
    return [every[start : start + size] for start in range(0, len(every), size)]
