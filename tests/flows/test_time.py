"""The worker watches its time: what it cannot end in it, it does not begin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from werkzeug import Request

from infra.local.wire import Answer, Fault

from .acting import FOR_EVER, quickbooks_calls, take
from .conftest import REALM_ID, Flow
from .neighbours import Neighbour

# What infra/ingest.py gives it.
LIMIT = timedelta(seconds=90)


@pytest.fixture
def invocations(flow: Flow) -> list[timedelta]:
    """Return how long each invocation of the worker took, as it goes on."""
    times: list[timedelta] = []
    handler: Callable[..., Any] = flow.own.poller._handler

    def timed(event: dict[str, Any], context: Any) -> Any:
        began = flow.clock.now()
        try:
            return handler(event, context)
        finally:
            times.append(flow.clock.now() - began)

    flow.own.poller._handler = timed
    return times


def slow(flow: Flow, seconds: float) -> None:
    """Let each call of QuickBooks take so long. Calls side by side take their time together."""

    def passes(request: Request) -> bool:
        if quickbooks_calls(request):
            flow.clock.advance(seconds)
        return False

    flow.quickbooks.faults.append(Fault(passes, Answer(503), FOR_EVER))


def test_a_hundred_new_customers_at_a_second_a_call(
    flow: Flow, invocations: list[timedelta]
) -> None:
    flow.settings(create_customers=True)
    ids = []
    for number in range(100):
        names = {"email": f"new{number}@one.example", "lastname": f"New {number}"}
        ids.append(flow.invoice(contact_id=flow.portal.create("contacts", names)))
    slow(flow, 1)
    # All in one batch.
    flow.hubspot.webhooks.discard()
    flow.queue.send([flow.hint(each) for each in ids])
    # No message is received ten times: none comes near the dead-letter queue.
    for _ in range(30):
        if not flow.own.poller.poll_once():
            break
    assert max(invocations) < LIMIT
    assert {flow.status(each)["status"] for each in ids} == {"synced"}
    assert len(flow.realm.invoices) == 100
    assert sum(flow.own.poller.depth()) == 0


def test_payments_that_take_long(flow: Flow, invocations: list[timedelta]) -> None:
    ids = [flow.invoice() for _ in range(30)]
    flow.work()
    for each in ids:
        take(flow, each, "300")
    slow(flow, 3)
    invocations.clear()
    flow.work()
    assert len(invocations) > 1
    assert max(invocations) < LIMIT
    flow.work_later()
    assert {invoice["Balance"] for invoice in flow.realm.invoices} == {0}
    assert len(flow.realm.payments) == len(ids)


def test_a_slow_portal_takes_none_of_the_time_of_another(
    flow: Flow, invocations: list[timedelta]
) -> None:
    for _ in range(60):
        flow.invoice()
    neighbour = Neighbour(flow)
    theirs = neighbour.invoice()

    def passes(request: Request) -> bool:
        if REALM_ID in request.path:
            flow.clock.advance(4)
        return False

    flow.quickbooks.faults.append(Fault(passes, Answer(503), FOR_EVER))
    flow.hubspot.deliver()
    flow.own.poller.poll_once()
    assert neighbour.status(theirs) == "synced"
    assert max(invocations) < LIMIT
