"""The history of an invoice: why it was looked at, what was decided, what that cost and came to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from invoice_sync.hints import Hint

from .acting import take
from .conftest import PORTAL_ID, Flow


def attempts(flow: Flow, invoice_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = flow.status(invoice_id)["attempts"]
    return found


def test_each_step_is_told_newest_first(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    flow.clock.advance(2)
    flow.set_price(invoice_id, "175")
    flow.work()
    flow.clock.advance(2)
    flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})
    flow.work()
    told = attempts(flow, invoice_id)
    assert [(one["decided"], one["action"], one["status"]) for one in told] == [
        ("void", "voided", "synced"),
        ("update", "updated", "synced"),
        ("create", "created", "synced"),
    ]
    assert [one["event"] for one in told][2] == "object.creation"
    assert all(one["intuitTid"] for one in told)  # also of changes, which go in batches
    times = [one["at"] for one in told]
    assert times == sorted(times, reverse=True)


def test_what_it_cost(flow: Flow) -> None:
    first, second = flow.invoice(), flow.invoice()
    flow.work()
    for one in (first, second):
        told = attempts(flow, one)[-1]
        assert told["invoices"] == 2
        # What nobody knew yet, then two creations.
        reads = told["calls"]["meteredReads"]
        assert reads <= 5
        assert told["calls"]["quickbooks"] == reads + 2
        # Each invoice; then the lines and the contacts of both. Showing the status is no part.
        assert told["calls"]["hubspot"] == 4
        assert told["durationMs"] >= 0
    known = flow.invoice()
    flow.work()
    told = attempts(flow, known)[-1]
    assert (told["invoices"], told["calls"]["meteredReads"]) == (1, 0)
    assert told["calls"]["quickbooks"] == 1


def test_waking_others_is_not_its_cost(flow: Flow) -> None:
    invoice_id, now = flow.invoice(), flow.clock.now()
    flow.work()
    spent = []
    for price, others in (("175", []), ("180", [flow.contact_id])):
        flow.set_price(invoice_id, price)
        flow.hubspot.webhooks.discard()
        contacts = [Hint(PORTAL_ID, one, "webhook", now, now, "contacts") for one in others]
        flow.queue.send([flow.hint(invoice_id), *contacts])
        flow.own.poller.poll_once()
        spent.append(attempts(flow, invoice_id)[0]["calls"])
    assert spent[0] == spent[1]


def test_a_recorded_payment_names_intuits_id(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    take(flow, invoice_id, "300")
    flow.work()
    told = attempts(flow, invoice_id)[0]
    assert (told["decided"], told["action"]) == ("inStep", "payment recorded")
    assert told["intuitTid"]


def test_a_refusal_names_its_code_and_intuits_id(flow: Flow) -> None:
    flow.realm.add_item("Plan", revenue_recognition=True)
    invoice_id = flow.invoice(lines=[{"name": "Plan", "quantity": "1", "price": "10"}])
    flow.work()
    told = attempts(flow, invoice_id)[-1]
    assert (told["decided"], told["action"]) == ("create", "failed")
    assert told["code"] == "service_date_required"
    newest = attempts(flow, invoice_id)[0]
    assert newest["intuitTid"] == flow.status(invoice_id)["failure"]["intuitTid"] != ""


def test_what_could_not_even_be_tried(flow: Flow) -> None:
    invoice_id = flow.invoice(contact_id=None)
    draft = flow.invoice(status="draft")
    flow.work()
    told = attempts(flow, invoice_id)[-1]
    assert (told["decided"], told["action"], told["intuitTid"]) == ("fail", "failed", "")
    told = attempts(flow, draft)[-1]
    assert (told["decided"], told["action"], told["status"]) == ("skip", "skipped", "skipped")


def test_a_retry_that_changes_nothing_is_told_a_sweep_is_not(flow: Flow) -> None:
    invoice_id = flow.invoice(contact_id=None)
    flow.work()
    before = attempts(flow, invoice_id)
    flow.post(f"/v1/invoices/{invoice_id}/retry")
    flow.work()
    newest, *rest = attempts(flow, invoice_id)
    assert (newest["trigger"], rest) == ("retry", before)
    now = flow.clock.now()
    flow.queue.send([Hint(PORTAL_ID, invoice_id, "sweep", now, now)])
    flow.work()
    assert attempts(flow, invoice_id) == [newest, *before]


def test_history_ends_after_ninety_days(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    later = flow.clock.now() + timedelta(days=91)
    # DynamoDB deletes late: what is past its time is not shown either.
    assert flow.own.store.records.attempts(PORTAL_ID, invoice_id, later) == []
    assert (
        len(flow.own.store.records.attempts(PORTAL_ID, invoice_id, later - timedelta(days=2))) == 1
    )


def test_what_an_earlier_version_wrote_is_still_told(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    at = flow.clock.now() - timedelta(days=3)
    texts = {"at": at.isoformat(), "trigger": "retry", "action": "skipped", "status": "skipped"}
    data = {name: {"S": text} for name, text in texts.items()} | {"durationMs": {"N": "7"}}
    flow.own.aws.client("dynamodb").put_item(
        TableName=flow.own.aws.environment["TABLE_NAME"],
        Item={
            "pk": {"S": f"PORTAL#{PORTAL_ID}"},
            "sk": {"S": f"INVOICE#{invoice_id}#ATTEMPT#{at.isoformat()}"},
            "data": {"M": data},
            "expiresAt": {"N": str(int((at + timedelta(days=90)).timestamp()))},
        },
    )
    newest, oldest = attempts(flow, invoice_id)
    assert (newest["action"], oldest["action"]) == ("created", "skipped")
    assert (oldest["decided"], oldest["calls"], oldest["durationMs"]) == ("", None, 7)
