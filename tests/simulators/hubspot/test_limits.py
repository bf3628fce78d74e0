"""Limits, trouble on demand, and the count of calls."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from infra.local.hubspot import (
    HubSpotSimulator,
    Portal,
    gateway,
    locked,
    migrating,
)
from infra.local.wire import Clock, Fault
from tests.simulators.hubspot.client import LINES, Api


def test_burst_of_one_portal(
    hubspot: HubSpotSimulator,
    api: Api,
    connect: Callable[[str | None], Api],
    clock: Clock,
) -> None:
    first = api("GET", "/account-info/v3/details")
    assert first.headers["X-HubSpot-RateLimit-Max"] == "110"
    assert first.headers["X-HubSpot-RateLimit-Remaining"] == "109"
    assert first.headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    with ThreadPoolExecutor(8) as threads:
        calls = threads.map(lambda _: api("GET", "/account-info/v3/details"), range(110))
        statuses = [response.status_code for response in calls]
    assert (statuses.count(200), statuses.count(429)) == (109, 1)
    answer = api("GET", "/account-info/v3/details")
    assert answer.json()["policyName"] == "TEN_SECONDLY_ROLLING"
    assert answer.headers["X-HubSpot-RateLimit-Remaining"] == "0"
    assert api.search("invoices").status_code == 200  # search has a limit of its own
    hubspot.add_portal(1)
    other = connect(hubspot.grant(1)["access_token"])
    assert other("GET", "/account-info/v3/details").status_code == 200
    clock.advance(10)
    assert api("GET", "/account-info/v3/details").status_code == 200


def test_trouble_on_demand(hubspot: HubSpotSimulator, api: Api) -> None:
    answers = [locked(), migrating(120), gateway(502), gateway(504)]
    hubspot.faults += [Fault(lambda request: True, answer) for answer in answers]
    responses = [api("GET", "/account-info/v3/details") for _ in range(5)]
    assert [response.status_code for response in responses] == [423, 477, 502, 504, 200]
    assert responses[1].headers["Retry-After"] == "120"
    hubspot.faults.append(Fault(lambda request: True, None))
    with pytest.raises(httpx.HTTPError):
        api("GET", "/account-info/v3/details")


def test_calls_are_counted(hubspot: HubSpotSimulator, api: Api, portal: Portal) -> None:
    invoice = portal.create_invoice()
    api.read("0-53", [invoice])
    api.read("invoice", [invoice])
    api("GET", f"/crm/v3/objects/invoices/{invoice}")
    api.associations("invoices", "contacts", [invoice])
    api("GET", "/crm/v3/properties/invoices/hs_number")
    assert hubspot.calls == {
        "POST invoices/batch/read": 2,
        "GET invoices/{id}": 1,
        "POST associations/invoices/contacts/batch/read": 1,
        "GET properties/invoices/{name}": 1,
    }


def test_many_threads_at_once(hubspot: HubSpotSimulator, portal: Portal) -> None:
    hubspot.subscribe("http://127.0.0.1:9/")
    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(lambda _: portal.create_invoice(lines=LINES), range(80)))
    assert len(set(ids)) == 80
    numbers = {portal.record("invoices", one).properties["hs_number"] for one in ids}
    assert numbers == {f"INV-{number}" for number in range(1001, 1081)}
