"""More changes than a page of HubSpot's search holds, in another order than that of creation."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import Any

import pytest

from infra.local.hubspot import search as simulated_search

from .acting import lose_everything, run_sweep
from .conftest import PORTAL_ID, Flow

CHANGES = 45


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three pages of changes, without hundreds of records."""
    monkeypatch.setattr("invoice_sync.hubspot.search.PAGE", 20)


def change_in_any_order(flow: Flow) -> list[str]:
    """Change many fees, each at a moment of its own. No event of it arrives."""
    fees = [flow.portal.create("fees", {"hs_label": "a fee"}) for _ in range(CHANGES)]
    lose_everything(flow)
    run_sweep(flow)
    lose_everything(flow)
    # Beyond the time that each sweep looks at again.
    flow.clock.advance(3600)
    shuffled = fees[:]
    random.Random(7).shuffle(shuffled)  # noqa: S311
    for fee_id in shuffled:
        flow.clock.advance(0.01)
        flow.portal.update("fees", fee_id, {"hs_label": "another fee"})
    lose_everything(flow)
    return fees


def hinted(flow: Flow) -> set[str]:
    """The fees that have hints on the queue."""
    sqs, url = flow.own.aws.client("sqs"), flow.own.aws.environment["QUEUE_URL"]
    bodies: list[dict[str, Any]] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [json.loads(message["Body"]) for message in messages]
    return {body["objectId"] for body in bodies if body["objectType"] == "fees"}


def test_the_sweep_finds_each_of_them(flow: Flow) -> None:
    fees = change_in_any_order(flow)
    run_sweep(flow, timedelta(hours=1))
    assert hinted(flow) == set(fees)


def test_a_search_in_no_order_is_trouble_and_loses_nothing(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    fees = change_in_any_order(flow)
    before = flow.own.store.marks.get(PORTAL_ID)["hubspot fees"]
    with monkeypatch.context() as patched:
        patched.setattr(simulated_search, "_sort", lambda *_: None)
        run_sweep(flow, timedelta(hours=1))
    assert flow.own.store.marks.get(PORTAL_ID)["hubspot fees"] == before
    flow.clock.advance(2)  # the next sweep does not know this one's pace
    run_sweep(flow, timedelta(hours=1))
    assert hinted(flow) == set(fees)
