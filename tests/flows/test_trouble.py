"""Trouble that may pass: retried by the queue, not counted before a quarter of an hour."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from infra.local.wire import Answer, Fault
from invoice_sync.hints import Hint

from .acting import FOR_EVER, HUBSPOT_ERROR, down, object_reads, quickbooks_calls, up
from .conftest import PORTAL_ID, REALM_ID, Flow

pytestmark = pytest.mark.sockets


@pytest.mark.parametrize("service", ["quickbooks", "hubspot"])
def test_an_outage_is_pending_then_failing_then_over(flow: Flow, service: str) -> None:
    down(flow, service)
    invoice_id = flow.invoice()
    flow.work()
    assert flow.status(invoice_id)["status"] == "pending"
    assert flow.get("/v1/failures/count")["failing"] == 0
    start = flow.clock.now()
    almost = flow.sync_at(start + timedelta(minutes=14))
    hint = flow.hint(invoice_id)
    assert list(almost.run([hint])) == [hint]
    assert flow.status(invoice_id)["status"] == "pending"
    # From now on it counts, and the message is replaced by one that comes much later: the
    # dead-letter queue is for bugs.
    assert flow.sync_at(start + timedelta(minutes=16)).run([hint]) == {}
    assert flow.failure_code(invoice_id) == f"{service}_unavailable"
    count = flow.get("/v1/failures/count")
    assert count["failing"] == 1
    since = datetime.fromisoformat(count["oldestFailedAt"])
    assert since < start + timedelta(minutes=1)
    up(flow)
    flow.work_later()
    assert flow.status(invoice_id)["status"] == "synced"


def test_a_contact_s_change_outlasts_an_outage_of_hubspot(flow: Flow) -> None:
    broken = Fault(lambda request: "/associations/" in request.path, Answer(502, HUBSPOT_ERROR))
    contact_id = flow.portal.create("contacts", {"email": "who@else.example"})
    invoice_id = flow.invoice(contact_id=contact_id)
    flow.work()
    assert flow.failure_code(invoice_id) == "customer_not_found"
    flow.realm.add_customer("Who", "who@right.example")
    start = flow.clock.now()
    hint = Hint(PORTAL_ID, contact_id, "webhook", start, start, "contacts")
    flow.hubspot.faults.append(replace(broken, times=FOR_EVER))
    flow.portal.update("contacts", contact_id, {"email": "who@right.example"})
    flow.hubspot.webhooks.discard()
    assert list(flow.sync_at(start + timedelta(minutes=14)).run([hint])) == [hint]
    # Put aside for a quarter of an hour, again and again: never into the dead-letter queue.
    assert flow.sync_at(start + timedelta(minutes=16)).run([hint]) == {}
    up(flow)
    flow.work_later()
    assert flow.status(invoice_id)["status"] == "synced"


def test_a_failing_invoice_stays_failing_through_an_outage(flow: Flow) -> None:
    stranger = flow.portal.create("contacts", {"email": "who@else.example"})
    invoice_id = flow.invoice(contact_id=stranger)
    flow.work()
    down(flow, "quickbooks")
    flow.post(f"/v1/invoices/{invoice_id}/retry")
    flow.work()
    assert flow.failure_code(invoice_id) == "customer_not_found"
    # And the click is not forgotten.
    up(flow)
    flow.realm.add_customer("Else", "who@else.example")
    flow.work_later()
    assert flow.status(invoice_id)["status"] == "synced"


def test_one_passing_error_of_a_read_is_not_even_noticed(flow: Flow) -> None:
    flow.hubspot.faults.append(Fault(object_reads, Answer(502, HUBSPOT_ERROR), 1))
    flow.quickbooks.faults.append(Fault(lambda r: r.path.endswith("/query"), Answer(503), 1))
    invoice_id = flow.invoice()
    flow.work()
    assert flow.status(invoice_id)["status"] == "synced"


def test_a_rate_limit_waits_and_is_worked_off(flow: Flow) -> None:
    throttled = Answer(
        429,
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<IntuitResponse time="2026-01-01T00:00:00.000-08:00"'
        ' xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE"><Error code="3001">'
        "<Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>"
        "</Error></Fault></IntuitResponse>",
        {"Content-Type": "application/xml"},
    )
    flow.quickbooks.faults.append(Fault(quickbooks_calls, throttled, 5))
    ids = [flow.invoice() for _ in range(3)]
    flow.work()
    for _ in range(6):
        flow.clock.advance(61)
        flow.work_later()
    assert {flow.status(one)["status"] for one in ids} == {"synced"}
    assert len(flow.realm.invoices) == 3


def test_our_own_pace_stays_below_the_published_limits(flow: Flow) -> None:
    ids = [flow.invoice() for _ in range(25)]
    flow.work()
    assert {flow.status(one)["status"] for one in ids} == {"synced"}
    assert {len(flow.status(one)["attempts"]) for one in ids} == {1}


def test_tokens_are_refreshed_before_they_end_and_after_a_401(flow: Flow) -> None:
    flow.invoice()
    flow.work()
    # QuickBooks and HubSpot no longer know the old tokens, though their time is not over.
    flow.clock.advance(3700)
    invoice_id = flow.invoice()
    flow.work()
    assert flow.status(invoice_id)["status"] == "synced"


@pytest.mark.parametrize("service", ["quickbooks", "hubspot"])
def test_a_connection_that_was_revoked_says_so_until_it_is_renewed(
    flow: Flow, service: str
) -> None:
    invoice_id = flow.invoice()
    if service == "hubspot":
        flow.hubspot.uninstall(PORTAL_ID)
    else:
        flow.quickbooks.tokens.revoke_realm(REALM_ID)
    flow.sync_at(flow.clock.now()).run([flow.hint(invoice_id)])
    assert flow.get("/v1/failures/count")["byCode"] == {"reconnect_required": 1}
    failure = flow.status(invoice_id)["failure"]
    assert failure["remedy"]["app"]
    name = {"hubspot": "HubSpot", "quickbooks": "QuickBooks"}[service]
    assert failure["fixedBy"] == f"An administrator of {name}"
    (connect,) = [one["url"] for one in failure["links"] if one["label"] == "Connect again"]
    assert connect == f"{flow.own.gateway.url}/connect/hubspot"
    # Until then nothing is asked of either service.
    calls = flow.hubspot.calls.total() + flow.quickbooks.calls.total()
    flow.sync_at(flow.clock.now()).run([flow.hint(invoice_id)])
    assert flow.hubspot.calls.total() + flow.quickbooks.calls.total() == calls
    renewed = {"hubspot": flow.hubspot.grant(PORTAL_ID)}
    renewed["quickbooks"] = flow.quickbooks.grant(REALM_ID)
    flow.own.renew(PORTAL_ID, renewed)
    assert flow.sync_at(flow.clock.now()).run([flow.hint(invoice_id)]) == {}
    assert flow.status(invoice_id)["status"] == "synced"


def test_the_queue_gives_a_poison_message_to_the_dead_letter_queue(flow: Flow) -> None:
    sqs = flow.own.aws.client("sqs")
    sqs.send_message(QueueUrl=flow.own.aws.environment["QUEUE_URL"], MessageBody="not a hint")
    invoice_id = flow.invoice()
    for _ in range(12):
        flow.work_later()
    assert flow.status(invoice_id)["status"] == "synced"
    answer = sqs.receive_message(QueueUrl=flow.own.aws.dead_letter_url)
    assert [one["Body"] for one in answer["Messages"]] == ["not a hint"]


def test_hints_of_a_portal_that_is_not_connected_are_dropped(flow: Flow) -> None:
    other = flow.hubspot.add_portal("13579")
    other.create("contacts", {"email": "a@b.example"})
    flow.work()
    assert sum(flow.own.poller.depth()) == 0


def test_a_batch_that_could_be_read_only_in_part_is_not_taken_for_deletions(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    error = {
        "status": "error",
        "category": "INTERNAL_ERROR",
        "message": "could not be read",
        "context": {"ids": [invoice_id]},
    }
    partly = {
        "status": "COMPLETE",
        "results": [],
        "numErrors": 1,
        "errors": [error],
        "startedAt": "2026-01-15T10:00:00.001Z",
        "completedAt": "2026-01-15T10:00:00.020Z",
    }
    flow.hubspot.faults.append(Fault(object_reads, Answer(207, partly), FOR_EVER))
    flow.post(f"/v1/invoices/{invoice_id}/retry")
    flow.work()
    assert flow.status(invoice_id)["status"] == "pending"
    up(flow)
    flow.work_later()
    assert flow.status(invoice_id)["status"] == "synced"


def test_workers_that_find_the_tokens_ended_refresh_them_once(flow: Flow) -> None:
    # Intuit may end the old refresh token at once: a second refresh with it would cut us off.
    flow.quickbooks.switches.rotate_refresh_token_always = True
    ids = [flow.invoice() for _ in range(4)]
    flow.clock.advance(3700)
    moment = flow.clock.now() + timedelta(seconds=3700)
    workers = [flow.sync_at(moment) for _ in ids]
    threads = [
        threading.Thread(target=worker.run, args=([flow.hint(one)],))
        for worker, one in zip(workers, ids, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {flow.status(one)["status"] for one in ids} == {"synced"}
    assert flow.quickbooks.calls["POST /oauth2/v1/tokens/bearer"] == 1
    assert flow.hubspot.calls["POST oauth/v3/token"] == 1


def test_an_error_body_is_never_stored_as_tokens(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.clock.advance(3700)
    moment = flow.clock.now() + timedelta(seconds=3700)
    flow.quickbooks.faults.append(
        Fault(lambda r: r.path.endswith("/bearer"), Answer(400, {"error": "server_error"}))
    )
    assert flow.sync_at(moment).run([flow.hint(invoice_id)]) != {}
    assert flow.status(invoice_id)["status"] == "pending"
    assert flow.sync_at(moment).run([flow.hint(invoice_id)]) == {}
    assert flow.status(invoice_id)["status"] == "synced"
