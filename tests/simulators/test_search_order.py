"""HubSpot's search keeps the order that an object names, and ignores a JSON text without a word."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

import httpx
import pytest

from infra.local.hubspot import HubSpotSimulator
from infra.local.hubspot.portal import Portal
from infra.local.wire import Clock

MODIFIED = "hs_lastmodifieddate"


@pytest.fixture
def hubspot() -> Iterator[HubSpotSimulator]:
    simulator = HubSpotSimulator(Clock()).start()
    yield simulator
    simulator.stop()


@pytest.fixture
def portal(hubspot: HubSpotSimulator) -> Portal:
    """Records that changed in another order than that of their creation."""
    portal = hubspot.add_portal("24680")
    ids = [portal.create("fees", {"hs_label": str(n)}) for n in range(20)]
    random.Random(7).shuffle(ids)  # noqa: S311
    for fee_id in ids:
        hubspot.clock.advance(1)
        portal.update("fees", fee_id, {"hs_label": "changed"})
    return portal


def found(hubspot: HubSpotSimulator, sort: object) -> tuple[list[str], list[str]]:
    """The ids and the times of a page, sorted in this way."""
    token = hubspot.grant("24680")["access_token"]
    response = httpx.post(
        f"{hubspot.url}/crm/v3/objects/fees/search",
        headers={"Authorization": f"Bearer {token}"},
        json={"sorts": [sort], "properties": [MODIFIED], "limit": 20},
    )
    rows = response.raise_for_status().json()["results"]
    return [row["id"] for row in rows], [row["properties"][MODIFIED] for row in rows]


def test_an_object_sorts(hubspot: HubSpotSimulator, portal: Portal) -> None:
    ids, times = found(hubspot, {"propertyName": MODIFIED, "direction": "ASCENDING"})
    assert times == sorted(times)
    assert ids != sorted(ids, key=int)
    _, times = found(hubspot, {"propertyName": MODIFIED, "direction": "DESCENDING"})
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("direction", ["ASCENDING", "DESCENDING"])
def test_a_text_of_json_does_not(hubspot: HubSpotSimulator, portal: Portal, direction: str) -> None:
    ids, times = found(hubspot, json.dumps({"propertyName": MODIFIED, "direction": direction}))
    assert ids == sorted(ids, key=int)
    assert times != sorted(times)
