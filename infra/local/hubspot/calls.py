"""One authorised call, and the envelopes that answers share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..wire import Answer, Clock
from .portal import Portal
from .properties import moment
from .records import Source, Switches
from .types import BY_ALIAS


@dataclass(frozen=True)
class Call:
    portal: Portal
    switches: Switches
    clock: Clock
    source: Source
    url_path: str
    path: Mapping[str, str]
    query: Mapping[str, str]  # repeated parameters are joined by commas
    body: Any
    raw_body: bytes
    started: str

    @property
    def type(self) -> str:
        return BY_ALIAS[self.path["type"]].name

    @property
    def other(self) -> str:
        return BY_ALIAS[self.path["to"]].name

    def flag(self, name: str) -> bool:
        """Return a boolean of the query, also as Python spells it: `True`."""
        return self.query.get(name, "").lower() == "true"

    def names(self, parameter: str) -> list[str]:
        return [one for one in self.query.get(parameter, "").split(",") if one]


def next_page(call: Call, after: str) -> dict[str, Any]:
    link = f"https://api.hubapi.com{call.url_path}?after={after}"
    return {"next": {"after": after, "link": link}}


def batch(call: Call, status: int, results: Sequence[Any], errors: Sequence[Any] = ()) -> Answer:
    """Return a batch's answer: 207 if a part of it failed, otherwise the given status."""
    body: dict[str, Any] = {
        "status": "COMPLETE",
        "results": list(results),
        "startedAt": call.started,
        "completedAt": moment(call.clock.now(), True),
    }
    if not errors:
        return Answer(status, body)
    return Answer(207, {**body, "numErrors": len(errors), "errors": list(errors)})
