"""All processes keep one pace at a portal and a realm."""

from __future__ import annotations

import threading
from dataclasses import replace

import sync_worker
from infra.local.hubspot import rate_limited
from infra.local.wire import Answer, Fault
from invoice_sync.hints import Hint
from invoice_sync.sync.worker import Worker

from .acting import object_reads, quickbooks_calls
from .conftest import PORTAL_ID, Flow


def another_worker(flow: Flow) -> Worker:
    return sync_worker.build(flow.clock.now).worker


def side_by_side(flow: Flow, hints: list[Hint], workers: int) -> None:
    """Let workers of their own work off a part of the hints each."""
    threads = [
        threading.Thread(target=another_worker(flow).run, args=(hints[number::workers],))
        for number in range(workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def calls(flow: Flow) -> int:
    """Return how many calls QuickBooks has had."""
    return flow.quickbooks.calls.total()


def test_workers_side_by_side_pass_no_limit(flow: Flow) -> None:
    ids = [flow.invoice() for _ in range(60)]
    side_by_side(flow, [flow.hint(one) for one in ids], workers=3)
    assert {flow.status(one)["status"] for one in ids} == {"synced"}
    # Each was sent once, and refused never.
    assert {len(flow.status(one)["attempts"]) for one in ids} == {1}
    assert flow.failure_code(ids[0]) == ""


def test_after_a_429_no_worker_calls_for_a_minute(flow: Flow) -> None:
    first, second = flow.invoice(), flow.invoice()
    flow.quickbooks.faults.append(Fault(quickbooks_calls, Answer(429), 1))
    another_worker(flow).run([flow.hint(first)])
    before = calls(flow)
    again = another_worker(flow).run([flow.hint(second)])
    assert calls(flow) == before
    ((hint, seconds),) = again.items()
    assert (hint.object_id, 55 < seconds <= 61) == (second, True)
    assert flow.status(second)["status"] == "pending"

    flow.clock.advance(61)
    assert another_worker(flow).run([flow.hint(first), flow.hint(second)]) == {}
    assert len(flow.realm.invoices) == 2


def test_what_somebody_waits_for_goes_before_what_a_job_asked_for(flow: Flow) -> None:
    ids = [flow.invoice() for _ in range(6)]
    bulk = [replace(flow.hint(one), bulk=True) for one in ids[:5]]
    another_worker(flow).run([*bulk, flow.hint(ids[5])])
    notes = [invoice["PrivateNote"] for invoice in flow.realm.invoices]
    assert f"HubSpot invoice {ids[5]} " in notes[0]
    assert len(notes) == 6


def test_when_the_calls_of_the_day_are_used_up_hubspot_is_left_alone(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.hubspot.faults.append(Fault(object_reads, rate_limited("DAILY"), 1))
    ((_, seconds),) = another_worker(flow).run([flow.hint(invoice_id)]).items()
    assert seconds == 3600
    flow.clock.advance(1000)
    before = flow.hubspot.calls.total()
    another_worker(flow).run([flow.hint(invoice_id)])
    assert flow.hubspot.calls.total() == before
    assert flow.failure_code(invoice_id) == "rate_limited"
    flow.clock.advance(2601)
    assert another_worker(flow).run([flow.hint(invoice_id)]) == {}
    assert flow.status(invoice_id)["status"] == "synced"


def test_a_timetable_tells_nothing_of_anybody(flow: Flow) -> None:
    flow.invoice()
    flow.work()
    kept = [item for item in flow.table() if item["sk"]["S"].startswith("TIMETABLE#")]
    assert {item["pk"]["S"] for item in kept} == {f"PORTAL#{PORTAL_ID}"}
    assert {*kept[0]} == {"pk", "sk", "freeAt", "expiresAt"}
