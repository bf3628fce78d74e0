"""Hints never multiply: however long trouble lasts, one message of each invoice is under way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from werkzeug import Request

from infra.local.wire import Answer, Fault
from invoice_sync.hints import Hint
from invoice_sync.model.job import BackfillJob

from .acting import FOR_EVER, HUBSPOT_ERROR, at_noon, down, run_sweep, take, up
from .conftest import PORTAL_ID, REALM_ID, Flow

SWEEP_EVERY = timedelta(minutes=5)


@pytest.fixture
def passing(flow: Flow) -> Flow:
    """Return a system whose queue lets time pass as the services do. The night's report is done."""
    services: Any = flow.own.aws.services
    services.sqs._clock = lambda: flow.clock.now().timestamp()
    at_noon(flow)
    run_sweep(flow)
    flow.work()
    return flow


def on_queue(flow: Flow) -> int:
    return sum(flow.own.poller.depth())


def pass_time(flow: Flow, hours: float) -> list[int]:
    """Let sweeps and the worker run, and return how many messages are under way after each."""
    counts = []
    for _ in range(int(timedelta(hours=hours) / SWEEP_EVERY)):
        flow.clock.advance(SWEEP_EVERY.total_seconds())
        run_sweep(flow)
        flow.work()
        counts.append(on_queue(flow))
    return counts


class TestAnOutageOfSixHours:
    @pytest.mark.parametrize("service", ["quickbooks", "hubspot"])
    def test_leaves_a_message_of_each_invoice(self, passing: Flow, service: str) -> None:
        flow = passing
        down(flow, service)
        ids = [flow.invoice() for _ in range(20)]
        flow.work()
        counts = pass_time(flow, 6)
        assert max(counts[12:]) <= len(ids) + 2
        # Each of them has one, and is looked at soon after the end of it.
        up(flow)
        pass_time(flow, 0.35)
        assert {flow.status(each)["status"] for each in ids} == {"synced"}
        pass_time(flow, 1)
        assert on_queue(flow) == 0

    def test_clicks_and_changes_meanwhile_add_none(self, passing: Flow) -> None:
        flow = passing
        ids = [flow.invoice() for _ in range(5)]
        flow.work()
        down(flow, "quickbooks")
        for hour in range(6):
            for each in ids:
                flow.set_price(each, str(160 + hour))
                flow.post(f"/v1/invoices/{each}/retry")
            pass_time(flow, 1)
        assert on_queue(flow) <= 2 * len(ids)
        up(flow)
        pass_time(flow, 0.35)
        assert {each["TotalAmt"] for each in flow.realm.invoices} == {330}

    def test_invoices_that_share_a_payment_send_each_other_none(self, passing: Flow) -> None:
        flow = passing
        first, second = flow.invoice(), flow.invoice()
        flow.work()
        down(flow, "quickbooks")
        payment = take(flow, first, "600")
        flow.portal.associate("commerce_payments", payment, "invoices", second)
        flow.work()
        counts = pass_time(flow, 6)
        assert max(counts) <= 6
        assert counts[-1] <= 2
        up(flow)
        pass_time(flow, 0.35)
        assert {each["Balance"] for each in flow.realm.invoices} == {0}


class TestAConnectionThatHasEnded:
    def test_keeps_no_message_of_what_a_sweep_finds(self, passing: Flow) -> None:
        flow = passing
        flow.watch_quickbooks()
        ids = [flow.invoice() for _ in range(3)]
        flow.work()
        flow.quickbooks.tokens.revoke_realm(REALM_ID)
        for _ in range(4):
            for invoice in flow.realm.invoices:
                flow.realm.receive_payment(invoice["Id"], "10.00")
            pass_time(flow, 0.5)
        assert on_queue(flow) <= len(ids)
        flow.own.renew(
            PORTAL_ID,
            {
                "hubspot": flow.hubspot.grant(PORTAL_ID),
                "quickbooks": flow.quickbooks.grant(REALM_ID),
            },
        )
        flow.post("/v1/failures/retry")  # as connecting does
        flow.work()
        pass_time(flow, 0.5)
        assert [flow.status(each)["payment"]["balance"] for each in ids] == ["260.00"] * 3


def test_a_status_that_hubspot_does_not_take_has_one_message(passing: Flow) -> None:
    flow = passing

    def writes_status(request: Request) -> bool:
        return request.path.endswith("/invoices/batch/update")

    flow.hubspot.faults.append(Fault(writes_status, Answer(502, HUBSPOT_ERROR), FOR_EVER))
    ids = [flow.invoice() for _ in range(3)]
    flow.work()
    for price in range(160, 164):
        for each in ids:
            flow.set_price(each, str(price))
        assert pass_time(flow, 0.5)[-1] <= len(ids)
    up(flow)
    pass_time(flow, 0.5)
    values = [flow.portal.record("invoices", each).properties for each in ids]
    assert {each["qbo_sync_status"] for each in values} == {"synced"}
    assert on_queue(flow) == 0


def test_of_several_messages_that_say_the_same_one_comes_again(passing: Flow) -> None:
    flow = passing
    invoice_id = flow.invoice()
    flow.hubspot.webhooks.discard()
    down(flow, "quickbooks")
    now = flow.clock.now()
    hint = Hint(PORTAL_ID, invoice_id, "sweep", now, now)
    later = Hint(PORTAL_ID, invoice_id, "retry", now, now + timedelta(seconds=1))
    flow.queue.send([hint, hint, later, hint])
    assert flow.own.poller.poll_once() == 4
    assert on_queue(flow) == 1
    up(flow)
    flow.work_later()
    assert flow.status(invoice_id)["attempts"][0]["trigger"] == "retry"


class TestAJob:
    def test_that_is_stuck_has_one_message(self, passing: Flow) -> None:
        flow = passing
        flow.post("/v1/backfill", {"from": "2026-01-01", "to": "2026-01-31"})
        down(flow, "hubspot")
        counts = pass_time(flow, 6)
        assert max(counts) <= 2
        up(flow)
        pass_time(flow, 0.6)
        (job,) = [job for job in flow.own.store.jobs.all(PORTAL_ID) if isinstance(job, BackfillJob)]
        assert job.state == "planned"
        pass_time(flow, 0.5)
        assert on_queue(flow) == 0
